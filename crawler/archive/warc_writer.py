"""WARC 1.1 writer of a batch: every exchange as it went over the wire.

Written by warcio (ISO 28500:2017). Beside each response stand its request and a metadata record: who asked, why it was
allowed, and where the address was found.
"""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.ad import PageRef
from crawler.files import AppendOnly

if TYPE_CHECKING:
    from crawler.archive.captures import Capture  # which imports all that reads pages


SOFTWARE = f"lurewatch/{version('lurewatch')}"
"""What writes archives, asks for pages and makes packages, as these say."""

Fact = tuple[str, str]
"""A name and a value: a header of a record, or what a person is told who asks where a page comes from."""

RawHeader = tuple[bytes, bytes]
"""A name and a value of an HTTP header."""

VERSION = "WARC/1.1"
CONTENT_TYPES = {
    "response": "application/http; msgtype=response",
    "resource": "application/json",
    "request": "application/http; msgtype=request",
    "metadata": "application/warc-fields",
    "warcinfo": "application/warc-fields",
}

HOP_BY_HOP = {b"transfer-encoding", b"content-length", b"connection", b"keep-alive"}
"""Headers of the connection, not of the page: the body in an archive is already whole."""


def new_record_id() -> str:
    """A name that no other record has."""
    return f"<urn:uuid:{uuid4()}>"


def digest_of(data: bytes) -> str:
    """The SHA-256 as a WARC header has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def packed_record(
    kind: str,
    headers: Iterable[Fact],
    block: bytes,
    *,
    payload: bytes | None = None,
    is_packed: bool = False,
) -> bytes:
    """One record as a gzip member; its payload is the block where that is no HTTP message.

    A block that the server packed is stored as it is: packing it again takes long and saves a sixteenth.

    warcio is given the block as it is, with its digests: it would write HTTP headers in a form of its own.
    """
    named = [("WARC-Type", kind), *headers, ("WARC-Block-Digest", digest_of(block))]
    if kind != "warcinfo":
        named.append(("WARC-Payload-Digest", digest_of(block if payload is None else payload)))
    record = ArcWarcRecord(
        "warc",
        kind,
        StatusAndHeaders("", named, protocol=VERSION),
        BytesIO(block),
        None,
        CONTENT_TYPES[kind],
        len(block),
    )
    out = BytesIO()
    WARCWriter(out, gzip=False, warc_version=VERSION).write_record(record)
    return gzip.compress(out.getvalue(), 0 if is_packed else 6, mtime=0)


def warcinfo_record(name: str, *, at: datetime, record_id: str, about: Fact) -> bytes:
    """The packed record that begins an archive: the software, the format and one fact more."""
    headers = [("WARC-Record-ID", record_id), ("WARC-Date", warc_date(at)), ("WARC-Filename", name)]
    block = _fields([("software", SOFTWARE), ("format", "WARC File Format 1.1"), about])
    return packed_record("warcinfo", headers, block)


def resource_record(address: str, body: bytes, *, at: datetime, warcinfo_id: str) -> tuple[bytes, str]:
    """The packed record of what came over no network, a row of a partner's file as JSON, and the digest of that."""
    headers = [
        ("WARC-Record-ID", new_record_id()), ("WARC-Target-URI", address), ("WARC-Date", warc_date(at)),
        ("WARC-Warcinfo-ID", warcinfo_id),
    ]  # fmt: skip
    return packed_record("resource", headers, body), hashlib.sha256(body).hexdigest()


def warc_date(at: datetime) -> str:
    """The moment as a WARC 1.1 record writes it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _fields(facts: Iterable[Fact]) -> bytes:
    # A line break inside a value would end its field.
    return "".join([f"{name}: {' '.join(value.split())}\r\n" for name, value in facts]).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request, a GET as all of ours, and what came back."""

    address: str
    at: datetime
    request_headers: tuple[RawHeader, ...]
    status: int
    protocol: str
    response_headers: tuple[RawHeader, ...]
    body: bytes
    """As sent, still packed where the server packed it."""

    internet_address: str | None = None
    facts: tuple[Fact, ...] = ()
    """How the page was come by, for a metadata record beside it."""


class WarcFile(AppendOnly):
    """A WARC file that grows by one exchange at a time, each record its own gzip member."""

    def __init__(self, path: Path, *, at: datetime) -> None:
        super().__init__(path)
        self._name = path.name
        self.info_id = new_record_id()
        """The id of the record that begins it, which all others name."""

        about = ("robots", "obey")
        self.write(warcinfo_record(path.name, at=at, record_id=self.info_id, about=about))

    def append(self, exchange: Exchange) -> PageRef:
        """Where the response lies, after response, request and facts were written."""
        response_id = new_record_id()
        shared = self._shared_headers(exchange.address, exchange.at)
        response = [("WARC-Record-ID", response_id), *shared]
        if exchange.internet_address:
            response.append(("WARC-IP-Address", exchange.internet_address))
        request = [("WARC-Record-ID", new_record_id()), *shared, ("WARC-Concurrent-To", response_id)]
        phrase = responses.get(exchange.status, "")
        first = f"{exchange.protocol} {exchange.status} {phrase}".rstrip().encode("latin-1", "replace")
        length = b"Content-Length: %d" % len(exchange.body)
        block = b"\r\n".join([first, *_header_lines(exchange.response_headers), length, b"", exchange.body])
        is_packed = any(name.lower() == b"content-encoding" for name, _ in exchange.response_headers)
        records = packed_record("response", response, block, payload=exchange.body, is_packed=is_packed)
        parts = urlsplit(exchange.address)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        first = f"GET {target} {exchange.protocol}\r\nHost: {parts.netloc}".encode("latin-1", "replace")
        block = b"\r\n".join([first, *_header_lines(exchange.request_headers), b"", b""])
        records += packed_record("request", request, block, payload=b"")
        if exchange.facts:
            records += self._fact_record(exchange.facts, exchange.address, exchange.at, response_id)
        return self.append_record(records, hashlib.sha256(exchange.body).hexdigest())

    def append_record(self, record: bytes, sha256: str) -> PageRef:
        """Where a packed record lies, whose payload has this digest; others may follow it."""
        offset = self.tell()
        self.write(record)
        return PageRef(file=self._name, offset=offset, sha256=sha256)

    def copy(self, capture: "Capture", *, facts: tuple[Fact, ...], at: datetime) -> PageRef:
        """Where a record out of another archive lies, after it was written as it stood there, with facts of ours."""
        record = gzip.compress(b"%b%b\r\n\r\n" % (capture.head, capture.block), mtime=0)
        record += self._fact_record(facts, capture.address, at, capture.record_id)
        return self.append_record(record, capture.sha256)

    def _fact_record(self, facts: tuple[Fact, ...], target: str, at: datetime, response_id: str) -> bytes:
        headers = [
            ("WARC-Record-ID", new_record_id()),
            *self._shared_headers(target, at),
            ("WARC-Concurrent-To", "".join(response_id.split())),
        ]
        block = _fields((("software", SOFTWARE), *facts))
        return packed_record("metadata", headers, block)

    def _shared_headers(self, target: str, at: datetime) -> tuple[Fact, ...]:
        return (("WARC-Target-URI", target), ("WARC-Date", warc_date(at)), ("WARC-Warcinfo-ID", self.info_id))


def _header_lines(headers: Iterable[RawHeader]) -> list[bytes]:
    """The headers that belong to the page. A bare line break inside a value would break the record apart."""
    of_page = [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]
    return [b"%b: %b" % (name, value.replace(b"\r", b" ").replace(b"\n", b" ")) for name, value in of_page]
