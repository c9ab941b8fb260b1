"""Files of a cluster run at fsspec addresses: partitions in, Parquet out."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from types import NoneType, UnionType
from typing import IO, Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from aiohttp import ClientError
from fsspec import AbstractFileSystem
from fsspec.core import has_magic, url_to_fs
from fsspec.utils import read_block
from pyarrow import ArrowException

from crawler.errors import BadAdsFile, BadOutput
from model.batches import in_batches
from pipeline.errors import NotInstalled

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

_STAMPS: Final = ("ETag", "etag", "mtime", "LastModified", "last_modified", "created")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
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
    with ThreadPoolExecutor(32) as pool:  # a store answers slowly, and there may be many footers to ask for
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
        for batch in table.iter_batches(_ROW_GROUP, row_groups=[group]):
            first = max(partition.start - start, 0)
            last = batch.num_rows if partition.stop is None else min(partition.stop - start, batch.num_rows)
            start += batch.num_rows
            for row in batch.slice(first, last - first).to_pylist() if first < last else ():
                # A datetime is a date too.
                plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
                yield {name: value for name, value in plain.items() if value is not None}


@contextmanager
def reading(address: str) -> Iterator[None]:
    """Names the address in what can go wrong with it."""
    try:
        yield
    except ImportError as err:
        raise NotInstalled(f"{address}: {err}") from err
    except (OSError, EOFError, ValueError, ArrowException, ClientError) as err:
        raise BadAdsFile(f"{address}: cannot be read ({getattr(err, 'strerror', None) or err})") from err


_ROW_GROUP: Final = 1_024
_PART: Final = "part-{:05}.parquet"
_MANIFEST: Final = "_manifest.json"
_RENAMED: Final = frozenset({"file", "local", "hdfs", "arrow_hdfs", "webhdfs", "sftp", "ssh", "smb"})
"""Stores in which a file grows under its name. In others an object is there when it is whole."""

_PLAIN: Final[Mapping[Any, pa.DataType]] = {
    str: pa.string(), bytes: pa.binary(), int: pa.int64(), float: pa.float64(),
    date: pa.date32(), datetime: pa.timestamp("us", "UTC"),
}  # fmt: skip


def _struct(record: type) -> pa.StructType:
    return pa.struct([(name, _type(kind)) for name, kind in get_type_hints(record).items()])


def _type(kind: Any) -> pa.DataType:
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _type(next(each for each in of if each is not NoneType))
    if origin is tuple:
        return pa.list_(_type(of[0]))
    if origin is dict:  # by names that are known
        return pa.struct([(name, _type(of[1])) for name in get_args(of[0])])
    return pa.string() if origin is Literal else _PLAIN.get(kind) or _struct(kind)


@dataclass(frozen=True)
class Output:
    """The folder at an fsspec address."""

    address: str

    @cached_property
    def _place(self) -> tuple[AbstractFileSystem, str]:
        try:
            files, path = url_to_fs(self.address)
        except ImportError as err:
            raise NotInstalled(f"{self.address}: {err}") from err
        except ValueError as err:
            raise BadOutput(f"{self.address}: {err}") from err
        return files, path.rstrip("/")

    def begin(self, manifest: Mapping[str, Any]) -> datetime:
        """When the run began that this one goes on with, or this one. Raises ``BadOutput`` where the folder holds what
        another run made."""
        files, folder = self._place
        wanted = json.loads(json.dumps(manifest, default=str))
        if files.exists(f"{folder}/{_MANIFEST}"):
            found = json.loads(files.cat_file(f"{folder}/{_MANIFEST}"))
            for key in wanted.keys() - {"started_at"}:
                if found.get(key) != wanted[key]:
                    raise BadOutput(
                        f"{self.address}: begun with other {key.replace('_', ' ')}; expected the same, or a new folder"
                    )
            for left in files.glob(f"{folder}/.part-*.partial"):
                files.rm_file(left)
            return datetime.fromisoformat(found["started_at"])
        if self._names():
            raise BadOutput(f"{self.address}: holds files of something else; expected a new folder")
        self._put(_MANIFEST, json.dumps(wanted, ensure_ascii=False).encode())
        return datetime.fromisoformat(wanted["started_at"])

    def finished(self) -> set[int]:
        names = (name.removeprefix("part-").removesuffix(".parquet") for name in self._names())
        return {int(name) for name in names if name.isdigit()}

    def write(self, number: int, kind: type, records: Iterable[Mapping[str, Any]]) -> int:
        """How many rows the partition has; its columns are the fields of records of this kind, nested as they are."""
        data, count, schema = BytesIO(), 0, pa.schema(list(_struct(kind)))
        with pq.ParquetWriter(data, schema, compression="zstd") as writer:
            for batch in in_batches(records, _ROW_GROUP):
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema))
                count += len(batch)
        self._put(_PART.format(number), data.getvalue())
        return count

    def read(self) -> Iterator[dict[str, Any]]:
        files, folder = self._place
        for number in sorted(self.finished()):
            with files.open(f"{folder}/{_PART.format(number)}", "rb") as file:
                for batch in pq.ParquetFile(file).iter_batches(_ROW_GROUP):
                    yield from batch.to_pylist()

    def end(self) -> None:
        self._put("_SUCCESS", b"")

    def _names(self) -> list[str]:
        files, folder = self._place
        with suppress(FileNotFoundError):
            return [path.rpartition("/")[2] for path in files.ls(folder, detail=False, refresh=True)]
        return []

    def _put(self, name: str, data: bytes) -> None:
        files, folder = self._place
        protocols = {files.protocol} if isinstance(files.protocol, str) else set(files.protocol)
        try:
            if protocols & _RENAMED:
                files.makedirs(folder, exist_ok=True)
                partial = f"{folder}/.{name}.{uuid4().hex[:8]}.partial"
                files.pipe_file(partial, data)
                files.mv(partial, f"{folder}/{name}")
            else:
                files.pipe_file(f"{folder}/{name}", data)
        except OSError as err:
            raise BadOutput(f"{self.address}: cannot be written ({err.strerror or err})") from err
