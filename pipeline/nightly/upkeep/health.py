"""Health of an installation: what needs an operator, one line each."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from crawler.processes import holder_of
from model.errors import ModelError
from pipeline.errors import PipelineError, StoreError, database_message
from pipeline.nightly.notifications import undelivered
from pipeline.nightly.upkeep.held_back import standings
from pipeline.nightly.upkeep.installation import NIGHT_LOCK, check_database, find_future, open_installed, places_written
from pipeline.review.model_in_service import load_assessor
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["find_troubles"]


def find_troubles(settings: Settings, *, max_age: timedelta, at: datetime) -> tuple[str, ...]:
    """All that is wrong with the last night, the batches, the database, the disk, the model and the backups."""
    found = list(_of_database(settings, max_age, at))
    found += [
        f"{folder}: {free} MB are free on this disk, expected {settings.night.free_mb} at least"
        for folder in places_written(settings)
        if folder.is_dir() and (free := shutil.disk_usage(folder).free // 1_000_000) < settings.night.free_mb
    ]
    try:
        assessor = load_assessor(settings)
    except (ModelError, PipelineError) as err:
        found.append(str(err))
    else:
        if assessor.is_taxonomy_edited:
            learnt = f"is not the one that model {assessor.model_version} learnt from"
            found.append(f"taxonomy {assessor.taxonomy_version} {learnt}")
    return (*found, *(f"the last notification did not arrive: {each}" for each in undelivered(settings.local)))


def _of_database(settings: Settings, max_age: timedelta, at: datetime) -> Iterator[str]:
    if not settings.database.exists():
        yield f"{settings.database}: no such database"
        return
    try:
        with open_installed(settings, claim=False) as store:
            yield from _of_store(store, settings, max_age, at)
    except PipelineError as err:
        yield str(err)
    except sqlite3.Error as err:
        yield f"{settings.database}: {database_message(err) or type(err).__name__}"


def _of_store(store: Store, settings: Settings, max_age: timedelta, at: datetime) -> Iterator[str]:
    check_database(store, settings.database)
    try:
        store.check_key()
    except StoreError as err:
        yield str(err)
    yield from find_future(store, at=at)
    yield from _of_night(store, settings, max_age, at)
    for batch in standings(store, settings.batches):
        if batch.state == "held_back":
            yield f"batch {batch.name} is held back: {'; '.join(batch.problems)}"
        elif batch.state in {"waiting", "released"} and holder_of(settings.local / NIGHT_LOCK) is None:
            yield f"batch {batch.name} waits to be taken in"
    yield from _of_backups(store, settings, at)


def _of_night(store: Store, settings: Settings, max_age: timedelta, at: datetime) -> Iterator[str]:
    latest = store.runs.latest(limit=2)
    is_running = holder_of(settings.local / NIGHT_LOCK) is not None
    ended = next((run for run in latest if run.ended_at is not None), None)
    if latest and latest[0].ended_at is None and not is_running:
        yield f"the night of {latest[0].started_at:%Y-%m-%d %H:%M} UTC has not ended: `lurewatch nightly` resumes it"
    if ended is None or ended.ended_at is None:
        if not is_running:
            yield "no night has ended yet"
        return
    if at - ended.ended_at > max_age:
        hours = (at - ended.ended_at).total_seconds() / 3600
        yield f"the last night ended {hours:.0f} hours ago, expected {max_age.total_seconds() / 3600:g} at most"
    yield from (f"last night: {problem}" for problem in ended.problems)


def _of_backups(store: Store, settings: Settings, at: datetime) -> Iterator[str]:
    if not (days := settings.night.backup_days):
        return
    made = store.audit.entries(act="backed_up", limit=1)
    if not made:
        yield "no backup was ever made (`lurewatch backup`; night.backup_days = 0 says that this is meant)"
    elif at - made[0].at > timedelta(days=days):
        yield f"the last backup was made on {made[0].at:%Y-%m-%d}, expected one every {days} days"
