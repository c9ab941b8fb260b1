"""Main job on the embedded sample board (``demo``): serve, crawl, score, fill the queue."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import click

from crawler.errors import CrawlerError
from crawler.sources.loader import read_source
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import generate_password, hash_password
from pipeline.commands.options import database, leave, now, obj, open_store
from pipeline.nightly.report import NightReport
from pipeline.settings.console import in_one_line, stage_times
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["demo", "serve_board"]

NAME = "sample-board"
ANALYST = "analyst"
SHOWN = 8


class BoardFailed(CrawlerError):
    """Raised when the sample board cannot be served, from ``serve_board``."""


@click.command()
@database
@obj
def demo(settings: Settings) -> None:
    """Serve the sample board, crawl and score it, fill the review queue.

    The board's first night at first, its second whenever it is run again: one ad has changed by then, and one is gone.
    It has three faces, each a source: pages with structured data, plain pages, and pages that a script draws. All its
    ads are invented.
    """
    from pipeline.nightly.night import run_here

    with open_store(settings.database, create=True) as store:
        night = 2 if store.runs.has_source(NAME) else 1
    click.echo(f"Sample board, night {night}: a job board of invented ads, served on this machine.")
    with stage_times() as on_stage:
        on_stage("serve the board")
        with serve_board(settings, night) as cards:
            report = run_here(settings, [read_source(card) for card in cards], on_stage=on_stage)
    with open_store(settings.database) as store:
        password = _ensure_analyst(store, at=now())
        _show_night(report, store)
        click.echo(f"{_in_number(store.queue.standings().to_review, 'case')} to review; the first of them:")
        for case in store.queue.cases(limit=SHOWN):
            score = "   -" if case.score is None else f"{case.score:.2f}"
            click.echo(f"  {score}  {case.reason:14}  {in_one_line(case.title)}")
    click.echo("")
    click.echo(f"Open the review page: make review, then http://{settings.review.host}:{settings.review.port}/")
    if password:
        click.echo(f"Sign in as {ANALYST} with {password}")
        click.echo(f"(shown this once; `lurewatch analysts password {ANALYST}` makes another)")
        click.echo("This account may do all and no second factor is asked of it: it is for these invented ads alone.")
    else:
        click.echo("Sign in with an account of `lurewatch analysts list`.")
    leave(1 if report.problems else 0)


def _show_night(report: NightReport, store: Store) -> None:
    counts = report.counts()
    click.echo(
        f"Crawled {counts['crawled']} ads: {counts['new']} new, {counts['changed']} changed, "
        f"{counts['unchanged']} unchanged, {counts['not_seen']} no longer shown."
    )
    for source in report.sources:
        for ad_id in source.changed:
            click.echo(f"  changed: {in_one_line(store.ads.get(ad_id).title)}")
        for ad_id in source.not_seen:
            click.echo(f"  no longer shown: {in_one_line(store.ads.get(ad_id).title)}")
    click.echo(f"Scored {report.scored} ads with model {report.model_version}.")
    click.echo(
        f"Queued {_in_number(report.opened, 'new case')}: {report.by_score} by score from {report.threshold:.2f}, "
        f"{report.by_rule} by rule, {report.uncertain} near the threshold, {report.audit} drawn at random for audit, "
        f"{report.resurfaced} because a copy brought something new."
    )
    for problem in report.problems:
        click.echo(f"Problem: {in_one_line(problem)}")


def _ensure_analyst(store: Store, *, at: datetime) -> str | None:
    """The password of a first account, if there was none; it is kept nowhere else."""
    if store.accounts.all():
        return None
    password = generate_password()
    made = Analyst(name=ANALYST, role="administrator", password_hash=hash_password(password), is_demo=True)
    with store.atomic():
        store.accounts.add(made, at=at)
        store.audit.record("added_account", f"analyst {ANALYST}", by=None, at=at, role=made.role)
    return password


def _in_number(number: int, thing: str) -> str:
    """The number with its noun, in the plural where it has one."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


@contextmanager
def serve_board(settings: Settings, night: int) -> Iterator[tuple[Path, ...]]:
    """The source cards of the board's faces, which are served while the block runs."""
    card = settings.local / "sample" / f"{NAME}.toml"
    server = _start(settings, night, card, _port_of(card)) or _start(settings, night, card, 0)
    if server is None:
        raise BoardFailed("the sample board cannot be served on this machine; its message stands above")
    try:
        yield tuple(sorted(card.parent.glob(f"{NAME}*.toml"), key=lambda face: face.stem))
    finally:
        server.terminate()
        server.wait()
        if server.stdout:
            server.stdout.close()


def _start(settings: Settings, night: int, card: Path, port: int) -> subprocess.Popen[str] | None:
    board = settings.home / "data" / "samples" / "board" / "board.py"
    if not board.is_file():
        raise BoardFailed(f"{board}: missing; expected the sample board that comes with the program's source")
    command = [sys.executable, str(board), "--night", str(night), "--port", str(port), "--card", str(card)]
    server = subprocess.Popen(  # noqa: S603 - our own program and our own board
        command, stdout=subprocess.PIPE, stderr=None if port == 0 else subprocess.DEVNULL, text=True
    )
    line = server.stdout.readline() if server.stdout else ""
    if re.match(r"serving http://", line):
        return server
    server.kill()
    server.wait()
    if server.stdout:
        server.stdout.close()
    return None


def _port_of(card: Path) -> int:
    """The port of the last time, so that links into the board stay good; 0 where there was none."""
    try:
        start = tomllib.loads(card.read_text(encoding="utf-8"))["start"][0]
        return urlsplit(start).port or 0
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0
