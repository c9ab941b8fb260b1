"""Archive spider: captures in WARC files and WACZ packages, read like live pages.

An archive holds captures of an address in any order; the ledger has one outcome each, that of the newest.
"""

import asyncio
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, ClassVar
from zipfile import BadZipFile, ZipFile

from crawler.archive.captures import Capture, Reading, read_capture
from crawler.archive.warc_reader import Unpackable, WarcReader
from crawler.errors import DamagedWarc
from crawler.extract.page import read_page
from crawler.extract.records.feed import read_feed
from crawler.extract.structured.job_posting import is_teaser_entry
from crawler.history.frontier import SEEN_AT_MOST
from crawler.spiders.base import FetchResult, SourceSpider

WARC_NAMES = (".warc", ".warc.gz")
PACKAGE = ".wacz"


def find_archives(places: Iterable[str]) -> Iterator[Path]:
    """The archives that these paths name, by name within a folder; a path without any is given as it is."""
    names = (*WARC_NAMES, PACKAGE)
    for place in map(Path, places):
        found = sorted(file for file in place.rglob("*") if file.name.lower().endswith(names) and file.is_file())
        yield from found or [place]


class ArchiveFile:
    """One archive, read from its beginning to its end, once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records = 0
        self.member = ""
        """In a package, the WARC file that is being read."""

        self._reader: WarcReader | None = None
        self._offset = self._reported = 0

    def captures(self, *, sites: Collection[str], now: datetime) -> Iterator[Capture | None]:
        """Every capture that the archive holds; ``None`` in between lets the caller check the clock.

        Raises ``DamagedWarc`` where the rest, or all of it, cannot be read.
        """
        if self.path.is_dir():
            raise DamagedWarc(0, f"expected archives in the folder ({', '.join((*WARC_NAMES, PACKAGE))}), found none")
        try:
            with _warc_files(self.path) as files:
                for self.member, file in files:
                    self._reader, self._reported = WarcReader(file), 0
                    for record in self._reader:
                        if record:
                            self.records, self._offset = self.records + 1, record.offset
                        yield read_capture(record, sites=sites, now=now) if record else None
        except OSError as err:
            raise DamagedWarc(self._offset, err.strerror or str(err)) from err

    @property
    def where(self) -> str:
        """Where the record lies that was read last."""
        return f"{self._named(self.path.name)} at byte {self._offset}"

    def why_failed(self, error: DamagedWarc) -> str:
        """Why the rest could not be read, and where it begins."""
        why = self._named(str(error))
        return f"{why}; {self.records} records before it were read" if self.records else why

    def _named(self, text: str) -> str:
        return f"{self.member} {text}" if self.member else text

    def newly_read(self) -> int:
        """Bytes taken from the file since this was last asked, as stored."""
        position = self._reader.position if self._reader else 0
        new, self._reported = position - self._reported, position
        return new


@contextmanager
def _warc_files(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    if not path.name.lower().endswith(PACKAGE):
        with path.open("rb") as file:
            yield iter([("", file)])
        return
    try:
        with ZipFile(path) as package:
            yield (
                (name, package.open(name))
                for name in sorted(package.namelist())
                if name.startswith("archive/") and name.lower().endswith(WARC_NAMES)
            )
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as err:  # or locked with a password
        raise DamagedWarc(0, f"expected a WACZ package ({err})") from err


def read_page_of(capture: Capture, *, trusts_feeds: bool) -> Reading:
    """What a page that a capture holds gives, as if it had just been asked for.

    Any feed has entries, and most of the web's are news: they count as ads only where ``trusts_feeds`` says that the
    archive was narrowed to sites of ads. Teasers never do: the pages behind them are in the archive, or nowhere.
    """
    try:
        body = capture.page()
        if capture.form == "html":
            page = read_page(body, url=capture.address, encoding=capture.charset)
            return Reading(outcome=page.outcome, detail="; ".join(page.problems), found=page.ads)
        feed = read_feed(body, url=capture.address, encoding=capture.charset)
        whole = (entry for entry in feed.entries if not (entry.url and is_teaser_entry(entry)))
        found = tuple(whole) if trusts_feeds else ()
    except Unpackable as err:
        return Reading(outcome="failed", detail=str(err))
    except Exception as err:  # noqa: BLE001 - a bug of ours, or a page that nobody foresaw: it is named, and the rest read
        return Reading(outcome="failed", detail=type(err).__name__)
    if found or not (feed.entries or feed.links):
        return Reading(outcome="ad" if found else "not_an_ad", detail="; ".join(feed.problems), found=found)
    why = "teasers" if trusts_feeds else "not read, as the card names no hosts"
    return Reading(outcome="listing", detail=f"{len(feed.entries) + len(feed.links)} entries: {why}")


class ArchiveSpider(SourceSpider):
    """Every capture in the archives, in their order. An address has the outcome of its newest capture."""

    keeps_versions: ClassVar[bool] = True

    async def start(self) -> AsyncIterator[FetchResult]:
        """A result for each capture with ads; the others are only accounted for."""
        self._newest: dict[str, FetchResult] = {}
        self._captures: Counter[str] = Counter()
        is_read = False
        try:
            for path in find_archives(self.source.start):
                if self.batch.ledger.see(path.as_uri()):
                    async for result in self._read(path):
                        yield result
            while (slot := self.crawler.engine.scraper.slot) and slot.itemproc_size:
                await asyncio.sleep(0)
            for address, result in self._newest.items():
                if self.batch.ledger.is_open(address):  # unless its result could not be written
                    captures = self._captures[address]
                    several = f"the newest of {captures} captures" if captures > 1 else ""
                    super().record_outcome(replace(result, detail="; ".join(filter(None, [result.detail, several]))))
            is_read = True
        finally:  # what breaks the reading off must not pass for a whole batch
            self.is_broken = self.is_broken or not is_read

    def record_outcome(self, result: FetchResult) -> None:
        """Hold the outcome, if it is the newest of its address, until all captures have been seen. An unchanged page
        later says no more than the result before."""
        self._captures[result.address] += 1
        known = self._newest.get(result.address)
        says_something = result.outcome != "unchanged"
        if known is None or known.outcome == "unchanged" or (says_something and result.seen_at >= known.seen_at):
            self._newest[result.address] = replace(result, found=(), ads=())

    async def _read(self, path: Path) -> AsyncIterator[FetchResult]:
        archive, reading = ArchiveFile(path), None
        try:
            for capture in archive.captures(sites=frozenset(self.source.hosts), now=self.clock()):
                self.frontier.bytes += archive.newly_read()
                if spent := self.frontier.spent():
                    reading = Reading(outcome="not_inspected", detail=f"{spent}: read up to {archive.where}")
                    break
                if result := self._result(capture, archive) if capture else None:
                    yield result
                await asyncio.sleep(0)  # lets the pipelines run
        except DamagedWarc as err:
            reading = Reading(outcome="failed", detail=archive.why_failed(err))
            self.batch.note_problem(f"{path}: {reading.detail}")
        reading = reading or Reading(outcome="listing", detail=f"{archive.records} records")
        self.batch.ledger.close(path.as_uri(), reading.outcome, reading.detail)

    def _result(self, capture: Capture, archive: ArchiveFile) -> FetchResult | None:
        """The result, where it gives ads; the others are held at once."""
        if len(self.batch.ledger) >= SEEN_AT_MOST and not self.batch.ledger.is_open(capture.address):
            self.frontier.is_overrun = True
            return None
        self.batch.ledger.see(capture.address)
        reading = capture.reading
        if reading is None:
            self.frontier.pages += 1
            reading = read_page_of(capture, trusts_feeds=bool(self.source.hosts))
        result = FetchResult(
            address=capture.address,
            url=capture.address,
            seen_at=capture.at,
            outcome=reading.outcome,
            detail=reading.detail,
            found=reading.found,
        )
        if not reading.found:
            self.record_outcome(result)
            return None
        facts = (("source", self.source.name), ("copied-from", archive.where))
        return replace(result, page=self.batch.warc.copy(capture, facts=facts, at=self.clock()))
