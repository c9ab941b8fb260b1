"""The archive of a batch: every request and response as WARC 1.1 records, as they went over the wire."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.ad import PageRef
from crawler.append_only import AppendOnly

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


class WarcFile:
    """A WARC file that grows by one exchange at a time, each record its own gzip member."""

    def __init__(self, path: Path, *, software: str, at: datetime) -> None:
        self._name = path.name
        self._file = AppendOnly(path)
        self._writer = WARCWriter(self._file, gzip=True, warc_version="WARC/1.1")
        info = {"software": software, "format": "WARC File Format 1.1", "robots": "obey"}
        record = self._writer.create_warcinfo_record(path.name, info)
        record.rec_headers.replace_header("WARC-Date", _warc_date(at))
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
        return PageRef(file=self._name, offset=offset, sha256=digest)

    def settle(self) -> int:
        """The file's size, after all of it has reached the operating system; raises ``OSError`` where a record has not,
        now or before."""
        return self._file.settle()

    def close(self) -> None:
        """End the file. Nothing can be appended afterwards."""
        self._file.close()

    def _record(self, kind: str, exchange: Exchange, body: bytes, head: StatusAndHeaders) -> Any:
        headers = {"WARC-Date": _warc_date(exchange.at), "WARC-Warcinfo-ID": self._info_id}
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


def _warc_date(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
