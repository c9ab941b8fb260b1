"""A partner's table as ads, row by row, with what is to be said of the whole table in the ledger."""

from collections.abc import Iterable, Mapping

from crawler.extract.columns import Columns, match_columns, row_to_raw
from crawler.extract.raw import RawAd
from crawler.table_rows import Row, UnreadableTable

__all__ = ["TableReader"]

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

    def read(self, row: Row) -> tuple[RawAd | None, str]:
        """The row's ad, or None with what is wrong; raises ``UnreadableTable`` where no row of the table has one."""
        self._rows += 1
        raw, problem = self._read(row)
        if raw is None:
            self._bad.append(row.line)
        return raw, problem

    def told(self) -> tuple[str, ...]:
        """What is to be said of the table: rows, rows set aside, and columns that were not read or not there."""
        lines = _named(str(line) for line in self._bad)
        return (
            *self.notes,
            f"rows: {self._rows}" + (f", set aside {len(self._bad)}: lines {lines}" if self._bad else ""),
            *self._about("columns not read", [columns.ignored for columns in self._columns.values()]),
            *self._about("no column", self._missing()),
            *self._about("one name over several columns", [columns.repeated for columns in self._columns.values()]),
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
