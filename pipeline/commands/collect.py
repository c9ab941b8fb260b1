"""Collection of ads: ``crawl``, ``batches``, ``extract``, ``intake``, ``nightly``."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path

import click

from crawler.archive.captures import JobPages
from crawler.batch.ads_file import write_ads
from crawler.batch.batch import batches_of, find_batches, find_faults
from crawler.errors import BadSourceCard, UnreviewedSource
from crawler.files import STANDARD_OUTPUT, check_output
from crawler.history.crawl_state import usual_shown
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import check_switched_on, read_cards, read_source
from pipeline.commands.options import (
    BATCHES,
    CLUSTER,
    FOLDER,
    OUTPUT,
    AdsFile,
    as_json,
    database,
    leave,
    now,
    on_record,
    open_store,
    reports,
    run_on_cluster,
    say,
)
from pipeline.nightly.health import drop, find_batch, release, standings
from pipeline.nightly.installation import forget_database, open_installed
from pipeline.nightly.intake import BatchIntake, batch_folders, take_in
from pipeline.nightly.night import run_here, split_due
from pipeline.nightly.notifications import deliver, notification_of, notification_of_failure
from pipeline.nightly.report import report_text
from pipeline.nightly.retention import read_forgotten
from pipeline.settings.console import counted, progress
from pipeline.settings.records import Settings
from pipeline.store.store import Store


@click.command()
@click.argument("cards", metavar="CARD...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--output", metavar="DIR", type=FOLDER, help="Where batches go; data/local/batches unless set otherwise.")
@reports
def crawl(settings: Settings, cards: tuple[Path, ...], output: Path | None) -> None:
    """Run sources, each into a batch folder DIR/<source>/<run>/.

    Exit code 1 when a batch is not healthy or a source failed; its line says why.
    """
    sources = [read_source(card) for card in cards]
    with progress("pages", total=None) as advance:
        summaries = crawl_sources(
            sources, output or settings.batches, contact=settings.contact, now=now(), on_progress=advance,
            frontier=settings.frontier, workers=settings.score.workers,
        )  # fmt: skip
    records = [
        asdict(replace(each, outcomes=dict(each.outcomes), addresses_by_outcome={}, digests={})) for each in summaries
    ]
    lines = []
    for each in summaries:
        outcomes = ", ".join(f"{count} {name}" for name, count in each.outcomes.items() if count)
        state = "healthy" if each.healthy else "; ".join(each.problems)
        ads = f"{each.ads} ads" if each.shown is None else f"{each.shown} ads, {each.ads} of them news"
        lines.append(f"{each.source}/{each.run}: {ads}, {each.addresses} addresses ({outcomes}): {state}")
    say(records, lines)
    leave(0 if all(summary.healthy for summary in summaries) else 1)


@click.command()
@click.argument("source", metavar="INPUT")
@OUTPUT
@click.option("--every-page", is_flag=True, help="Read pages without the markup too, each at many times the cost.")
@click.option(
    "--base", metavar="ADDRESS", default="", help="Where the WARC files lie whose records an INPUT of --cluster names."
)
@CLUSTER
@as_json
def extract(*, source: str, output: str, every_page: bool, base: str, cluster: str | None) -> None:
    """Extract the ads of a web archive: of its pages with JobPosting markup, found by bytes before they are parsed.

    INPUT is a WARC or WET file, .gz or not; of a WET file, which has no markup, every text is an ad. OUTPUT is an ads
    file, there whole or not at all. With --cluster INPUT may also be tables with the columns url and html, or of an
    index: filename, offset and length. Exit code 1 when something could not be read.
    """
    if cluster:
        files = AdsFile(source=source, output=output)
        report = run_on_cluster(cluster, files, command="extract", every_page=every_page, base=base)
        say(asdict(report), [f"extracted {report.rows:,} ads into {output}", *report.lines()])
        leave(1 if report.problems else 0)
    check_output(output, source)
    pages = JobPages(now=now(), every_page=every_page)
    with Path(source).open("rb") as file, progress("ads extracted") as advance:
        count = write_ads(counted(pages.read_warc(file, source), advance), output)
    record = {"ads": count, "output": output, "pages": dict(pages.counts), "problems": pages.problems}
    lines = [f"extracted {count:,} ads of {pages.counts['pages']:,} pages into {output}"]
    say(record, [*lines, *(f"problem: {problem}" for problem in pages.problems)], err=output in STANDARD_OUTPUT)
    leave(1 if pages.problems else 0)


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option("--new-database", is_flag=True, help="Begin a new database where the installation's own is gone.")
@database
@as_json
def intake(settings: Settings, folders: tuple[Path, ...], new_database: bool) -> None:
    """Take healthy batches into the store; twice is once.

    DIR is a batch, a source's folder, or a folder of sources. Exit code 1 when a batch was held back.
    """
    found = batch_folders(folders)
    if new_database and not settings.database.exists():
        forget_database(settings)
    with open_installed(settings) as store:
        taken = list(_take_in(store, settings, found))
    say(list(map(asdict, taken)), [f"{each.source}/{each.run}: {_outcome_of(each)}" for each in taken])
    leave(1 if any(batch.outcome == "held_back" or batch.unheld for batch in taken) else 0)


@click.command()
@click.option("--sources", "cards", metavar="DIR", type=FOLDER, help="Source cards; data/sources unless set otherwise.")
@click.option("--only", metavar="SOURCE", multiple=True, help="Read this source alone; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be read, and read and write nothing.")
@database
@BATCHES
@as_json
def nightly(settings: Settings, *, cards: Path | None, only: tuple[str, ...], dry_run: bool) -> None:
    """Crawl all sources, take their batches in, score, fill the queue and report.

    Resumes after a crash: run it again. One source's failure never stops the others. Exit code 1 when a source failed
    or was held back; the report in data/local/reports says which and why. [notify] of lurewatch.toml says who hears of
    it.
    """
    settings = replace(settings, batches=settings.batches.absolute(), sources=cards or settings.sources)
    with nullcontext() if dry_run else _failures_reported(settings):
        sources, problems, off = _read_cards(settings.sources)
    if only:  # asked for by name: whatever night its card gives it
        cards_asked = {name: settings.sources / f"{name}.toml" for name in only}
        if unknown := [name for name, card in cards_asked.items() if not card.is_file()]:
            raise BadSourceCard(f"--only {', '.join(unknown)}: expected the name of a card in {settings.sources}")
        sources = [replace(read_source(card), every=None) for card in cards_asked.values()]
    if dry_run:
        due, not_due = split_due(settings.batches, sources, at=now())
        usual = {each.name: usual_shown(settings.batches / each.name, now=now()) for each in due}
        lines = [
            f"would read  {each.name}: {each.kind}, "
            f"{each.budget.pages} pages and {each.budget.minutes:g} minutes at most"
            + (f", usually {usual[each.name]:g} ads" if usual[each.name] is not None else "")
            for each in due
        ]
        lines += [f"not due     {each.name}: every {each.every}" for each in not_due]
        lines += [f"problem     {each}" for each in problems]
        lines = lines or [f"would read  nothing: no card in {settings.sources} is switched on"]
        say({"would_read": usual, "not_due": [each.name for each in not_due], "problems": problems}, lines)
        leave(1 if problems else 0)
    with _failures_reported(settings):
        report = run_here(settings, sources, problems=problems, is_partial=bool(only))
    undelivered = deliver(settings, notification_of(report), at=now())
    lines = report_text(report).splitlines()
    if not (sources or report.problems):
        lines.append(f"nothing was read: no card in {settings.sources} is switched on")
    for why, is_so in (("not reviewed", False), ("by the card", True)):
        if names := [source.name for source in off if source.switched_off is is_so]:
            lines.append(f"switched off, {why}: {', '.join(names)}")
    lines += [f"notification not delivered: {failure}" for failure in undelivered]
    record = {
        "run": report.run, "counts": report.counts(), "problems": list(report.problems),
        "switched_off": [source.name for source in off], "not_delivered": list(undelivered),
    }  # fmt: skip
    say(record, lines)
    leave(1 if report.problems else 0)


@contextmanager
def _failures_reported(settings: Settings) -> Iterator[None]:
    """Let whoever hears of nights hear of what ends one inside."""
    try:
        yield
    except Exception as err:
        for failure in deliver(settings, notification_of_failure(err, at=now()), at=now()):
            click.echo(f"notification not delivered: {failure}", err=True)
        raise


def _read_cards(folder: Path) -> tuple[Sequence[Source], list[str], Sequence[Source]]:
    """The sources of a folder; what is wrong with the others, each its own source's problem alone; and those that are
    switched off, by the card or because nobody has reviewed them yet."""
    found, faults = read_cards(folder)
    problems, sources = list(map(str, faults)), []
    for source in found:
        if not source.is_switched_off:
            try:
                check_switched_on(source)
                sources.append(source)
            except UnreviewedSource as err:  # a review that is half done
                problems.append(str(err))
    return sources, problems, [source for source in found if source.is_switched_off]


def _take_in(store: Store, settings: Settings, folders: Iterable[Path]) -> Iterator[BatchIntake]:
    forgotten, gone_after = read_forgotten(settings.local), settings.intake.gone_after_batches
    return take_in(store, folders, gone_after_batches=gone_after, now=now(), forgotten=forgotten)


def _outcome_of(batch: BatchIntake) -> str:
    if batch.outcome == "known":
        return "taken in before"
    if batch.outcome in {"held_back", "dropped"}:
        return f"{batch.outcome.replace('_', ' ')}: {'; '.join(batch.problems)}"
    counts = f"{batch.new} new, {len(batch.changed)} changed, {batch.unchanged} unchanged"
    absent = f"{len(batch.not_seen)} not seen, {len(batch.gone)} gone"
    return "; ".join((f"{counts}, {absent}", *batch.problems))


@click.group()
def batches() -> None:
    """Look after batches that were held back."""


@batches.command("list")
@click.option("--all", "everything", is_flag=True, help="Name those that were taken in, too.")
@BATCHES
@database
@as_json
def list_batches(settings: Settings, *, everything: bool) -> None:
    """Show the batches that are not in the store, and why. Exit code 1 when one waits for a decision."""
    with open_store(settings.database) if settings.database.is_file() else nullcontext() as store:
        found = list(standings(store, settings.batches, with_taken=everything))
    waiting = sum(each.state == "held_back" for each in found)
    lines = []
    for each in found:
        why = f" by {each.by}: {each.reason}" if each.by else f": {'; '.join(each.problems)}" * bool(each.problems)
        lines.append(f"{each.name}: {each.state.replace('_', ' ')}{why}")
    named = "batches" if everything else "batches not in the store"
    say(list(map(asdict, found)), [*lines, f"{len(found)} {named}, {waiting} wait for a decision"])
    leave(1 if waiting else 0)


@batches.command("verify")
@click.argument("names", metavar="[BATCH]...", nargs=-1)
@BATCHES
@reports
def verify_batches(settings: Settings, *, names: tuple[str, ...]) -> None:
    """Hold the files of batches against their digests: all of them, or those that are named.

    Without names the texts in the database are held against their fingerprints, too. Exit code 1 when one is damaged;
    each fault has a line.
    """
    folder = settings.batches
    found = [find_batch(folder, name) for name in names] if names else find_batches(folder)
    faults = [fault for each in found for fault in find_faults(each)]
    if not names and settings.database.is_file():
        with open_store(settings.database) as store:
            faults += [
                f"{settings.database}: ad {ad_id}: its text is not the one that was taken in"
                for ad_id in store.ads.altered()
            ]
    say({"batches": len(found), "faults": faults}, [*faults, f"{len(found)} batches, {len(faults)} faults"])
    leave(1 if faults else 0)


@batches.command("release")
@click.argument("name", metavar="BATCH")
@on_record
@BATCHES
@database
@as_json
def release_batch(settings: Settings, *, name: str, reason: str, by: str) -> None:
    """Take in a batch that was held back: what it found is right after all.

    BATCH is SOURCE/RUN, as `batches list` shows it, or a batch's folder. Exit code 1 when it could not be taken in.
    """
    folder = find_batch(settings.batches, name)
    with open_store(settings.database, create=True) as store:
        release(store.runs, folder, by=by, reason=reason, at=now())
        # In their order: it may rest on one that waits, too.
        found = _take_in(store, settings, batches_of(folder.parent))
        taken = next(batch for batch in found if batch.folder == folder)
    say(asdict(taken), [f"{taken.source}/{taken.run}: released; {_outcome_of(taken)}"])
    leave(0 if taken.outcome == "taken" else 1)


@batches.command("drop")
@click.argument("name", metavar="BATCH")
@on_record
@BATCHES
@database
@as_json
def drop_batch(settings: Settings, *, name: str, reason: str, by: str) -> None:
    """Leave a batch out for good: it is never taken in, and no later crawl remembers what it found.

    BATCH is SOURCE/RUN, as `batches list` shows it, or a batch's folder. Its files stay where they are.
    """
    folder = find_batch(settings.batches, name)
    with open_store(settings.database, create=True) as store:
        drop(store.runs, folder, by=by, reason=reason, at=now())
    record = {"source": folder.parent.name, "run": folder.name, "state": "dropped"}
    say(record, [f"{folder.parent.name}/{folder.name}: dropped"])
