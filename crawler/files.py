"""Files, written whole or not at all, ``.gz`` and ``-`` included; JSON lines.

What is named as output is never an input, a folder or a link; a device and a pipe are written to as streams.
"""

import codecs
import errno
import gzip
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import datetime
from functools import cache
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from itertools import chain, count
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISREG
from typing import IO, Any, BinaryIO, Final, TextIO, cast
from uuid import uuid4

import charset_normalizer
import orjson

from crawler.errors import BadOutput

STANDARD_STREAM = "-"
STANDARD_OUTPUT: Final = (STANDARD_STREAM, "/dev/stdout")
"""Names of standard output. Opened by the second, a file behind it would be emptied and written from its start."""


@contextmanager
def whole_file(path: str | Path) -> Iterator[TextIO]:
    """A UTF-8 text file to write, which takes its name only when the block ends well; ``.gz`` is understood.

    After an error nothing is left behind, and a file that stood under that name still stands. ``-`` is standard
    output, which cannot be taken back, and neither can a device or a pipe.
    """
    with whole_bytes(path) as raw:
        if Path(path).suffix == ".gz":
            # mtime 0 and no name inside: the same content gives the same bytes.
            with (
                gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed,
                TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
            ):
                yield file
        else:
            text = TextIOWrapper(cast(BinaryIO, raw), encoding="utf-8", newline="\n")
            try:
                yield text
            finally:
                text.detach()


def write_whole(path: str | Path, text: str) -> None:
    """Write a text file as ``whole_file`` does."""
    with whole_file(path) as file:
        file.write(text)


def write_json(path: Path, record: object) -> None:
    """Write one JSON value for people to read, whole or not at all."""
    write_whole(path, json.dumps(record, ensure_ascii=False, indent=2, default=datetime.isoformat) + "\n")


@contextmanager
def whole_bytes(path: str | Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """The same for bytes. ``private`` files are for their owner's eyes.

    A regular file is written beside and renamed; devices and pipes are written to as streams. Raises ``BadOutput`` for
    a folder, and for a symbolic link, where it is not clear which file is meant.
    """
    is_standard = str(path) in STANDARD_OUTPUT
    if not is_standard:
        check_output(path)
    target, name = Path(path), "standard output" if is_standard else str(path)
    if is_standard or _is_stream(target):
        try:
            with nullcontext(_bytes_of(sys.stdout, name)) if is_standard else target.open("ab") as file:
                yield file
                file.flush()
        except OSError as err:
            err.filename = err.filename or name
            raise
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid4().hex[:8]}.partial")
    try:
        with partial.open("xb") as file:
            if private:
                partial.chmod(0o600)
            elif target.exists():
                partial.chmod(S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as err:
        if err.filename in {str(partial), None}:
            err.filename = str(target)  # "No space left on device" alone does not say where
        raise
    finally:
        partial.unlink(missing_ok=True)


def check_output(path: str | Path, *inputs: str | Path) -> None:
    """Refuse, before anything is read, to write where that would destroy something: into one of the inputs, over a
    folder, or through a symbolic link. Raises ``BadOutput``."""
    found = _state(path, standard=1)
    if found is None:
        if Path(path).is_symlink():
            raise BadOutput(f"{path}: a symbolic link that leads nowhere; expected a file's own name")
        there = next(each for each in Path(path).absolute().parents if each.exists())
        if not os.access(there, os.W_OK | os.X_OK):  # found out before hours of work, not after
            raise BadOutput(f"{path}: {there} may not be written to by this user; expected another place")
        return
    for source in inputs:
        given = _state(source, standard=0)
        if given and S_ISREG(given.st_mode) and os.path.samestat(given, found):
            raise BadOutput(f"{path}: both input and output; expected another file to write")
    if S_ISDIR(found.st_mode):
        raise BadOutput(f"{path}: a folder; expected a file to write")
    if S_ISREG(found.st_mode) and Path(path).is_symlink() and not _is_stream(Path(path)):
        raise BadOutput(f"{path}: a symbolic link to {Path(path).resolve()}; expected the file's own name")


def _state(path: str | Path, *, standard: int) -> os.stat_result | None:
    """What stands under a name, links followed; ``standard`` is the descriptor that ``-`` means."""
    try:
        return os.fstat(standard) if str(path) == STANDARD_STREAM else Path(path).stat()
    except OSError:
        return None


def _is_stream(target: Path) -> bool:
    """Whether it is no regular file: a device, a pipe, a socket, or the system's link to an open one (/dev/stdout)."""
    of_system = any(target.absolute().is_relative_to(folder) for folder in ("/dev", "/proc"))
    return target.exists() and (not target.is_file() or (of_system and target.is_symlink()))


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """A file or folder on disk, not only on its way there: a power cut cannot take back what its name promises."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def numbered(name: str, *, sign: str = "-") -> Iterator[str]:
    """The name, then the name with a number, from 2 on: for whoever needs one that is free."""
    return chain([name], (f"{name}{sign}{number}" for number in count(2)))


@contextmanager
def open_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unzipped where it is named ``.gz``; ``-`` is standard input."""
    if str(path) == STANDARD_STREAM:
        yield _bytes_of(sys.stdin, "standard input")
    elif Path(path).suffix.lower() == ".gz":
        with gzip.open(path, "rb") as zipped, BufferedReader(zipped) as file:
            yield file
    else:
        with Path(path).open("rb") as file:
            yield file


def _bytes_of(stream: TextIO | None, name: str) -> BinaryIO:
    """The bytes behind a standard stream, which is None where the process began with it closed (``>&-``)."""
    if stream is None:
        raise OSError(errno.EBADF, "closed; expected it to be open", name)
    stream.flush()
    return stream.buffer


def dumps_line(record: object) -> str:
    """One line of JSON Lines, line end included: readable Unicode, escaped only where UTF-8 cannot carry it."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE).decode()
    except TypeError:  # lone surrogates from a hostile page, a number of more than 64 bits
        return json.dumps(record, allow_nan=False, separators=(",", ":"), default=asdict) + "\n"


class AppendOnly(BufferedWriter):
    """A file to append to. Its first error is kept: what follows a torn piece would not be readable."""

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path, "a"))
        self.error: OSError | None = None

    def write(self, data: Any, /) -> int:
        """The bytes that were taken; raises ``OSError`` where the disk is full, and always does afterwards."""
        try:
            self._go_on()
            return super().write(data)
        except OSError as err:
            self.error = self.error or err
            raise

    def settle(self) -> int:
        """The file's size, after all of it has reached the operating system; raises ``OSError`` where it has not."""
        self._go_on()
        self.flush()
        return self.tell()

    def _go_on(self) -> None:
        if self.error:
            raise self.error


_GUESSED_ON = 20_000
"""Bytes with letters beyond ASCII that a guess looks at: enough for any script, and bounded."""


_EBCDIC: Final = ["cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"]
"""Of mainframes: no table that is put here is in them, but a few odd bytes may look so, line ends and all."""


def find_encoding(file: BinaryIO) -> tuple[str, bool]:
    """The file's encoding, and whether it is only a guess; the file is left at its start.

    A byte order mark wins, then UTF-8 if the whole file is valid in it, since no other encoding looks so by accident.
    """
    head = file.read(4096)
    file.seek(0)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", False
    if wide := utf16_of(head):
        return wide, wide != "utf-16"
    foreign = _foreign_lines(file)
    file.seek(0)
    if foreign is None:
        return "utf-8", False
    best = charset_normalizer.from_bytes(foreign, cp_exclusion=_EBCDIC).best()
    # What is wide was told by its mark or its zeros above; lines of it alone only look so.
    is_usable = best is not None and best.encoding != "ascii" and not best.encoding.startswith("utf")
    return (best.encoding if best and is_usable else "cp1252"), True


def utf16_of(head: bytes) -> str | None:
    """The form of UTF-16 that a file's first bytes are in: ``utf-16`` by its byte order mark, or one by its zeros."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    halves = {"utf-16-le": head[1::2], "utf-16-be": head[::2]}
    return next((name for name, nul in halves.items() if len(nul) > 4 and nul.count(0) > 0.4 * len(nul)), None)


def _foreign_lines(file: BinaryIO) -> bytes | None:
    """Some of the lines with bytes beyond ASCII, where the file is not UTF-8; None where it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    foreign, is_utf8 = b"", True
    while chunk := file.read(1 << 20):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            is_utf8 = False
        if not chunk.isascii() and len(foreign) < _GUESSED_ON:
            foreign += b"".join(line for line in chunk.splitlines(keepends=True) if not line.isascii())[:_GUESSED_ON]
        if not is_utf8 and len(foreign) >= _GUESSED_ON:
            return foreign
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return None if is_utf8 else foreign


_DEEP_KEY: Final = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){10}""")
MOST_NESTED: Final = 20
"""Tables and lists in one another; no file of ours has more than five."""


def load_toml(text: str) -> dict[str, Any]:
    """The content of a file that a person edits. Keys of very many parts, for which the library takes quadratic time,
    and tables or lists in one another without end are errors of the file, ``tomllib.TOMLDecodeError``."""
    if deep := _DEEP_KEY.search(text):
        raise tomllib.TOMLDecodeError(f"expected keys of a few parts, found one that begins {deep[0][:40]!r}")
    try:
        content = tomllib.loads(text)
        depth = _depth_of(content)
    except (RecursionError, MemoryError) as err:
        raise tomllib.TOMLDecodeError("tables or lists in one another without end") from err
    if depth > MOST_NESTED:
        raise tomllib.TOMLDecodeError(f"more than {MOST_NESTED} tables or lists in one another")
    return content


def _depth_of(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if parts is None else 1 + max(map(_depth_of, parts), default=0)


VOCABULARY: Final = Path(__file__).parents[1] / "data" / "vocabulary"
"""Word lists that people may edit without touching code."""


@cache
def read_word_list(name: str) -> dict[str, Any]:
    """The tables of ``data/vocabulary/<name>.toml``, read once: they are part of the program, and not to be changed."""
    return tomllib.loads((VOCABULARY / f"{name}.toml").read_text(encoding="utf-8"))
