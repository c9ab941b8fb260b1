"""Ads files, JSON Lines or CSV, one JobAd a row, validated.

The format is the project's contract with scripts and partners (docs/reference/file-formats.md): an outside file may
hold only a title or a description, and any other field of a JobAd. A CSV may be a spreadsheet's own: separated by
commas, semicolons or tabs, in UTF-8 or UTF-16, its columns in any letter case, or under names that the caller maps.
"""

import csv
import json
import re
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from datetime import datetime
from io import BufferedReader, RawIOBase, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import IO, Final, cast

from crawler.ad import JobAd
from crawler.batch.ad_json import FIELDS, BadField, UnknownField, ad_from_record, ad_to_record, with_hint
from crawler.errors import BadAdsFile
from crawler.files import dumps_line, open_bytes, utf16_of, whole_file

OUTSIDE_SOURCE = "file"
"""The source of an ad whose file does not name one."""

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one line or CSV cell, as of a partner's file. The csv library's own limit, 128 KiB, is shorter than a long
ad with its page around it."""

PACKED: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")  # .zip and .xlsx, .xls, gzip

DELIMITERS: Final = (",", ";", "\t")

Row = tuple[int, dict[str, object]]
"""A line's number in the file, from 1, and what it holds."""

ColumnsPassedOver = Callable[[tuple[str, ...]], None]


def read_ads(
    path: str | Path,
    *,
    seen_at: datetime,
    ignore_unknown: bool = False,
    columns: Mapping[str, str] | None = None,
    on_passed_over: ColumnsPassedOver = lambda _: None,
    file: IO[bytes] | None = None,
) -> Iterator[JobAd]:
    """The ads of a file in its order, read as they are asked for; ``-`` is standard input, ``.gz`` is understood.

    CSV is known by its ending, or by a first line that is not a JSON object. ``seen_at`` stands in where a row has
    none. ``columns`` maps fields to the file's own names for them. ``file`` is the file of that name, or whole lines of
    it, where it is open and unpacked already. Raises ``BadAdsFile`` at the first row that breaks the contract, naming
    file, line and field; with ``ignore_unknown`` columns that are no field are passed over.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        with nullcontext(file) if file else open_bytes(path) as opened, closing(_lines(opened)) as lines:
            names = _Columns(columns or {}, ignore_unknown=ignore_unknown, on_passed_over=on_passed_over)
            ending = name.removesuffix(".gz").rpartition(".")[2].lower()
            for line, record in _rows(lines, ending, names):
                try:
                    yield ad_from_record(record, source=OUTSIDE_SOURCE, seen_at=seen_at, ignore_unknown=ignore_unknown)
                except UnknownField as err:
                    raise BadAdsFile(f"line {line}: {err} (--ignore-unknown passes over it)") from err
                except BadField as err:
                    raise BadAdsFile(f"line {line}: {err}") from err
    except BadAdsFile as err:
        raise BadAdsFile(f"{name} {err}") from err
    except OSError as err:  # missing, a folder, no right to read, not a gzip file
        raise BadAdsFile(f"{name}: cannot be read ({err.strerror or err})") from err
    except (EOFError, zlib.error) as err:
        raise BadAdsFile(f"{name}: expected a whole gzip file, found a broken one ({err})") from err


def write_ads(ads: Iterable[JobAd], path: str | Path) -> int:
    """How many ads were written, as JSON Lines; the file is there whole or not at all."""
    count = 0
    with whole_file(path) as file:
        for ad in ads:
            file.write(dumps_line(ad_to_record(ad)))
            count += 1
    return count


def _lines(file: IO[bytes]) -> Generator[str]:
    """The file's lines. UTF-16, which spreadsheets write, is known by its byte order mark, or by zeros at its start."""
    reader = file if isinstance(file, BufferedReader) else BufferedReader(cast(RawIOBase, file))
    head = reader.peek(64)[:64]
    if head.startswith(PACKED):
        raise BadAdsFile(
            "begins as a workbook or packed file does; expected JSON Lines, or CSV in UTF-8, or .gz of one"
        )
    wide = utf16_of(head)
    source = TextIOWrapper(reader, encoding=wide, newline="\n") if wide else reader
    number = 0
    try:
        while line := source.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise BadAdsFile(f"line {number}: expected {LONGEST_LINE:,} bytes at most, found more")
            text = line if isinstance(line, str) else line.decode()
            yield text.removeprefix("\ufeff") if number == 1 else text
    except UnicodeDecodeError as err:
        if wide:
            raise BadAdsFile(f"line {number + 1}: begins as UTF-16 and is not UTF-16 ({err})") from err
        where = f"line {number}: not UTF-8 (byte {err.start + 1} of the line)"
        raise BadAdsFile(f"{where}; expected UTF-8 or UTF-16") from err
    finally:
        if isinstance(source, TextIOWrapper):
            source.detach()


def _rows(lines: Iterator[str], ending: str, columns: "_Columns") -> Iterator[Row]:
    skipped: list[str] = []
    first = ""
    for first in lines:
        if first.strip():
            break
        skipped.append(first)
    is_json = ending not in {"csv", "tsv"} and first.lstrip()[:1] in {"{", "[", ""}
    if not is_json and ending not in {"jsonl", "ndjson", "json"}:
        yield from _csv_rows(first, lines, columns, before=len(skipped))
        return
    for number, line in enumerate(chain(skipped, [first], lines), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as err:
            raise BadAdsFile(f"line {number}: expected a whole JSON object, found something else ({err})") from err
        if not isinstance(record, dict):
            raise BadAdsFile(f"line {number}: expected a JSON object, found {type(record).__name__}")
        yield number, columns.renamed(record)
    columns.name_passed_over()


def _csv_rows(first: str, lines: Iterator[str], columns: "_Columns", *, before: int) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    if note := re.fullmatch(r"sep=(.)\s*", first):  # a spreadsheet's own note on what separates the cells
        first, before = next(lines, ""), before + 1
    try:
        cells = {each: next(csv.reader([first], delimiter=each), []) for each in DELIMITERS}
    except csv.Error as err:
        raise BadAdsFile(f"line {before + 1}: not a CSV row ({err})") from err
    delimiter = note[1] if note else max(DELIMITERS, key=lambda each: columns.count_known(cells[each]))
    reader = csv.reader(chain([first], lines), strict=True, delimiter=delimiter)
    try:
        fields = columns.fields_of(next(reader, []))
        for row in reader:
            if any(map(str.strip, row)):  # spreadsheets write rows of empty cells below the last
                yield reader.line_num + before, _csv_record(fields, row, f"line {reader.line_num + before}")
    except csv.Error as err:
        raise BadAdsFile(f"line {reader.line_num + before}: not a CSV row ({err})") from err


def _csv_record(fields: list[str | None], row: list[str], where: str) -> dict[str, object]:
    if len(row) > len(fields):
        raise BadAdsFile(f"{where}: expected {len(fields)} cells as the first line has, found {len(row)}")
    if len(row) < len(fields):
        raise BadAdsFile(f"{where}: the row ends before column {fields[len(row)] or len(row) + 1!r}")
    record: dict[str, object] = {}
    for field, cell in zip(fields, row, strict=True):
        if not field or not (cell or field in {"title", "description"}):
            continue
        record[field] = cell
        # Nested fields are JSON inside the cell; pay may be plain text.
        if field in {"contacts", "page"} or (field == "base_salary" and cell.lstrip().startswith("{")):
            try:
                record[field] = json.loads(cell)
            except (ValueError, RecursionError) as err:
                raise BadAdsFile(f"{where}: field {field!r}: expected JSON in the cell ({err})") from err
    return record


class _Columns:
    """Which field of an ad each column of a file holds."""

    def __init__(self, given: Mapping[str, str], *, ignore_unknown: bool, on_passed_over: ColumnsPassedOver) -> None:
        self._given = given
        self._ignore_unknown, self._on_passed_over = ignore_unknown, on_passed_over
        self._passed_over: dict[str, None] = {}
        renamed = {_plain(column): field for field, column in given.items()}
        self._fields = {_plain(field): field for field in FIELDS if field not in given} | renamed

    def count_known(self, cells: list[str]) -> tuple[int, int]:
        """How many of the cells of a first line are fields, and how many cells there are."""
        return sum(_plain(cell) in self._fields for cell in cells), len(cells)

    def renamed(self, record: dict[str, object]) -> dict[str, object]:
        """A JSON object with the keys that were mapped under their fields' names."""
        if self._given:
            mapped = {field: record[column] for field, column in self._given.items() if column in record}
            record = {key: value for key, value in record.items() if key not in self._given.values()} | mapped
        if self._ignore_unknown and len(self._passed_over) < MOST_NAMED:
            self._passed_over |= {key[:LONGEST_NAMED]: None for key in record if key not in FIELDS}
        return record

    def name_passed_over(self) -> None:
        """Name the keys of JSON objects that are no field, once for the file."""
        if self._passed_over:
            self._on_passed_over(tuple(self._passed_over)[:MOST_NAMED])

    def fields_of(self, columns: list[str]) -> list[str | None]:
        """The field of each column, None for one that is passed over; ``BadAdsFile`` where that cannot be told."""
        fields = [self._fields.get(_plain(column)) for column in columns]
        named = [field for field in fields if field]
        for field, column in self._given.items():
            if field not in named:
                raise BadAdsFile(f"line 1: no column {column!r} for the field {field!r}; found {_named(columns)}")
        if twice := next((field for field in named if named.count(field) > 1), None):
            raise BadAdsFile(f"line 1: more than one column is the field {twice!r}")
        unknown = tuple(column for column, field in zip(columns, fields, strict=True) if column.strip() and not field)
        if not {"title", "description"} & set(named):
            raise BadAdsFile(
                f"line 1: expected a column title or description, found {_named(columns) or 'no column'}; "
                "--map title=COLUMN says which one it is"
            )
        if unknown and not self._ignore_unknown:
            raise BadAdsFile(
                f"line 1: unknown field {_named(unknown, with_hint)} "
                "(--map FIELD=COLUMN says what a column is, --ignore-unknown passes over it)"
            )
        if unknown:
            self._on_passed_over(unknown)
        return fields


def _named(columns: Sequence[str], name: Callable[[str], str] = repr) -> str:
    """The columns in words; of very many the first ones, each with its beginning."""
    more = len(columns) - MOST_NAMED
    names = ", ".join(name(column[:LONGEST_NAMED]) for column in columns[:MOST_NAMED])
    return f"{names} and {more} more" if more > 0 else names


MOST_NAMED: Final = 20
LONGEST_NAMED: Final = 60


def _plain(column: str) -> str:
    """A column's name without what spreadsheets and people vary: letter case, spaces, hyphens, underlines."""
    return re.sub(r"[\W_]+", "", column).casefold()
