"""Strict reader of labelled files: a fault names the file and the row."""

import codecs
import csv
import gzip
import io
import json
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import dropwhile
from pathlib import Path
from typing import Final, TypeVar

from crawler.ad import JobAd
from model.errors import BadDataset

_UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Collections seldom say when a text was collected, and nothing is learnt from it."""

_LONGEST_CELL: Final = 64 * 1024 * 1024
"""As much as one line of an ads file may hold; the standard library's own limit is 128 KiB."""

_SEPARATOR: Final = re.compile(r"(?i)sep=(.)\s*")
"""A spreadsheet's own first line on what parts the cells."""

_Value = TypeVar("_Value")
nfc: Final = partial(unicodedata.normalize, "NFC")


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
        return nfc(value)

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
    comma, a semicolon or a tab; or by what a line ``sep=;`` above it says.
    """
    with closing(_lines(path)) as lines:
        first = next(lines, "")
    if first.startswith("[{") or first.strip() == "[":
        raise BadDataset(f"{path.name}: a JSON array; expected JSON Lines, an object a line, or CSV")
    if first.startswith("{"):
        for row in _objects(path):
            _check_has(row.fields.keys(), row.where, needed)
            yield row
    else:
        hint = _SEPARATOR.fullmatch(first)
        delimiter = hint[1] if hint else max(",;\t", key=first.count)
        yield from _rows(path, lambda names: _check_has(names, f"{path.name}, header", needed), delimiter)


def _objects(path: Path) -> Iterator[Record]:
    with closing(_lines(path)) as lines:
        for number, line in filter(lambda row: row[1].strip(), enumerate(lines, 1)):
            where = f"{path.name}, row {number}"
            try:
                fields = json.loads(nfc(line), parse_constant=lambda _: None)  # NaN, as of an empty cell
            except json.JSONDecodeError as err:
                raise BadDataset(f"{where}: not JSON ({err.msg}); expected one object a line") from err
            if not isinstance(fields, dict):
                raise BadDataset(f"{where}: {type(fields).__name__}, expected an object")
            yield Record(fields, where)


def _rows(path: Path, check: Callable[[Sequence[str]], None], delimiter: str = ",") -> Iterator[Record]:
    csv.field_size_limit(_LONGEST_CELL)
    with closing(_lines(path)) as lines:
        rows = csv.DictReader(dropwhile(_SEPARATOR.fullmatch, lines), strict=True, delimiter=delimiter)
        try:
            rows.fieldnames = [*map(nfc, rows.fieldnames or ())]
            check(rows.fieldnames)
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


def _lines(path: Path) -> Generator[str]:
    """The file's lines, gunzipped where its name says so: UTF-8, or UTF-16 where a byte order mark says so."""
    with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as raw:
        try:
            is_wide = raw.peek(2)[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
            with io.TextIOWrapper(raw, encoding="utf-16" if is_wide else "utf-8-sig", newline="") as file:
                yield from file
        except UnicodeDecodeError as err:
            found = err.object[err.start : err.start + 1].hex()
            raise BadDataset(
                f"{path.name}: byte 0x{found} is not {err.encoding.upper()}; expected text in UTF-8, as a spreadsheet "
                "saves 'CSV UTF-8', or in UTF-16 with its byte order mark"
            ) from err
        except (gzip.BadGzipFile, EOFError, zlib.error) as err:
            raise BadDataset(f"{path.name}: {err}; expected a whole gzip file") from err


def _check_names(found: Iterable[str], where: str, needed: Set[str], may_have: Set[str]) -> None:
    names = set(found)
    _check_has(names, where, needed)
    if unknown := names - needed - may_have:
        raise BadDataset(
            f"{where}: unknown {', '.join(sorted(map(str, unknown)))}; expected {', '.join(sorted(needed | may_have))}"
        )


def _check_has(found: Iterable[str], where: str, needed: Set[str]) -> None:
    names = Counter(found)
    if missing := needed - names.keys():
        raise BadDataset(
            f"{where}: {', '.join(sorted(missing))} missing; found {', '.join(map(repr, names)) or 'none'}"
        )
    if twice := [name for name in sorted(needed) if names[name] > 1]:
        raise BadDataset(f"{where}: {twice[0]} stands there twice")
