"""One row of a register's file as a line of the register, by its map; what does not fit is an error with its place."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from crawler.extract.contacts import spot_contacts
from crawler.extract.countries import country_code
from crawler.extract.plain_text import fold
from pipeline.errors import BadRegister
from pipeline.registers.register import STATUSES, Listed, Status
from pipeline.registers.register_map import RegisterMap
from pipeline.registers.table import Columns, cell_text, is_rounded
from pipeline.registers.web_host import web_host
from pipeline.registers.workbook import Cell

__all__ = ["ListedRows"]

BUDDHIST_YEARS: Final = 543
_PARTS: Final = re.compile(r"\s*[,;|\n/、،]\s*")
_RANGE: Final = re.compile(r"\s(?:-|–|—|to|until|đến|s/d|ถึง)\s")
_YEAR: Final = re.compile(r"\b2[45]\d\d\b")
_LEFT_OVER: Final = re.compile(r"\d[\d\s.()/-]{4,}\d|@")
"""What may still be a number or an address where nothing was read."""


class ListedRows:
    """Reads the rows of one table."""

    def __init__(self, where: str, register: RegisterMap, columns: Columns) -> None:
        self._where, self._map, self._columns = where, register, columns
        self._statuses = {fold(word): status for word, status in register.statuses.items()}
        self._work = {fold(word): work for word, work in register.work.items()}

    def read(self, row: int, cells: tuple[Cell, ...]) -> Listed | None:
        """The line; None for a row with a single cell or nothing in the needed columns, as headings and sums have."""
        said = {column: _at(cells, at) for column, at in self._columns.places.items()}
        texts = {column: cell_text(cell) for column, cell in said.items()}
        if not any(texts[column] for column in self._map.needed) or sum(map(bool, map(cell_text, cells))) < 2:
            return None
        for column in self._map.needed:
            if not texts[column]:
                raise self._fault(row, column, "something", "nothing")
        contacts, is_unread = self._contacts(texts)
        return Listed(
            row=row,
            names=tuple(dict.fromkeys(texts[name] for name in ("name", "other_name") if texts.get(name))),
            numbers=self._numbers(row, said),
            status=self._status(row, texts),
            valid_until=self._day(row, said.get("valid_until"), texts.get("valid_until", "")),
            countries=self._countries(row, texts.get("countries", "")),
            work=self._named(row, "work", texts.get("work", ""), self._work),
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

    def _numbers(self, row: int, said: Mapping[str, Cell]) -> tuple[str, ...]:
        found = []
        for column in ("number", "other_number"):
            formats = [each for each in self._map.numbers if each.column == column]
            text = cell_text(said.get(column))
            if not text or not formats:
                continue
            if is_rounded(said[column]):
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

    def _named(self, row: int, column: str, text: str, names: Mapping[str, str]) -> tuple[str, ...]:
        found = []
        for part in filter(None, _PARTS.split(text)):
            if fold(part) not in names:
                raise self._fault(row, column, f"of {', '.join(names)} (map {self._map.name})", part)
            found.append(names[fold(part)])
        return tuple(dict.fromkeys(found))

    def _countries(self, row: int, text: str) -> tuple[str, ...]:
        found = []
        for part in filter(None, _PARTS.split(text)):
            code = country_code(part)
            if code is None:
                raise self._fault(row, "countries", "names or codes of countries", part)
            found.append(code)
        return tuple(dict.fromkeys(found))

    def _day(self, row: int, cell: Cell, text: str) -> date | None:
        """The day, or the last day of a span."""
        if not text:
            return None
        if isinstance(cell, date):  # a datetime is one too
            return cell.date() if isinstance(cell, datetime) else cell
        for part in (text, _RANGE.split(text)[-1]):
            for written in self._map.dates:
                try:
                    return datetime.strptime(self._common_year(part.strip()), written).date()  # noqa: DTZ007 - a day
                except ValueError:
                    continue
        likes = " or ".join(date(2026, 11, 30).strftime(written) for written in self._map.dates)
        raise self._fault(row, "valid_until", f"a day such as {likes}", text)

    def _common_year(self, text: str) -> str:
        if not self._map.is_buddhist:
            return text
        return _YEAR.sub(lambda found: str(int(found[0]) - BUDDHIST_YEARS), text)

    def _contacts(self, texts: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], bool]:
        """What the contact cells hold, by kind, and whether any of it could not be read."""
        found: dict[str, list[str]] = {"phone": [], "email": [], "web": []}
        is_unread = False
        for column in ("phone", "email"):
            text = texts.get(column, "")
            # The word before it says that what follows is a telephone number, as a column's heading does.
            before = "tel: " if column == "phone" else ""
            line = before + text
            for one in reversed(spot_contacts(line, self._map.country)):
                if one.kind in found:
                    found[one.kind].append(one.value)
                    line = line[: one.start] + line[one.end :]
            is_unread = is_unread or bool(_LEFT_OVER.search(line))
        for part in texts.get("web", "").replace(";", " ").replace(",", " ").split():
            host = web_host(part)
            is_unread = is_unread or (host is None and len(part) > 3)
            found["web"] += [host] if host else []
        return {kind: tuple(sorted(set(values))) for kind, values in found.items()}, is_unread


def _at(cells: tuple[Cell, ...], at: int) -> Cell:
    return cells[at] if at < len(cells) else None
