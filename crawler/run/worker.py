"""Worker process of one source, started by ``crawler.run.runner``.

By hand: ``python -m crawler.run.worker``. It takes a job on standard input and logs to standard output, one JSON object
a line. Exit code 0 means that the batch is whole; anything else, that there is none.
"""

import gc
import logging
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import cast

import structlog
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.misc import load_object

from crawler.archive.warc_writer import SOFTWARE
from crawler.batch.writer import BatchWriter, complete_batch
from crawler.fetch.settings import scrapy_settings
from crawler.history.crawl_state import CrawlState, Tally, usual_shown, write_state
from crawler.history.frontier import Frontier
from crawler.history.revisit_policy import RevisitPolicy
from crawler.run.library_errors import LibraryErrors
from crawler.run.monitors import find_problems, find_shifts, find_unread
from crawler.run.runner import Job, card_digest, load_job
from crawler.sources.card import KINDS
from crawler.spiders.base import SourceSpider

__all__ = ["main", "run_job"]

log = structlog.get_logger()


NAMED = 3
"""Errors of one kind that are logged each by itself; a host that is down has hundreds."""


def main() -> int:
    """The exit code, after the job on standard input was done."""
    # What is loaded by now stays until the end, and a page leaves few cycles: the collector skips it and runs rarely.
    gc.freeze()
    gc.set_threshold(50_000, 20)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    try:
        return 0 if run_job(load_job(sys.stdin.read())) else 1
    except BrokenPipeError:  # whoever started this was killed: nobody reads what is logged, and the next run resumes
        return 1


def run_job(job: Job) -> bool:
    """True where the batch is whole. Otherwise its files stay behind under their hidden name."""
    if complete_batch(job.folder):
        return True
    batch = BatchWriter(
        job.folder,
        source=job.source.name,
        started_at=job.started_at,
        software=SOFTWARE,
        card=card_digest(job.source),
    )
    try:
        home = None if job.frontier else job.folder.parent
        memory = CrawlState.load(home, job.source, now=job.started_at, holding=job.holding)
        spider = _crawl(job, batch, memory)
        if spider.close_reason != "finished" or spider.is_broken or batch.journal.error:
            about = {"source": job.source.name, "run": job.folder.name, "reason": spider.close_reason}
            log.error("batch not finished", **about)
            return False
        batch.ledger.close_rest("failed", "lost")
        # What archives hold, or one of several workers read, says nothing of what stands tonight: there is nothing to
        # remember.
        is_part = spider.keeps_versions or job.frontier is not None
        gone_after, run = job.source.revisit.gone_after, job.folder.name
        ledger = batch.ledger_to_read()
        tally = None if is_part else write_state(ledger, memory, software=SOFTWARE, run=run, gone_after=gone_after)
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
    process = AsyncCrawlerProcess(
        {
            **scrapy_settings(job.source, job.contact, is_shared=job.frontier is not None),
            "FILE_WORKERS": job.workers,  # ours, for rows of files
        }
    )
    errors = LibraryErrors(logging.ERROR, source=job.source.name, most=NAMED)
    logging.getLogger().addHandler(errors)
    crawler = process.create_crawler(cast(type[SourceSpider], load_object(KINDS[job.source.kind].spider)))
    crawling = process.crawl(
        crawler,
        source=job.source,
        batch=batch,
        frontier=_frontier(job, batch),
        clock=lambda: datetime.now(UTC),
        revisit_policy=RevisitPolicy(memory, software=SOFTWARE),
    )
    process.start()
    errors.finish()
    if crawling.done() and crawling.exception():
        raise cast(BaseException, crawling.exception())
    return cast(SourceSpider, crawler.spider)


def _frontier(job: Job, batch: BatchWriter) -> Frontier:
    shared = None
    if job.frontier:
        from crawler.history.shared_frontier import SharedFrontier  # needs the extra redis

        shared = SharedFrontier(
            job.frontier, f"{job.source.name}:{card_digest(job.source)[:12]}:{job.started_at:%Y%m%d}"
        )
    frontier = Frontier(job.source, batch.ledger, clock=monotonic, journal=batch.journal, shared=shared)
    if batch.unfinished:
        frontier.resume([address for address, _ in batch.unfinished.waiting], batch.unfinished.state)
    return frontier


def _judge(job: Job, spider: SourceSpider, tally: Tally | None, memory: CrawlState) -> tuple[str, ...]:
    outcomes = dict(spider.batch.ledger.outcomes)
    outcomes["failed"] -= tally.ended if tally else 0
    ads = tally.shown if tally else spider.batch.ads
    found = find_problems(spider.source, ads=ads, outcomes=outcomes, is_overrun=spider.frontier.is_overrun)
    found += find_unread(
        tally, ads=ads, outcomes=outcomes, usual=usual_shown(job.folder.parent, now=job.started_at),
        ended_by=spider.frontier.at_end(),
    )  # fmt: skip
    return (*found, *(find_shifts(spider.source, tally, memory.base) if tally else ()))


if __name__ == "__main__":
    sys.exit(main())
