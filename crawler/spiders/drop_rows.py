"""Rows of a partner's table, matched to columns and read into ads, here or in worker processes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from crawler.ad import JobAd
from crawler.archive.warc_writer import resource_record
from crawler.errors import NotAnAd, Outcome
from crawler.extract.normalise import normalise
from crawler.extract.raw import RawAd
from crawler.extract.records.tables import Columns, Row, UnreadableTable, match_columns, read_cells, row_to_raw

__all__ = ["ReadRow", "RowBatch", "Table", "read_rows"]

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
    source: str
    language: str | None
    country: str | None
    warcinfo_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """What one row came to."""

    line: int
    outcome: Outcome
    detail: str = ""
    found: tuple[JobAd, RawAd] | None = None
    """The ad, which does not know yet where its row lies in the archive."""

    record: bytes = b""
    """The row as a packed record of the archive; none for a row without an ad."""

    sha256: str = ""


class Table:
    """One table: the columns of its rows, and remarks on all of it. The columns of JSON may differ from row to row."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]], *, is_uniform: bool) -> None:
        """``wanted`` are the card's columns; ``is_uniform`` says that the first row's columns are those of all."""
        self._wanted, self._is_uniform = wanted, is_uniform
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._rows = 0
        self._bad: list[int] = []
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

    def count(self, rows: Iterable[ReadRow]) -> None:
        """Count rows that were read, for the remarks."""
        for row in rows:
            self._rows += 1
            if row.outcome == "failed":
                self._bad.append(row.line)

    def remarks(self) -> tuple[str, ...]:
        """For the ledger: rows, rows set aside, and columns that were not read or are missing."""
        lines = _named(str(line) for line in self._bad)
        tables = [set(columns.missing) for columns in self._columns.values()]
        # Of the card's columns those that not one row had.
        missing = tuple(sorted(set.intersection(*tables))) if tables else ()
        return (
            *self.notes,
            f"rows: {self._rows}" + (f", set aside {len(self._bad)}: lines {lines}" if self._bad else ""),
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
    return [_read(row, columns, batch) for row, columns in batch.rows]


def _read(row: Row, columns: Columns, batch: RowBatch) -> ReadRow:
    if row.problem is not None:
        return ReadRow(line=row.line, outcome="failed", detail=f"line {row.line}: {row.problem}")
    try:
        raw = row_to_raw(row.values, columns)
        if raw.title is None and raw.description is None:
            return ReadRow(line=row.line, outcome="failed", detail=f"line {row.line}: neither title nor text")
        # Evidence of the ad holds no other row, and no column that is not read.
        cells = json.dumps(read_cells(row.values, columns), ensure_ascii=False, indent=1)
        record, sha256 = resource_record(
            f"{batch.address}#{row.line}", cells.encode("utf-8", "surrogatepass"),
            at=batch.at, warcinfo_id=batch.warcinfo_id,
        )  # fmt: skip
        # A row has no address: an ad without a link of its own has none.
        ad = normalise(
            raw, source=batch.source, seen_at=batch.at, url="", language=batch.language, country=batch.country
        )
    except NotAnAd as err:
        return ReadRow(line=row.line, outcome="not_an_ad", detail=str(err), record=record, sha256=sha256)
    except Exception as err:  # noqa: BLE001 - a bug of ours, or a row that nobody foresaw: it is named, and the rest read
        return ReadRow(line=row.line, outcome="failed", detail=type(err).__name__)
    return ReadRow(line=row.line, outcome="ad", found=(ad, raw), record=record, sha256=sha256)
