"""Rows of a partner's table as ads, and which column is which field."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache

from crawler.extract.html.text import has_markup
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.records.ats_records import values_at
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
)
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import clean_text, cut, fold
from crawler.extract.visible.words import load_words
from crawler.files import read_word_list

__all__ = ["Columns", "match_columns", "read_cells", "row_to_raw"]

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
    found, missing = _as_wanted(by_name, wanted) if wanted else (_by_known_names(by_name), [])
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
    values = {
        field: next((line for value in _values(row, names) if (line := _read(field, value))), None)
        for field, names in columns.fields.items()
        if field != "base_salary"
    }
    return RawAd(**values, base_salary=_salary(pay, beside), reader="feed")


def read_cells(row: Mapping[str, Json], columns: Columns) -> dict[str, Json]:
    """The cells of a row that its ad is read from, by the names of their columns."""
    cells = {name: row[name] if name in row else list(values_at(dict(row), name)) for name in columns.archived}
    return {name: cell for name, cell in cells.items() if cell not in (None, "", [])}


def _values(row: Mapping[str, Json], names: tuple[str, ...]) -> Iterator[Json]:
    for name in names:
        yield from [row[name]] if name in row else values_at(dict(row), name)


def _read(field: str, value: Json) -> str | None:
    if field in _TEXTS:
        return _text(value)
    if field == "job_location":
        return places(value)
    if field == "hiring_organization":
        return organisation(value)
    if field in {"contact", "employment_type"}:
        return "; ".join(_contact_lines(value)) or None
    return first_line(value)


def _text(value: Json) -> str | None:
    """A text as the partner wrote it; markup is read as a page's would be."""
    if isinstance(value, str) and not has_markup(value):
        return cut(clean_text(value), LONGEST_TEXT).strip() or None
    return text_of(value)


def _contact_lines(value: Json) -> tuple[str, ...]:
    """Lines; of the ads file's contacts the kind too, without which a bare handle says nothing."""
    value = _nested(value)
    entries = value if isinstance(value, list) else [value]
    lines: list[str] = []
    for entry in entries[:100]:
        pair = entry if isinstance(entry, dict) and {"kind", "value"} <= entry.keys() else None
        lines += [f"{pair['kind']}: {pair['value']}"] if pair else line_list(entry)
    return tuple(lines)


def _salary(value: Json, beside: Mapping[str, Json]) -> RawSalary | None:
    value = _nested(value)
    found = salary(value, beside)
    raw = first_line(value.get("raw")) if isinstance(value, dict) else None
    if found is None:
        return RawSalary(raw=raw) if raw else None
    return replace(found, raw=raw) if raw else found


def _nested(value: Json) -> Json:
    """What a cell of a table holds as JSON, as the ads file has it; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            inner: Json = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return inner if isinstance(inner, dict | list) else value
    return value


def _as_wanted(
    by_name: Mapping[str, str], wanted: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, list[str]], list[str]]:
    """Field to columns as the card has them, and the card's columns that are not there.

    A name with dots may also lead into a column, whose values are then objects.
    """
    found: dict[str, list[str]] = {}
    missing: list[str] = []
    for field, names in wanted.items():
        for name in names:
            outer = _same(name.partition(".")[0])
            column = by_name.get(_same(name)) or (name if outer in by_name else None)
            if column is None:
                missing.append(name)
            else:
                found.setdefault(field, []).append(column)
    return found, missing


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
