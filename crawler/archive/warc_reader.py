"""WARC reader, plain or gzip: record by record, exact offsets, bounded memory.

warcio's reader takes lines of any length and passes over broken packing in silence; an archive of unknown origin may
hold both. ``unpack_body`` takes the packing off an HTTP body, within limits: chunks, gzip, deflate, br, zstd.
"""

import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO

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
        self._file = file
        self._raw = file.read(CHUNK)
        self.position = len(self._raw)
        """Bytes taken from the file so far."""

        self._packed = self._raw.startswith(GZIP)
        self._unpacker = zlib.decompressobj(wbits=31) if self._packed else None
        self._member = 0
        self._buffer, self._at = b"", 0
        self._left = 0

    def __iter__(self) -> Iterator[WarcRecord | None]:
        """The records, once."""
        while self._skip_blank():
            taken = self.position - len(self._raw) - (len(self._buffer) - self._at)
            record = self._read_head(self._member if self._packed else taken)
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
        pieces: list[bytes] = []
        wanted = min(most, self._left)
        while wanted:
            piece = self._buffer[self._at : self._at + wanted]
            if not piece:
                if not self._fill():
                    raise DamagedWarc(record.offset, f"the record is cut short: {self._left} bytes are missing")
                continue
            self._at += len(piece)
            self._left -= len(piece)
            wanted -= len(piece)
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_head(self, offset: int) -> WarcRecord:
        while (end := _END_OF_HEAD.search(self._buffer, self._at)) is None:
            if self._buffer[self._at : self._at + 5] != b"WARC/"[: len(self._buffer) - self._at]:
                break
            if len(self._buffer) - self._at > HEAD_SIZE or not self._fill():
                raise DamagedWarc(offset, f"expected a record's head of at most {HEAD_SIZE} bytes, found no end of it")
        head = self._buffer[self._at : end.end()] if end else b""
        if not head.startswith(b"WARC/"):
            raise DamagedWarc(offset, "expected a WARC record")
        self._at += len(head)
        # A line that begins with a blank goes on with the value before it.
        headers = _headers(re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "replace")))
        length = headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise DamagedWarc(offset, "expected a Content-Length in the record's head")
        return WarcRecord(offset=offset, head=head, headers=headers, length=int(length), reader=self)

    def _skip_blank(self) -> bool:
        """Pass over the empty lines between two records; False at the end of the file."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in b"\r\n":
                self._at += 1
            if self._at < len(self._buffer):
                return True
            self._buffer, self._at = b"", 0
            if not self._fill():
                return False

    def _fill(self) -> bool:
        """True when there are more bytes in the buffer; False at the end of the file."""
        piece = self._unpack() if self._packed else self._take()
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _take(self) -> bytes:
        piece, self._raw = self._raw, b""
        if not piece:
            piece = self._file.read(CHUNK)
            self.position += len(piece)
        return piece

    def _unpack(self) -> bytes:
        piece = b""
        while not piece:
            assert self._unpacker is not None  # packed files have one
            if self._unpacker.eof:
                self._raw = self._unpacker.unused_data or self._take()
                if not self._raw.strip(b"\0"):  # some tools fill a file up with zeros
                    return b""
                self._member = self.position - len(self._raw)
                self._unpacker = zlib.decompressobj(wbits=31)
            raw = self._take()
            if not raw:
                raise DamagedWarc(self._member, "the packed file is cut short")
            try:
                piece = self._unpacker.decompress(raw, CHUNK)
            except zlib.error as err:
                raise DamagedWarc(self._member, "the packed data are broken") from err
            self._raw = self._unpacker.unconsumed_tail
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
        found: list[bytes] = []
        size = 0
        try:
            for piece in _pieces(body, name):
                size += len(piece)
                if size > most:
                    raise Unpackable(f"more than {most} bytes when unpacked")
                found.append(piece)
        except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as err:
            if not found:
                raise Unpackable(f"not packed as {name}, as it says") from err
        body = b"".join(found)  # what a cut-off body still gives
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


def _pieces(body: bytes, encoding: str) -> Iterator[bytes]:
    """The body unpacked, a piece at a time: a small one may unpack to very much."""
    if encoding == "zstd":
        with zstd.ZstdFile(BytesIO(body)) as file:
            while piece := file.read(CHUNK):
                yield piece
    elif encoding == "br":
        unbrotli = brotli.Decompressor()
        piece = unbrotli.process(body, output_buffer_limit=CHUNK)
        while piece:
            yield piece
            piece = b"" if unbrotli.is_finished() else unbrotli.process(b"", output_buffer_limit=CHUNK)
    else:
        # Some servers send deflate without the wrapping that the standard asks for.
        is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        unpacker = zlib.decompressobj(wbits=31 if encoding != "deflate" else 15 if is_wrapped else -15)
        yield unpacker.decompress(body, CHUNK)
        while unpacker.unconsumed_tail and not unpacker.eof:
            yield unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
