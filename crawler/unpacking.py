"""Takes the packing off an archived HTTP body, within limits: chunks as they were sent, gzip, deflate, br, zstd."""

import sys
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["Unpackable", "unpack_body"]

CHUNK = 65_536
MOST_LAYERS = 3
"""Encodings on top of each other; real servers send one."""


class Unpackable(ValueError):
    """Raised when a body is not packed as it says, or is too large, from ``unpack_body``; says which."""


def unpack_body(body: bytes, *, chunked: bool, encodings: str, most: int) -> bytes:
    """The body as the page's author wrote it. Raises ``Unpackable``.

    An archive may hold a body that was unpacked already while its head still speaks of the packing: chunks that are
    none, and gzip that does not begin like gzip, are taken as they are.
    """
    if chunked:
        body = _without_chunks(body)
    layers = [name.strip().lower() for name in encodings.split(",")]
    layers = [name for name in reversed(layers) if name not in {"", "identity"}]
    if len(layers) > MOST_LAYERS:
        raise Unpackable(f"packed {len(layers)} times, expected {MOST_LAYERS} at most")
    for name in layers:
        if name not in UNPACKERS:
            raise Unpackable(f"packed as {name[:30]!r}, which nothing here unpacks")
        if name in {"gzip", "x-gzip"} and not body.startswith(b"\x1f\x8b"):
            continue
        body = _bounded(UNPACKERS[name](body), name, most)
    return body


def _without_chunks(body: bytes) -> bytes:
    """The chunks joined, up to where they are cut off; the body itself where it is not in chunks."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\r\n", at, at + 1_000)
        size = _size(body[at:end]) if end >= 0 else None
        if size is None:
            return b"".join(pieces) if pieces else body
        if size == 0:
            break
        pieces.append(body[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
    return b"".join(pieces)


def _size(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip()
    try:
        return int(digits, 16) if digits.isalnum() and len(digits) <= 8 else None
    except ValueError:
        return None


def _bounded(pieces: Iterator[bytes], name: str, most: int) -> bytes:
    found: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise Unpackable(f"more than {most} bytes when unpacked")
            found.append(piece)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as err:
        if not found:
            raise Unpackable(f"not packed as {name}, as it says") from err
    return b"".join(found)  # what a cut-off body still gives


def _gunzip(body: bytes) -> Iterator[bytes]:
    yield from _inflated(body, zlib.decompressobj(wbits=31))


def _inflate(body: bytes) -> Iterator[bytes]:
    # Some servers send deflate without the wrapping that the standard asks for.
    wrapped = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflated(body, zlib.decompressobj(wbits=15 if wrapped else -15))


def _inflated(body: bytes, unpacker: "zlib._Decompress") -> Iterator[bytes]:
    yield unpacker.decompress(body, CHUNK)
    while unpacker.unconsumed_tail and not unpacker.eof:
        yield unpacker.decompress(unpacker.unconsumed_tail, CHUNK)


def _unbrotli(body: bytes) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    piece = unpacker.process(body, output_buffer_limit=CHUNK)
    while piece:
        yield piece
        piece = b"" if unpacker.is_finished() else unpacker.process(b"", output_buffer_limit=CHUNK)


def _unzstd(body: bytes) -> Iterator[bytes]:
    with zstd.ZstdFile(BytesIO(body)) as file:
        while piece := file.read(CHUNK):
            yield piece


UNPACKERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
