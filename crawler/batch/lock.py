"""Locks across processes: a file that one process holds, and who that is."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

from crawler.errors import InUse

__all__ = ["hold", "holder_of"]

EVERY = 0.2
"""Seconds between two tries."""


@contextmanager
def hold(path: Path, *, doing: str, at: datetime, wait: float = 0.0) -> Iterator[int]:
    """The handle of a lock that is held inside; a child that inherits it holds the lock too, until both have ended.

    Raises ``InUse``, which says who holds it and since when, where it is not free within ``wait`` seconds. The kernel
    releases it however a process ends, so that nobody has to remove a lock by hand.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = monotonic() + wait
        while not _take(handle):
            if monotonic() >= deadline:
                raise InUse(f"{doing}: {_words(path)}")
            sleep(EVERY)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": at.isoformat(), "doing": doing}).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def holder_of(path: Path) -> str | None:
    """Who holds the lock, in words; None where nobody does."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _take(handle) else _words(path)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _words(path: Path) -> str:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        since = f"{datetime.fromisoformat(record['since']):%Y-%m-%d %H:%M} UTC"
        return f"another process does so since {since} (pid {record['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process does so"  # it has only just begun
