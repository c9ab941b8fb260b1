"""Main job on the embedded sample board: serve, crawl, score, fill the queue."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import CrawlerError
from crawler.sources.loader import read_source
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import generate_password, hash_password
from pipeline.nightly.night import run_here
from pipeline.nightly.report import NightReport
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["ANALYST", "BoardFailed", "ensure_analyst", "night_to_show", "run_demo", "serve_board"]

NAME = "sample-board"
ANALYST = "analyst"


class BoardFailed(CrawlerError):
    """Raised when the sample board cannot be served, from ``serve_board``."""


def run_demo(settings: Settings, night: int, *, on_stage: Callable[[str], None]) -> NightReport:
    """What this night of the sample board came to."""
    on_stage("serve the board")
    with serve_board(settings, night) as cards:
        return run_here(settings, [read_source(card) for card in cards], on_stage=on_stage)


def night_to_show(settings: Settings) -> int:
    """The board's first night for a store that has not seen it; its second from then on."""
    with Store.open(settings.database, create=True) as store:
        return 2 if store.runs.has_source(NAME) else 1


def ensure_analyst(settings: Settings, *, at: datetime) -> str | None:
    """The password of a first account, if there was none; it is kept nowhere else."""
    with Store.open(settings.database, create=True) as store:
        if store.accounts.all():
            return None
        password = generate_password()
        made = Analyst(name=ANALYST, role="administrator", password_hash=hash_password(password), is_demo=True)
        with store.atomic():
            store.accounts.add(made, at=at)
            store.audit.record("added_account", f"analyst {ANALYST}", by=None, at=at, role=made.role)
    return password


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
