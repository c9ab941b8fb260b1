"""Review page (``review``), and the sample board that fills its queue (``demo``)."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click

from crawler.errors import CrawlerError
from crawler.extract.urls import is_loopback
from crawler.sources.loader import read_source
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import generate_password, hash_password
from pipeline.commands.options import database, leave, now, open_store, setting_option
from pipeline.errors import BadSettings
from pipeline.nightly.night import run_here
from pipeline.settings.console import in_one_line
from pipeline.settings.records import Settings


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
    click.echo(f"{_in_number(to_review, 'case')} to review at {addresses_of(server)} (Ctrl-C stops)")
    server.run()


NAME = "sample-board"
ANALYST = "analyst"


class BoardFailed(CrawlerError):
    """Raised when the sample board cannot be served, from ``serve_board``."""


@click.command()
@database
def demo(settings: Settings) -> None:
    """Serve the sample board, crawl and score it, fill the review queue.

    The board's first night at first, its second whenever it is run again: one ad has changed by then, and one is gone.
    It has three faces, each a source: pages with structured data, plain pages, and pages that a script draws. All its
    ads are invented.
    """
    with open_store(settings.database, create=True) as store:
        night = 2 if store.runs.batches_of(NAME) else 1
    click.echo(f"Sample board, night {night}: a job board of invented ads, served on this machine.")
    with serve_board(settings, night) as cards:
        report = run_here(settings, [read_source(card) for card in cards])
    for stage, seconds in report.stages.items():
        click.echo(f"  {seconds:6.1f} s  {stage}")
    with open_store(settings.database) as store:
        password = None if store.accounts.all() else generate_password()
        if password:  # it is kept nowhere else
            hashed = hash_password(password)
            first = Analyst(name=ANALYST, role="administrator", password_hash=hashed, is_demo=True)
            with store.atomic():
                store.accounts.add(first, at=now())
                store.audit.record("added_account", f"analyst {ANALYST}", by=None, at=now(), role=first.role)
        counts = report.counts()
        click.echo(
            f"Crawled {counts['crawled']} ads: {counts['new']} new, {counts['changed']} changed, "
            f"{counts['unchanged']} unchanged, {counts['not_seen']} no longer shown."
        )
        for source in report.sources:
            for what, ad_ids in (("changed", source.changed), ("no longer shown", source.not_seen)):
                for ad_id in ad_ids:
                    click.echo(f"  {what}: {in_one_line(store.ads.get(ad_id).title)}")
        click.echo(f"Scored {report.scored} ads with model {report.model_version}.")
        click.echo(
            f"Queued {_in_number(report.opened, 'new case')}: {report.by_score} by score from {report.threshold:.2f}, "
            f"{report.by_rule} by rule, {report.uncertain} near the threshold, {report.audit} drawn at random for "
            f"audit, {report.resurfaced} because a copy brought something new."
        )
        for problem in report.problems:
            click.echo(f"Problem: {in_one_line(problem)}")
        click.echo(f"{_in_number(store.queue.standings().to_review, 'case')} to review; the first of them:")
        for case in store.queue.cases(limit=8):
            score = "   -" if case.score is None else f"{case.score:.2f}"
            click.echo(f"  {score}  {'blind' if case.blind else case.reason:14}  {in_one_line(case.title)}")
    click.echo("")
    click.echo(f"Open the review page: make review, then http://{settings.review.host}:{settings.review.port}/")
    if password:
        click.echo(f"Sign in as {ANALYST} with {password}")
        click.echo(f"(shown this once; `lurewatch analysts password {ANALYST}` makes another)")
        click.echo("This account may do all and no second factor is asked of it: it is for these invented ads alone.")
    else:
        click.echo("Sign in with an account of `lurewatch analysts list`.")
    leave(1 if report.problems else 0)


def _in_number(number: int, thing: str) -> str:
    """The number with its noun, in the plural where it has one."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


@contextmanager
def serve_board(settings: Settings, night: int) -> Iterator[tuple[Path, ...]]:
    """The source cards of the board's faces, which are served while the block runs."""
    card = settings.local / "sample" / f"{NAME}.toml"
    try:  # at the port of the last time, so that links into the board stay good
        port = urlsplit(tomllib.loads(card.read_text(encoding="utf-8"))["start"][0]).port or 0
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        port = 0
    server = _start(settings, night, card, port) or _start(settings, night, card, 0)
    if server is None:
        raise BoardFailed("the sample board cannot be served on this machine; its message stands above")
    with server:
        try:
            yield tuple(sorted(card.parent.glob(f"{NAME}*.toml"), key=lambda face: face.stem))
        finally:
            server.terminate()


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
    with server:
        server.kill()
    return None
