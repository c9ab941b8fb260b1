"""Checks before a night: lock, clock, database, free space."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from crawler.batch.lock import hold
from pipeline.errors import CannotBegin, StoreError
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["NIGHT_LOCK", "check_database", "check_room", "find_future", "night_lock", "places_written", "sweep"]

NIGHT_LOCK: Final = "night.lock"
"""In `data/local`: held while a night runs."""

BEFORE_ALL_NIGHTS: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows less was never set: this program is younger."""


def night_lock(settings: Settings, *, at: datetime) -> AbstractContextManager[int]:
    """Held while a night runs, or what must not run beside it. Raises ``InUse``, which says who holds it."""
    return hold(settings.local / NIGHT_LOCK, doing="a night of this installation", at=at)


def check_room(settings: Settings, *, at: datetime) -> None:
    """Raise ``CannotBegin`` where a night could not end: nowhere to write, too little room, a clock that is not set."""
    if at < BEFORE_ALL_NIGHTS:
        raise CannotBegin(f"this machine's clock shows {at:%Y-%m-%d}: set it first; a night rests on it")
    for folder in places_written(settings):
        _check_writable(folder)
    for folder in settings.batches.glob("[!.]*/"):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):  # its batches would be passed over
            raise CannotBegin(f"{folder}: cannot be read and written; expected the batches of a source")
    for folder in places_written(settings):
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < settings.night.free_mb:
            raise CannotBegin(
                f"{folder}: {free} MB are free on this disk, expected {settings.night.free_mb} at least (night.free_mb)"
            )


def sweep(settings: Settings, *, at: datetime) -> None:
    """Remove what killed nights left: drafts of reports, and batches that were set aside a month ago. Under the lock of
    the night nobody else writes there."""
    for draft in settings.reports.glob(".*.partial"):
        draft.unlink(missing_ok=True)
    for left in settings.batches.glob("[!.]*/.*.partial.abandoned*"):
        if datetime.fromtimestamp(left.stat().st_mtime, tz=UTC) < at - ABANDONED:
            shutil.rmtree(left)


ABANDONED: Final = timedelta(days=30)
"""After which an unfinished batch that nobody took up is removed."""


def check_database(store: Store, path: Path) -> None:
    """Raise ``StoreError`` where SQLite finds damage in the file. Its words are not repeated: they may quote an ad."""
    if faults := store.torn():
        raise StoreError(
            f"{path}: the database is damaged ({len(faults)} faults found at least); expected a backup in its place: "
            "`lurewatch restore`"
        )


def find_future(store: Store, *, at: datetime) -> Iterator[str]:
    """A problem, where the store holds moments that have not come yet."""
    latest = store.runs.latest_moment()
    if latest is not None and latest > at + SLACK:
        yield (
            f"the store holds moments up to {latest:%Y-%m-%d %H:%M} UTC and this machine's clock shows "
            f"{at:%Y-%m-%d %H:%M}: was it ahead, or is it behind? Ads are taken in by the clock as it is now"
        )


SLACK: Final = timedelta(minutes=1)
"""For clocks that are set right now and then."""


def places_written(settings: Settings) -> tuple[Path, ...]:
    """The folders that a night writes to."""
    return tuple(dict.fromkeys((settings.database.parent, settings.batches, settings.reports)))


def _check_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
            os.fsync(file.fileno())
    except OSError as err:
        raise CannotBegin(f"{folder}: cannot be written ({err.strerror or err})") from err
