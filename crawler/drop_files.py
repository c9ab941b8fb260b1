"""The files that a partner has dropped: which of them are read, and what they are called in the ledger."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

from crawler.file_encoding import find_encoding
from crawler.table_rows import Row, UnreadableTable, read_csv, read_json

__all__ = ["DroppedFile", "find_dropped_files", "open_dropped", "read_dropped_rows"]

ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}
"""What is read, as it is or packed as ``.gz``."""

CONTENT_TYPES = {"csv": "text/csv", "json": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFile:
    """One file, or a place where there should be one."""

    path: Path
    address: str
    """Its name in the ledger: ``file:`` and the path from where the card points; nothing of this machine's."""

    problem: str | None = None
    """Why it is not read."""

    is_expected: bool = True
    """False for what lies in the folder and is no table at all."""

    @property
    def form(self) -> str:
        """``csv`` or ``json``."""
        return ENDINGS[_ending(self.path)]

    @property
    def content_type(self) -> str:
        """As the archive names it."""
        return "application/gzip" if self.path.suffix.lower() == ".gz" else CONTENT_TYPES[self.form]


def find_dropped_files(places: Iterable[str]) -> Iterator[DroppedFile]:
    """The files at these places, those of a folder in the order of their names; each has an address of its own."""
    known: set[str] = set()
    for place in map(Path, places):
        for path in sorted(place.iterdir(), key=lambda path: path.name) if place.is_dir() else [place]:
            if path.name.startswith("."):
                continue  # what is still being copied, and a desktop's own notes
            address = _free(f"file:{quote(path.name)}", known)
            known.add(address)
            problem = _why_not_read(path, place)
            yield DroppedFile(path=path, address=address, problem=problem, is_expected=path == place)


@contextmanager
def _open_table(path: Path) -> Iterator[BinaryIO]:
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rb") as packed:
            yield cast(BinaryIO, packed)
    else:
        with path.open("rb") as file:
            yield file


@contextmanager
def open_dropped(file: DroppedFile) -> Iterator[BufferedReader]:
    """The file as it lies there; raises ``UnreadableTable`` where it cannot be opened."""
    try:
        body = file.path.open("rb")
    except OSError as err:
        raise UnreadableTable(f"cannot be read ({err.strerror})") from err
    with body:
        yield body


def read_dropped_rows(file: DroppedFile, *, notes: list[str]) -> Iterator[Row]:
    """The rows of a file in its order; raises ``UnreadableTable`` where it cannot be read any further.

    ``notes`` is told how the file was taken, where it does not say so itself.
    """
    try:
        with _open_table(file.path) as table:
            encoding, is_guess = find_encoding(table)
            if is_guess:
                notes.append(f"read as {encoding}, which is a guess")
            delimiter = "\t" if _ending(file.path) == ".tsv" else None
            yield from (
                read_csv(table, encoding, delimiter=delimiter) if file.form == "csv" else read_json(table, encoding)
            )
    except OSError as err:  # also: not a gzip file
        raise UnreadableTable(f"cannot be read ({err.strerror or 'not a gzip file'})") from err
    except (EOFError, zlib.error) as err:
        raise UnreadableTable("expected a whole gzip file, found a broken one") from err


def _ending(path: Path) -> str:
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def _free(address: str, known: set[str]) -> str:
    free, number = address, 1
    while free in known:
        number += 1
        free = f"{address}?{number}"
    return free


def _why_not_read(path: Path, place: Path) -> str | None:
    if not path.exists():
        return "no such file or folder"
    if path.is_dir():
        return "a folder in the folder"
    if not path.resolve().is_relative_to(place.resolve()):
        return "leads out of the folder"
    if not path.is_file():
        return "not a file"
    return None if _ending(path) in ENDINGS else f"expected {', '.join(ENDINGS)}, each also as .gz"
