"""Strict reader of labelled files: a fault names the file and the row."""

import csv
import gzip
import io
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from crawler.ad import JobAd
from model.errors import BadDataset

__all__ = ["Record", "open_text", "read_any", "read_json_lines", "read_table", "text_ad"]

_UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Collections seldom say when a text was collected, and nothing is learnt from it."""

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a labelled file, with its place for messages."""

    fields: Mapping[str, object]
    where: str

    def text(self, name: str) -> str:
        """The field's text; absent or null reads as empty."""
        value = self.fields.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadDataset(f"{self.where}: {name} is {type(value).__name__}, expected text")
        return unicodedata.normalize("NFC", value)

    def value(self, name: str) -> str:
        """The field as text, also where it is a number or true or false, as JSON writes them."""
        value = self.fields.get(name)
        return json.dumps(value) if isinstance(value, bool | int | float) else self.text(name)

    def one_of(self, name: str, known: Mapping[str, _Value]) -> _Value:
        """What the field's word stands for; raises ``BadDataset`` for a word that is not known."""
        word = self.text(name)
        if word not in known:
            raise BadDataset(f"{self.where}: {name} is {word!r}, expected one of {', '.join(sorted(known))}")
        return known[word]


def open_text(path: Path) -> io.TextIOWrapper:
    """The file as UTF-8 text, gunzipped where its name says so."""
    raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 - closed with what wraps it
    return io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")


def read_json_lines(path: Path, needed: Set[str], may_have: Set[str] = frozenset()) -> Iterator[Record]:
    """The objects of a JSON Lines file, each with all needed fields and none beyond those it may have."""
    for row in _objects(path):
        _check_names(row.fields.keys(), row.where, needed, may_have)
        yield row


def read_table(path: Path, needed: tuple[str, ...], may_have: tuple[str, ...] = ()) -> Iterator[Record]:
    """The rows of a CSV file whose header has all needed columns and none beyond those it may have."""
    return _rows(path, lambda names: _check_names(names, f"{path.name}, header", set(needed), set(may_have)))


def read_any(path: Path, needed: Set[str]) -> Iterator[Record]:
    """The rows of a CSV file, or the objects of a JSON Lines file, with these columns among others.

    A file whose first character is ``{`` is JSON Lines. Columns of CSV are parted by what its header has most of: a
    comma, a semicolon or a tab.
    """
    with open_text(path) as file:
        first = next(_lines(file, path), "")
    if first.startswith("{"):
        for row in _objects(path):
            _check_has(row.fields.keys(), row.where, needed)
            yield row
    else:
        delimiter = max(",;\t", key=first.count)
        yield from _rows(path, lambda names: _check_has(names, f"{path.name}, header", needed), delimiter)


def _objects(path: Path) -> Iterator[Record]:
    with open_text(path) as file:
        for number, line in enumerate(_lines(file, path), 1):
            where = f"{path.name}, row {number}"
            try:
                fields = json.loads(line)
            except json.JSONDecodeError as err:
                raise BadDataset(f"{where}: not JSON ({err.msg}); expected one object a line") from err
            if not isinstance(fields, dict):
                raise BadDataset(f"{where}: {type(fields).__name__}, expected an object")
            yield Record(fields, where)


def _rows(path: Path, check: Callable[[Sequence[str]], None], delimiter: str = ",") -> Iterator[Record]:
    with open_text(path) as file:
        rows = csv.DictReader(_lines(file, path), strict=True, delimiter=delimiter)
        try:
            check(rows.fieldnames or ())
            for number, row in enumerate(rows, 1):
                where = f"{path.name}, row {number}"
                if None in row or None in row.values():
                    raise BadDataset(f"{where}: expected {len(rows.fieldnames or ())} columns")
                yield Record(row, where)
        except csv.Error as err:
            raise BadDataset(f"{path.name}, line {rows.line_num}: {err}; expected CSV") from err


def text_ad(dataset: str, key: str, *, title: str, description: str, language: str | None = None) -> JobAd:
    """An ad of title and description alone, named by its collection and its key there."""
    return JobAd(
        ad_id=f"{dataset}:{key}", source=dataset, seen_at=_UNDATED, title=title, description=description,
        language=language or None,
    )  # fmt: skip


def _lines(file: io.TextIOWrapper, path: Path) -> Iterator[str]:
    try:
        yield from file
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as err:
        raise BadDataset(f"{path.name}: {err}; expected UTF-8 text") from err


def _check_names(found: Iterable[str], where: str, needed: Set[str], may_have: Set[str]) -> None:
    names = set(found)
    _check_has(names, where, needed)
    if unknown := names - needed - may_have:
        raise BadDataset(
            f"{where}: unknown {', '.join(sorted(map(str, unknown)))}; expected {', '.join(sorted(needed | may_have))}"
        )


def _check_has(found: Iterable[str], where: str, needed: Set[str]) -> None:
    if missing := needed - set(found):
        raise BadDataset(f"{where}: {', '.join(sorted(missing))} missing")
