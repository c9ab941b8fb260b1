"""Rows of a partner's file: CSV, JSON Lines or JSON in any encoding."""

import csv
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Self

from crawler.extract.records.tables import match_columns
from crawler.extract.structured.json_repair import Json, UnreadableJson, loads

__all__ = ["Row", "UnreadableTable", "read_csv", "read_json"]

LONGEST_LINE = 64 * 1024 * 1024
"""Characters of one line or cell; a broken file may be one line of gigabytes."""

DELIMITERS = ",;\t|"
_LOOKED_AT = 65_536
_DEEPEST = 3
_PATIENCE = 20
"""How often a quote may turn out to be closed nowhere before the rest of the file is left."""


class UnreadableTable(ValueError):
    """Raised when a file as a whole cannot be read as a table, from this module; its caller knows the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row, or what is wrong with it."""

    line: int
    """Where it starts in the file, from 1; of one JSON document its place in the list."""

    values: dict[str, Json] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    """Every name over the table's columns, also those that stand there twice; none for JSON."""

    problem: str | None = None


def read_csv(file: BinaryIO, encoding: str, *, delimiter: str | None = None) -> Iterator[Row]:
    """The rows below the first one, which names the columns; rows that do not fit it have a problem instead of values.

    Where two columns have one name, the first is kept. Raises ``UnreadableTable`` for a file without any row.
    """
    csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(_text_lines(file, encoding))
    sample = lines.peek(_LOOKED_AT)
    if sample and sample[0].strip().lower().startswith("sep=") and len(sample[0].strip()) == 5:
        delimiter = next(lines).strip()[4]  # a spreadsheet's own hint
    rows = _cells(lines, delimiter or _find_delimiter(sample))
    header: list[str] = []
    for line, cells, problem in rows:
        if problem is not None:
            yield Row(line=line, problem=problem)
        elif not any(cell.strip() for cell in cells):
            continue
        elif not header:
            header = _trimmed(cells)
        else:
            yield _row(line, cells, header)
    if not header:
        raise UnreadableTable("no row that could name the columns")


def read_json(file: BinaryIO, encoding: str) -> Iterator[Row]:
    """The objects of a JSON Lines file, or those in the list that a JSON document is or holds."""
    lines = _Lines(_text_lines(file, encoding))
    start = [line for line in lines.peek(_LOOKED_AT) if line.strip()][:2]
    if len(start) == 1 or (start and _object(start[0]) is None):
        text = "".join(lines)
        document = _document(text) if len(text) <= LONGEST_LINE else None
        if document is not None:
            yield from document
            return
        lines = _Lines(iter(text.splitlines(keepends=True)))
    for line, text in enumerate(lines, 1):
        if text.strip():
            found = _object(text)
            yield Row(line=line, values=found) if found is not None else Row(line=line, problem="not a JSON object")


class _Lines:
    """Lines, with those of the row at hand remembered: a row that swallowed others can be undone."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def peek(self, characters: int) -> list[str]:
        """The first lines, which stay to be read."""
        for line in self._lines:
            self._again.append(line)
            characters -= len(line)
            if characters <= 0 or len(self._again) >= 200:
                break
        return list(self._again)

    def undo_all_but_first(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))


def _cells(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Each row's first line, its cells, and what is wrong with it."""
    line, patience = 1 + len(lines.taken), _PATIENCE
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as err:
            yield line, [], f"not a row of this table ({err})"
            patience -= "unexpected end" in str(err)
            if len(lines.taken) > 1 and patience > 0:
                # Only the line where the trouble starts is lost, not all that it swallowed.
                lines.undo_all_but_first()
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                line += 1
                continue
        else:
            yield line, cells, None
        line += len(lines.taken)


def _row(line: int, cells: list[str], header: list[str]) -> Row:
    cells = cells[: len(header)] + _trimmed(cells[len(header) :])
    if len(cells) != len(header):
        return Row(line=line, problem=f"expected {len(header)} cells as the first row has, found {len(cells)}")
    values: dict[str, Json] = {}
    for name, cell in zip(header, cells, strict=True):
        if name.strip():
            values.setdefault(name, cell)
    return Row(line=line, values=values, header=tuple(header))


def _trimmed(cells: list[str]) -> list[str]:
    """Without the empty cells at the end, which a spreadsheet leaves there."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return cells


def _find_delimiter(sample: list[str]) -> str:
    """The one that gives the first rows most evenly as many cells as the first of them, and most cells."""

    def fitness(delimiter: str) -> tuple[float, int]:
        try:
            rows = [row for row in islice(csv.reader(sample, delimiter=delimiter), 30) if row]
        except csv.Error:
            return 0.0, 0
        width = len(rows[0]) if rows else 0
        return (round(sum(len(row) == width for row in rows) / len(rows), 1), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=fitness)


def _text_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    text = TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        while line := text.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise UnreadableTable(f"a line of more than {LONGEST_LINE:,} characters")
            yield line.replace("\0", "")
    finally:
        text.detach()


def _object(text: str) -> dict[str, Json] | None:
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _document(text: str) -> list[Row] | None:
    """The objects of one JSON document; None where it is none."""
    try:
        value, repaired = loads(text)
    except UnreadableJson:
        return None
    if repaired:
        return None
    entries = value if isinstance(value, list) else _list_in(value, 0) or [value]
    return [
        Row(line=number, values=entry) if isinstance(entry, dict) else Row(line=number, problem="not a JSON object")
        for number, entry in enumerate(entries, 1)
    ]


def _list_in(value: Json, depth: int) -> list[Json] | None:
    """The list of ads that an object holds; None where the object is an ad itself, or nothing of the kind."""
    below = list(value.values()) if isinstance(value, dict) and depth < _DEEPEST else []
    lists = [each for each in below if isinstance(each, list) and each and isinstance(each[0], dict)]
    distinctive = next((each for each in lists if _gives_ads(each[0])), None)
    if distinctive is not None or _gives_ads(value):
        return distinctive
    return next((found for each in below if (found := _list_in(each, depth + 1))), lists[0] if lists else None)


def _gives_ads(value: Json) -> bool:
    return isinstance(value, dict) and match_columns(tuple(value), {}).give_ads
