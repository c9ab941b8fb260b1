"""Night: crawl, intake, campaigns, score, queue, report; resumable stage by stage."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from crawler.batch.batch import BatchSummary, find_batches, last_started, read_batch
from crawler.batch.journal import TOO_OLD
from crawler.errors import CrawlerError
from crawler.fetch.settings import check_browser, check_contact
from crawler.history.crawl_state import CrawlState, Holding
from crawler.processes import usable_cores
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source, is_due
from crawler.sources.loader import check_switched_on
from pipeline.case import Run
from pipeline.errors import database_message
from pipeline.nightly.health import Standing, find_drift, find_unusual_sources, standings
from pipeline.nightly.installation import (
    check_database,
    check_room,
    find_future,
    free_mb,
    night_lock,
    note_end,
    open_installed,
    sweep,
)
from pipeline.nightly.intake import BatchIntake, count_taken_down, recall, take_in
from pipeline.nightly.pending import assess_pending, gather_campaigns, link_contacts, look_up_pending, read_offers
from pipeline.nightly.queueing import fill_queue
from pipeline.nightly.report import LookedUp, NightReport, SourceReport, report_metrics, write_metrics, write_report
from pipeline.nightly.retention import erase_again, is_forgotten, read_forgotten
from pipeline.nightly.triage import TriagePolicy, policy_of
from pipeline.review.model_in_service import Places, read_assessor
from pipeline.settings.console import progress
from pipeline.settings.records import Settings
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.assessor import Assessor


log = structlog.get_logger()

PATIENCE = 3600.0
"""Seconds for which a night tries again where another program holds the database: its crawl took hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Night:
    """What the stages of one night share."""

    settings: Settings
    store: Store
    assessor: "Assessor"
    places: Places
    policy: TriagePolicy
    run: Run
    clock: Callable[[], datetime]
    stages: "_Stages"
    problems: Sequence[str]
    """Those met before it began."""

    is_partial: bool


def run_here(
    settings: Settings, sources: Sequence[Source], *, problems: Sequence[str] = (), is_partial: bool = False
) -> NightReport:
    """What a night of these sources came to in this installation, also written to the reports folder. ``problems`` are
    those met before it began; ``is_partial`` where the sources were asked for by name.

    A night that was cut short is taken up again under its own name: sources whose batch is whole are not read twice.
    """
    began, stages = datetime.now(UTC), _Stages()
    with ExitStack() as held:
        held.enter_context(night_lock(settings, at=began))
        stages.begin("load the model")
        places = (settings.model_folder(), settings.taxonomy)
        assessor = read_assessor(*places)
        check_room(settings, at=began)
        sweep(settings, at=began)
        store = held.enter_context(open_installed(settings, patience=PATIENCE))
        check_database(store, settings.database)
        store.check_key()
        problems = (*problems, *find_future(store, at=began))
        if back := erase_again(store, settings.local, at=began):
            problems = (*problems, f"{back} ads that had been erased were in the database again, and are erased again")

        def clock() -> datetime:
            return max(began, datetime.now(UTC))  # set back in the night's midst, it stands still

        run = store.runs.start(at=clock())
        night = _Night(
            settings=settings, store=store, assessor=assessor, places=places,
            policy=policy_of(settings.triage, assessor), run=run, clock=clock, stages=stages,
            problems=(*run.problems, *problems), is_partial=is_partial,
        )  # fmt: skip
        return _run(night, sources)


def _run(night: _Night, sources: Sequence[Source]) -> NightReport:
    settings, store, run = night.settings, night.store, night.run
    # What an earlier night left behind comes first: a crawl remembers only what the store has.
    earlier = store.runs.taken_in(run, now=night.clock())
    left = [taken for taken in _take_in(night, {}, earlier) if taken.outcome == "taken"]
    night.stages.begin("crawl")
    due, not_due = split_due(settings.batches, sources, at=run.started_at)
    reports = {report.source: report for report in _crawl(night, due)}
    night.stages.begin("intake")
    tonight = {(report.source, report.run) for report in reports.values()}
    left = [taken for taken in left if (taken.source, taken.run) not in tonight]
    for taken in (*left, *_take_in(night, reports)):
        before = reports.get(taken.source) or SourceReport(source=taken.source, run=taken.run, outcomes={})
        reports[taken.source] = replace(
            before,
            new=before.new + taken.new,
            changed=(*before.changed, *taken.changed),
            changed_fields={**before.changed_fields, **taken.changed_fields},
            unchanged=before.unchanged + taken.unchanged,
            not_seen=taken.not_seen or before.not_seen,
            gone=(*before.gone, *taken.gone),
            problems=tuple(dict.fromkeys((*before.problems, *taken.problems))),
        )
    night.stages.begin("campaigns and contacts")
    gather_campaigns(store, at=night.clock(), run_id=run.run_id)
    link_contacts(store, store.vault)
    night.stages.begin("score")
    with progress("ads scored") as advance:

        def on_scored(count: int) -> None:
            store.runs.count_up(run.run_id, {"scored": count})
            advance(count)

        assess_pending(
            store, night.assessor, places=night.places, workers=settings.score.workers or usable_cores(),
            now=night.clock(), progress=on_scored,
        )  # fmt: skip
    night.stages.begin("licences")
    looked_up = look_up_pending(
        store, settings.imported_registers, settings.registers,
        free_mail=night.assessor.taxonomy.countries.free_mail, now=night.clock(),
    )  # fmt: skip
    night.stages.begin("queue and report")
    with store.atomic():
        queued = fill_queue(store, night.policy, night=f"{run.started_at:%Y-%m-%d}", now=night.clock())
        # Of all the night, before it was cut short, too.
        counts = store.runs.count_up(run.run_id, {"copies": 0, "campaigns_merged": 0, "scored": 0} | asdict(queued))
    read_offers(store)
    report = _report(night, tuple(reports.values()), not_due, looked_up, counts)
    write_report(report, settings.reports)
    write_metrics(report_metrics(report), settings.local)
    store.runs.end(run.run_id, at=report.ended_at, counts=report.counts(), problems=report.problems)
    note_end(store, settings.database)
    return report


def split_due(batches: Path, sources: Iterable[Source], *, at: datetime) -> tuple[list[Source], list[Source]]:
    """The sources that a night which begins at this moment reads, and those whose cards give them another night."""
    due: list[Source] = []
    not_due: list[Source] = []
    for source in sources:
        last = last_started(batches / source.name)
        # A batch of this very moment is this night's, which was cut short and is taken up again.
        is_tonight = last is not None and last >= at.replace(microsecond=0)
        (due if is_tonight or is_due(source.every, last, at=at) else not_due).append(source)
    return due, not_due


def _crawl(night: _Night, sources: Sequence[Source]) -> list[SourceReport]:
    """What came of each source; those that were whole before the night was cut short are not read twice."""
    settings, run, able, crawled = night.settings, night.run, list[Source](), list[SourceReport]()
    done = _whole_batches(settings.batches, run, sources)
    for source in sources:
        if source.name in done:
            continue
        try:
            check_switched_on(source)
            check_contact(settings.contact, source)
            check_browser(source)
            able.append(source)
        except CrawlerError as err:
            crawled.append(_failed(source, err))
    try:
        with progress("pages") as advance:
            found = crawl_sources(
                able, settings.batches, contact=settings.contact, now=run.started_at, on_progress=advance,
                frontier=settings.frontier, holdings={source.name: _holding(night, source) for source in able},
                workers=settings.score.workers,
            )  # fmt: skip
        summaries = {each.source: each for each in found}
    except Exception as err:  # noqa: BLE001 - what is wrong with one source must not cost the others their night
        summaries = _whole_batches(settings.batches, run, able)
        crawled += [_failed(source, err) for source in able if source.name not in summaries]
    for summary in (*done.values(), *summaries.values()):
        folder = settings.batches / summary.source / summary.run
        report = SourceReport(
            source=summary.source,
            run=summary.run if summary.finished else None,
            addresses=summary.addresses,
            outcomes=summary.outcomes,
            taken_down=count_taken_down(folder) if summary.finished else 0,
            ads=summary.ads if summary.shown is None else summary.shown,
            problems=summary.problems,
        )
        crawled.append(report)
    return crawled


def _holding(night: _Night, source: Source) -> Holding:
    """What the store has of a source, and what the source's memory takes for known that the store has not."""
    taken = night.store.runs.batches_of(source.name)
    folder, holding = night.settings.batches / source.name, Holding(taken=taken)
    live = CrawlState.load(folder, source, now=night.run.started_at, holding=holding).live()
    forgotten = read_forgotten(night.settings.local)
    erased = {ad_id for ad_id in live if is_forgotten(ad_id, forgotten)}
    unheld = live - night.store.ads.held(source.name, live) - erased
    return replace(holding, unheld=tuple(sorted(unheld)), erased=tuple(sorted(erased)))


def _whole_batches(batches: Path, run: Run, sources: Iterable[Source]) -> dict[str, BatchSummary]:
    """What this very run has finished already, by source: begun in it, or begun before and taken up in it."""
    found: dict[str, BatchSummary] = {}
    first = f"{run.started_at - TOO_OLD:%Y%m%dT%H%M%SZ}"
    for source in sources:
        for folder in sorted((batches / source.name).glob("[!.]*")):
            if folder.name < first:
                continue
            try:
                summary = read_batch(folder).summary
            except CrawlerError:
                continue
            if summary.started_at == run.started_at or (summary.resumed and summary.ended_at >= run.started_at):
                found[source.name] = summary
    return found


def _take_in(
    night: _Night, reports: Mapping[str, SourceReport], earlier: Collection[tuple[str, str]] = ()
) -> Iterator[BatchIntake]:
    """What intake made of tonight's batches, and of older healthy ones that a crash had left behind. ``earlier`` were
    taken in tonight before the night was cut short."""
    absences, forgotten = night.settings.intake.gone_after_batches, read_forgotten(night.settings.local)
    for folder in find_batches(night.settings.batches):
        tonight = (source := reports.get(folder.parent.name)) is not None and source.run == folder.name
        try:
            (taken,) = take_in(
                night.store, [folder], gone_after_batches=absences, now=night.clock(), forgotten=forgotten
            )
            if taken.outcome == "known" and (tonight or (taken.source, taken.run) in earlier):
                yield recall(night.store.runs, folder)
            elif tonight or taken.outcome == "taken":
                yield taken
        except Exception as err:
            if isinstance(err, sqlite3.Error) and database_message(err):
                raise  # a full disk or a damaged database would
            # No traceback: it could quote the ad.
            log.error("intake failed", source=folder.parent.name, error=type(err).__name__)  # noqa: TRY400 - a trace may hold the text of an ad
            problem = f"{folder}: intake failed ({type(err).__name__}: {err})"
            yield BatchIntake(
                folder=folder, source=folder.parent.name, run=folder.name, outcome="held_back", problems=(problem,)
            )


def _report(
    night: _Night, sources: tuple[SourceReport, ...], not_due: Sequence[Source], looked_up: LookedUp,
    counts: Mapping[str, int],
) -> NightReport:  # fmt: skip
    store, run, settings = night.store, night.run, night.settings
    cases = store.queue.standings()
    # Batches of earlier nights that still wait for a person; tonight's are among the problems.
    tonight = {(each.source, each.run) for each in sources}
    held_back = [
        batch
        for batch in standings(store, settings.batches)
        if batch.state == "held_back" and (batch.source, batch.run) not in tonight
    ]
    problems = night.problems
    if not (sources or not_due or counts["scored"] or problems) and store.statistics.totals()["batches"]:
        # Cards that went missing must not look like a calm night.
        problems = ("no source is switched on and no batch came: nothing was read",)
    model_version = night.assessor.model_version
    return NightReport(
        run=f"{run.started_at:%Y%m%dT%H%M%SZ}",
        started_at=run.started_at,
        ended_at=night.clock(),
        model_version=model_version,
        taxonomy_version=night.assessor.taxonomy_version,
        taxonomy_edited=night.assessor.is_taxonomy_edited,
        threshold=night.policy.threshold,
        sources=sources,
        not_due=tuple(source.name for source in not_due),
        unusual=tuple(find_unusual_sources(store, settings, sources, began=run.started_at)),
        licences=looked_up,
        **counts,
        reopened=cases.reopened,
        waiting=cases.to_review + cases.awaiting,
        awaiting=cases.awaiting,
        closed=cases.closed,
        decided=sum(store.statistics.decisions_by_day(since=store.runs.latest(2)[-1].started_at).values()),
        drift=tuple(find_drift(store, began=run.started_at, model_version=model_version, until=night.clock())),
        problems=(
            *problems,
            *looked_up.problems,
            *(f"{source.source}: {problem}" for source in sources for problem in source.problems),
            *(_line_of(batch) for batch in held_back if batch.is_damaged),
        ),
        held_back=tuple(_line_of(batch) for batch in held_back if not batch.is_damaged),
        stages=night.stages.seconds(),
        free_mb=free_mb(settings.database.parent),
        is_partial=night.is_partial,
    )


def _line_of(batch: Standing) -> str:
    return f"{batch.name}: {'; '.join(batch.problems)}"


def _failed(source: Source, err: Exception) -> SourceReport:
    log.error("source failed", source=source.name, error=type(err).__name__)
    return SourceReport(source=source.name, run=None, outcomes={}, problems=(str(err),))


class _Stages:
    """Times the stages, and says in the log what begins."""

    def __init__(self) -> None:
        self._begun: list[tuple[str, float]] = []

    def begin(self, name: str) -> None:
        """End the stage before and begin this one."""
        self._begun.append((name, monotonic()))
        log.info("stage begun", stage=name)

    def seconds(self) -> dict[str, float]:
        """By stage, how long it took; the last one until now."""
        ends = [at for _, at in self._begun[1:]] + [monotonic()]
        return {name: round(end - at, 2) for (name, at), end in zip(self._begun, ends, strict=True)}
