"""Drop spider: rows of files that a partner has put on this machine; no network.

A table becomes ads row by row; remarks on the whole table go to the ledger.
"""

import gzip
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, count
from operator import attrgetter
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from crawler.errors import Outcome
from crawler.extract.records.tables import Row, UnreadableTable, read_csv, read_json
from crawler.files import file_digest, find_encoding
from crawler.processes import map_in_order
from crawler.spiders.base import FetchResult, SourceSpider
from crawler.spiders.drop_rows import ReadRow, RowBatch, Table, read_rows

__all__ = ["DropSpider", "DroppedFile", "find_dropped_files", "read_dropped_rows"]

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
            name = f"file:{quote(path.name)}"
            address = next(free for free in chain([name], (f"{name}?{n}" for n in count(2))) if free not in known)
            known.add(address)
            problem = _why_not_read(path, place)
            yield DroppedFile(path=path, address=address, problem=problem, is_expected=path == place)


def read_dropped_rows(file: DroppedFile, *, notes: list[str]) -> Iterator[Row]:
    """The rows of a file in its order; raises ``UnreadableTable`` where it cannot be read any further.

    ``notes`` gets how the file was read, where it does not say so itself.
    """
    try:
        is_packed = file.path.suffix.lower() == ".gz"
        with cast(BinaryIO, gzip.open(file.path) if is_packed else file.path.open("rb")) as table:
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
        table = Table(self.source.columns, is_uniform=file.form == "csv")
        outcome: Outcome = "listing"
        try:
            table.file = self._identify(file)
            for batch, rows in self._in_workers(table, file):
                if spent := self.frontier.at_end():
                    outcome = "not_inspected"
                    table.notes.append(f"{spent}: the rows from line {batch.rows[0][0].line} on")
                    break
                table.count(rows)
                yield tuple(self._row_result(file, row, batch.at) for row in rows if self._is_open(_address(file, row)))
        except UnreadableTable as err:
            table.is_broken = True
            table.notes.insert(0, str(err))
        yield self._file_result(file, "failed" if table.is_broken else outcome, "; ".join(table.remarks()))

    def _in_workers(self, table: Table, file: DroppedFile) -> Iterator[tuple[RowBatch, list[ReadRow]]]:
        source = self.source
        first = RowBatch(
            rows=(), size=0, address=file.address, at=self.clock(), source=source.name, language=source.language,
            country=source.country, warcinfo_id=self.batch.warc.info_id,
        )  # fmt: skip
        return map_in_order(
            read_rows,
            table.batches(read_dropped_rows(file, notes=table.notes), first),
            workers=self.settings.getint("FILE_WORKERS", 1),
            size_of=attrgetter("size"),
            imported=[read_rows.__module__],
        )

    def _identify(self, file: DroppedFile) -> str:
        """For the ledger: which file it was. The file itself stays with the partner."""
        try:
            self.frontier.bytes += file.path.stat().st_size
            return f"SHA-256 of the file {file_digest(file.path)}"
        except OSError as err:
            raise UnreadableTable(f"cannot be read ({err.strerror})") from err

    def _is_open(self, address: str) -> bool:
        """Whether this run has yet to read it: a resumed run meets its rows a second time."""
        return self.batch.ledger.see(address) or self.batch.ledger.is_open(address)

    def _row_result(self, file: DroppedFile, row: ReadRow, at: datetime) -> FetchResult:
        page = self.batch.warc.append_record(row.record, row.sha256) if row.record else None
        ads = ((replace(row.found[0], page=page), row.found[1]),) if row.found else ()
        return FetchResult(
            address=_address(file, row), url="", seen_at=at, outcome=row.outcome, detail=row.detail, page=page,
            ads=ads, ad_ids=tuple(ad.ad_id for ad, _ in ads),
        )  # fmt: skip

    def _file_result(self, file: DroppedFile, outcome: Outcome, detail: str) -> tuple[FetchResult]:
        if outcome == "failed":
            self.batch.note_problem(f"{file.address}: {detail}")
        result = FetchResult(address=file.address, url="", seen_at=self.clock(), outcome=outcome, detail=detail)
        return (result,)


def _address(file: DroppedFile, row: ReadRow) -> str:
    return f"{file.address}#{row.line}"
