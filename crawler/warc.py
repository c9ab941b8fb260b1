"""The archive of a batch: every request and response as WARC 1.1 records, as they went over the wire."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path

from crawler.ad import PageRef
from crawler.append_only import AppendOnly
from crawler.captures import Capture
from crawler.http_head import RawHeader, end_to_end, host_and_target, is_packed, status_line
from crawler.made_quickly import made_quickly
from crawler.warc_facts import Fact, metadata_record, warc_date, warcinfo_record
from crawler.warc_record import Header, digest_of, member, new_record_id, pack

__all__ = ["Exchange", "WarcFile"]


@made_quickly
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
