"""Restore of a verified backup as one act; the old files stay beside the new."""

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from pipeline.errors import BadBackup
from pipeline.nightly.upkeep.backup import DATABASE, opened_backup
from pipeline.nightly.upkeep.installation import forget_database, open_installed
from pipeline.nightly.upkeep.start import night_lock
from pipeline.settings.records import Settings

__all__ = ["Restored", "put_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    database: str
    audit_head: str | None
    keys: tuple[str, ...] = ()
    """Keys that were put in place."""

    replaced: tuple[str, ...] = ()
    """Where what stood there lies now."""


def put_back(
    settings: Settings, folder: Path, *, with_keys: bool, at: datetime, identity: Path | None = None
) -> Restored:  # fmt: skip
    """The outcome, after the backup's database, and its keys where asked for, took the places of the present ones.

    ``identity`` is the file with the secret key of an encrypted backup. Raises ``BadBackup`` where the backup is not as
    it was made or the database is in use, and ``InUse`` while a night runs; nothing is changed then.
    """
    settings.local.mkdir(parents=True, exist_ok=True)
    with opened_backup(folder, settings.local, identity) as (plain, backup):
        keys = sorted(set(backup.plain_names()) - {DATABASE}) if with_keys else []
        if with_keys and not keys:
            raise BadBackup(f"{folder}: holds no key; expected one made by `lurewatch backup --with-keys`")
        old = _put_in_place(settings, plain, keys, at=at, name=folder.name, made_at=backup.made_at)
    return Restored(
        database=str(settings.database), audit_head=backup.audit_head, keys=tuple(keys),
        replaced=tuple(str(place) for place in old if place),
    )  # fmt: skip


def _put_in_place(
    settings: Settings, folder: Path, keys: Iterable[str], *, at: datetime, name: str, made_at: str
) -> list[Path | None]:  # fmt: skip
    """Where what stood there lies now."""
    with night_lock(settings, at=at):
        _refuse_while_open(settings.database)
        stamp = f"{at:%Y%m%dT%H%M%SZ}"
        old = [_swap(folder / DATABASE, settings.database, stamp)]
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                Path(f"{settings.database}{ending}").unlink()
        old += [_swap(folder / key.name, key, stamp) for key in settings.keys if key.name in keys]
        forget_database(settings)
        with open_installed(settings) as store:
            store.audit.record("restored", name, by=None, at=at, made_at=made_at)
    return old


def _refuse_while_open(database: Path) -> None:
    """Whoever else has the file open keeps it from being locked alone."""
    if not database.is_file() or not database.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(database, 2.0, isolation_level=None)) as raw:
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("PRAGMA journal_mode = DELETE")  # in WAL mode nothing else waits for readers
            raw.execute("BEGIN EXCLUSIVE")
            raw.rollback()
    except sqlite3.OperationalError as err:
        if err.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
            raise BadBackup(f"{database}: a program has it open; stop the review page and every other one") from err
    except sqlite3.DatabaseError:
        return  # damaged: a reason to restore


def _swap(new: Path, place: Path, stamp: str) -> Path | None:
    """Where the old file lies, after the new one took its place, whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{uuid4().hex[:8]}.partial")
    try:
        with (
            new.open("rb") as source,
            os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        ):
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            os.fsync(file.fileno())
        old = None
        if place.exists():
            old = place.with_name(f"{place.name}.before-{stamp}")
            old.hardlink_to(place)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return old
