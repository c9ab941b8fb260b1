"""Single WARC records by offset, checked against their digests."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from crawler.archive.warc_reader import Unpackable, WarcReader, WarcRecord, unpack_body
from crawler.errors import BadEvidence, DamagedWarc

__all__ = ["StoredRecord", "check_digests", "fetch_record", "payload_sha256"]

CHUNK = 65_536
LARGEST = 64 * 1024 * 1024
"""Bytes, unpacked. A page has 16 MiB at most."""

ALGORITHMS = {"sha1", "sha256", "sha512", "md5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A WARC record, packed and unpacked."""

    where: str
    """The file, the offset and the record's id, for people."""

    record: WarcRecord = field(repr=False)
    packed: bytes = field(repr=False)
    block: bytes = field(repr=False)

    @property
    def record_id(self) -> str:
        """The id that other records name it by."""
        return self.record.headers.get("warc-record-id", "")

    @property
    def sha256(self) -> str:
        """Hex digest of its payload."""
        return payload_sha256(self.record, self.block)

    def fields(self) -> Mapping[str, str]:
        """What a metadata record says, by name."""
        lines = (line.partition(":") for line in self.block.decode("utf-8", "replace").split("\n"))
        return {name.strip(): value.strip() for name, _, value in lines if value}


def fetch_record(file: Path, offset: int) -> StoredRecord:
    """The record whose gzip member begins at this offset. Raises ``BadEvidence`` where it is not there, or changed."""
    where = f"{file}: the record at byte {offset}"
    try:
        with file.open("rb") as opened:
            opened.seek(offset)
            packed, unpacked = _member(opened.read)
        record = next(iter(WarcReader(BytesIO(unpacked))), None)
        if record is None:
            raise BadEvidence(f"{where}: expected a WARC record, found none")
        where = f"{where} ({record.kind} {record.headers.get('warc-record-id', 'without id')})"
        block = record.read(record.length)
    except OSError as err:
        raise BadEvidence(f"{file}: expected the batch's archive, found none ({err.strerror or err})") from err
    except (DamagedWarc, zlib.error, EOFError) as err:
        why = err.reason if isinstance(err, DamagedWarc) else str(err)
        raise BadEvidence(f"{where} was changed or cut off after it was written ({why})") from err
    check_digests(record, block, where=where)
    return StoredRecord(where=where, record=record, packed=packed, block=block)


def payload_sha256(record: WarcRecord, block: bytes) -> str:
    """Hex digest of what a record carries: the body of a response as it was sent, or the whole block."""
    return hashlib.sha256(_payload(record, block)).hexdigest()


def check_digests(record: WarcRecord, block: bytes, *, where: str) -> None:
    """Raise ``BadEvidence`` unless a record is what its own digests say.

    The block's digest covers everything. The payload's is asked only where there is no other: tools differ in whether
    it is taken with the chunks or the packing, and an archive may have been right in a way that is not ours.
    """
    digest = record.headers.get("warc-block-digest")
    if digest:
        if not _has_digest(block, digest):
            raise BadEvidence(f"{where} was changed after it was written: its WARC-Block-Digest is another")
        return
    digest = record.headers.get("warc-payload-digest")
    payload = _payload(record, block)
    if digest and record.kind == "response" and not any(_has_digest(form, digest) for form in _forms(payload)):
        raise BadEvidence(f"{where} was changed after it was written: its WARC-Payload-Digest is another")


def _payload(record: WarcRecord, block: bytes) -> bytes:
    is_http = record.headers.get("content-type", "").replace(" ", "").startswith("application/http")
    return block[_after_head(block) :] if is_http else block


def _after_head(block: bytes) -> int:
    ends = [at + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (at := block.find(mark)) >= 0]
    return min(ends, default=len(block))


def _forms(payload: bytes) -> Iterator[bytes]:
    yield payload
    with suppress(Unpackable):
        yield unpack_body(payload, chunked=True, encodings="", most=LARGEST)


def _has_digest(content: bytes, written: str) -> bool:
    """Whether a digest as records have it, in base 16 or 32, is the content's. An unknown algorithm proves nothing."""
    name, _, value = written.partition(":")
    name = name.strip().lower().replace("-", "")
    if name not in ALGORITHMS:
        return True
    digest = hashlib.new(name, content, usedforsecurity=False).digest()
    value = value.strip().rstrip("=").lower()
    return value in {digest.hex(), base64.b32encode(digest).decode().rstrip("=").lower()}


def _member(read: Callable[[int], bytes]) -> tuple[bytes, bytes]:
    """One gzip member, packed and unpacked."""
    unpacker = zlib.decompressobj(wbits=31)
    packed, unpacked, size = [], [], 0
    while not unpacker.eof:
        raw = read(CHUNK)
        if not raw:
            raise EOFError("the file ends before the record does")
        packed.append(raw)
        while raw and not unpacker.eof:
            piece = unpacker.decompress(raw, CHUNK)
            size += len(piece)
            if size > LARGEST:
                raise EOFError(f"more than {LARGEST} bytes")
            unpacked.append(piece)
            raw = unpacker.unconsumed_tail
    whole = b"".join(packed)
    return whole[: len(whole) - len(unpacker.unused_data)], b"".join(unpacked)
