"""Import of a register's file by its map: a version, or one error with its place."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.countries import country_code
from crawler.extract.text import fold
from pipeline.errors import BadRegister, BadRegisterMap
from pipeline.licences.names import name_words
from pipeline.licences.register import Listed, Register, RegisterVersion
from pipeline.licences.register_files import Cell, Columns, Row, cell_text, find_header, is_rounded, read_sheets
from pipeline.licences.register_map import STATUSES, RegisterMap, Status

__all__ = ["choose_map", "mail_domain", "read_register", "web_host"]

_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}")

BUDDHIST_YEARS: Final = 543
_PARTS: Final = re.compile(r"(?:(?<!\s)\s+)?[,;|\n/、،]\s*")
_RANGE: Final = re.compile(r"\s(?:-|–|—|to|until|đến|s/d|ถึง)\s")
_YEAR: Final = re.compile(r"\b2[45]\d\d\b")
_LEFT_OVER: Final = re.compile(r"\d[\d\s.()/-]{4,}\d|@")
"""What may still be a number or an address where nothing was read."""


def web_host(address: str) -> str | None:
    """The host of an address, with or without ``https://``, without ``www.``; None for what is no address."""
    try:
        host = (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return None
    host = host.removeprefix("www.")
    return host if _HOST.fullmatch(host) else None


def mail_domain(address: str) -> str:
    """What stands behind the ``@``."""
    return address.rpartition("@")[2].casefold()


class ListedRows:
    """Reads the rows of one table."""

    def __init__(self, where: str, register: RegisterMap, columns: Columns) -> None:
        self._where, self._map, self._columns = where, register, columns
        self._statuses = {fold(word): status for word, status in register.statuses.items()}
        self._work = {fold(word): work for word, work in register.work.items()}

    def read(self, row: int, cells: tuple[Cell, ...]) -> Listed | None:
        """The line; None for a row with a single cell or nothing in the needed columns, as headings and sums have."""
        values = {column: cells[at] if at < len(cells) else None for column, at in self._columns.places.items()}
        texts = {column: cell_text(cell) for column, cell in values.items()}
        if not any(texts[column] for column in self._map.needed) or sum(map(bool, map(cell_text, cells))) < 2:
            return None
        for column in self._map.needed:
            if not texts[column]:
                raise self._fault(row, column, "something", "nothing")
        contacts, is_unread = self._contacts(texts)
        return Listed(
            row=row,
            names=tuple(dict.fromkeys(texts[name] for name in ("name", "other_name") if texts.get(name))),
            numbers=self._numbers(row, values),
            status=self._status(row, texts),
            valid_until=self._day(row, values.get("valid_until"), texts.get("valid_until", "")),
            countries=self._listed(
                row, "countries", texts.get("countries", ""), country_code, "names or codes of countries"
            ),
            work=self._listed(
                row,
                "work",
                texts.get("work", ""),
                lambda part: self._work.get(fold(part)),
                f"of {', '.join(self._work)} (map {self._map.name})",
            ),
            positions=(texts["position"],) if texts.get("position") else (),
            phones=contacts["phone"],
            emails=contacts["email"],
            webs=contacts["web"],
            has_unread_contacts=is_unread,
        )

    def _fault(self, row: int, column: str, expected: str, found: str) -> BadRegister:
        shown = found if len(found) <= 80 else found[:80] + "…"
        heading = self._columns.headings[column]
        return BadRegister(f"{self._where}: row {row}, column {heading!r}: expected {expected}, found {shown!r}")

    def _numbers(self, row: int, values: Mapping[str, Cell]) -> tuple[str, ...]:
        found = []
        for column in ("number", "other_number"):
            formats = [each for each in self._map.numbers if each.column == column]
            text = cell_text(values.get(column))
            if not text or not formats:
                continue
            if is_rounded(values[column]):
                expected = "text: a spreadsheet keeps 15 digits of a number and loses the others"
                raise self._fault(row, column, expected, text)
            number = next(filter(None, (each.of_cell(text) for each in formats)), None)
            if number is None:
                likes = " or ".join(each.like for each in formats)
                raise self._fault(row, column, f"a number such as {likes} (patterns of map {self._map.name})", text)
            found.append(number)
        return tuple(found)

    def _status(self, row: int, texts: Mapping[str, str]) -> Status:
        text = texts.get("status", "")
        if not text and self._map.status_unsaid is not None:
            return self._map.status_unsaid
        if not text:
            if "status" not in self._columns.places:
                names = ", ".join(map(repr, self._map.columns.get("status", ("status",))))
                raise BadRegister(f"{self._where}: no column of a status; expected one named {names}")
            raise self._fault(row, "status", "a status", "nothing")
        status = self._statuses.get(fold(text))
        if status is None:
            words = ", ".join(self._map.statuses) or ", ".join(STATUSES)
            raise self._fault(row, "status", f"one of {words} (map {self._map.name})", text)
        return status

    def _listed(
        self, row: int, column: str, text: str, read: Callable[[str], str | None], expected: str
    ) -> tuple[str, ...]:
        """What the parts of a cell name, each once."""
        found: dict[str, None] = {}
        for part in filter(None, _PARTS.split(text)):
            name = read(part)
            if name is None:
                raise self._fault(row, column, expected, part)
            found[name] = None
        return tuple(found)

    def _day(self, row: int, cell: Cell, text: str) -> date | None:
        """The day, or the last day of a span."""
        if not text:
            return None
        if isinstance(cell, date):  # a datetime is one too
            return cell.date() if isinstance(cell, datetime) else cell
        common = _YEAR.sub(lambda found: str(int(found[0]) - BUDDHIST_YEARS), text) if self._map.is_buddhist else text
        for part in (common, _RANGE.split(common)[-1]):
            for written in self._map.dates:
                try:
                    return datetime.strptime(part.strip(), written).date()  # noqa: DTZ007 - a day
                except ValueError:
                    continue
        likes = " or ".join(date(2026, 11, 30).strftime(written) for written in self._map.dates)
        raise self._fault(row, "valid_until", f"a day such as {likes}", text)

    def _contacts(self, texts: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], bool]:
        """What the contact cells hold, by kind, and whether any of it could not be read."""
        found: dict[str, list[str]] = {"phone": [], "email": [], "web": []}
        is_unread = False
        for column in ("phone", "email"):
            text = texts.get(column, "")
            # The word before it says that what follows is a telephone number, as a column's heading does.
            before = "tel: " if column == "phone" else ""
            line = before + text
            for contact in reversed(spot_contacts(line, self._map.country)):
                if contact.kind in found:
                    found[contact.kind].append(contact.value)
                    line = line[: contact.start] + line[contact.end :]
            is_unread = is_unread or bool(_LEFT_OVER.search(line))
        for part in texts.get("web", "").replace(";", " ").replace(",", " ").split():
            host = web_host(part)
            is_unread = is_unread or (host is None and len(part) > 3)
            found["web"] += [host] if host else []
        return {kind: tuple(sorted(set(values))) for kind, values in found.items()}, is_unread


def read_register(path: Path, register: RegisterMap, *, as_of: date, now: datetime) -> Register:
    """The version that the file holds under this map, dated by its publisher's day."""
    if as_of > now.date():
        raise BadRegister(f"{path}: dated {as_of}, which is yet to come; expected the day of the list")
    if (found := _table_of(path, register)) is None:
        names = "; ".join(f"{name}: {', '.join(map(repr, register.columns[name]))}" for name in register.needed)
        raise BadRegister(f"{path}: no row that names the columns of map {register.name}; expected {names}")
    sheet, columns = found
    rows = ListedRows(str(path), register, columns)
    below = [(number, cells) for number, cells in sheet if number > columns.row]
    if path.suffix.lower() == ".csv":  # a spreadsheet keeps no empty cells at a row's end
        _refuse_cut_rows(path, below, dict(sheet)[columns.row])
    read = [(number, rows.read(number, cells)) for number, cells in below if any(map(cell_text, cells))]
    lines, repeated = _without_repeats(line for _, line in read if line is not None)
    if not lines:
        raise BadRegister(f"{path}: no row below the names of the columns (row {columns.row}); expected a register")
    counts = Counter(line.status for line in lines)
    values = json.dumps(register.values, sort_keys=True, ensure_ascii=False)
    return Register(
        version=RegisterVersion(
            name=register.name,
            title=register.title,
            country=register.country,
            publisher=register.publisher,
            address=register.address,
            as_of=as_of,
            good_for_days=register.good_for_days,
            imported_at=now,
            file=path.name,
            digest=hashlib.sha256(hashlib.sha256(path.read_bytes()).digest() + values.encode()).hexdigest(),
            rows=len(lines),
            passed_over=tuple(number for number, line in read if line is None),
            statuses={status: counts[status] for status in STATUSES if counts[status]},
            repeated=repeated,
            contradictions=tuple(_contradictions(lines)) if register.kind == "agencies" else (),
        ),
        map=register,
        lines=lines,
    )


def _refuse_cut_rows(path: Path, rows: Iterable[Row], heads: tuple[Cell, ...]) -> None:
    """A row that ends early is damage: what it lacks must not be read as what an empty cell means."""
    expected = max(at for at, cell in enumerate(heads, 1) if cell_text(cell))
    for number, cells in rows:
        if len(cells) < expected and sum(map(bool, map(cell_text, cells))) > 1:
            found = f"ends after {len(cells)} cells"
            raise BadRegister(f"{path}: row {number}: {found}; expected {expected}, as the headings")


def _without_repeats(lines: Iterable[Listed]) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    """The lines, of those with a licence number each once, and a sentence on each row that only repeats one."""
    once: dict[object, Listed] = {}
    repeated = []
    for line in lines:
        known = once.setdefault(replace(line, row=0) if line.numbers else line.row, line)
        if known is not line:
            repeated.append(f"row {line.row} repeats row {known.row} (number {', '.join(line.numbers)})")
    return tuple(once.values()), tuple(repeated)


def _contradictions(lines: Iterable[Listed]) -> Iterator[str]:
    """A licence has one holder, one status and one last day. Rows of branches may differ in all else."""
    by_number: dict[str, list[Listed]] = {}
    for line in lines:
        for number in line.numbers:
            by_number.setdefault(number, []).append(line)
    for number, some in by_number.items():
        facts: dict[str, set[object]] = {
            "name": {" ".join(name_words(line.names[0])) for line in some},
            "status": {line.status for line in some},
            "last day": {line.valid_until for line in some},
        }
        if differing := [fact for fact, values in facts.items() if len(values) > 1]:
            rows = ", ".join(str(line.row) for line in some)
            yield f"number {number}: rows {rows} differ in {', '.join(differing)}"


def choose_map(path: Path, maps: Mapping[str, RegisterMap]) -> RegisterMap:
    """The one map whose needed columns the file has; asked for where none is named."""
    fitting = [each for each in maps.values() if _table_of(path, each) is not None]
    if len(fitting) != 1:
        found = ", ".join(each.name for each in fitting) or "none"
        known = ", ".join(maps) or "none"
        raise BadRegisterMap(
            f"{path}: maps that fit its columns: {found}; expected --map with one of {known}, or a file"
        )
    return fitting[0]


def _table_of(path: Path, register: RegisterMap) -> tuple[list[Row], Columns] | None:
    for sheet in read_sheets(path, register.sheet):
        columns = find_header(sheet, register.columns, register.needed)
        if columns is not None:
            return sheet, columns
    return None
