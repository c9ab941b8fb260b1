"""The record of who saw, decided and exported what: ``audit verify`` and ``audit show``."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.audit import ACTS, BrokenLink, Head, follow_chain
from pipeline.commands.options import as_json, database, database_of, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

if TYPE_CHECKING:
    from pipeline.review_queue import ReviewQueue

__all__ = ["audit"]


class _HeadType(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """An entry's number and hash, as ``audit verify`` prints its end."""

    name = "N:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        found = re.fullmatch(r"([1-9]\d{0,17}):([0-9a-f]{64})", str(value))
        if found is None:
            self.fail(f"expected the number of an entry, a colon and its hash, found {value!r}", param, ctx)
        return Head(entry_id=int(found[1]), hash=found[2])


@click.group()
def audit() -> None:
    """Look after the record of who saw, decided and exported what."""


@audit.command("verify")
@click.option(
    "--head", "heads", multiple=True, type=_HeadType(), help="An earlier end that was kept elsewhere; may be repeated."
)
@database
@as_json
@obj
@click.pass_context
def verify(
    ctx: click.Context, settings: Settings, heads: tuple[Head, ...], database: Path | None, as_json: bool
) -> None:
    """Follow the chain from its first entry to its last, and hold every decision against it; names the first fault.

    Keep the end that it prints outside this machine: a record that was written anew, or cut off at its end, is only
    found out by an earlier end (--head).
    """
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue:
        found = follow_chain(queue.audit_chain(), known=heads)
        fault = _fault(found, queue)
    if as_json:
        say_json({"whole": fault is None, "fault": fault, "end": asdict(found) if isinstance(found, Head) else None})
    elif fault is None and isinstance(found, Head):
        click.echo(f"whole: {found.entry_id} entries; end {found.entry_id}:{found.hash}")
    else:
        click.echo(f"broken: {fault}")
    ctx.exit(0 if fault is None else 1)


@audit.command("show")
@click.option("--analyst", metavar="NAME", help="Of this analyst alone.")
@click.option("--act", type=click.Choice(ACTS), help="Of this kind alone.")
@click.option("--limit", metavar="N", type=click.IntRange(1), default=20, show_default=True, help="How many entries.")
@database
@as_json
@obj
def show(
    settings: Settings, *, analyst: str | None, act: str | None, limit: int, database: Path | None, as_json: bool
) -> None:
    """Show the newest entries, newest first."""
    from pipeline.review_queue import ReviewQueue

    with ReviewQueue.open(database_of(settings, database)) as queue:
        entries = queue.audit_entries(analyst=analyst, act=act, limit=limit)
    if as_json:
        say_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        who = entry.analyst or "command line"
        click.echo(f"{entry.entry_id} {entry.at:%Y-%m-%d %H:%M:%S} UTC  {who}  {entry.act}  {entry.subject}".rstrip())


def _fault(found: Head | BrokenLink, queue: "ReviewQueue") -> str | None:
    if isinstance(found, BrokenLink):
        return f"entry {found.entry_id}: {found.why}"
    return next((f"decision {number}: {why}" for number, why in queue.unlogged_decisions()), None)
