"""The archive of a batch: every request and response as WARC 1.1 records, as they went over the wire."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.ad import PageRef
from crawler.append_only import AppendOnly
from crawler.captures import Capture
from crawler.warc_facts import Fact, metadata_record, warc_date
from crawler.warc_reader import pack

__all__ = ["Exchange", "WarcFile"]

HOP_BY_HOP = {"transfer-encoding", "content-length", "connection", "keep-alive"}
"""Headers of the connection, not of the page: the body here is already whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back."""

    address: str
    at: datetime
    method: str
    request_headers: tuple[tuple[str, str], ...]
    """Names and values as Latin-1, which keeps every byte."""

    status: int
    protocol: str
    response_headers: tuple[tuple[str, str], ...]
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
        self._writer = WARCWriter(self._file, gzip=True, warc_version="WARC/1.1")
        info = {"software": software, "format": "WARC File Format 1.1", "robots": "obey"}
        record = self._writer.create_warcinfo_record(path.name, info)
        record.rec_headers.replace_header("WARC-Date", warc_date(at))
        self._info_id = record.rec_headers.get_header("WARC-Record-ID")
        self._writer.write_record(record)

    def append(self, exchange: Exchange) -> PageRef:
        """Where the response lies, after response and request were written."""
        offset = self._file.tell()
        digest = hashlib.sha256(exchange.body).hexdigest()
        response = self._record("response", exchange, exchange.body, _response_head(exchange))
        response.rec_headers.replace_header("WARC-Payload-Digest", f"sha256:{digest}")
        if exchange.internet_address:
            response.rec_headers.add_header("WARC-IP-Address", exchange.internet_address)
        request = self._record("request", exchange, b"", _request_head(exchange))
        self._writer.write_request_response_pair(request, response)
        if exchange.facts:
            response_id = response.rec_headers.get_header("WARC-Record-ID")
            self._add_facts(exchange.facts, exchange.address, exchange.at, response_id)
        return PageRef(file=self._name, offset=offset, sha256=digest)

    def append_resource(self, address: str, *, at: datetime, content_type: str, body: BufferedReader) -> PageRef:
        """Where a thing lies that came over no network, such as a partner's file; ``body`` is read twice."""
        offset = self._file.tell()
        digest = hashlib.file_digest(body, "sha256").hexdigest()
        length = body.tell()
        body.seek(0)
        headers = {"WARC-Date": warc_date(at), "WARC-Warcinfo-ID": self._info_id}
        record = self._writer.create_warc_record(
            address, "resource", payload=body, length=length, warc_content_type=content_type, warc_headers_dict=headers
        )
        record.rec_headers.replace_header("WARC-Payload-Digest", f"sha256:{digest}")
        self._writer.write_record(record)
        return PageRef(file=self._name, offset=offset, sha256=digest)

    def copy(self, capture: Capture, *, facts: tuple[Fact, ...], at: datetime) -> PageRef:
        """Where a record out of another archive lies, after it was written as it stood there, with facts of ours."""
        offset = self._file.tell()
        self._file.write(pack(capture.head, capture.block))
        self._add_facts(facts, capture.address, at, capture.record_id)
        return PageRef(file=self._name, offset=offset, sha256=capture.sha256)

    def settle(self) -> int:
        """The file's size, after all of it has reached the operating system; raises ``OSError`` where a record has not,
        now or before."""
        return self._file.settle()

    def close(self) -> None:
        """End the file. Nothing can be appended afterwards."""
        self._file.close()

    def _add_facts(self, facts: tuple[Fact, ...], target: str, at: datetime, response_id: str) -> None:
        facts = (("software", self._software), *facts)
        self._file.write(
            metadata_record(facts, target=target, at=at, response_id=response_id, warcinfo_id=self._info_id)
        )

    def _record(self, kind: str, exchange: Exchange, body: bytes, head: StatusAndHeaders) -> Any:
        headers = {"WARC-Date": warc_date(exchange.at), "WARC-Warcinfo-ID": self._info_id}
        return self._writer.create_warc_record(
            exchange.address,
            kind,
            payload=BytesIO(body),
            length=len(body),
            http_headers=head,
            warc_headers_dict=headers,
        )


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """A head that keeps its bytes: warcio's own rewrites what is not ASCII, and fails where a header's name is not."""

    def to_ascii_bytes(self, filter_func: Any = None) -> bytes:
        return bytes(self.to_bytes(filter_func, "latin-1"))


def _response_head(exchange: Exchange) -> StatusAndHeaders:
    length = ("Content-Length", str(len(exchange.body)))
    headers = [*_end_to_end(exchange.response_headers), length]
    return _Head(f"{exchange.status} {_phrase(exchange.status)}".rstrip(), headers, exchange.protocol)


def _request_head(exchange: Exchange) -> StatusAndHeaders:
    parts = urlsplit(exchange.address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("Host", parts.netloc), *_end_to_end(exchange.request_headers)]
    return _Head(f"{exchange.method} {target} {exchange.protocol}", headers, is_http_request=True)


def _end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    # A bare line break inside a value would break the record apart.
    return [(name, " ".join(value.split())) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
