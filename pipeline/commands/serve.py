"""Review page and status: ``review``, ``status``, ``digest``, ``demo``."""

import os
import re
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from crawler.extract.urls import is_loopback
from pipeline.commands.options import as_json, database, leave, now, obj, open_store, say
from pipeline.errors import BadSettings
from pipeline.settings.console import in_one_line, stage_times
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.nightly.report import NightReport
    from pipeline.store.queue.case_queue import CaseQueue
    from pipeline.store.store import Store

__all__ = ["demo", "digest", "review", "status"]


@click.command()
@click.option("--host", help="The address to listen on; 127.0.0.1 unless set otherwise.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 8600 unless set otherwise.")
@click.option(
    "--name", "names", multiple=True, help="A host name the page answers to, behind a proxy; may be repeated."
)
@click.option("--https", is_flag=True, help="A proxy in front speaks HTTPS: cookies are sent over it alone.")
@click.option("--without-https", is_flag=True, help="Listen to other machines all the same: passwords can be read.")
@database
@obj
def review(
    settings: Settings,
    *,
    host: str | None,
    port: int | None,
    names: tuple[str, ...],
    https: bool,
    without_https: bool,
) -> None:
    """Serve the review page until stopped.

    Other machines reach it through a proxy that speaks HTTPS and limits connections.
    """
    from pipeline.web.app import addresses_of, make_server, provider_of

    listens_on = host or settings.review.host
    if not (https or without_https or is_loopback(listens_on)):
        raise BadSettings(
            f"--host {listens_on}: other machines reach this address, and passwords would cross the network in clear; "
            "expected --https, with a proxy in front that speaks it, or --without-https"
        )
    provider = provider_of(settings, os.environ)
    with open_store(settings.database) as store:
        to_review, analysts = store.queue.standings().to_review, store.accounts.all()
    listen = replace(
        settings.review,
        host=listens_on,
        port=settings.review.port if port is None else port,
    )
    server = make_server(replace(settings, review=listen), names=names, https=https, provider=provider)
    if not settings.exports.is_dir():
        click.echo(f"{settings.exports}: no such folder: cases cannot be exported on the page", err=True)
    if not analysts:
        click.echo("nobody can sign in yet: lurewatch analysts add NAME --role administrator", err=True)
    if provider:
        click.echo(f"people may sign in by {provider.issuer}", err=True)
    click.echo(f"{counted(to_review, 'case')} to review at {addresses_of(server)} (Ctrl-C stops)")
    server.run()


class _Hours(click.ParamType):  # type: ignore[type-arg]  # generic in the stubs alone
    """Hours, as `26` or `26h`."""

    name = "hours"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The hours, or a usage error."""
        text = str(value).removesuffix("h")
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000):
            self.fail(f"expected hours such as 26h, found {value!r}", param, ctx)
        return timedelta(hours=int(text))


HOURS = _Hours()


@click.command()
@database
@click.option("--check", is_flag=True, help="Say what is wrong instead, one line each; exit code 1 where anything is.")
@click.option(
    "--max-age", metavar="HOURS", type=HOURS, default="26h", show_default=True,
    help="How long ago the last night may have ended.",
)  # fmt: skip
@as_json
@obj
def status(settings: Settings, *, check: bool, max_age: timedelta) -> None:
    """Show what the store holds, what waits, which batches are held back, and how the latest night went.

    `--check` is for a monitor: it judges the last night, batches, database, disk, model and backups.
    """
    from pipeline.nightly.upkeep.held_back import standings

    if check:
        from pipeline.nightly.upkeep.health import find_troubles

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
    from pipeline.nightly.notifications import (
        digest_lines,
        digest_record,
        find_digests,
        notification_of_digests,
        send_notification,
    )

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


SHOWN = 8


@click.command()
@database
@obj
def demo(settings: Settings) -> None:
    """Serve the sample board, crawl and score it, fill the review queue.

    The board's first night at first, its second whenever it is run again: one ad has changed by then, and one is gone.
    It has three faces, each a source: pages with structured data, plain pages, and pages that a script draws. All its
    ads are invented.
    """
    from pipeline.nightly.sample_board import ANALYST, ensure_analyst, night_to_show, run_demo

    night = night_to_show(settings)
    click.echo(f"Sample board, night {night}: a job board of invented ads, served on this machine.")
    with stage_times() as on_stage:
        report = run_demo(settings, night, on_stage=on_stage)
    password = ensure_analyst(settings, at=now())
    with open_store(settings.database) as store:
        _show_night(report, store)
        _show_queue(store.queue)
    click.echo("")
    click.echo(f"Open the review page: make review, then http://{settings.review.host}:{settings.review.port}/")
    if password:
        click.echo(f"Sign in as {ANALYST} with {password}")
        click.echo(f"(shown this once; `lurewatch analysts password {ANALYST}` makes another)")
        click.echo("This account may do all and no second factor is asked of it: it is for these invented ads alone.")
    else:
        click.echo("Sign in with an account of `lurewatch analysts list`.")
    leave(1 if report.problems else 0)


def _show_night(report: "NightReport", store: "Store") -> None:
    counts = report.counts()
    click.echo(
        f"Crawled {counts['crawled']} ads: {counts['new']} new, {counts['changed']} changed, "
        f"{counts['unchanged']} unchanged, {counts['not_seen']} no longer shown."
    )
    for source in report.sources:
        for title in store.ads.titles(source.changed):
            click.echo(f"  changed: {in_one_line(title)}")
        for title in store.ads.titles(source.not_seen):
            click.echo(f"  no longer shown: {in_one_line(title)}")
    click.echo(f"Scored {report.scored} ads with model {report.model_version}.")
    click.echo(
        f"Queued {counted(report.opened, 'new case')}: {report.by_score} by score from {report.threshold:.2f}, "
        f"{report.by_rule} by rule, {report.uncertain} near the threshold, {report.audit} drawn at random for audit, "
        f"{report.resurfaced} because a copy brought something new."
    )
    for problem in report.problems:
        click.echo(f"Problem: {in_one_line(problem)}")


def counted(number: int, thing: str) -> str:
    """The number with its noun, in the plural where it has one."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _show_queue(queue: "CaseQueue") -> None:
    click.echo(f"{counted(queue.standings().to_review, 'case')} to review; the first of them:")
    for case in queue.cases(limit=SHOWN):
        score = "   -" if case.score is None else f"{case.score:.2f}"
        click.echo(f"  {score}  {case.reason:14}  {in_one_line(case.title)}")
