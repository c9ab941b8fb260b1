"""Monitors: progress of a crawl, and health of a batch against card and last run."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

import structlog
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter

from crawler.fetch.politeness import SILENT
from crawler.history.crawl_state import StateHeader, Tally
from crawler.run.runner import PROGRESS
from crawler.sources.card import Source
from crawler.spiders.base import Component

__all__ = ["Progress", "SilentLogFormatter", "find_problems", "find_shifts", "find_unread"]

log = structlog.get_logger()


PROGRESS_EVERY = 1.0
"""Seconds between two progress lines, at least."""

FAILED_SHARE = 0.2
"""A batch with more failures than this says more of the source's health, or of ours, than of its ads."""

FAILED_FEW = 3
"""Fewer failures than this say nothing, whatever their share."""

READ_AGAIN_FEW = 5
"""Of pages read again, fewer than this say nothing of a source as a whole; boards close a few ads every day."""

SHIFTED_FEW = 10
"""Of ads, or of ads with some field, fewer than this say nothing."""

SHIFTED_SHARE = 0.5
"""A source that loses more than this from one run to the next has been rebuilt, or hides what it shows. Boards lose
some percent of their ads a day; a false alarm costs an operator one command, a missed one every ad of the source."""

LOOKED_AT = ("ad", "unchanged", "listing", "not_an_ad", "failed")


class Progress(Component):
    """Logs how far a run is. Addresses and numbers only: never a contact or an ad's text."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._last = monotonic()
        reads_files = self.spider.source.reads_files
        signal = signals.item_scraped if reads_files else signals.request_left_downloader
        crawler.signals.connect(self._went_on, signal=signal)

    def _went_on(self) -> None:
        if monotonic() - self._last < PROGRESS_EVERY:
            return
        self._last = monotonic()
        batch = self.spider.batch
        try:
            log.info(PROGRESS, source=self.spider.source.name, addresses=len(batch.ledger), ads=batch.ads)
        except BrokenPipeError:  # whoever started this run is gone: nobody would take the batch in
            self.spider.give_up("abandoned")


class SilentLogFormatter(LogFormatter):
    """No line for a response or an item; errors keep theirs."""

    def crawled(self, *_: Any) -> Any:
        """Nothing."""
        return None

    def scraped(self, *_: Any) -> Any:
        """Nothing."""
        return None


def find_problems(source: Source, *, ads: int, outcomes: Mapping[str, int], is_overrun: bool) -> tuple[str, ...]:
    """Why a batch should be held back, in words; empty for a healthy one."""
    problems: list[str] = []
    if source.expect.ads and not source.expect.ads[0] <= ads <= source.expect.ads[1]:
        problems.append(f"{ads} ads, expected {source.expect.ads[0]} to {source.expect.ads[1]}")
    failed, looked_at = outcomes["failed"], sum(outcomes[name] for name in LOOKED_AT)
    if failed >= FAILED_FEW and failed > looked_at * FAILED_SHARE:
        problems.append(f"{failed} of {looked_at} addresses failed, expected {FAILED_SHARE:.0%} at most")
    if is_overrun:
        problems.append("more addresses than one run accounts for: the rest was not read")
    return tuple(problems)


def find_unread(
    tally: Tally | None, *, ads: int, outcomes: Mapping[str, int], usual: float | None, ended_by: str | None
) -> tuple[str, ...]:
    """Why a run that ended before it had read all should be held back: it brought nothing, or much less than usual.

    A run that counts its pages out (`pages`, `depth`) ends so every night; one that waited for answers does not.
    """
    unread = outcomes["not_inspected"]
    if not unread or (tally and tally.is_whole):
        return ()
    if ads == 0 and ended_by in {"minutes", SILENT}:
        return (f"no ad was found and {unread} addresses were not read when the run ended ({ended_by})",)
    if usual is not None and usual >= SHIFTED_FEW and ads < usual * SHIFTED_SHARE:
        return (f"{ads} ads, fewer than half of the usual {usual:g}; {unread} addresses were not read",)
    return ()


def find_shifts(source: Source, tally: Tally, base: StateHeader | None) -> tuple[str, ...]:
    """Why a batch should be held back that differs too much from the card's shares or from the run before."""
    problems: list[str] = []
    for name, least in source.expect.fields.items():
        share = tally.has[name] / tally.shown if tally.shown else 1.0
        if share < least:
            few = f"{tally.has[name]} of {tally.shown} ads have {name} ({share:.0%})"
            problems.append(f"{few}, expected {least:.0%} at least")
    if tally.reread >= READ_AGAIN_FEW and tally.emptied > tally.reread * SHIFTED_SHARE:
        emptied = f"{tally.emptied} of {tally.reread} pages that gave ads at the last fetch were read and give none"
        problems.append(f"{emptied}: was the site rebuilt?")
    for name, had in sorted(tally.had.items()):
        if had >= SHIFTED_FEW and tally.lost[name] > had * SHIFTED_SHARE:
            lost = f"{tally.lost[name]} of {had} ads that had {name} at the last fetch lack it"
            problems.append(f"{lost}: was the site rebuilt?")
    if tally.is_whole and not tally.named and tally.unnamed >= FAILED_FEW:
        problems.append(
            f"the listings name no address, and {tally.unnamed} known pages still show ads: is the card's start right?"
        )
    # A run that ended at a budget has not counted.
    if base and tally.is_whole and base.shown >= SHIFTED_FEW and tally.shown < base.shown * SHIFTED_SHARE:
        problems.append(f"{tally.shown} ads, fewer than half of the {base.shown} of run {base.run}")
    return tuple(problems)
