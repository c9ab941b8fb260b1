"""Collecting ads: ``crawl``, ``intake`` and the whole night, ``nightly``.

``batches``: what lies between the crawl and the store, and what a person decides of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings.console import progress, say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from crawler.batch.batch import BatchSummary
    from crawler.sources.card import Source
    from pipeline.nightly.held_back import Standing
    from pipeline.nightly.intake import BatchIntake

__all__ = ["batches", "crawl", "intake", "nightly"]

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("cards", metavar="CARD...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--output", metavar="DIR", type=FOLDER, help="Where batches go; data/local/batches unless set otherwise.")
@as_json
@obj
@click.pass_context
def crawl(ctx: click.Context, settings: Settings, cards: tuple[Path, ...], output: Path | None, as_json: bool) -> None:
    """Run sources, each into a batch folder DIR/<source>/<run>/.

    Exit code 1 when a batch is not healthy or a source failed; its line says why.
    """
    from crawler.run.runner import crawl_sources
    from crawler.sources.loader import read_source

    sources = [read_source(card) for card in cards]
    at: dict[str, int] = {}
    with progress("pages", total=None) as advance:
        summaries = crawl_sources(
            sources, output or settings.batches, contact=settings.contact, now=now(),
            on_progress=lambda so_far: _advance_to(advance, at, so_far.source, so_far.addresses),
        )  # fmt: skip
    if as_json:
        say_json([_summary_record(summary) for summary in summaries])
    else:
        for summary in summaries:
            click.echo(_summary_line(summary))
    ctx.exit(0 if all(summary.healthy for summary in summaries) else 1)


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option("--new-database", is_flag=True, help="Begin a new database where the installation's own is gone.")
@database
@as_json
@obj
@click.pass_context
def intake(
    ctx: click.Context,
    settings: Settings,
    *,
    folders: tuple[Path, ...],
    new_database: bool,
    database: Path | None,
    as_json: bool,
) -> None:
    """Take healthy batches into the store; twice is once.

    DIR is a batch, a source's folder, or a folder of sources. Exit code 1 when a batch was held back.
    """
    from pipeline.nightly.installation import forget_database, open_installed
    from pipeline.nightly.intake import batch_folders, take_in

    found = batch_folders(folders)
    looks = settings.intake.gone_after_looks
    settings = replace(settings, database=database_of(settings, database))
    if new_database and not settings.database.exists():
        forget_database(settings)
    with open_installed(settings) as store:
        taken = list(take_in(store, found, gone_after_looks=looks, now=now()))
    if as_json:
        say_json([asdict(batch) for batch in taken])
    else:
        for batch in taken:
            click.echo(_intake_line(batch))
    ctx.exit(1 if any(batch.outcome == "held_back" or batch.unheld for batch in taken) else 0)


@click.command()
@click.option("--sources", "cards", metavar="DIR", type=FOLDER, help="Source cards; data/sources unless set otherwise.")
@database
@click.option(
    "--batches", metavar="DIR", type=FOLDER, help="Where batches go; data/local/batches unless set otherwise."
)
@as_json
@obj
@click.pass_context
def nightly(
    ctx: click.Context,
    settings: Settings,
    *,
    cards: Path | None,
    database: Path | None,
    batches: Path | None,
    as_json: bool,
) -> None:
    """Crawl all sources, take their batches in, score, fill the queue and report.

    Resumes after a crash: run it again. One source's failure never stops the others. Exit code 1 when a source failed
    or was held back; the report in data/local/reports says which and why.
    """
    from pipeline.nightly.night import run_here
    from pipeline.nightly.report import report_lines

    settings = replace(
        settings, database=database_of(settings, database), batches=(batches or settings.batches).absolute()
    )
    sources, problems, off = _read_cards(cards or settings.sources)
    report = run_here(settings, sources, problems=problems)
    if as_json:
        told = {"run": report.run, "counts": report.counts(), "problems": list(report.problems)}
        say_json(told | {"switched_off": [source.name for source in off]})
    else:
        for line in report_lines(report):
            click.echo(line)
        for why, is_so in (("not reviewed", False), ("by the card", True)):
            if names := [source.name for source in off if source.switched_off is is_so]:
                click.echo(f"switched off, {why}: {', '.join(names)}")
    ctx.exit(1 if report.problems else 0)


def _read_cards(folder: Path) -> "tuple[Sequence[Source], list[str], Sequence[Source]]":
    """The sources of a folder; what is wrong with the others, each its own source's problem alone; and those that are
    switched off, by the card or because nobody has reviewed them yet."""
    from crawler.errors import BadSourceCard, CrawlerError
    from crawler.sources.loader import check_switched_on, read_source

    if not folder.is_dir():
        raise BadSourceCard(f"{folder}: expected a folder of source cards, found none")
    sources, problems, off = [], [], []
    for card in sorted(folder.glob("*.toml")):
        try:
            source = read_source(card, reviewed=False)
            if source.is_switched_off:
                off.append(source)
                continue
            check_switched_on(source, where=str(card))
            sources.append(source)
        except CrawlerError as err:
            problems.append(str(err))
    return sources, problems, off


def _advance_to(advance: object, at: dict[str, int], source: str, addresses: int) -> None:
    if callable(advance):
        advance(addresses - at.get(source, 0))
    at[source] = addresses


def _summary_record(summary: "BatchSummary") -> dict[str, object]:
    return asdict(replace(summary, outcomes=dict(summary.outcomes), addresses_by_outcome={}, digests={}))


def _summary_line(summary: "BatchSummary") -> str:
    outcomes = ", ".join(f"{count} {name}" for name, count in summary.outcomes.items() if count)
    state = "healthy" if summary.healthy else "; ".join(summary.problems)
    ads = f"{summary.ads} ads" if summary.shown is None else f"{summary.shown} ads, {summary.ads} of them news"
    return f"{summary.source}/{summary.run}: {ads}, {summary.addresses} addresses ({outcomes}): {state}"


def _intake_line(batch: "BatchIntake") -> str:
    name = f"{batch.source}/{batch.run}"
    if batch.outcome == "known":
        return f"{name}: taken in before"
    if batch.outcome in {"held_back", "dropped"}:
        return f"{name}: {batch.outcome.replace('_', ' ')}: {'; '.join(batch.problems)}"
    return (
        f"{name}: {batch.new} new, {len(batch.changed)} changed, {batch.unchanged} unchanged, "
        f"{len(batch.not_seen)} not seen, {len(batch.gone)} gone" + "".join(f"; {each}" for each in batch.problems)
    )


@click.group()
def batches() -> None:
    """Look after batches that were held back."""


def _deciding(command: Callable[..., Any]) -> Callable[..., Any]:
    """What both decisions ask for."""
    for option in (
        as_json,
        database,
        click.option("--batches", "output", metavar="DIR", type=FOLDER, help="Where the batches lie."),
        click.option("--by", required=True, metavar="NAME", help="Who decides; it is kept with the decision."),
        click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept with the decision."),
        click.argument("name", metavar="BATCH"),
    ):
        command = option(command)
    return command


@batches.command("list")
@click.option("--all", "everything", is_flag=True, help="Name those that were taken in, too.")
@click.option("--batches", "output", metavar="DIR", type=FOLDER, help="Where the batches lie.")
@database
@as_json
@obj
@click.pass_context
def list_batches(
    ctx: click.Context,
    settings: Settings,
    *,
    everything: bool,
    output: Path | None,
    database: Path | None,
    as_json: bool,
) -> None:
    """Show the batches that are not in the store, and why. Exit code 1 when one waits for a decision."""
    from pipeline.nightly.held_back import standings
    from pipeline.store.store import Store

    path, folder = database_of(settings, database), output or settings.batches
    if path.is_file():
        with Store.open(path) as store:
            found = list(standings(store, folder, with_taken=everything))
    else:
        found = list(standings(None, folder))
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        for each in found:
            click.echo(_line(each))
        click.echo(f"{len(found)} batches, {sum(each.state == 'held_back' for each in found)} wait for a decision")
    ctx.exit(1 if any(each.state == "held_back" for each in found) else 0)


@batches.command("verify")
@click.argument("names", metavar="BATCH...", nargs=-1)
@click.option("--batches", "output", metavar="DIR", type=FOLDER, help="Where the batches lie.")
@as_json
@obj
@click.pass_context
def verify_batches(
    ctx: click.Context, settings: Settings, *, names: tuple[str, ...], output: Path | None, as_json: bool
) -> None:
    """Hold the files of batches against their digests: all of them, or those that are named.

    Exit code 1 when one is damaged; each fault has a line.
    """
    from crawler.batch.batch import find_batches, find_faults
    from pipeline.nightly.held_back import find_batch

    folder = output or settings.batches
    found = [find_batch(folder, name) for name in names] if names else find_batches(folder)
    faults = [fault for each in found for fault in find_faults(each)]
    if as_json:
        say_json({"batches": len(found), "faults": faults})
    else:
        for fault in faults:
            click.echo(fault)
        click.echo(f"{len(found)} batches, {len(faults)} faults")
    ctx.exit(1 if faults else 0)


@batches.command("release")
@_deciding
@obj
@click.pass_context
def release_batch(
    ctx: click.Context,
    settings: Settings,
    *,
    name: str,
    reason: str,
    by: str,
    output: Path | None,
    database: Path | None,
    as_json: bool,
) -> None:
    """Take in a batch that was held back: what it found is right after all.

    BATCH is SOURCE/RUN, as `batches list` shows it, or a batch's folder. Exit code 1 when it could not be taken in.
    """
    from crawler.batch.batch import batches_of
    from pipeline.nightly.held_back import find_batch, release
    from pipeline.nightly.intake import take_in
    from pipeline.store.store import Store

    folder = find_batch(output or settings.batches, name)
    looks = settings.intake.gone_after_looks
    with Store.open(database_of(settings, database), create=True) as store:
        release(store.runs, folder, by=by, reason=reason, at=now())
        # In their order: it may rest on one that waits, too.
        taken = next(
            batch
            for batch in take_in(store, batches_of(folder.parent), gone_after_looks=looks, now=now())
            if batch.folder == folder
        )
    if as_json:
        say_json(asdict(taken))
    else:
        click.echo(f"{taken.source}/{taken.run}: released; {_brought(taken)}")
    ctx.exit(0 if taken.outcome == "taken" else 1)


@batches.command("drop")
@_deciding
@obj
def drop_batch(
    settings: Settings, *, name: str, reason: str, by: str, output: Path | None, database: Path | None, as_json: bool
) -> None:
    """Leave a batch out for good: it is never taken in, and no later crawl remembers what it found.

    BATCH is SOURCE/RUN, as `batches list` shows it, or a batch's folder. Its files stay where they are.
    """
    from pipeline.nightly.held_back import drop, find_batch
    from pipeline.store.store import Store

    folder = find_batch(output or settings.batches, name)
    with Store.open(database_of(settings, database), create=True) as store:
        drop(store.runs, folder, by=by, reason=reason, at=now())
    if as_json:
        say_json({"source": folder.parent.name, "run": folder.name, "state": "dropped"})
    else:
        click.echo(f"{folder.parent.name}/{folder.name}: dropped")


def _line(batch: "Standing") -> str:
    words = batch.state.replace("_", " ")
    if batch.by:
        return f"{batch.name}: {words} by {batch.by}: {batch.reason}"
    return f"{batch.name}: {words}" + (f": {'; '.join(batch.problems)}" if batch.problems else "")


def _brought(batch: "BatchIntake") -> str:
    if batch.outcome != "taken":
        return f"not taken in: {'; '.join(batch.problems)}"
    found = f"{batch.new} new, {len(batch.changed)} changed, {batch.unchanged} unchanged, {len(batch.gone)} gone"
    return "; ".join((found, *batch.problems))
