"""Files that are there whole or not at all; ``.gz`` and ``-`` understood."""

import gzip
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import IO, TextIO
from uuid import uuid4

__all__ = ["dumps_line", "open_bytes", "whole_bytes", "whole_file"]

STANDARD_STREAM = "-"

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


@contextmanager
def whole_file(path: str | Path) -> Iterator[TextIO]:
    """A UTF-8 text file to write, which takes its name only when the block ends well.

    After an error nothing is left behind, and a file that stood under that name still stands. ``-`` is standard
    output, which cannot be taken back.
    """
    if str(path) == STANDARD_STREAM:
        yield sys.stdout
        sys.stdout.flush()
        return
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid4().hex[:8]}.partial")
    try:
        with _open_for_writing(partial, zipped=target.suffix == ".gz") as file:
            yield file
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A file of bytes to write, which takes its name only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{uuid4().hex[:8]}.partial")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def open_bytes(path: str | Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, unzipped where it is named ``.gz``; ``-`` is standard input."""
    if str(path) == STANDARD_STREAM:
        yield sys.stdin.buffer
    elif Path(path).suffix == ".gz":
        with gzip.open(path, "rb") as zipped, BufferedReader(zipped) as file:
            yield file
    else:
        with Path(path).open("rb") as file:
            yield file


def dumps_line(record: object) -> str:
    """One line of JSON Lines, line end included: readable Unicode, escaped only where UTF-8 cannot carry it."""
    line = _encode(record)
    try:
        line.encode()
    except UnicodeEncodeError:  # lone surrogates from a hostile page
        line = json.dumps(record, allow_nan=False, separators=(",", ":"))
    return line + "\n"


@contextmanager
def _open_for_writing(path: Path, *, zipped: bool) -> Iterator[TextIO]:
    with path.open("wb") as raw:
        if zipped:
            # mtime 0 and no name inside: the same content gives the same bytes.
            with (
                gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
                TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
            ):
                yield file
        else:
            with TextIOWrapper(raw, encoding="utf-8", newline="\n") as file:
                yield file
                file.flush()
                os.fsync(raw.fileno())
