"""The archive of a batch: every request and response as WARC 1.1 records, as they went over the wire.

WARC 1.1 records as bytes, each a gzip member of its own (ISO 28500:2017). Pure functions; ``warc`` writes them.

Ours because two records a page through a general library cost more time than fetching the page.

The records that say what an archive is and, beside each response, who asked, why that was allowed, and where the
address was found.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from struct import pack as packed

from isal import isal_zlib

from crawler.ad import PageRef
from crawler.archive.captures import Capture
from crawler.archive.http_head import RawHeader, end_to_end, host_and_target, is_packed, status_line
from crawler.files import AppendOnly

__all__ = [
    "Exchange",
    "Fact",
    "Header",
    "RobotsAnswer",
    "WarcFile",
    "digest_of",
    "member",
    "metadata_record",
    "new_record_id",
    "pack",
    "robots_facts",
    "warc_date",
    "warcinfo_record",
]

Header = tuple[str, str]

_GZIP = 31
"""zlib's number for a gzip member (RFC 1952)."""

_LEVEL = 2
"""Of isal's 0 to 3. A page that came unpacked, which is seldom, comes to a size that is a seventh larger than zlib's,
in a tenth of the time."""

_SHORT, _SHORT_LEVEL = 2_000, 0
"""Bytes. Requests and facts are shorter: at level 0 they take 1.4 µs instead of 8, and some 200 bytes more each: 5.5 %
of the archive of a board whose pages come packed, at 7.5 KB."""

_STORED_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_MOST_STORED = 0xFFFF
"""Bytes of one stored block (RFC 1951, 3.2.4)."""

_VERSION = 0x4 << 76 | 0x8 << 60
_NOT_VERSION = (1 << 128) - 1 ^ (0xF << 76 | 0xC << 60)


def new_record_id() -> str:
    """A name that no other record has: a random UUID (RFC 9562, version 4)."""
    number = f"{int.from_bytes(os.urandom(16), 'big') & _NOT_VERSION | _VERSION:032x}"
    return f"<urn:uuid:{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}>"


def digest_of(data: bytes) -> str:
    """The SHA-256 as a WARC header has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def member(kind: str, headers: Iterable[Header], block: bytes, *, is_packed: bool = False) -> bytes:
    """One record. A block that is packed already is stored as it is: packing it twice saves a sixteenth of its size
    for twenty times the work."""
    named = [
        ("WARC-Type", kind),
        *headers,
        ("WARC-Block-Digest", digest_of(block)),
        ("Content-Length", str(len(block))),
    ]
    head = "".join([f"{name}: {value}\r\n" for name, value in named]).encode("utf-8", "replace")
    return pack(b"WARC/1.1\r\n%b\r\n" % head, block, is_packed=is_packed)


def pack(head: bytes, block: bytes, *, is_packed: bool = False) -> bytes:
    """A record as a gzip member of its own; ``head`` ends with its empty line."""
    record = b"%b%b\r\n\r\n" % (head, block)
    if is_packed:
        return b"".join(_stored(record))
    return isal_zlib.compress(record, _LEVEL if len(record) > _SHORT else _SHORT_LEVEL, _GZIP)


def _stored(data: bytes) -> Iterator[bytes]:
    """The parts of a gzip member that holds the data as it is."""
    yield _STORED_HEAD
    for start in range(0, len(data), _MOST_STORED):
        block = data[start : start + _MOST_STORED]
        yield packed("<BHH", start + _MOST_STORED >= len(data), len(block), len(block) ^ _MOST_STORED)
        yield block
    yield packed("<II", isal_zlib.crc32(data), len(data) & 0xFFFFFFFF)


Fact = tuple[str, str]
"""A name and a value, for the eyes of whoever asks how a page was come by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """What a site's robots.txt said of an address that was then asked for."""

    address: str
    """Of the robots.txt."""

    status: int
    read_at: datetime
    sha256: str | None
    """Of the robots.txt as it was sent: its own record has the same."""

    delay: float
    """Seconds between two requests that it asks for; 0 where it asks for none."""


@lru_cache(maxsize=256)
def robots_facts(answer: RobotsAnswer) -> tuple[Fact, ...]:
    """The answer, fact by fact: the same beside every page of a site."""
    there = 200 <= answer.status < 300
    return (
        ("robots", "allowed" if there else f"allowed: no robots.txt ({answer.status})"),
        ("robots-txt", answer.address),
        ("robots-txt-date", warc_date(answer.read_at)),
        *([("robots-txt-sha256", answer.sha256)] if answer.sha256 else []),
        ("crawl-delay", f"{answer.delay:g}"),
    )


def metadata_record(
    facts: Iterable[Fact], *, target: str, at: datetime, response_id: str, warcinfo_id: str | None
) -> bytes:
    """A packed WARC record that says these facts of a response."""
    return member(
        "metadata",
        [
            ("WARC-Record-ID", new_record_id()),
            ("WARC-Date", warc_date(at)),
            ("WARC-Target-URI", target),
            ("WARC-Concurrent-To", "".join(response_id.split())),
            *([("WARC-Warcinfo-ID", warcinfo_id)] if warcinfo_id else []),
            ("Content-Type", "application/warc-fields"),
        ],
        _fields(facts),
    )


def warcinfo_record(name: str, *, software: str, at: datetime, record_id: str, about: Fact) -> bytes:
    """The packed WARC record that begins an archive, with what made it and one thing more about it."""
    return member(
        "warcinfo",
        [
            ("WARC-Record-ID", record_id),
            ("WARC-Date", warc_date(at)),
            ("WARC-Filename", name),
            ("Content-Type", "application/warc-fields"),
        ],
        _fields([("software", software), ("format", "WARC File Format 1.1"), about]),
    )


def _fields(facts: Iterable[Fact]) -> bytes:
    return "".join([_field(name, value) for name, value in facts]).encode("utf-8", "replace")


@lru_cache(maxsize=1024)
def _field(name: str, value: str) -> str:
    # A line break inside a value would end its field.
    return f"{name}: {' '.join(value.split())}\r\n"


@lru_cache(maxsize=64)
def warc_date(at: datetime) -> str:
    """The moment as a WARC 1.1 record writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back."""

    address: str
    at: datetime
    method: str
    request_headers: tuple[RawHeader, ...]
    status: int
    protocol: str
    response_headers: tuple[RawHeader, ...]
    body: bytes
    """As sent, still packed where the server packed it."""

    internet_address: str | None = None
    facts: tuple[Fact, ...] = ()
    """How the page was come by, for a metadata record beside it."""


class WarcFile:
    """A WARC file that grows by one exchange at a time, each record its own gzip member."""

    def __init__(self, path: Path, *, software: str, at: datetime) -> None:
        self._name, self._software = path.name, software
        self._file = AppendOnly(path)
        self._info_id = new_record_id()
        about = ("robots", "obey")
        self._file.write(warcinfo_record(path.name, software=software, at=at, record_id=self._info_id, about=about))

    def append(self, exchange: Exchange) -> PageRef:
        """Where the response lies, after response and request were written."""
        offset, payload = self._file.tell(), digest_of(exchange.body)
        response_id, request_id = new_record_id(), new_record_id()
        shared = self._shared_headers(exchange)
        response = [("WARC-Record-ID", response_id), *shared, ("WARC-Payload-Digest", payload)]
        if exchange.internet_address:
            response.append(("WARC-IP-Address", exchange.internet_address))
        response.append(("Content-Type", "application/http; msgtype=response"))
        request = [
            ("WARC-Record-ID", request_id),
            *shared,
            ("WARC-Concurrent-To", response_id),
            ("Content-Type", "application/http; msgtype=request"),
        ]
        block = _response_head(exchange) + exchange.body
        records = member("response", response, block, is_packed=is_packed(exchange.response_headers))
        records += member("request", request, _request_head(exchange))
        if exchange.facts:
            records += self._fact_record(exchange.facts, exchange.address, exchange.at, response_id)
        self._file.write(records)
        return PageRef(file=self._name, offset=offset, sha256=payload.removeprefix("sha256:"))

    def append_resource(self, address: str, *, at: datetime, content_type: str, body: BufferedReader) -> PageRef:
        """Where a thing lies that came over no network, such as a partner's file; ``body`` is read twice."""
        from warcio.warcwriter import WARCWriter  # loads what the archive of a crawl of pages never needs

        offset = self._file.tell()
        digest = file_digest(body, "sha256").hexdigest()
        length = body.tell()
        body.seek(0)
        headers = {"WARC-Date": warc_date(at), "WARC-Warcinfo-ID": self._info_id}
        writer = WARCWriter(self._file, gzip=True, warc_version="WARC/1.1")
        record = writer.create_warc_record(
            address, "resource", payload=body, length=length, warc_content_type=content_type, warc_headers_dict=headers
        )
        record.rec_headers.replace_header("WARC-Payload-Digest", f"sha256:{digest}")
        writer.write_record(record)
        return PageRef(file=self._name, offset=offset, sha256=digest)

    def copy(self, capture: Capture, *, facts: tuple[Fact, ...], at: datetime) -> PageRef:
        """Where a record out of another archive lies, after it was written as it stood there, with facts of ours."""
        offset = self._file.tell()
        record = self._fact_record(facts, capture.address, at, capture.record_id)
        self._file.write(pack(capture.head, capture.block) + record)
        return PageRef(file=self._name, offset=offset, sha256=capture.sha256)

    def settle(self) -> int:
        """The file's size, after all of it has reached the operating system; raises ``OSError`` where a record has not,
        now or before."""
        return self._file.settle()

    def close(self) -> None:
        """End the file. Nothing can be appended afterwards."""
        self._file.close()

    def _fact_record(self, facts: tuple[Fact, ...], target: str, at: datetime, response_id: str) -> bytes:
        facts = (("software", self._software), *facts)
        return metadata_record(facts, target=target, at=at, response_id=response_id, warcinfo_id=self._info_id)

    def _shared_headers(self, exchange: Exchange) -> tuple[Header, ...]:
        return (
            ("WARC-Target-URI", exchange.address),
            ("WARC-Date", warc_date(exchange.at)),
            ("WARC-Warcinfo-ID", self._info_id),
        )


def _response_head(exchange: Exchange) -> bytes:
    return b"%b%bContent-Length: %d\r\n\r\n" % (
        status_line(exchange.protocol, exchange.status),
        end_to_end(exchange.response_headers),
        len(exchange.body),
    )


def _request_head(exchange: Exchange) -> bytes:
    host, target = host_and_target(exchange.address)
    first = f"{exchange.method} {target} {exchange.protocol}\r\nHost: {host}\r\n".encode("latin-1", "replace")
    return b"%b%b\r\n" % (first, end_to_end(exchange.request_headers))
