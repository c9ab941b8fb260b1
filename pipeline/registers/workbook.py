"""The rows of an XLSX file, sheet by sheet; a damaged or hostile file is one error."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from pipeline.errors import BadRegister

__all__ = ["Cell", "Row", "read_workbook"]

Cell = str | int | float | bool | date | datetime | None
Row = tuple[int, tuple[Cell, ...]]
"""The row's number in the file, from 1, and its cells."""

LARGEST_UNPACKED: Final = 512 * 1024 * 1024

_DAMAGE: Final = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl lets through of its parsers where a file is damaged: found by damaging one in 1,500 ways."""


def read_workbook(path: Path, sheet: str | None) -> Iterator[Iterator[Row]]:
    """The rows of each sheet, or of the one that is named."""
    # Opened here: openpyxl forgets to close what it cannot read.
    with path.open("rb") as file:
        with _damage_told(path):
            _check_size(path, file)
            book = _open(file)
        if sheet is not None and sheet not in book.sheetnames:
            raise BadRegister(f"{path}: no sheet {sheet!r}; expected one beside {', '.join(book.sheetnames)}")
        for each in [book[sheet]] if sheet is not None else book.worksheets:
            yield _rows(path, each)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """One error for whatever is wrong with a file; openpyxl's warnings of styles, on which no cell depends, are not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except _DAMAGE as err:
        raise BadRegister(f"{path}: not a readable .xlsx file ({type(err).__name__}: {err})") from err


def _open(file: BinaryIO) -> Any:
    import openpyxl

    return openpyxl.load_workbook(file, read_only=True, data_only=True)


def _rows(path: Path, sheet: Any) -> Iterator[Row]:
    with _damage_told(path):
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, cast(tuple[Cell, ...], cells)


def _check_size(path: Path, file: BinaryIO) -> None:
    """Refuse what would fill the memory once unpacked."""
    with zipfile.ZipFile(file) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise BadRegister(f"{path}: {unpacked:,} bytes unpacked; expected at most {LARGEST_UNPACKED:,}")
