"""The process that reads one source: ``python -m crawler.child``, started by ``crawler.crawl``.

It takes a job on standard input and says what it does on standard output, one JSON object a line. Exit code 0 means
that the batch is whole; anything else, that there is none.
"""

import logging
import sys
from datetime import UTC, datetime
from time import monotonic
from typing import cast

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.misc import load_object

from crawler.batches import BatchWriter
from crawler.engine import DirectCrawler
from crawler.frontier import Frontier
from crawler.job import Job, load_job
from crawler.kinds import KINDS
from crawler.monitors import find_problems
from crawler.settings import SOFTWARE, scrapy_settings
from crawler.spiders.source_spider import SourceSpider
from crawler.telling import tell

__all__ = ["main", "run_job"]


class _ClassNamesOnly(logging.Handler):
    """Says that a library met an error, and which; its message may hold an ad's text, and is not repeated."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        tell("library error", level="error", logger=record.name, error=error)


def main() -> int:
    """The exit code, after the job on standard input was done."""
    return 0 if run_job(load_job(sys.stdin.read())) else 1


def run_job(job: Job) -> bool:
    """True where the batch is whole. Otherwise its files stay behind under their hidden name."""
    batch = BatchWriter(job.folder, source=job.source.name, started_at=job.started_at, software=SOFTWARE)
    try:
        spider = _crawl(job, batch)
        if spider.close_reason != "finished" or spider.is_broken:
            tell(
                "batch not finished",
                level="error",
                source=job.source.name,
                run=job.folder.name,
                reason=spider.close_reason,
            )
            return False
        batch.ledger.close_rest("failed", "lost")
        problems = (*spider.problems, *_judge(spider))
        summary = batch.finish(ended_at=datetime.now(UTC), problems=problems)
        tell("batch finished", source=summary.source, run=summary.run, addresses=summary.addresses, ads=summary.ads)
        return True
    finally:
        batch.close()


def _crawl(job: Job, batch: BatchWriter) -> SourceSpider:
    process = AsyncCrawlerProcess(scrapy_settings(job.source, job.contact))
    logging.getLogger().addHandler(_ClassNamesOnly(logging.ERROR))
    crawler = DirectCrawler(cast(type[SourceSpider], load_object(KINDS[job.source.kind].spider)), process.settings)
    crawling = process.crawl(
        crawler,
        source=job.source,
        batch=batch,
        frontier=Frontier(job.source, batch.ledger, clock=monotonic),
        clock=lambda: datetime.now(UTC),
    )
    process.start()
    if crawling.done() and crawling.exception():
        raise cast(BaseException, crawling.exception())
    return cast(SourceSpider, crawler.spider)


def _judge(spider: SourceSpider) -> tuple[str, ...]:
    ledger = spider.batch.ledger
    return find_problems(
        spider.source, ads=spider.batch.ads, outcomes=ledger.outcomes, is_overrun=spider.frontier.is_overrun
    )


if __name__ == "__main__":
    sys.exit(main())
