"""Worker process of one source: progress of its crawl, health of its batch.

Started by ``crawler.run.runner``; by hand: ``python -m crawler.run.worker``. It takes a job on standard input and logs
to standard output, one JSON object a line. Exit code 0 means a whole batch; any other, none.
"""

import gc
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import cast

import structlog
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.utils.misc import load_object

from crawler.batch.writer import BatchWriter, complete_batch
from crawler.errors import LibraryErrors
from crawler.fetch.politeness import SILENT
from crawler.fetch.settings import scrapy_settings
from crawler.history.crawl_state import CrawlState, StateHeader, Tally, usual_shown, write_state
from crawler.history.frontier import Frontier
from crawler.history.revisit_policy import RevisitPolicy
from crawler.history.shared_frontier import SharedFrontier
from crawler.run.runner import PROGRESS, Job, card_digest, load_job
from crawler.sources.card import KINDS, Source
from crawler.spiders.base import Component, SourceSpider

log = structlog.get_logger()


def main() -> int:
    """The exit code, after the job on standard input was done."""
    # What is loaded by now stays until the end, and a page leaves few cycles: the collector skips it and runs rarely.
    gc.freeze()
    gc.set_threshold(50_000, 20)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    job = load_job(sys.stdin.read())
    try:
        return 0 if run_job(job) else 1
    except BrokenPipeError:  # whoever started this was killed: nobody reads what is logged, and the next run resumes
        return 1
    except OSError as err:  # a full disk says all that a trace would
        reason = err.strerror or type(err).__name__
        log.error("batch not finished", source=job.source.name, run=job.folder.name, reason=reason)  # noqa: TRY400
        return 1


def run_job(job: Job) -> bool:
    """True where the batch is whole. Otherwise its files stay behind under their hidden name."""
    if complete_batch(job.folder):
        return True
    batch = BatchWriter(job.folder, source=job.source.name, started_at=job.started_at, card=card_digest(job.source))
    try:
        home = None if job.frontier else job.folder.parent
        memory = CrawlState.load(home, job.source, now=job.started_at, holding=job.holding)
        spider = _crawl(job, batch, memory)
        if spider.close_reason != "finished" or spider.is_broken or batch.journal.error:
            full = batch.journal.error
            reason = full.strerror if full else spider.close_reason
            log.error("batch not finished", source=job.source.name, run=job.folder.name, reason=reason)
            return False
        batch.ledger.close_rest("failed", "lost")
        # What archives hold, or one of several workers read, says nothing of what stands tonight: there is nothing to
        # remember.
        is_part = spider.keeps_versions or job.frontier is not None
        tally = None if is_part else write_state(batch.ledger_to_read(), memory, run=job.folder.name)
        summary = batch.finish(
            ended_at=datetime.now(UTC),
            problems=(*batch.problems, *_judge(job, spider, tally, memory)),
            looks_back=is_part,
            shown=tally.shown if tally else None,
        )
        if spider.frontier.shared:
            spider.frontier.shared.finish()
        log.info("batch finished", source=summary.source, run=summary.run, addresses=summary.addresses, ads=summary.ads)
        return True
    finally:
        batch.close()


def _crawl(job: Job, batch: BatchWriter, memory: CrawlState) -> SourceSpider:
    shared = None
    if job.frontier:
        crawl = f"{job.source.name}:{card_digest(job.source)[:12]}:{job.started_at:%Y%m%d}"
        shared = SharedFrontier(job.frontier, crawl)
    frontier = Frontier(job.source, batch.ledger, clock=monotonic, journal=batch.journal, shared=shared)
    if batch.unfinished:
        frontier.resume(batch.unfinished)

    settings = scrapy_settings(job.source, job.contact, is_shared=shared is not None)
    process = AsyncCrawlerProcess(settings | {"FILE_WORKERS": job.workers})  # ours, for rows of files
    # A host that is down has hundreds of errors of one kind.
    errors = LibraryErrors(logging.ERROR, log.bind(source=job.source.name), most=3)
    logging.getLogger().addHandler(errors)
    crawler = process.create_crawler(cast(type[SourceSpider], load_object(KINDS[job.source.kind].spider)))
    crawling = process.crawl(
        crawler,
        source=job.source,
        batch=batch,
        frontier=frontier,
        clock=lambda: datetime.now(UTC),
        revisit_policy=RevisitPolicy(memory, batch.earlier_ads),
    )
    process.start()
    errors.finish()
    if crawling.done() and crawling.exception():
        raise cast(BaseException, crawling.exception())
    return cast(SourceSpider, crawler.spider)


def _judge(job: Job, spider: SourceSpider, tally: Tally | None, memory: CrawlState) -> tuple[str, ...]:
    outcomes = dict(spider.batch.ledger.outcomes)
    outcomes["failed"] -= tally.ended if tally else 0
    ads = tally.shown if tally else spider.batch.ads
    problems = [*find_problems(spider.source, ads=ads, outcomes=outcomes, is_overrun=spider.frontier.is_overrun)]
    unread = outcomes["not_inspected"]
    if unread and not (tally and tally.is_whole):
        ended_by, usual = spider.frontier.at_end(), usual_shown(job.folder.parent, now=job.started_at)
        # A run that counts its pages out ends so every night; one that waited for answers does not.
        if ads == 0 and ended_by in {"minutes", SILENT}:
            problems.append(f"no ad was found and {unread} addresses were not read when the run ended ({ended_by})")
        elif usual is not None and usual >= SHIFTED_FEW and ads < usual * SHIFTED_SHARE:
            problems.append(f"{ads} ads, fewer than half of the usual {usual:g}; {unread} addresses were not read")
    return (*problems, *(find_shifts(spider.source, tally, memory.base) if tally else ()))


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
        if monotonic() - self._last < 1.0:
            return
        self._last = monotonic()
        batch = self.spider.batch
        try:
            log.info(PROGRESS, source=self.spider.source.name, addresses=len(batch.ledger), ads=batch.ads)
        except BrokenPipeError:  # whoever started this run is gone: nobody would take the batch in
            self.spider.give_up("abandoned")


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


if __name__ == "__main__":
    sys.exit(main())
