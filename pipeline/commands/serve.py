"""Review page and status: ``review``, ``status``, ``digest``."""

import os
import re
from dataclasses import asdict, replace
from datetime import timedelta

import click

from crawler.extract.urls import is_loopback
from pipeline.commands.options import as_json, database, leave, now, obj, open_store, say, setting_option
from pipeline.errors import BadSettings
from pipeline.nightly.notifications import (
    digest_lines,
    digest_record,
    find_digests,
    notification_of_digests,
    send_notification,
)
from pipeline.nightly.upkeep.health import find_troubles
from pipeline.nightly.upkeep.held_back import standings
from pipeline.settings.records import Settings

__all__ = ["digest", "review", "status"]


@click.command()
@setting_option("--host", "review.host", help="The address to listen on; 127.0.0.1 unless set otherwise.")
@setting_option(
    "--port", "review.port", type=click.IntRange(0, 65_535), help="The port to listen on; 8600 unless set otherwise."
)
@click.option(
    "--name", "names", multiple=True, help="A host name the page answers to, behind a proxy; may be repeated."
)
@click.option("--https", is_flag=True, help="A proxy in front speaks HTTPS: cookies are sent over it alone.")
@click.option("--without-https", is_flag=True, help="Listen to other machines all the same: passwords can be read.")
@database
@obj
def review(settings: Settings, *, names: tuple[str, ...], https: bool, without_https: bool) -> None:
    """Serve the review page until stopped.

    Other machines reach it through a proxy that speaks HTTPS and limits connections.
    """
    from pipeline.web.app import addresses_of, make_server, provider_of

    host = settings.review.host
    if not (https or without_https or is_loopback(host)):
        raise BadSettings(
            f"--host {host}: other machines reach this address, and passwords would cross the network in clear; "
            "expected --https, with a proxy in front that speaks it, or --without-https"
        )
    provider = provider_of(settings, os.environ)
    with open_store(settings.database) as store:
        to_review, analysts = store.queue.standings().to_review, store.accounts.all()
    server = make_server(settings, names=names, https=https, provider=provider)
    if not settings.exports.is_dir():
        click.echo(f"{settings.exports}: no such folder: cases cannot be exported on the page", err=True)
    if not analysts:
        click.echo("nobody can sign in yet: lurewatch analysts add NAME --role administrator", err=True)
    if provider:
        click.echo(f"people may sign in by {provider.issuer}", err=True)
    cases = "1 case" if to_review == 1 else f"{to_review} cases"
    click.echo(f"{cases} to review at {addresses_of(server)} (Ctrl-C stops)")
    server.run()


def _read_hours(_ctx: click.Context, _param: click.Parameter, value: str) -> timedelta:
    """Hours, as `26` or `26h`."""
    if not re.fullmatch(r"(?a)0*[1-9]\d{0,3}h?|10000h?", value):
        raise click.BadParameter(f"expected hours such as 26h, found {value!r}")
    return timedelta(hours=int(value.removesuffix("h")))


@click.command()
@database
@click.option("--check", is_flag=True, help="Say what is wrong instead, one line each; exit code 1 where anything is.")
@click.option(
    "--max-age", metavar="HOURS", callback=_read_hours, default="26h", show_default=True,
    help="How long ago the last night may have ended.",
)  # fmt: skip
@as_json
@obj
def status(settings: Settings, *, check: bool, max_age: timedelta) -> None:
    """Show what the store holds, what waits, which batches are held back, and how the latest night went.

    `--check` is for a monitor: it judges the last night, batches, database, disk, model and backups.
    """
    if check:
        troubles = find_troubles(settings, max_age=max_age, at=now())
        say({"troubles": list(troubles)}, troubles or ["nothing is wrong"])
        leave(1 if troubles else 0)
    with open_store(settings.database) as store:
        counts, states, runs = store.statistics.totals(), asdict(store.queue.standings()), store.runs.latest(limit=1)
        held = [each for each in standings(store, settings.batches) if each.state == "held_back"]
    model = settings.model_folder().name
    lines = [
        f"database {settings.database}, model {model}",
        "store    " + ", ".join(f"{count} {name}" for name, count in counts.items()),
        (
            f"cases    {states['to_review']} to review ({states['reopened']} of them reopened), "
            f"{states['awaiting']} awaiting a second opinion, {states['closed']} closed"
        ),
    ]
    for run in runs:
        ended = f"ended {run.ended_at:%H:%M}" if run.ended_at else "not ended: run `lurewatch nightly` to resume it"
        lines.append(f"night    {run.started_at:%Y-%m-%d %H:%M} UTC, {ended}, {len(run.problems)} problems")
    lines += [f"held     {each.name}: {'; '.join(each.problems)} (lurewatch batches release or drop)" for each in held]
    latest = [
        {"started_at": run.started_at, "ended_at": run.ended_at, "counts": dict(run.counts), "problems": run.problems}
        for run in runs
    ]
    say(
        {"database": str(settings.database), "model": model, "store": counts, "cases": states, "latest_run": latest,
         "held_back": list(map(asdict, held))},
        lines,
    )  # fmt: skip


@click.command()
@click.option("--analyst", metavar="NAME", help="Of this analyst alone.")
@click.option("--send", is_flag=True, help="Send it by mail, webhook and command of [notify], where anything waits.")
@click.option("--to", metavar="ADDRESS", help="With --send and --analyst: by mail to this address alone.")
@database
@as_json
@obj
def digest(settings: Settings, *, analyst: str | None, send: bool, to: str | None) -> None:
    """Show or send what waits for each analyst: mentions, assigned cases, second opinions, disagreements to settle.

    It holds titles without contacts, and no text of a comment. Exit code 1 where a channel of --send fails.
    """
    if to and not (send and analyst and re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", to)):
        raise click.UsageError("--to: expected an e-mail address, with --send and --analyst")
    with open_store(settings.database) as store:
        found = find_digests(store, analyst)
    if not send or not any(each.count for each in found):
        say(digest_record(found), digest_lines(found) or ["nothing waits for anybody"])
        return
    ways = settings.notify
    if to:
        ways = replace(ways, mail_to=to, mail_from=ways.mail_from or ways.mail_to, webhook=None, command=None)
    if not (ways.mail_to or ways.webhook or ways.command):
        raise BadSettings("notify: expected mail_to, webhook or command, since --send was given")
    failures = send_notification(ways, notification_of_digests(found), local=settings.local)
    say({"failures": list(failures)}, [f"not delivered: {each}" for each in failures] or ["sent"])
    leave(1 if failures else 0)
