"""Drop spider: rows of files that a partner has put on this machine; no network.

A table becomes ads row by row, here or in worker processes; remarks on the whole table go to the ledger.
"""

import json
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crawler.archive.warc_writer import resource_record
from crawler.errors import NotAnAd, Outcome
from crawler.extract.normalise import normalise
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
from crawler.files import file_digest, find_encoding, numbered, open_bytes
from crawler.processes import map_in_order
from crawler.sources.card import Source
from crawler.spiders.base import FetchResult, SourceSpider

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
            address = next(free for free in numbered(f"file:{quote(path.name)}", sign="?") if free not in known)
            known.add(address)
            problem = _why_not_read(path, place)
            yield DroppedFile(path=path, address=address, problem=problem, is_expected=path == place)


def read_dropped_rows(file: DroppedFile, *, notes: list[str]) -> Iterator[Row]:
    """The rows of a file in its order; raises ``UnreadableTable`` where it cannot be read any further.

    ``notes`` gets how the file was read, where it does not say so itself.
    """
    try:
        with open_bytes(file.path) as table:
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


_ROWS_AT_MOST, _CHARACTERS_AT_MOST = 50, 1_000_000
"""Of one batch of rows, which one process reads."""

_NAMED_AT_MOST = 50
"""Columns and rows that a note names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """Rows that are read together, with all that is needed to read them in another process."""

    rows: tuple[tuple[Row, Columns], ...]
    size: int
    """Characters of their cells."""

    address: str
    """Of the file, in the ledger."""

    at: datetime
    source: Source
    warcinfo_id: str


ReadRow = tuple[FetchResult, bytes, str]
"""What one row came to, without its place in the archive; its packed record for that, if any, and the digest of it."""


class Table:
    """One table: the columns of its rows, and remarks on all of it. The columns of JSON may differ from row to row."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]], *, is_uniform: bool) -> None:
        """``wanted`` are the card's columns; ``is_uniform`` says that the first row's columns are those of all."""
        self._wanted, self._is_uniform = wanted, is_uniform
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._rows = 0
        self._bad: list[str] = []
        self.notes: list[str] = []
        self.file = ""
        """Which file it was, for the remarks."""

        self.is_broken = False
        """True where it could not be read to its end; the first note says why."""

    def batches(self, rows: Iterator[Row], batch: RowBatch) -> Iterator[RowBatch]:
        """The rows, many at a time; ``batch`` has all else. What cannot be read any further ends them."""
        some: list[tuple[Row, Columns]] = []
        size = 0
        try:
            for row in rows:
                some.append(self._matched(row))
                size += sum(len(cell) for cell in row.values.values() if isinstance(cell, str))
                if len(some) == _ROWS_AT_MOST or size > _CHARACTERS_AT_MOST:
                    yield replace(batch, rows=tuple(some), size=size)
                    some, size = [], 0
        except UnreadableTable as err:
            self.is_broken = True
            self.notes.insert(0, str(err))
        if some:
            yield replace(batch, rows=tuple(some), size=size)

    def count(self, rows: list[ReadRow]) -> None:
        """Count rows that were read, for the remarks."""
        self._rows += len(rows)
        self._bad += [result.address.rpartition("#")[2] for result, *_ in rows if result.outcome == "failed"]

    def remarks(self) -> tuple[str, ...]:
        """For the ledger: rows, rows set aside, and columns that were not read or are missing."""
        tables = [set(columns.missing) for columns in self._columns.values()]
        # Of the card's columns those that not one row had.
        missing = tuple(sorted(set.intersection(*tables))) if tables else ()
        return (
            *self.notes,
            f"rows: {self._rows}" + (f", set aside {len(self._bad)}: lines {_named(self._bad)}" if self._bad else ""),
            *self._about("columns not read", [columns.ignored for columns in self._columns.values()]),
            *self._about("no column", [missing]),
            *self._about("one name over several columns", [columns.repeated for columns in self._columns.values()]),
            *filter(None, (self.file,)),
        )

    def _matched(self, row: Row) -> tuple[Row, Columns]:
        """The row with its columns; raises ``UnreadableTable`` where no row of the table can give an ad."""
        header = tuple(row.values)
        columns = self._columns.get(header)
        if columns is None and row.problem is None:
            columns = self._columns[header] = match_columns(row.header or header, self._wanted)
        if columns is None:
            return row, _NO_COLUMNS
        if not columns.give_ads:
            lacking = f"no column of a title or a text among {_named(header)}"
            if self._is_uniform:
                raise UnreadableTable(f"{lacking}: expected their names under [columns]")
            return replace(row, values={}, problem=lacking), columns
        return row, columns

    def _about(self, what: str, names: list[tuple[str, ...]]) -> list[str]:
        distinct = dict.fromkeys(name for some in names for name in some)
        return [f"{what}: {_named(distinct)}"] if distinct else []


_NO_COLUMNS = Columns(fields={}, ignored=())


def _named(names: Iterable[str]) -> str:
    listed = [name[:60] for name in names]
    return ", ".join(listed[:_NAMED_AT_MOST]) + (", …" if len(listed) > _NAMED_AT_MOST else "")


def read_rows(batch: RowBatch) -> list[ReadRow]:
    """What each row of a batch comes to."""
    return [_read_row(row, columns, batch) for row, columns in batch.rows]


def _read_row(row: Row, columns: Columns, batch: RowBatch) -> ReadRow:
    result = FetchResult(address=f"{batch.address}#{row.line}", url="", seen_at=batch.at, outcome="failed")
    if row.problem is not None:
        return replace(result, detail=f"line {row.line}: {row.problem}"), b"", ""
    try:
        raw = row_to_raw(row.values, columns)
        if raw.title is None and raw.description is None:
            return replace(result, detail=f"line {row.line}: neither title nor text"), b"", ""
        # Evidence of the ad holds no other row, and no column that is not read.
        cells = json.dumps(read_cells(row.values, columns), ensure_ascii=False, indent=1)
        block = cells.encode("utf-8", "surrogatepass")
        record, sha256 = resource_record(result.address, block, at=batch.at, warcinfo_id=batch.warcinfo_id)
        # A row has no address: an ad without a link of its own has none.
        source = batch.source
        ad = normalise(
            raw, source=source.name, seen_at=batch.at, url="", language=source.language, country=source.country
        )
    except NotAnAd as err:
        return replace(result, outcome="not_an_ad", detail=str(err)), record, sha256
    except Exception as err:  # noqa: BLE001 - a bug of ours, or a row that nobody foresaw: it is named, and the rest read
        return replace(result, detail=type(err).__name__), b"", ""
    return replace(result, outcome="ad", ads=((ad, raw),), ad_ids=(ad.ad_id,)), record, sha256


class DropSpider(SourceSpider):
    """A result for each row, then one for the file."""

    async def start(self) -> AsyncIterator[Any]:
        """Every result, those of many rows at a time; there is no request."""
        is_read = False
        try:
            for file in find_dropped_files(self.source.start):
                if self._is_open(file.address):
                    for results in self._read(file):
                        yield results
            is_read = True
        finally:  # what breaks the reading off must not pass for a whole batch
            self.is_broken = self.is_broken or not is_read

    def _read(self, file: DroppedFile) -> Iterator[tuple[FetchResult, ...]]:
        spent = self.frontier.at_end()
        if spent or file.problem:
            refused: Outcome = "failed" if file.is_expected else "out_of_scope"
            yield self._file_result(file, "not_inspected" if spent else refused, spent or file.problem or "")
            return
        outcome: Outcome = "listing"
        table = Table(self.source.columns, is_uniform=file.form == "csv")
        with suppress(OSError):  # where it cannot be read, its rows cannot either
            self.frontier.bytes += file.path.stat().st_size
            # For the ledger: which file it was. The file itself stays with the partner.
            table.file = f"SHA-256 of the file {file_digest(file.path)}"
        first = RowBatch(
            rows=(), size=0, address=file.address, at=self.clock(), source=self.source,
            warcinfo_id=self.batch.warc.info_id,
        )  # fmt: skip
        for batch, rows in map_in_order(
            read_rows,
            table.batches(read_dropped_rows(file, notes=table.notes), first),
            workers=self.settings.getint("FILE_WORKERS", 1),
            size_of=attrgetter("size"),
            imported=[read_rows.__module__],
        ):
            if spent := self.frontier.at_end():
                outcome = "not_inspected"
                table.notes.append(f"{spent}: the rows from line {batch.rows[0][0].line} on")
                break
            table.count(rows)
            yield tuple(self._archived(*row) for row in rows if self._is_open(row[0].address))
        yield self._file_result(file, "failed" if table.is_broken else outcome, "; ".join(table.remarks()))

    def _is_open(self, address: str) -> bool:
        """Whether this run has yet to read it: a resumed run meets its rows a second time."""
        return self.batch.ledger.see(address) or self.batch.ledger.is_open(address)

    def _archived(self, result: FetchResult, record: bytes, sha256: str) -> FetchResult:
        if not record:
            return result
        page = self.batch.warc.append_record(record, sha256)
        return replace(result, page=page, ads=tuple((replace(ad, page=page), raw) for ad, raw in result.ads))

    def _file_result(self, file: DroppedFile, outcome: Outcome, detail: str) -> tuple[FetchResult]:
        if outcome == "failed":
            self.batch.note_problem(f"{file.address}: {detail}")
        result = FetchResult(address=file.address, url="", seen_at=self.clock(), outcome=outcome, detail=detail)
        return (result,)
