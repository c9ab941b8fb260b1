"""Output of a cluster run: a folder of Parquet partitions, each there whole or not at all, and a manifest."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from crawler.errors import BadOutput
from model.batches import in_batches
from pipeline.errors import NotInstalled

__all__ = ["Output", "schema_of"]

_ROW_GROUP: Final = 1_024
_PART: Final = "part-{:05}.parquet"
_MANIFEST: Final = "_manifest.json"
_DONE: Final = "_SUCCESS"
_RENAMED: Final = frozenset({"file", "local", "hdfs", "arrow_hdfs", "webhdfs", "sftp", "ssh", "smb"})
"""Stores in which a file grows under its name. In others an object is there when it is whole."""

_PLAIN: Final[Mapping[Any, pa.DataType]] = {
    str: pa.string(), bytes: pa.binary(), int: pa.int64(), float: pa.float64(),
    date: pa.date32(), datetime: pa.timestamp("us", "UTC"),
}  # fmt: skip


def schema_of(record: type) -> pa.Schema:
    """The columns of a record of ours, nested as it is."""
    return pa.schema(list(_struct(record)))


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
        """The numbers of the partitions that are there."""
        names = (name.removeprefix("part-").removesuffix(".parquet") for name in self._names())
        return {int(name) for name in names if name.isdigit()}

    def write(self, number: int, schema: pa.Schema, records: Iterable[Mapping[str, Any]]) -> int:
        """How many rows the partition has."""
        return self.write_table(_PART.format(number), schema, records)

    def write_table(self, name: str, schema: pa.Schema, records: Iterable[Mapping[str, Any]]) -> int:
        """The same for a table of another name."""
        data, count = BytesIO(), 0
        with pq.ParquetWriter(data, schema, compression="zstd") as writer:
            for batch in in_batches(records, _ROW_GROUP):
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema))
                count += len(batch)
        self._put(name, data.getvalue())
        return count

    def read(self) -> Iterator[dict[str, Any]]:
        """The rows of all partitions, in their order."""
        files, folder = self._place
        for number in sorted(self.finished()):
            with files.open(f"{folder}/{_PART.format(number)}", "rb") as file:
                for batch in pq.ParquetFile(file).iter_batches(_ROW_GROUP):
                    yield from batch.to_pylist()

    def end(self) -> None:
        """Say that all partitions are there."""
        self._put(_DONE, b"")

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
