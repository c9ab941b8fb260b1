"""Reads web archives, WARC and WACZ, without a network: what others captured, as if it had been looked at then."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from crawler.archive_files import ArchiveFile, find_archives
from crawler.archived_page import look_of, read_page_of
from crawler.captures import Capture, Reading
from crawler.errors import DamagedWarc
from crawler.frontier import SEEN_AT_MOST
from crawler.look import Look
from crawler.newest_looks import NewestLooks
from crawler.spiders.source_spider import SourceSpider

__all__ = ["ArchiveSpider"]


class ArchiveSpider(SourceSpider):
    """Every capture in the archives, in their order. An address has the outcome of its newest capture."""

    keeps_versions: ClassVar[bool] = True

    async def start(self) -> AsyncIterator[Look]:
        """A look for each capture with ads; the others are only accounted for."""
        self.newest, is_read = NewestLooks(), False
        try:
            for path in find_archives(self.source.start):
                if self.batch.ledger.see(path.as_uri()):
                    async for look in self._read(path):
                        yield look
            while (slot := self.crawler.engine.scraper.slot) and slot.itemproc_size:
                await asyncio.sleep(0)
            for look in self.newest:
                if self.batch.ledger.is_open(look.address):  # unless a look at it could not be written
                    super().conclude(look)
            is_read = True
        finally:  # what breaks the reading off must not pass for a whole batch
            self.is_broken = self.is_broken or not is_read

    def conclude(self, look: Look) -> None:
        """Keep the look until all have been seen."""
        self.newest.add(look)

    async def _read(self, path: Path) -> AsyncIterator[Look]:
        archive, told = ArchiveFile(path), None
        try:
            for capture in archive.captures(sites=frozenset(self.source.hosts), now=self.clock()):
                self.frontier.bytes += archive.newly_read()
                if spent := self.frontier.spent():
                    told = Reading(outcome="not_inspected", detail=f"{spent}: read up to {archive.where}")
                    break
                if look := self._look(capture, archive) if capture else None:
                    yield look
                await asyncio.sleep(0)  # the stages' turn
        except DamagedWarc as err:
            told = Reading(outcome="failed", detail=archive.why_failed(err))
            self.note_problem(f"{path}: {told.detail}")
        told = told or Reading(outcome="listing", detail=f"{archive.records} records")
        self.batch.ledger.close(path.as_uri(), told.outcome, told.detail)

    def _look(self, capture: Capture, archive: ArchiveFile) -> Look | None:
        """The look, where it gives ads; the others are kept at once."""
        if len(self.batch.ledger) >= SEEN_AT_MOST and not self.batch.ledger.is_open(capture.address):
            self.frontier.is_overrun = True
            return None
        self.batch.ledger.see(capture.address)
        reading = capture.reading
        if reading is None:
            self.frontier.pages += 1
            reading = read_page_of(capture, trusts_feeds=bool(self.source.hosts))
        look = look_of(capture, reading)
        if not reading.found:
            self.newest.add(look)
            return None
        facts = (("source", self.source.name), ("copied-from", archive.where))
        return replace(look, page=self.batch.warc.copy(capture, facts=facts, at=self.clock()))
