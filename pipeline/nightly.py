"""One night: crawl, intake, score, queue, report. Each step finds what it did before, so a night can be resumed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from crawler.batches import BatchSummary, find_batches, read_batch
from crawler.errors import CrawlerError
from crawler.sources import Source
from pipeline.intake import BatchIntake, take_in
from pipeline.queueing import fill_queue
from pipeline.report import NightReport, SourceReport, write_report
from pipeline.review_queue import ReviewQueue
from pipeline.run import Run
from pipeline.scoring import assess_pending
from pipeline.settings import Settings
from pipeline.triage import TriagePolicy

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["Night", "run_night"]

log = structlog.get_logger()

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a night needs, besides its sources."""

    settings: Settings
    queue: ReviewQueue
    assessor: "Assessor"
    policy: TriagePolicy
    clock: Clock
    on_crawled: Callable[[str, int, int], None] = lambda source, addresses, ads: None
    on_scored: Callable[[int], None] = lambda ads: None


def run_night(night: Night, sources: Sequence[Source], *, problems: Sequence[str] = ()) -> NightReport:
    """What the night came to, also written to the reports folder. ``problems`` are those met before it began.

    A night that was cut short is taken up again under its own number: sources whose batch is whole are not asked
    twice.
    """
    queue = night.queue
    run = queue.start_run(at=night.clock())
    reports = {source.name: SourceReport(source=source.name, run=None, outcomes={}) for source in sources}
    reports |= {summary.source: _crawled(summary) for summary in _crawl(night, run, sources)}
    for taken in _take_in(night, run):
        reports[taken.source] = _with_intake(reports.get(taken.source), taken)
    scored = assess_pending(queue, night.assessor, now=night.clock(), progress=night.on_scored)
    queued = fill_queue(queue, night.policy, night=f"{run.started_at:%Y-%m-%d}", now=night.clock())
    found = [f"{report.source}: {problem}" for report in reports.values() for problem in report.problems]
    report = NightReport(
        run=_stamp(run),
        started_at=run.started_at,
        ended_at=night.clock(),
        model_version=night.assessor.model_version,
        taxonomy_version=night.assessor.taxonomy_version,
        threshold=night.policy.threshold,
        sources=tuple(reports.values()),
        scored=scored,
        by_score=queued.by_score,
        by_rule=queued.by_rule,
        audit=queued.audit,
        unflagged=queued.unflagged,
        reopened=queue.counts_by_state()["reopened"],
        waiting=queue.count_cases(),
        problems=(*problems, *found),
    )
    write_report(report, night.settings.reports)
    queue.end_run(run.run_id, at=report.ended_at, counts=report.counts(), problems=report.problems)
    return report


def _crawl(night: Night, run: Run, sources: Iterable[Source]) -> list[BatchSummary]:
    from crawler.crawl import crawl_sources

    done = {summary.source: summary for summary in _whole_batches(night.settings.batches, run)}
    summaries = [summary for name, summary in done.items() if name in {source.name for source in sources}]
    for source in sources:
        if source.name in done:
            log.info("source was crawled before the night was cut short", source=source.name)
            continue
        try:
            summaries += crawl_sources(
                [source], night.settings.batches, contact=night.settings.contact, now=run.started_at,
                on_progress=lambda now: night.on_crawled(now.source, now.addresses, now.ads),
            )  # fmt: skip
        except Exception as err:  # noqa: BLE001 - one source never stops the others, whatever is wrong with it
            summaries.append(_failed(source, run, err))
    return summaries
