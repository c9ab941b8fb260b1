"""Ads of web archives: pages with JobPosting markup, found by bytes before parsing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import IO, Final

from crawler.ad import JobAd, PageRef
from crawler.archive.captures import LARGEST, Capture, read_capture
from crawler.archive.warc_reader import Unpackable, WarcReader, WarcRecord
from crawler.errors import DamagedWarc, NotAnAd
from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import RawAd

__all__ = ["ARCHIVE_SOURCE", "JobPages"]

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
            yield from self._read_text(capture, record.read(LARGEST), where)
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

    def _read_text(self, capture: Capture, body: bytes, where: PageRef) -> Iterator[JobAd]:
        title, _, rest = body.decode("utf-8", "replace").strip().partition("\n")
        page = replace(where, sha256=sha256(body).hexdigest())
        raw = RawAd(title=title, description=rest, reader="page")
        try:
            yield normalise(raw, source=ARCHIVE_SOURCE, seen_at=capture.at, url=capture.address, page=page)
        except NotAnAd:
            self.counts.update(("pages", "not_an_ad"))
        else:
            self.counts.update(("pages", "text"))
