"""Drop spider: rows of files that a partner has put on this machine; no network.

A table becomes ads row by row; remarks on the whole table go to the ledger.
"""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from crawler.ad import PageRef
from crawler.errors import Outcome
from crawler.extract.raw import RawAd
from crawler.extract.records.tables import (
    Columns,
    Row,
    UnreadableTable,
    match_columns,
    read_cells,
    read_csv,
    read_json,
    row_to_raw,
)
from crawler.extract.structured.json_repair import Json
from crawler.files import find_encoding
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["DropSpider", "DroppedFile", "TableReader", "find_dropped_files", "open_dropped", "read_dropped_rows"]

ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}
"""Endings of files that are read, plain or as ``.gz``."""


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

    ``notes`` gets how the file was read, where it does not say so itself.
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


_NAMED_AT_MOST = 50
"""Columns and rows that a note names."""


class TableReader:
    """Reads the rows of one table; the columns of JSON may differ from row to row."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]], *, is_uniform: bool) -> None:
        """``wanted`` are the card's columns; ``is_uniform`` says that the first row's columns are those of all."""
        self._wanted, self._is_uniform = wanted, is_uniform
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._rows = 0
        self._bad: list[int] = []
        self.notes: list[str] = []
        self.file = ""
        """Which file it was, for the remarks."""

    def read(self, row: Row) -> tuple[RawAd | None, str]:
        """The row's ad, or None with what is wrong; raises ``UnreadableTable`` where no row of the table has one."""
        self._rows += 1
        raw, problem = self._read(row)
        if raw is None:
            self._bad.append(row.line)
        return raw, problem

    def cells(self, row: Row) -> dict[str, Json]:
        """What of the row was read, by column."""
        return read_cells(row.values, self._columns[tuple(row.values)])

    def remarks(self) -> tuple[str, ...]:
        """For the ledger: rows, rows set aside, and columns that were not read or are missing."""
        lines = _named(str(line) for line in self._bad)
        return (
            *self.notes,
            f"rows: {self._rows}" + (f", set aside {len(self._bad)}: lines {lines}" if self._bad else ""),
            *self._about("columns not read", [columns.ignored for columns in self._columns.values()]),
            *self._about("no column", self._missing()),
            *self._about("one name over several columns", [columns.repeated for columns in self._columns.values()]),
            *filter(None, (self.file,)),
        )

    def _read(self, row: Row) -> tuple[RawAd | None, str]:
        if row.problem is not None:
            return None, f"line {row.line}: {row.problem}"
        header = tuple(row.values)
        columns = self._columns.get(header)
        if columns is None:
            columns = self._columns[header] = match_columns(row.header or header, self._wanted)
        if not columns.give_ads:
            lacking = f"no column of a title or a text among {_named(header)}"
            if self._is_uniform:
                raise UnreadableTable(f"{lacking}: expected their names under [columns]")
            return None, f"line {row.line}: {lacking}"
        raw = row_to_raw(row.values, columns)
        if raw.title is None and raw.description is None:
            return None, f"line {row.line}: neither title nor text"
        return raw, ""

    def _missing(self) -> list[tuple[str, ...]]:
        """The card's columns that not one row had."""
        tables = [set(columns.missing) for columns in self._columns.values()]
        return [tuple(sorted(set.intersection(*tables)))] if tables else []

    def _about(self, what: str, names: list[tuple[str, ...]]) -> list[str]:
        distinct = dict.fromkeys(name for some in names for name in some)
        return [f"{what}: {_named(distinct)}"] if distinct else []


def _named(names: Iterable[str]) -> str:
    listed = [name[:60] for name in names]
    return ", ".join(listed[:_NAMED_AT_MOST]) + (", …" if len(listed) > _NAMED_AT_MOST else "")


class DropSpider(SourceSpider):
    """A result for each row, then one for the file."""

    async def start(self) -> AsyncIterator[Any]:
        """Every result; there is no request."""
        for file in find_dropped_files(self.source.start):
            if self._is_open(file.address):
                for result in self._read(file):
                    yield result

    def _read(self, file: DroppedFile) -> Iterator[FetchResult]:
        spent = self.frontier.at_end()
        if spent or file.problem:
            refused: Outcome = "failed" if file.is_expected else "out_of_scope"
            yield self._row_result(file.address, "not_inspected" if spent else refused, spent or file.problem or "")
            return
        reader = TableReader(self.source.columns, is_uniform=file.form == "csv")
        outcome: Outcome = "listing"
        try:
            reader.file = self._identify(file)
            for row in read_dropped_rows(file, notes=reader.notes):
                address = f"{file.address}#{row.line}"
                if spent := self.frontier.at_end():
                    outcome = "not_inspected"
                    reader.notes.append(f"{spent}: the rows from line {row.line} on")
                    break
                raw, problem = reader.read(row)
                if self._is_open(address):
                    page = self._archive(address, reader.cells(row)) if raw else None
                    found = (raw,) if raw else ()
                    yield self._row_result(address, "ad" if raw else "failed", problem, page, found=found)
        except UnreadableTable as err:
            outcome = "failed"
            reader.notes.insert(0, str(err))
        yield self._row_result(file.address, outcome, "; ".join(reader.remarks()))

    def _identify(self, file: DroppedFile) -> str:
        """For the ledger: which file it was. The file itself stays with the partner."""
        with open_dropped(file) as body:
            self.frontier.bytes += file.path.stat().st_size
            return f"SHA-256 of the file {file_digest(body, 'sha256').hexdigest()}"

    def _archive(self, address: str, cells: Mapping[str, Json]) -> PageRef:
        """Where the row lies in the batch: evidence of its ad holds no other row, and no column that is not read."""
        body = json.dumps(cells, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
        return self.batch.warc.append_resource(
            address, at=self.clock(), content_type="application/json", body=BufferedReader(BytesIO(body))
        )

    def _is_open(self, address: str) -> bool:
        """Whether this run has yet to read it: a resumed run meets its rows a second time."""
        return self.batch.ledger.see(address) or self.batch.ledger.is_open(address)

    def _row_result(
        self, address: str, outcome: Outcome, detail: str, page: PageRef | None = None, **more: Any
    ) -> FetchResult:
        if "#" not in address and outcome == "failed":
            self.note_problem(f"{address}: {detail}")
        # A row has no address: an ad without a link of its own has none.
        return FetchResult(
            address=address, url="", seen_at=self.clock(), outcome=outcome, detail=detail, page=page, **more
        )
