"""Inputs of a cluster run: files at any fsspec address, cut into partitions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import IO, Any, Final, Literal

import fsspec
import pyarrow.parquet as pq
from aiohttp import ClientError
from fsspec.core import has_magic, url_to_fs
from fsspec.utils import read_block
from pyarrow import ArrowException

from crawler.errors import BadAdsFile
from pipeline.errors import NotInstalled

__all__ = ["Partition", "cut", "find_files", "open_partition", "parquet_rows", "reading"]

Kind = Literal["parquet", "lines", "table", "archive"]

_KINDS: Final[Mapping[Kind, re.Pattern[str]]] = {
    "parquet": re.compile(r"\.(parquet|parq|pq)$"),
    "lines": re.compile(r"\.(jsonl|ndjson|json)(\.(gz|bz2|xz|zst))?$"),
    "table": re.compile(r"\.(csv|tsv)(\.(gz|bz2|xz|zst))?$"),
    "archive": re.compile(r"\.(warc|wet)(\.gz)?$"),
}

BLOCK: Final = 4 * 1024 * 1024
"""Bytes of JSON Lines that are a partition: thousands of ads; workers end at one time, and a lost one loses little."""

ROWS: Final = 10_000
"""Rows of a Parquet file that are a partition."""

_BATCH: Final = 1_024
_AT_ONCE: Final = 32
_STAMPS: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file as it was found."""

    address: str
    kind: Kind
    size: int | None
    stamp: str
    """What its store says of its state: a digest or a time; another one is another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A part of a file that one worker reads at a time."""

    address: str
    kind: Kind
    start: int = 0
    stop: int | None = None
    """Bytes of JSON Lines, rows of Parquet; None where the file is one partition."""


def find_files(address: str) -> list[InputFile]:
    """The files that an address names: one file, a pattern, or all of a folder that can be read; by name."""
    with reading(address):
        files, path = url_to_fs(address)
        named = _kind(path)
        if has_magic(path):
            found = files.glob(path, detail=True)
        elif named is None and files.isdir(path):
            found = files.find(path, detail=True)
        else:
            found = {path: files.info(path)}
    inputs = [
        InputFile(
            address=files.unstrip_protocol(name), kind=kind, size=info.get("size"),
            stamp=str(next((info[key] for key in _STAMPS if info.get(key)), "")),
        )
        for name, info in sorted(found.items())
        if info.get("type") != "directory" and (kind := _kind(name))
    ]  # fmt: skip
    if not inputs:
        raise BadAdsFile(
            f"{address}: expected Parquet, JSON Lines, CSV, WARC or WET files by their endings, found none"
        )
    return inputs


def _kind(path: str) -> Kind | None:
    name = path.partition("?")[0].rpartition("/")[2].lower()
    if name.startswith(("_", ".")):  # a run's own notes, as every reader of such folders passes over them
        return None
    return next((kind for kind, ending in _KINDS.items() if ending.search(name)), None)


def cut(files: Sequence[InputFile]) -> Iterator[Partition]:
    """The files in partitions, in their order. What is packed, and CSV, whose cells may hold line ends, is not cut."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # a store answers slowly, and there may be many footers to ask for
        pieces = list(pool.map(_pieces, files))
    for file, (step, end) in zip(files, pieces, strict=True):
        for start in range(0, max(end or 1, 1), step or 1):
            stop = None if step is None or end is None else min(start + step, end)
            yield Partition(address=file.address, kind=file.kind, start=start, stop=stop)


def _pieces(file: InputFile) -> tuple[int | None, int | None]:
    if file.kind == "parquet":
        with reading(file.address), fsspec.open(file.address, "rb") as opened:
            return ROWS, pq.read_metadata(opened).num_rows
    is_cut = file.kind == "lines" and file.address.endswith(("l", "n")) and not file.address.startswith("http")
    return (BLOCK, file.size) if is_cut else (None, None)


@contextmanager
def open_partition(partition: Partition) -> Iterator[IO[bytes]]:
    """Its bytes, unpacked; of a web archive as they lie there, of Parquet the whole file."""
    if partition.kind == "lines" and partition.stop is not None:
        with fsspec.open(partition.address, "rb") as opened:
            yield BytesIO(read_block(opened, partition.start, partition.stop - partition.start, delimiter=b"\n"))
        return
    packed = "infer" if partition.kind in {"lines", "table"} else None
    with fsspec.open(partition.address, "rb", compression=packed) as opened:
        yield opened


def parquet_rows(file: IO[bytes], partition: Partition) -> Iterator[dict[str, Any]]:
    """Rows as JSON would hold them: absent fields left out, dates and moments in ISO 8601."""
    table, at = pq.ParquetFile(file), 0
    for group in range(table.num_row_groups):
        start, at = at, at + table.metadata.row_group(group).num_rows
        if at <= partition.start or (partition.stop is not None and start >= partition.stop):
            continue
        for batch in table.iter_batches(_BATCH, row_groups=[group]):
            first = max(partition.start - start, 0)
            last = batch.num_rows if partition.stop is None else min(partition.stop - start, batch.num_rows)
            start += batch.num_rows
            for row in batch.slice(first, last - first).to_pylist() if first < last else ():
                yield {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date too


@contextmanager
def reading(address: str) -> Iterator[None]:
    """Names the address in what can go wrong with it."""
    try:
        yield
    except ImportError as err:
        raise NotInstalled(f"{address}: {err}") from err
    except (OSError, EOFError, ValueError, ArrowException, ClientError) as err:
        raise BadAdsFile(f"{address}: cannot be read ({getattr(err, 'strerror', None) or err})") from err
