"""Rows of a register's CSV or XLSX file, below the row that names the columns.

A damaged or hostile file is one error.
"""

import csv
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from crawler.extract.text import fold
from crawler.files import find_encoding
from pipeline.errors import BadRegister

__all__ = ["Cell", "Columns", "Row", "cell_text", "find_header", "is_rounded", "read_sheets"]

Cell = str | int | float | bool | date | datetime | None
Row = tuple[int, tuple[Cell, ...]]
"""The row's number in the file, from 1, and its cells."""

LARGEST_UNPACKED: Final = 512 * 1024 * 1024
MOST_STRING_TAGS: Final = 8_000_000
"""Tags around the strings of all cells: two million strings of four tags."""

_DAMAGE: Final = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl lets through of its parsers where a file is damaged: found by damaging one in 1,500 ways."""

LARGEST_FILE: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 500_000
MOST_COLUMNS: Final = 200
HEADER_WITHIN: Final = 30
"""Rows in which the names of the columns are looked for: official lists begin with headings."""

_DELIMITERS: Final = ",;\t|"
_DIGITS_OF_A_NUMBER: Final = 15
"""What a spreadsheet keeps of a number: the rest becomes zeros."""


def read_workbook(path: Path, sheet: str | None) -> Iterator[Iterator[Row]]:
    """The rows of each sheet, or of the one that is named."""
    import openpyxl

    # Opened here: openpyxl forgets to close what it cannot read.
    with path.open("rb") as file:
        with _as_bad_register(path):
            _check_size(path, file)
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise BadRegister(f"{path}: no sheet {sheet!r}; expected one beside {', '.join(book.sheetnames)}")
        for each in [book[sheet]] if sheet is not None else book.worksheets:
            yield _rows(path, each)


@contextmanager
def _as_bad_register(path: Path) -> Iterator[None]:
    """One error for whatever is wrong with a file; openpyxl's warnings of styles, on which no cell depends, are not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGE as err:
        raise BadRegister(f"{path}: not a readable .xlsx file ({type(err).__name__}: {err})") from err


def _rows(path: Path, sheet: Any) -> Iterator[Row]:
    with _as_bad_register(path):
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, cast(tuple[Cell, ...], cells)


def _check_size(path: Path, file: BinaryIO) -> None:
    """Refuse what would fill the memory once unpacked."""
    with zipfile.ZipFile(file) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise BadRegister(f"{path}: {unpacked:,} bytes unpacked; expected at most {LARGEST_UNPACKED:,}")
        for name in parts.namelist():
            if name.lower().endswith("sharedstrings.xml"):
                _check_strings(path, parts, name)


def _check_strings(path: Path, parts: zipfile.ZipFile, name: str) -> None:
    """Refuse what would take minutes to read: openpyxl keeps every shared string, empty ones too."""
    tags = 0
    with parts.open(name) as part:
        while chunk := part.read(1 << 20):
            tags += chunk.count(b"<")
            if tags > MOST_STRING_TAGS:
                raise BadRegister(f"{path}: more than {MOST_STRING_TAGS:,} tags in {name}; expected a register")


Rows = Iterable[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a file's columns are."""

    row: int
    """The row that names them, from 1."""

    places: Mapping[str, int]
    """Name in the map -> column, from 0."""

    headings: Mapping[str, str]
    """Name in the map -> heading, as written."""


def read_sheets(path: Path, sheet: str | None) -> Iterator[list[Row]]:
    """The rows of each sheet of an XLSX file, with their numbers; of a CSV file once for each way to part its cells."""
    try:
        size = path.stat().st_size
    except OSError as err:
        raise BadRegister(f"{path}: cannot be read ({err.strerror or err})") from err
    if size > LARGEST_FILE:
        raise BadRegister(f"{path}: {size:,} bytes; expected a register of at most {LARGEST_FILE:,}")
    if path.suffix.lower() == ".xlsx":
        for rows in read_workbook(path, sheet):
            yield _bounded(path, rows)
    elif path.suffix.lower() == ".csv":
        yield from _csv_readings(path)
    else:
        raise BadRegister(f"{path}: expected a .csv or .xlsx file")


def find_header(rows: Rows, wanted: Mapping[str, tuple[str, ...]], needed: Collection[str]) -> Columns | None:
    """The first row that names every needed column; None where no row near the top does."""
    for number, cells in rows:
        if number > HEADER_WITHIN:
            return None
        names = {_heading(cell): at for at, cell in reversed(list(enumerate(cells))) if _heading(cell)}
        places = {
            column: next((names[each] for each in map(_heading, written) if each in names), None)
            for column, written in wanted.items()
        }
        found = {column: at for column, at in places.items() if at is not None}
        if all(column in found for column in needed):
            headings = {column: cell_text(cells[at]) for column, at in found.items()}
            return Columns(row=number, places=found, headings=headings)
    return None


def cell_text(cell: Cell) -> str:
    """The cell as text on one line; whole numbers without a fraction, days as ISO 8601 writes them."""
    match cell:
        case None:
            return ""
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return " ".join(str(cell).replace("\u200b", "").split())


def is_rounded(cell: Cell) -> bool:
    """Whether the cell is a number of more digits than a spreadsheet keeps, so that the last of them are lost."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) >= 10**_DIGITS_OF_A_NUMBER


def _heading(cell: Cell) -> str:
    """The name of a column without its case, spaces and punctuation."""
    return "".join(char for char in fold(cell_text(cell)) if char.isalnum() or not char.isascii())


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
            yield _bounded(path, ((reader.line_num, tuple(cells)) for cells in reader))
        except csv.Error as err:
            if delimiter == _DELIMITERS[-1]:
                raise BadRegister(f"{path}: line {reader.line_num}: not a row of a table ({err})") from err


def _bounded(path: Path, rows: Rows) -> list[Row]:
    """The rows that hold anything: a spreadsheet may be formatted down to its millionth row, and far to the right."""
    filled: list[Row] = []
    for number, cells in rows:
        if len(filled) >= MOST_ROWS:
            raise BadRegister(f"{path}: more than {MOST_ROWS:,} rows; expected a register of agencies")
        if any(cell is not None and cell != "" for cell in cells[:MOST_COLUMNS]):
            filled.append((number, cells[:MOST_COLUMNS]))
    return filled
