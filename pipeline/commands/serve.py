"""The commands `review`, `status` and `demo`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.review.terminal_text import in_one_line
from pipeline.settings.console import say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.nightly.report import NightReport
    from pipeline.store.queue.case_queue import CaseQueue
    from pipeline.store.store import Store

__all__ = [
    "addresses_of",
    "demo",
    "review",
    "status",
]

THREADS = 16
"""So many answers at a time: those who only read must not stand behind those who wait for a night's write to end."""


@click.command()
@click.option("--host", help="The address to listen on; 127.0.0.1 unless set otherwise.")
@click.option("--port", type=click.IntRange(0, 65_535), help="The port to listen on; 8600 unless set otherwise.")
@click.option(
    "--name", "names", multiple=True, help="A host name the page answers to, behind a proxy; may be repeated."
)
@click.option("--https", is_flag=True, help="A proxy in front speaks HTTPS: cookies are sent over it alone.")
@database
@obj
def review(
    settings: Settings,
    *,
    host: str | None,
    port: int | None,
    names: tuple[str, ...],
    https: bool,
    database: Path | None,
) -> None:
    """Serve the review page until stopped."""
    import waitress

    from model.taxonomy.loader import load_taxonomy
    from pipeline.accounts.analysts import read_secret_key
    from pipeline.accounts.provider import provider_of
    from pipeline.exports.export import desk_of
    from pipeline.linking.contacts import ContactVault
    from pipeline.review.brief import read_source_kinds
    from pipeline.store.store import Store
    from pipeline.web.app import LOOPBACK, create_app

    path, provider = database_of(settings, database), provider_of(settings, os.environ)
    with Store.open(path) as store:
        to_review, analysts = store.queue.standings().to_review, store.accounts.all()
    taxonomy = load_taxonomy(settings.taxonomy)
    app = create_app(
        database=path,
        taxonomy=taxonomy,
        secret_key=read_secret_key(settings.local / "review.key"),
        vault=ContactVault.open(settings.local),
        hosts=(*LOOPBACK, *names),
        secure_cookie=https,
        idle_minutes=settings.review.idle_minutes,
        session_hours=settings.review.session_hours,
        double_coded=settings.review.double_coded,
        exports=desk_of(settings, taxonomy) if settings.exports.is_dir() else None,
        batches=settings.batches,
        care=settings.care,
        source_kinds=read_source_kinds(settings.sources),
        openid=provider,
    )
    server = waitress.create_server(
        app, host=host or settings.review.host, port=settings.review.port if port is None else port, threads=THREADS
    )
    if not settings.exports.is_dir():
        click.echo(f"{settings.exports}: no such folder: cases cannot be exported on the page", err=True)
    if not analysts:
        click.echo("nobody can sign in yet: lurewatch analysts add NAME --role administrator", err=True)
    if provider:
        click.echo(f"people may sign in by {provider.issuer}", err=True)
    click.echo(f"{counted(to_review, 'case')} to review at {addresses_of(server)} (Ctrl-C stops)")
    server.run()


def addresses_of(server: Any) -> str:
    """Where a waitress server answers: a host name may have several addresses, each with a socket of its own."""
    listens = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
    named = [(f"[{host}]" if ":" in host else host, port) for host, port in listens]
    return " and ".join(f"http://{host}:{port}/" for host, port in named)


@click.command()
@database
@as_json
@obj
def status(settings: Settings, database: Path | None, as_json: bool) -> None:
    """Show what the store holds, what waits, which batches are held back, and how the latest night went."""
    from dataclasses import asdict

    from pipeline.nightly.held_back import standings
    from pipeline.store.store import Store

    path = database_of(settings, database)
    with Store.open(path) as store:
        counts, states, runs = store.statistics.totals(), asdict(store.queue.standings()), store.runs.latest(limit=1)
        held = [each for each in standings(store, settings.batches) if each.state == "held_back"]
    model = settings.model_folder().name
    if as_json:
        latest = [
            {
                "started_at": run.started_at,
                "ended_at": run.ended_at,
                "counts": dict(run.counts),
                "problems": run.problems,
            }
            for run in runs
        ]
        say_json({"database": str(path), "model": model, "store": counts, "cases": states, "latest_run": latest,
                  "held_back": [asdict(each) for each in held]})  # fmt: skip
        return
    click.echo(f"database {path}, model {model}")
    click.echo("store    " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    click.echo(
        f"cases    {states['to_review']} to review ({states['reopened']} of them changed or came back), "
        f"{states['awaiting']} awaiting a second opinion, {states['closed']} closed"
    )
    for run in runs:
        ended = f"ended {run.ended_at:%H:%M}" if run.ended_at else "not ended: run `lurewatch nightly` to resume it"
        click.echo(f"night    {run.started_at:%Y-%m-%d %H:%M} UTC, {ended}, {len(run.problems)} problems")
    for each in held:
        click.echo(f"held     {each.name}: {'; '.join(each.problems)} (lurewatch batches release or drop)")


SHOWN = 8


@click.command()
@database
@obj
@click.pass_context
def demo(ctx: click.Context, settings: Settings, database: Path | None) -> None:
    """Serve the sample board, crawl and score it, fill the review queue.

    The board's first night at first, its second whenever it is run again: one ad has changed by then, and one is gone.
    All its ads are invented.
    """
    from dataclasses import replace

    from pipeline.nightly.sample_board import ANALYST, ensure_analyst, night_to_show, run_demo
    from pipeline.store.store import Store

    settings = replace(settings, database=database_of(settings, database))
    night = night_to_show(settings)
    click.echo(f"Sample board, night {night}: a job board of invented ads, served on this machine.")
    report = run_demo(settings, night)
    password = ensure_analyst(settings, at=now())
    with Store.open(settings.database) as store:
        _show_night(report, store)
        _show_queue(store.queue)
    click.echo("")
    click.echo("Open the review page: make review")
    if password:
        click.echo(f"Sign in as {ANALYST} with {password}")
        click.echo(f"(shown this once; `lurewatch analysts password {ANALYST}` makes another)")
    else:
        click.echo("Sign in with an account of `lurewatch analysts list`.")
    ctx.exit(1 if report.problems else 0)


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
