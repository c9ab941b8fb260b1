"""Ads files: JSON Lines or CSV, one JobAd a row; what crosses the border is checked here, once.

The format is the project's contract with scripts and partners (docs/reference/file-formats.md): an outside file may
hold only a title or a description, and any other field of a JobAd.
"""

import csv
import json
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import IO, NoReturn

from crawler.ad import JobAd
from crawler.ad_json import BadField, ad_from_record, ad_to_record
from crawler.errors import BadAdsFile
from crawler.files import dumps_line, open_bytes, whole_file

__all__ = ["read_ads", "write_ads"]

OUTSIDE_SOURCE = "file"
"""The source of an ad whose file does not name one."""

LONGEST_CELL = 64 * 1024 * 1024
"""Bytes of one CSV cell; the library's own limit, 128 KiB, is shorter than a long ad with its page around it."""

Row = tuple[int, dict[str, object]]
"""A line's number in the file, from 1, and what it holds."""


def read_ads(path: str | Path, *, seen_at: datetime, ignore_unknown: bool = False) -> Iterator[JobAd]:
    """The ads of a file in its order, read as they are asked for; ``-`` is standard input, ``.gz`` is understood.

    CSV is known by its ending, or by a first line that is not a JSON object. ``seen_at`` stands in where a row has
    none. Raises ``BadAdsFile`` at the first row that breaks the contract, naming file, line and field.
    """
    name = "standard input" if str(path) == "-" else str(path)
    try:
        with open_bytes(path) as file:
            for line, record in _rows(file, name):
                try:
                    yield ad_from_record(record, source=OUTSIDE_SOURCE, seen_at=seen_at, ignore_unknown=ignore_unknown)
                except BadField as err:
                    raise BadAdsFile(f"{name} line {line}: {err}") from err
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


def _rows(file: IO[bytes], name: str) -> Iterator[Row]:
    if name.removesuffix(".gz").endswith(".csv"):
        return _csv_rows(file, name)
    first = b""
    skipped: list[bytes] = []
    for first in file:
        if first.strip(b"\xef\xbb\xbf \t\r\n"):
            break
        skipped.append(first)
    lines = chain(skipped, [first], file)
    if name.removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json")) or _is_json(first):
        return _json_rows(lines, name)
    return _csv_rows(lines, name)


def _is_json(line: bytes) -> bool:
    return line.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"[", b""}


def _json_rows(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    for number, line in enumerate(_decoded(lines, name), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as err:
            raise BadAdsFile(f"{name} line {number}: expected a JSON object, found something else ({err})") from err
        if not isinstance(record, dict):
            raise BadAdsFile(f"{name} line {number}: expected a JSON object, found {type(record).__name__}")
        yield number, record


def _csv_rows(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.DictReader(_decoded(lines, name), strict=True)
    try:
        for row in reader:
            yield reader.line_num, _csv_record(row, f"{name} line {reader.line_num}")
    except csv.Error as err:
        raise BadAdsFile(f"{name} line {reader.line_num}: not a CSV row ({err})") from err


def _csv_record(row: dict[str, str | None], where: str) -> dict[str, object]:
    if None in row:
        raise BadAdsFile(f"{where}: expected {len(row) - 1} cells as the first line has, found more")
    record: dict[str, object] = {}
    for column, cell in row.items():
        if cell is None:
            raise BadAdsFile(f"{where}: the row ends before column {column!r}")
        if cell or column in {"title", "description"}:
            record[column.strip()] = _csv_cell(column.strip(), cell, where)
    return record


def _csv_cell(column: str, cell: str, where: str) -> object:
    """A cell as the JSON form would hold it: nested fields are JSON inside the cell, pay may be plain text."""
    nested = column in {"contacts", "page"} or (column == "base_salary" and cell.lstrip().startswith("{"))
    if not nested:
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError) as err:
        raise BadAdsFile(f"{where}: field {column!r}: expected JSON in the cell ({err})") from err


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode()
        except UnicodeDecodeError as err:
            raise BadAdsFile(f"{name} line {number}: not UTF-8 (byte {err.start + 1} of the line)") from err
        yield text.removeprefix("\ufeff") if number == 1 else text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
