"""``batches``: what lies between the crawl and the store, and what a person decides of it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

if TYPE_CHECKING:
    from pipeline.held_back import Standing
    from pipeline.intake import BatchIntake

__all__ = ["batches"]

FOLDER = click.Path(file_okay=False, path_type=Path)


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
    from pipeline.held_back import standings
    from pipeline.review_queue import ReviewQueue

    path, folder = database_of(settings, database), output or settings.batches
    if path.is_file():
        with ReviewQueue.open(path) as queue:
            found = list(standings(queue, folder, with_taken=everything))
    else:
        found = list(standings(None, folder))
    if as_json:
        say_json([asdict(each) for each in found])
    else:
        for each in found:
            click.echo(_line(each))
        click.echo(f"{len(found)} batches, {sum(each.state == 'held_back' for each in found)} wait for a decision")
    ctx.exit(1 if any(each.state == "held_back" for each in found) else 0)


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
    from crawler.batches import batches_of
    from pipeline.held_back import find_batch, release
    from pipeline.intake import take_in
    from pipeline.review_queue import ReviewQueue

    folder = find_batch(output or settings.batches, name)
    looks = settings.intake.gone_after_looks
    with ReviewQueue.open(database_of(settings, database), create=True) as queue:
        release(queue, folder, by=by, reason=reason, at=now())
        # In their order: it may rest on one that waits, too.
        taken = next(
            batch
            for batch in take_in(queue, batches_of(folder.parent), gone_after_looks=looks, now=now())
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
    from pipeline.held_back import drop, find_batch
    from pipeline.review_queue import ReviewQueue

    folder = find_batch(output or settings.batches, name)
    with ReviewQueue.open(database_of(settings, database), create=True) as queue:
        drop(queue, folder, by=by, reason=reason, at=now())
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
    return f"{batch.new} new, {len(batch.changed)} changed, {batch.unchanged} unchanged, {len(batch.gone)} gone"
