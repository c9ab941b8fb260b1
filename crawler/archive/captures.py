"""Captures of addresses in a web archive, and the ads of their pages. No network.

A record that cannot hold an ad, by host, status or type, is known by its head; its body is never unpacked.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, Final, Literal

from crawler.ad import JobAd, PageRef
from crawler.archive.warc_reader import (
    HTML,
    Unpackable,
    WarcReader,
    WarcRecord,
    http_head,
    split_content_type,
    unpack_body,
)
from crawler.errors import DamagedWarc, NotAnAd, Outcome
from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import RawAd
from crawler.extract.urls import normal_address, site_of, why_foreign

LARGEST = 16 * 1024 * 1024
"""Bytes of a page, before and after unpacking: as for a page that is asked for."""

DATA = {"application/json", "application/ld+json", "application/feed+json", "application/xml", "text/xml"}
UNKNOWN = {"", "unk", "application/octet-stream"}
_CAPTURES = {"response", "resource", "revisit", "conversion"}
"""Kinds of record that are captures; the others describe how one was made."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome of one capture."""

    outcome: Outcome
    detail: str = ""
    found: tuple[RawAd, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One capture of an address."""

    address: str
    at: datetime
    """When the page was captured: its WARC-Date."""

    reading: Reading | None
    """None for a page that must be read to know."""

    form: Literal["html", "data"] = "html"
    charset: str | None = None
    record_id: str = ""
    head: bytes = b""
    """The record's own head, as written."""

    block: bytes = b""
    """The record's block: the HTTP head and the body as it was sent."""

    body_at: int = 0
    """Where in the block the body begins."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Those of HTTP, their names in lower case."""

    @property
    def sha256(self) -> str:
        """Hex digest of the body as archived."""
        return sha256(memoryview(self.block)[self.body_at :]).hexdigest()

    def page(self) -> bytes:
        """The body as the page's author wrote it. Raises ``Unpackable``."""
        return unpack_body(self.block[self.body_at :], self.headers, most=LARGEST)


def read_capture(record: WarcRecord, *, sites: Collection[str], now: datetime) -> Capture | None:
    """The capture that a record holds; None where it is none. ``sites`` narrows the addresses that count, if there are
    any. Raises ``DamagedWarc`` where the record breaks off."""
    written = record.headers.get("warc-target-uri", "").strip("<>")
    if record.kind not in _CAPTURES or not written.lower().startswith(("http:", "https:")):
        return None
    try:
        address = normal_address(written)
        foreign = why_foreign(address, sites or {site_of(address)})
    except ValueError:
        address, foreign = written[:500].encode("ascii", "backslashreplace").decode(), "not a readable address"
    date = record.headers.get("warc-date", "")
    at: datetime | None = None
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(date)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        at = moment if EARLIEST <= moment <= now else None
    if foreign:
        return _decided(address, at or now, "out_of_scope", foreign)
    if at is None:
        return _decided(address, now, "failed", f"its WARC-Date is no moment of the past: {repr(date)[:50]}")
    if record.kind == "conversion":
        return _decided(address, at, "not_an_ad", "made from a page by some program: expected the page itself")
    if record.kind == "revisit":
        before = record.headers.get("warc-refers-to-date", "an earlier look")[:50]
        return _decided(address, at, "unchanged", f"as it was at {before}, which is in none of these archives")
    return _read_page(record, address, at)


def _read_page(record: WarcRecord, address: str, at: datetime) -> Capture:
    is_response = record.kind == "response"
    block = record.read(65_536)
    status, headers, body_at = http_head(block) if is_response else (200, record.headers, 0)
    if status is None:
        return _decided(address, at, "failed", "expected an HTTP response in the record")
    if 300 <= status < 400:
        return _decided(address, at, "not_an_ad", f"{status} to {headers.get('location', 'nowhere')[:500]}")
    if not 200 <= status < 300:
        return _decided(address, at, "failed", str(status))
    kind, charset = split_content_type(headers.get("content-type", ""))
    form = _form(kind)
    if is_response:
        identified, _ = split_content_type(record.headers.get("warc-identified-payload-type", ""))
        form = form or _form(identified)
    if form is None and is_response and kind in UNKNOWN:  # the page itself says what it is
        first = block[body_at : body_at + 2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
        is_feed = first.startswith((b"<?xml", b"<rss", b"<feed")) and b"<html" not in first
        is_data = is_feed or first.startswith((b"{", b"["))
        form = "data" if is_data else "html" if first.startswith(b"<") else None
    if form is None:
        return _decided(address, at, "not_an_ad", kind or "no type")
    if record.length > LARGEST:
        return _decided(address, at, "failed", f"more than {LARGEST} bytes")
    return Capture(
        address=address,
        at=at,
        reading=None,
        form=form,
        charset=charset,
        record_id=record.headers.get("warc-record-id", ""),
        head=record.head,
        block=block + record.read(LARGEST),
        body_at=body_at,
        headers=headers,
    )


def _decided(address: str, at: datetime, outcome: Outcome, detail: str) -> Capture:
    return Capture(address=address, at=at, reading=Reading(outcome=outcome, detail=detail))


def _form(kind: str) -> Literal["html", "data"] | None:
    if kind in HTML:
        return "html"
    return "data" if kind in DATA or (kind.endswith(("+json", "+xml")) and not kind.startswith("image/")) else None


ARCHIVE_SOURCE: Final = "archive"
"""The source of an ad that a page of an archive held."""

_MARK: Final = b"JobPosting"
"""The type's name in JSON-LD, microdata and RDFa alike."""


@dataclass(slots=True)
class JobPages:
    """Reads ads of archived pages, and counts what the pages were."""

    now: datetime
    every_page: bool = False
    """Whether pages without the markup are read too; parsing each costs many times as much."""

    counts: Counter[str] = field(default_factory=Counter)
    """``pages``, and of these ``without_markup`` or by outcome, as a source's ledger has them."""

    problems: list[str] = field(default_factory=list)
    """What could not be read, each with where it lies."""

    def read_warc(self, file: IO[bytes], name: str, *, at: int = 0) -> Iterator[JobAd]:
        """The ads of a WARC or WET file, plain or gzip, in its order, or of a part that begins ``at`` that byte. What
        follows damage is a problem, not an error.

        A WET file holds texts without markup: each is an ad as it stands, for the model to tell that it is none.
        """
        try:
            for record in WarcReader(file):
                if record is not None:
                    yield from self._read_record(record, PageRef(file=name, offset=at + record.offset, sha256=""))
        except DamagedWarc as err:
            self.counts["damaged_archives"] += 1
            self.problems.append(f"{name} {err}")

    def read_html(self, body: bytes, *, url: str, seen_at: datetime, page: PageRef | None = None,
                  encoding: str | None = None) -> Iterator[JobAd]:  # fmt: skip
        """The ads of one page."""
        self.counts["pages"] += 1
        if not self.every_page and _MARK not in body:
            self.counts["without_markup"] += 1
            return
        try:
            reading = read_page(body, url=url, encoding=encoding)
            ads = [normalise(raw, source=ARCHIVE_SOURCE, seen_at=seen_at, url=url, page=page) for raw in reading.ads]
        except NotAnAd:
            self.counts["not_an_ad"] += 1
        except Exception as err:  # noqa: BLE001 - a page that nobody foresaw is named, and the rest of the archive read
            self.counts["failed"] += 1
            self.problems.append(f"{url}: {type(err).__name__}")
        else:
            self.counts[reading.outcome] += 1
            yield from ads

    def _read_record(self, record: WarcRecord, where: PageRef) -> Iterator[JobAd]:
        capture = read_capture(record, sites=(), now=self.now)
        if capture is None:
            return
        if record.kind == "conversion" and capture.reading and capture.reading.outcome == "not_an_ad":
            body = record.read(LARGEST)
            title, _, rest = body.decode("utf-8", "replace").strip().partition("\n")
            page = replace(where, sha256=sha256(body).hexdigest())
            raw = RawAd(title=title, description=rest, reader="page")
            try:
                yield normalise(raw, source=ARCHIVE_SOURCE, seen_at=capture.at, url=capture.address, page=page)
            except NotAnAd:
                self.counts.update(("pages", "not_an_ad"))
            else:
                self.counts.update(("pages", "text"))
            return
        if capture.reading is not None or capture.form != "html":
            self.counts.update(("pages", capture.reading.outcome if capture.reading else "not_a_page"))
            return
        try:
            body = capture.page()
        except Unpackable as err:
            self.counts.update(("pages", "failed"))
            self.problems.append(f"{capture.address}: {err}")
        else:
            page = replace(where, sha256=capture.sha256)
            yield from self.read_html(
                body, url=capture.address, seen_at=capture.at, page=page, encoding=capture.charset
            )
