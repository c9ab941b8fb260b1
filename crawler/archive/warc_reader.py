"""WARC reader, plain or gzip: record by record, exact offsets, bounded memory.

warcio's reader takes lines of any length and passes over broken packing in silence; an archive of unknown origin may
hold both. ``unpack_body`` takes the packing off an HTTP body, within limits: chunks, gzip, deflate, br, zstd.
"""

import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import IO, Any

import brotli

from crawler.errors import DamagedWarc

CHUNK = 65_536
HEAD_SIZE = 65_536
"""Bytes of a record's own head, at most."""

BREATH = 16 * 1024 * 1024
"""Unpacked bytes of a record that is passed over, after which the caller gets a word in."""

GZIP = b"\x1f\x8b"
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, eq=False)
class WarcRecord:
    """One record's head; its block is read from the file when it is asked for, before the next record is."""

    offset: int
    """Where in the file its gzip member, or the record itself, begins."""

    head: bytes
    """As written, with the empty line that ends it."""

    headers: Mapping[str, str]
    """Names in lower case; the first of each name."""

    length: int
    """Bytes of the block, as the head says."""

    reader: "WarcReader"

    @property
    def kind(self) -> str:
        """``response``, ``request``, ``metadata``, ..."""
        return self.headers.get("warc-type", "").lower()

    def read(self, most: int) -> bytes:
        """The next bytes of the block, at most so many; empty at its end. Raises ``DamagedWarc``."""
        return self.reader.read_block(self, most)


class WarcReader:
    """Gives the records of an open file in their order.

    ``None`` among them means that there is more of a long record to pass over: a moment to look at the clock.
    Where the file is damaged, ``DamagedWarc`` names the offset; what came before has been given.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._bytes = _ArchiveBytes(file)
        self._buffer = BufferedReader(self._bytes, CHUNK)
        self._left = 0

    @property
    def position(self) -> int:
        """Bytes taken from the file so far."""
        return self._bytes.position

    def __iter__(self) -> Iterator[WarcRecord | None]:
        """The records, once."""
        while self._skip_blank():
            record = self._read_head()
            self._left = record.length
            yield record
            passed = 0
            while self._left:
                passed += len(self.read_block(record, CHUNK))
                if passed >= BREATH:
                    passed = 0
                    yield None

    def read_block(self, record: WarcRecord, most: int) -> bytes:
        """The next bytes of the record's block, at most so many."""
        wanted = min(most, self._left)
        block = self._buffer.read(wanted)
        self._left -= len(block)
        if len(block) < wanted:
            raise DamagedWarc(record.offset, f"the record is cut short: {self._left} bytes are missing")
        return block

    def _skip_blank(self) -> bool:
        """Pass over the empty lines between two records; False at the end of the file."""
        while (first := self._buffer.peek(1)[:1]) and first in b"\r\n":
            self._buffer.read(1)
        return bool(first)

    def _read_head(self) -> WarcRecord:
        offset = self._buffer.tell() if self._bytes.member is None else self._bytes.member
        head = bytearray()
        while not head.endswith((b"\n\r\n", b"\n\n")):
            line = self._buffer.readline(HEAD_SIZE)
            head += line
            if not head.startswith(b"WARC/"):
                raise DamagedWarc(offset, "expected a WARC record")
            if not line or len(head) > HEAD_SIZE:
                raise DamagedWarc(offset, f"expected a record's head of at most {HEAD_SIZE} bytes, found no end of it")
        # A line that begins with a blank goes on with the value before it.
        headers = _headers(re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "replace")))
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise DamagedWarc(offset, "expected a Content-Length in the record's head")
        return WarcRecord(offset=offset, head=bytes(head), headers=headers, length=int(length), reader=self)


class _ArchiveBytes(RawIOBase):
    """The bytes of a file, unpacked where it is gzip: never of two members at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._raw = file, file.read(CHUNK)
        self.position = len(self._raw)
        self._unpacker = zlib.decompressobj(wbits=31) if self._raw.startswith(GZIP) else None
        self.member = 0 if self._unpacker else None
        """Where the gzip member begins that the last bytes are of; None for a plain file."""

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position - len(self._raw)

    def readinto(self, buffer: Any, /) -> int:
        piece = self._unpack(self._unpacker, len(buffer)) if self._unpacker else self._take(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _take(self, most: int = CHUNK) -> bytes:
        if not self._raw:
            self._raw = self._file.read(CHUNK)
            self.position += len(self._raw)
        piece, self._raw = self._raw[:most], self._raw[most:]
        return piece

    def _unpack(self, unpacker: Any, most: int) -> bytes:
        piece = b""
        while not piece:
            if unpacker.eof:
                self._raw = unpacker.unused_data or self._take()
                if not self._raw.strip(b"\0"):  # some tools fill a file up with zeros
                    return b""
                self.member = self.position - len(self._raw)
                unpacker = self._unpacker = zlib.decompressobj(wbits=31)
            if not (raw := self._take()):
                raise DamagedWarc(self.member or 0, "the packed file is cut short")
            try:
                piece = unpacker.decompress(raw, most)
            except zlib.error as err:
                raise DamagedWarc(self.member or 0, "the packed data are broken") from err
            self._raw = unpacker.unconsumed_tail
        return piece


HTML = {"text/html", "application/xhtml+xml"}
"""Media types of pages."""


def http_head(start: bytes) -> tuple[int | None, dict[str, str], int]:
    """The status, the headers by lower-case name, and where the body begins."""
    end = _END_OF_HEAD.search(start)
    head = start[: end.start() if end else None].decode("latin-1")
    parts = head.partition("\n")[0].split(None, 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/") or not parts[1].isdecimal():
        return None, {}, 0
    return int(parts[1][:3]), _headers(head), end.end() if end else len(start)


def _headers(head: str) -> dict[str, str]:
    """The values behind a head's first line by their names in lower case; the first of each name."""
    found: dict[str, str] = {}
    for name, colon, value in (line.partition(":") for line in head.split("\n")[1:]):
        if colon:
            found.setdefault(name.strip().lower(), value.strip())
    return found


def split_content_type(written: str) -> tuple[str, str | None]:
    """The media type that a header names, and its charset."""
    kind, _, rest = written.partition(";")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", rest, re.IGNORECASE)
    return kind.strip().lower()[:100], charset[1] if charset else None


if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


ENCODINGS = {"gzip", "x-gzip", "deflate", "br", "zstd"}

MOST_LAYERS = 3
"""Encodings on top of each other; real servers send one."""


class Unpackable(ValueError):
    """Raised when a body is not packed as it says, or is too large, from ``unpack_body``; says which."""


def unpack_body(body: bytes, headers: Mapping[str, str], *, most: int) -> bytes:
    """The body as the page's author wrote it, by its HTTP headers, their names in lower case. Raises ``Unpackable``.

    An archive may hold a body that was unpacked already while its head still speaks of the packing: chunks that are
    none, and gzip that does not begin like gzip, are taken as they are.
    """
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _without_chunks(body)
    layers = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    layers = [name for name in reversed(layers) if name not in {"", "identity"}]
    if len(layers) > MOST_LAYERS:
        raise Unpackable(f"packed {len(layers)} times, expected {MOST_LAYERS} at most")
    for name in layers:
        if name not in ENCODINGS:
            raise Unpackable(f"packed as {name[:30]!r}, which nothing here unpacks")
        if name in {"gzip", "x-gzip"} and not body.startswith(GZIP):
            continue
        try:
            body = _unpacked(body, name, most + 1)  # of a cut-off body as much as there is
        except (zlib.error, brotli.error, zstd.ZstdError) as err:
            raise Unpackable(f"not packed as {name}, as it says") from err
        if len(body) > most:
            raise Unpackable(f"more than {most} bytes when unpacked")
    return body


def _without_chunks(body: bytes) -> bytes:
    """The chunks joined, up to where they are cut off; the body itself where it is not in chunks."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\r\n", at, at + 1_000)
        digits = body[at : max(end, at)].partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(digits):
            return b"".join(pieces) if pieces else body
        size = int(digits, 16)
        if size == 0:
            break
        pieces.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(pieces)


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """About so many bytes at most: a small body may unpack to very much."""
    if encoding == "br":
        return bytes(brotli.Decompressor().process(body, output_buffer_limit=most))
    if encoding == "zstd":
        found = b""
        while body and len(found) < most:  # one frame after another
            unpacker = zstd.ZstdDecompressor()
            found += unpacker.decompress(body, most - len(found))
            body = unpacker.unused_data
        return found
    # Some servers send deflate without the wrapping that the standard asks for.
    is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return zlib.decompressobj(wbits=31 if encoding != "deflate" else 15 if is_wrapped else -15).decompress(body, most)
