"""Tables of a partner: rows of a file, its columns as fields, rows as ads."""

import csv
import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cache
from io import StringIO, TextIOWrapper
from itertools import islice
from typing import BinaryIO, Self

from crawler.extract.html_tree import has_markup
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.records.values import (
    by_plain_key,
    first_line,
    line_list,
    load_keys,
    organisation,
    places,
    plain_key,
    salary,
    text_of,
    values_at,
)
from crawler.extract.structured.json_repair import Json, Unreadable, loads
from crawler.extract.text import clean_text, cut, fold
from crawler.extract.visible.words import load_words
from crawler.files import read_word_list

LONGEST_TEXT = 200_000
"""Characters of one description; what is longer is not an ad."""

_TEXTS = {"description", "company_profile"}
_OWN_NAMES = {"ad_id": "identifier", "contacts": "contact"}
"""Fields of the ads file that a raw ad calls by another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a table's rows say what."""

    fields: Mapping[str, tuple[str, ...]]
    """For a field of an ad the columns that are tried in turn."""

    ignored: tuple[str, ...]
    """Columns that no field is read from."""

    archived: tuple[str, ...] = ()
    """The columns that an ad is read from: of no other is anything archived."""

    are_chosen: bool = False
    """The card says which they are; nothing is read from any other."""

    missing: tuple[str, ...] = ()
    """Columns that the card names and the table does not have."""

    repeated: tuple[str, ...] = ()
    """Names that stand over several columns: only the first of these is read."""

    @property
    def give_ads(self) -> bool:
        """True where there is a title or a text among them."""
        return not self.fields.keys().isdisjoint({"title", "description"})


def match_columns(header: Sequence[str], wanted: Mapping[str, tuple[str, ...]]) -> Columns:
    """The columns of a table by field: as the card wants them, or by the names that are known."""
    by_name: dict[str, str] = {}
    for column in header:
        if column.strip():
            by_name.setdefault(_same(column), column)
    found = {} if wanted else _by_known_names(by_name)
    missing: list[str] = []
    for field_name, name in ((field_name, name) for field_name, names in wanted.items() for name in names):
        # A name with dots may also lead into a column, whose values are then objects.
        first, dot, below = name.partition(".")
        if _same(name) in by_name:
            found.setdefault(field_name, []).append(by_name[_same(name)])
        elif _same(first) in by_name:
            found.setdefault(field_name, []).append(f"{by_name[_same(first)]}{dot}{below}")
        else:
            missing.append(name)
    used = {_same(part) for names in found.values() for name in names for part in (name, name.partition(".")[0])}
    counts = Counter(map(_same, header))
    beside = () if wanted else filter(lambda column: _is_part_of_pay(_same(column)), header)
    return Columns(
        fields={field: tuple(names) for field, names in found.items()},
        ignored=tuple(
            column for name, column in by_name.items() if name not in used and (wanted or not _is_part_of_pay(name))
        ),
        archived=tuple(dict.fromkeys([*(name for names in found.values() for name in names), *beside])),
        are_chosen=bool(wanted),
        missing=tuple(missing),
        repeated=tuple(column for name, column in by_name.items() if counts[name] > 1),
    )


def row_to_raw(row: Mapping[str, Json], columns: Columns) -> RawAd:
    """The ad that a row describes, in its own words; what it does not say is None."""
    pay = next((value for value in _values(row, columns.fields.get("base_salary", ())) if value), None)
    beside = by_plain_key(row) if pay is None and not columns.are_chosen else {}
    pay = _nested(pay)
    raw = first_line(pay.get("raw")) if isinstance(pay, dict) else None
    found = salary(pay, beside)
    if raw:
        found = replace(found or RawSalary(), raw=raw)
    values = {
        field: next((line for value in _values(row, names) if (line := _read(field, value))), None)
        for field, names in columns.fields.items()
        if field != "base_salary"
    }
    return RawAd(**values, base_salary=found, reader="feed")


def read_cells(row: Mapping[str, Json], columns: Columns) -> dict[str, Json]:
    """The cells of a row that its ad is read from, by the names of their columns."""
    cells = {name: row[name] if name in row else list(values_at(dict(row), name)) for name in columns.archived}
    return {name: cell for name, cell in cells.items() if cell not in (None, "", [])}


def _values(row: Mapping[str, Json], names: tuple[str, ...]) -> Iterator[Json]:
    for name in names:
        yield from [row[name]] if name in row else values_at(dict(row), name)


def _read(field: str, value: Json) -> str | None:
    if field in _TEXTS and isinstance(value, str) and not has_markup(value):
        return cut(clean_text(value), LONGEST_TEXT).strip() or None  # as the partner wrote it
    if field in _TEXTS:
        return text_of(value)
    if field == "job_location":
        return places(value)
    if field == "hiring_organization":
        return organisation(value)
    if field in {"contact", "employment_type"}:
        nested = _nested(value)
        lines: list[str] = []
        for entry in (nested if isinstance(nested, list) else [nested])[:100]:
            # Of the ads file's contacts the kind too, without which a bare handle says nothing.
            pair = entry if isinstance(entry, dict) and {"kind", "value"} <= entry.keys() else None
            lines += [f"{pair['kind']}: {pair['value']}"] if pair else line_list(entry)
        return "; ".join(lines) or None
    return first_line(value)


def _nested(value: Json) -> Json:
    """What a cell of a table holds as JSON, as the ads file has it; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            inner: Json = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return inner if isinstance(inner, dict | list) else value
    return value


def _by_known_names(by_name: Mapping[str, str]) -> dict[str, list[str]]:
    """Field to columns, the surest name first; a column belongs to one field."""
    found: dict[str, list[tuple[int, str]]] = {}
    for name, column in by_name.items():
        for rank, names in enumerate(_known_names()):
            field = names.get(name) or names.get(plain_key(column))
            if field:
                found.setdefault(field, []).append((rank, column))
                break
    return {
        field: [column for _, column in sorted(ranked, key=lambda item: item[0])] for field, ranked in found.items()
    }


@cache
def _known_names() -> tuple[Mapping[str, str], ...]:
    """Names to fields, the surest table of names first."""
    own = {field.name: field.name for field in fields(RawAd) if field.name != "reader"} | _OWN_NAMES
    table = read_word_list("columns")
    listed = {_same(name): field for field, names in table.items() for name in names}
    records = {key: field for field, keys in load_keys().fields.items() if field in own for key in reversed(keys)}
    labels = {name: field for name, field in load_words().labels.items() if field in own}
    return own, listed, records, labels


def _is_part_of_pay(name: str) -> bool:
    parts = ("salary_min", "salary_max", "salary_currency", "salary_period")
    return any(plain_key(name) in load_keys().fields[part] for part in parts)


def _same(name: str) -> str:
    return fold(name.strip("\ufeff \t"))


LONGEST_LINE = 64 * 1024 * 1024
"""Characters of one line or cell; a broken file may be one line of gigabytes."""

DELIMITERS = ",;\t|"
_LOOKED_AT = 65_536


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
            filled = cells[: len(header)] + _trimmed(cells[len(header) :])
            if len(filled) != len(header):
                found = f"expected {len(header)} cells as the first row has, found {len(filled)}"
                yield Row(line=line, problem=found)
                continue
            values: dict[str, Json] = {}
            for name, cell in zip(header, filled, strict=True):
                if name.strip():
                    values.setdefault(name, cell)
            yield Row(line=line, values=values, header=tuple(header))
    if not header:
        raise UnreadableTable("no row that could name the columns")


def read_json(file: BinaryIO, encoding: str) -> Iterator[Row]:
    """The objects of a JSON Lines file, or those in the list that a JSON document is or holds."""
    lines = _Lines(_text_lines(file, encoding))
    start = [line for line in lines.peek(_LOOKED_AT) if line.strip()][:2]
    if len(start) == 1 or (start and _object(start[0]) is None):
        text = "".join(lines)
        with suppress(Unreadable):
            value, repaired = loads(text) if len(text) <= LONGEST_LINE else (None, True)
            if not repaired:
                entries = value if isinstance(value, list) else _list_in(value, 0) or [value]
                for number, entry in enumerate(entries, 1):
                    yield _object_row(number, entry)
                return
        lines = _Lines(iter(StringIO(text, newline="")))  # a string may hold what else ends a line
    for line, text in enumerate(lines, 1):
        lines.taken.clear()  # no line is undone, and a long file must not fill the memory
        if text.strip():
            yield _object_row(line, _object(text))


def _object_row(line: int, value: Json) -> Row:
    return Row(line=line, values=value) if isinstance(value, dict) else Row(line=line, problem="not a JSON object")


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
    # So often a quote may turn out to be closed nowhere before the rest of the file is left.
    line, patience = 1 + len(lines.taken), 20
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


def _list_in(value: Json, depth: int) -> list[Json] | None:
    """The list of ads that an object holds; None where the object is an ad itself, or nothing of the kind."""
    below = list(value.values()) if isinstance(value, dict) and depth < 3 else []
    lists = [each for each in below if isinstance(each, list) and each and isinstance(each[0], dict)]
    distinctive = next((each for each in lists if _gives_ads(each[0])), None)
    if distinctive is not None or _gives_ads(value):
        return distinctive
    return next((found for each in below if (found := _list_in(each, depth + 1))), lists[0] if lists else None)


def _gives_ads(value: Json) -> bool:
    return isinstance(value, dict) and match_columns(tuple(value), {}).give_ads
