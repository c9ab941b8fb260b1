"""The rows of a register's file, CSV or XLSX, below whichever row names the columns."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Final

from crawler.extract.plain_text import fold
from crawler.file_encoding import find_encoding
from pipeline.errors import BadRegister
from pipeline.registers.workbook import Cell, Row, read_workbook

__all__ = ["Columns", "cell_text", "find_header", "is_rounded", "read_sheets"]


LARGEST_FILE: Final = 64 * 1024 * 1024
MOST_ROWS: Final = 500_000
MOST_COLUMNS: Final = 200
HEADER_WITHIN: Final = 30
"""Rows in which the names of the columns are looked for: official lists begin with headings."""

_DELIMITERS: Final = ",;\t|"
_DIGITS_OF_A_NUMBER: Final = 15
"""What a spreadsheet keeps of a number: the rest becomes zeros."""

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
            column: next((names[each] for each in map(_heading, said) if each in names), None)
            for column, said in wanted.items()
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
    text = content.decode(encoding)
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
    kept: list[Row] = []
    for number, cells in rows:
        if len(kept) >= MOST_ROWS:
            raise BadRegister(f"{path}: more than {MOST_ROWS:,} rows; expected a register of agencies")
        if any(cell is not None and cell != "" for cell in cells[:MOST_COLUMNS]):
            kept.append((number, cells[:MOST_COLUMNS]))
    return kept
