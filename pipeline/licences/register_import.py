"""Import of a register's CSV or XLSX file by its map: a version, or one error.

A damaged or hostile file is one error too.
"""

import csv
import hashlib
import json
import re
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Final, cast

import openpyxl

from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.countries import country_code
from crawler.extract.text import fold
from crawler.files import find_encoding
from pipeline.errors import BadRegister, BadRegisterMap
from pipeline.licences.register import Listed, Register, RegisterVersion, contradictions, web_host
from pipeline.licences.register_map import STATUSES, RegisterMap, Status

Cell = str | int | float | bool | date | datetime | None
Row = tuple[int, tuple[Cell, ...]]
"""The row's number in the file, from 1, and its cells."""

LARGEST_FILE: Final = 64 * 1024 * 1024
LARGEST_UNPACKED: Final = 512 * 1024 * 1024
MOST_STRING_TAGS: Final = 8_000_000
"""Tags around the strings of all cells: two million strings of four tags."""

MOST_ROWS: Final = 500_000
MOST_COLUMNS: Final = 200
_DAMAGE: Final = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl lets through of its parsers where a file is damaged: found by damaging one in 1,500 ways."""

_DELIMITERS: Final = ",;\t|"
_PARTS: Final = re.compile(r"(?:(?<!\s)\s+)?[,;|\n/、،]\s*")
_RANGE: Final = re.compile(r"\s(?:-|–|—|to|until|đến|s/d|ถึง)\s")
_YEAR: Final = re.compile(r"\b2[45]\d\d\b")
_LEFT_OVER: Final = re.compile(r"\d[\d\s.()/-]{4,}\d|@")
"""What may still be a number or an address where nothing was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a file's columns are."""

    row: int
    """The row that names them, from 1."""

    last: int
    """The last named column of the file, from 1."""

    places: Mapping[str, int]
    """Name in the map -> column, from 0."""

    headings: Mapping[str, str]
    """Name in the map -> heading, as written."""


def choose_map(path: Path, maps: Mapping[str, RegisterMap]) -> RegisterMap:
    """The one map whose needed columns the file has; asked for where none is named."""
    fitting = [each for each in maps.values() if _find_table(path, each) is not None]
    if len(fitting) != 1:
        found = ", ".join(each.name for each in fitting) or "none"
        known = ", ".join(maps) or "none"
        raise BadRegisterMap(
            f"{path}: maps that fit its columns: {found}; expected --map with one of {known}, or a file"
        )
    return fitting[0]


def read_register(path: Path, register: RegisterMap, *, as_of: date, now: datetime) -> Register:
    """The version that the file holds under this map, dated by its publisher's day."""
    if as_of > (now + timedelta(hours=14)).date():  # today in the first time zone, where its publisher may be
        raise BadRegister(f"{path}: dated {as_of}, which is yet to come; expected the day of the list")
    if (found := _find_table(path, register)) is None:
        names = "; ".join(f"{name}: {', '.join(map(repr, register.columns[name]))}" for name in register.needed)
        raise BadRegister(f"{path}: no row that names the columns of map {register.name}; expected {names}")
    sheet, columns = found
    rows = ListedRows(path, register, columns)
    once: dict[object, Listed] = {}
    passed_over, repeated = [], []
    for number, cells in sheet:
        if number <= columns.row or not any(map(cell_text, cells)):
            continue
        line = rows.read(number, cells)
        if line is None:
            passed_over.append(number)
            continue
        # Of rows that say the same of one licence number only the first counts.
        known = once.setdefault(replace(line, row=0) if line.numbers else number, line)
        if known is not line:
            repeated.append(f"row {number} repeats row {known.row} (number {', '.join(line.numbers)})")
    lines = tuple(once.values())
    if not lines:
        raise BadRegister(f"{path}: no row below the names of the columns (row {columns.row}); expected a register")
    counts = Counter(line.status for line in lines)
    values = json.dumps(register.values, sort_keys=True, ensure_ascii=False)
    version = RegisterVersion(
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
        passed_over=tuple(passed_over),
        statuses={status: counts[status] for status in STATUSES if counts[status]},
        repeated=tuple(repeated),
        contradictions=tuple(contradictions(lines)) if register.kind == "agencies" else (),
    )
    return Register(version=version, map=register, lines=lines)


class ListedRows:
    """Reads the rows of one table."""

    def __init__(self, path: Path, register: RegisterMap, columns: Columns) -> None:
        self._path, self._map, self._columns = path, register, columns
        self._statuses = {fold(word): status for word, status in register.statuses.items()}
        self._work = {fold(word): work for word, work in register.work.items()}

    def read(self, row: int, cells: tuple[Cell, ...]) -> Listed | None:
        """The line; None for a row with a single cell or nothing in the needed columns, as headings and sums have."""
        is_single = sum(map(bool, map(cell_text, cells))) < 2
        # In a CSV file a row that ends early is damage: what it lacks is not what an empty cell means. A spreadsheet
        # keeps no empty cells at a row's end.
        if self._path.suffix.lower() == ".csv" and len(cells) < self._columns.last and not is_single:
            found = f"ends after {len(cells)} cells"
            raise BadRegister(f"{self._path}: row {row}: {found}; expected {self._columns.last}, as the headings")
        values = {column: cells[at] if at < len(cells) else None for column, at in self._columns.places.items()}
        texts = {column: cell_text(cell) for column, cell in values.items()}
        if is_single or not any(texts[column] for column in self._map.needed):
            return None
        for column in self._map.needed:
            if not texts[column]:
                raise self._fault(row, column, "something", "nothing")
        contacts, is_unread = self._contacts(texts)
        work = f"of {', '.join(self._work)} (map {self._map.name})"
        return Listed(
            row=row,
            names=tuple(dict.fromkeys(texts[name] for name in ("name", "other_name") if texts.get(name))),
            numbers=self._numbers(row, values),
            status=self._status(row, texts.get("status", "")),
            valid_until=self._day(row, values.get("valid_until")),
            countries=self._named(row, texts, "countries", country_code, "names or codes of countries"),
            work=self._named(row, texts, "work", lambda part: self._work.get(fold(part)), work),
            positions=(texts["position"],) if texts.get("position") else (),
            phones=contacts["phone"],
            emails=contacts["email"],
            webs=contacts["web"],
            has_unread_contacts=is_unread,
        )

    def _fault(self, row: int, column: str, expected: str, found: str) -> BadRegister:
        shown = found if len(found) <= 80 else found[:80] + "…"
        heading = self._columns.headings[column]
        return BadRegister(f"{self._path}: row {row}, column {heading!r}: expected {expected}, found {shown!r}")

    def _numbers(self, row: int, values: Mapping[str, Cell]) -> tuple[str, ...]:
        found = []
        for column in ("number", "other_number"):
            formats = [each for each in self._map.numbers if each.column == column]
            cell = values.get(column)
            text = cell_text(cell)
            if not text or not formats:
                continue
            if isinstance(cell, int | float) and abs(cell) >= 10**15:
                expected = "text: a spreadsheet keeps 15 digits of a number and loses the others"
                raise self._fault(row, column, expected, text)
            number = next(filter(None, (each.of_cell(text) for each in formats)), None)
            if number is None:
                likes = " or ".join(each.like for each in formats)
                raise self._fault(row, column, f"a number such as {likes} (patterns of map {self._map.name})", text)
            found.append(number)
        return tuple(found)

    def _status(self, row: int, text: str) -> Status:
        if not text and self._map.status_unsaid is not None:
            return self._map.status_unsaid
        if "status" not in self._columns.places:
            names = ", ".join(map(repr, self._map.columns.get("status", ("status",))))
            raise BadRegister(f"{self._path}: no column of a status; expected one named {names}")
        if not text:
            raise self._fault(row, "status", "a status", "nothing")
        status = self._statuses.get(fold(text))
        if status is None:
            words = ", ".join(self._map.statuses) or ", ".join(STATUSES)
            raise self._fault(row, "status", f"one of {words} (map {self._map.name})", text)
        return status

    def _named(
        self, row: int, texts: Mapping[str, str], column: str, read: Callable[[str], str | None], expected: str
    ) -> tuple[str, ...]:
        """What the parts of a cell name, each once."""
        found: dict[str, None] = {}
        for part in filter(None, _PARTS.split(texts.get(column, ""))):
            name = read(part)
            if name is None:
                raise self._fault(row, column, expected, part)
            found[name] = None
        return tuple(found)

    def _day(self, row: int, cell: Cell) -> date | None:
        """The day, or the last day of a span."""
        text, dates = cell_text(cell), self._map.dates
        if isinstance(cell, date):  # a spreadsheet takes a Buddhist year that is typed into it for a common one
            dates = ("%Y-%m-%d",)
        if not text:
            return None
        common = _YEAR.sub(lambda found: str(int(found[0]) - 543), text) if self._map.is_buddhist else text
        for part in (common, _RANGE.split(common)[-1]):
            for written in dates:
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


def cell_text(cell: Cell) -> str:
    """The cell as text on one line; whole numbers without a fraction, days as ISO 8601 writes them."""
    match cell:
        case None:
            return ""
        case date():  # a datetime is one too
            return cell.isoformat()[:10]
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return " ".join(str(cell).replace("\u200b", "").split())


def _find_table(path: Path, register: RegisterMap) -> tuple[list[Row], Columns] | None:
    """The first sheet with a row near the top that names every needed column."""
    for sheet in _sheets(path, register.sheet):
        for number, cells in sheet:
            if number > 30:  # official lists begin with headings
                break
            names = {_heading(cell): at for at, cell in reversed(list(enumerate(cells))) if _heading(cell)}
            places = {
                column: next((names[each] for each in map(_heading, written) if each in names), None)
                for column, written in register.columns.items()
            }
            found = {column: at for column, at in places.items() if at is not None}
            if all(column in found for column in register.needed):
                last = max(at for at, cell in enumerate(cells, 1) if cell_text(cell))
                headings = {column: cell_text(cells[at]) for column, at in found.items()}
                return sheet, Columns(row=number, last=last, places=found, headings=headings)
    return None


def _heading(cell: Cell) -> str:
    """The name of a column without its case, spaces and punctuation."""
    return "".join(char for char in fold(cell_text(cell)) if char.isalnum() or not char.isascii())


def _sheets(path: Path, sheet: str | None) -> Iterator[list[Row]]:
    """The rows of each sheet of an XLSX file, or of the one that is named; of a CSV file once for each way to part its
    cells."""
    try:
        size = path.stat().st_size
    except OSError as err:
        raise BadRegister(f"{path}: cannot be read ({err.strerror or err})") from err
    if size > LARGEST_FILE:
        raise BadRegister(f"{path}: {size:,} bytes; expected a register of at most {LARGEST_FILE:,}")
    if path.suffix.lower() == ".csv":
        yield from _csv_readings(path)
        return
    if path.suffix.lower() != ".xlsx":
        raise BadRegister(f"{path}: expected a .csv or .xlsx file")
    # Opened here: openpyxl forgets to close what it cannot read.
    with path.open("rb") as file:
        with _as_bad_register(path):
            _refuse_bombs(path)
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise BadRegister(f"{path}: no sheet {sheet!r}; expected one beside {', '.join(book.sheetnames)}")
        for each in [book[sheet]] if sheet is not None else book.worksheets:
            with _as_bad_register(path):
                rows = _filled(path, enumerate(cast(Iterable[tuple[Cell, ...]], each.iter_rows(values_only=True)), 1))
            yield rows


@contextmanager
def _as_bad_register(path: Path) -> Iterator[None]:
    """One error for whatever is wrong with a file; openpyxl's warnings of styles, on which no cell depends, are not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGE as err:
        raise BadRegister(f"{path}: not a readable .xlsx file ({type(err).__name__}: {err})") from err


def _refuse_bombs(path: Path) -> None:
    """Refuse what would fill the memory once unpacked, or take minutes: openpyxl keeps every shared string, empty ones
    too."""
    with zipfile.ZipFile(path) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise BadRegister(f"{path}: {unpacked:,} bytes unpacked; expected at most {LARGEST_UNPACKED:,}")
        for name in parts.namelist():
            if not name.lower().endswith("sharedstrings.xml"):
                continue
            tags = 0
            with parts.open(name) as part:
                while chunk := part.read(1 << 20):
                    tags += chunk.count(b"<")
                    if tags > MOST_STRING_TAGS:
                        raise BadRegister(f"{path}: more than {MOST_STRING_TAGS:,} tags in {name}; expected a register")


def _csv_readings(path: Path) -> Iterator[list[Row]]:
    with path.open("rb") as file:
        encoding, is_guess = find_encoding(file)
        content = file.read()
    if is_guess:
        raise BadRegister(
            f"{path}: not UTF-8, and no byte order mark; expected it saved as UTF-8 (it may be {encoding})"
        )
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as err:  # its mark says otherwise
        raise BadRegister(f"{path}: not {encoding}, as its byte order mark says (byte {err.start + 1})") from err
    csv.field_size_limit(LARGEST_FILE)
    for delimiter in _DELIMITERS:
        reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            # The line on which a row ends is where an editor shows it.
            yield _filled(path, ((reader.line_num, tuple(cells)) for cells in reader))
        except csv.Error as err:
            if delimiter == _DELIMITERS[-1]:
                raise BadRegister(f"{path}: line {reader.line_num}: not a row of a table ({err})") from err


def _filled(path: Path, rows: Iterable[Row]) -> list[Row]:
    """The rows that hold anything: a spreadsheet may be formatted down to its millionth row, and far to the right."""
    filled: list[Row] = []
    for number, cells in rows:
        if len(filled) >= MOST_ROWS:
            raise BadRegister(f"{path}: more than {MOST_ROWS:,} rows; expected a register of agencies")
        if any(cell is not None and cell != "" for cell in cells[:MOST_COLUMNS]):
            filled.append((number, cells[:MOST_COLUMNS]))
    return filled
