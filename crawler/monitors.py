"""What is watched while a source is read and judged when it is done."""

from collections.abc import Mapping
from time import monotonic
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

from crawler.job import PROGRESS
from crawler.source import Source
from crawler.spiders.source_spider import SourceSpider
from crawler.telling import tell

__all__ = ["Progress", "find_problems"]

PROGRESS_EVERY = 1.0
"""Seconds between two progress lines, at least."""

FAILED_SHARE = 0.2
"""A batch with more failures than this says more of the source's health, or of ours, than of its ads."""

FAILED_FEW = 3
"""Fewer failures than this say nothing, whatever their share."""

LOOKED_AT = ("ad", "unchanged", "listing", "not_an_ad", "failed")


class Progress:
    """Says now and then how far a run is. Addresses and numbers only: never a contact or an ad's text."""

    def __init__(self, crawler: Crawler) -> None:
        self._last = monotonic()
        crawler.signals.connect(self._request_left_downloader, signal=signals.request_left_downloader)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def _request_left_downloader(self, spider: SourceSpider) -> None:
        if monotonic() - self._last >= PROGRESS_EVERY:
            self._last = monotonic()
            batch = spider.batch
            try:
                tell(PROGRESS, source=spider.source.name, addresses=len(batch.ledger), ads=batch.ads)
            except BrokenPipeError:  # whoever started this run is gone: nobody would take the batch in
                spider.is_broken = True
                spider.frontier.stop("abandoned")


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
