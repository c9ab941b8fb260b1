"""``demo``: the main job from end to end on the embedded sample board; what ``make run`` does."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import database, database_of, now, obj
from pipeline.settings import Settings
from pipeline.terminal_text import in_one_line

if TYPE_CHECKING:
    from pipeline.report import NightReport
    from pipeline.review_queue import ReviewQueue

__all__ = ["demo"]

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

    from pipeline.demo import ANALYST, ensure_analyst, night_to_show, run_demo
    from pipeline.review_queue import ReviewQueue

    settings = replace(settings, database=database_of(settings, database))
    night = night_to_show(settings)
    click.echo(f"Sample board, night {night}: a job board of invented ads, served on this machine.")
    report = run_demo(settings, night)
    password = ensure_analyst(settings, at=now())
    with ReviewQueue.open(settings.database) as queue:
        _show_night(report, queue)
        _show_queue(queue)
    click.echo("")
    click.echo("Open the review page: make review")
    if password:
        click.echo(f"Sign in as {ANALYST} with {password}")
        click.echo(f"(shown this once; `lurewatch analysts password {ANALYST}` makes another)")
    else:
        click.echo("Sign in with an account of `lurewatch analysts list`.")
    ctx.exit(1 if report.problems else 0)


def _show_night(report: "NightReport", queue: "ReviewQueue") -> None:
    counts = report.counts()
    click.echo(
        f"Crawled {counts['crawled']} ads: {counts['new']} new, {counts['changed']} changed, "
        f"{counts['unchanged']} unchanged, {counts['not_seen']} no longer shown."
    )
    for source in report.sources:
        for title in queue.titles(source.changed):
            click.echo(f"  changed: {in_one_line(title)}")
        for title in queue.titles(source.not_seen):
            click.echo(f"  no longer shown: {in_one_line(title)}")
    click.echo(f"Scored {report.scored} ads with model {report.model_version}.")
    click.echo(
        f"Queued {report.opened} new cases: {report.by_score} by score from {report.threshold:.2f}, "
        f"{report.by_rule} by rule, {report.audit} drawn at random for audit."
    )
    for problem in report.problems:
        click.echo(f"Problem: {in_one_line(problem)}")


def _show_queue(queue: "ReviewQueue") -> None:
    click.echo(f"{queue.count_cases()} cases wait; the first of them:")
    for case in queue.cases(limit=SHOWN):
        score = "   -" if case.score is None else f"{case.score:.2f}"
        click.echo(f"  {score}  {case.reason:14}  {in_one_line(case.title)}")
