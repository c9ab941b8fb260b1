"""One open database: the connection, whole acts, and how moments are written.

A JobAd as the database keeps it.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

from sqlite_utils import Database

from crawler.ad import JobAd
from crawler.ad_json import ad_from_record
from pipeline.errors import StoreError
from pipeline.store.schema.migrations import migrate

__all__ = ["Store", "from_moment", "read_ad", "storable", "to_moment"]

BUSY_SECONDS = 30
"""How long one writer waits for another: a night takes a batch in within seconds."""

Params = Sequence[object] | Mapping[str, object]


class Store:
    """The connection that the parts of the store share. Each process opens its own, and each thread that uses one at
    the time."""

    def __init__(self, db: Database, turns: AbstractContextManager[object] | None = None) -> None:
        self._db = db
        self._turns = turns or nullcontext()

    @classmethod
    def open(cls, path: Path, *, create: bool = False, turns: AbstractContextManager[object] | None = None) -> Self:
        """The database at this path, brought to the newest step; ``create`` makes it where it is missing.

        With ``turns``, a lock that a program's threads share, one thread may hand the store to another, though two
        never use it at a time; and their acts wait for one another there. SQLite lets a writer that met another one
        sleep, for longer each time: whoever comes then may be first.
        """
        if not path.is_file() and not create:
            raise StoreError(
                f"{path}: no such database; expected one made by `lurewatch intake` or `lurewatch nightly`"
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            db = Database(
                sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=turns is None),
                execute_plugins=False,
            )
        except (OSError, sqlite3.Error) as err:
            raise StoreError(f"{path}: cannot be opened ({err})") from err
        try:
            migrate(db, path=path)
            _enable_wal(db)
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            db.close()
            raise
        return cls(db, turns)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def leave(self) -> None:
        """Undo what was begun and not finished."""
        if self._db.conn.in_transaction:
            self._db.rollback()

    def schema_version(self) -> int:
        """A number that is another one as soon as any program has changed the tables."""
        return int(self._db.execute("PRAGMA schema_version").fetchone()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def copy_to(self, path: Path) -> None:
        """A copy of the database as it stands now, in one file. All of it is read from one snapshot: whoever writes
        meanwhile neither waits nor is in it by half."""
        with closing(sqlite3.connect(path)) as copy:
            self._db.conn.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")

    @contextmanager
    def atomic(self, *, keep: bool = True) -> Iterator[None]:
        """One whole act: all of it is written, or none; the outermost without ``keep`` only tries, and writes nothing.

        The outermost takes the write lock at once, so that what is read inside cannot change before it is written.
        """
        if self._db.conn.in_transaction:
            with self._db.atomic():
                yield
            return
        with self._turns:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.rollback()
                raise
            if keep:
                self._db.commit()
            else:
                self._db.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One look: all that is read inside is as one moment has it, and no writer waits for it."""
        if self._db.conn.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()

    def _rows(self, sql: str, params: Params = ()) -> list[dict[str, Any]]:
        cursor = self._db.execute(sql, params)  # type: ignore[arg-type]
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _row(self, sql: str, params: Params = ()) -> dict[str, Any] | None:
        rows = self._rows(sql, params)
        return rows[0] if rows else None

    def _run(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        return self._db.execute(sql, params)  # type: ignore[arg-type]


def _enable_wal(db: Database) -> None:
    """Write-ahead logging, which outlives the connection: readers and a writer do not wait for each other."""
    deadline = monotonic() + BUSY_SECONDS
    while True:
        try:
            return db.enable_wal()
        except sqlite3.OperationalError:
            # SQLite does not wait by itself here while another program makes the same switch.
            if monotonic() > deadline:
                raise
            sleep(0.02)


def from_moment(moment: datetime) -> str:
    """The moment as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_moment(text: str) -> datetime:
    """The moment that was written so."""
    return datetime.fromisoformat(text)


def read_ad(record: str) -> JobAd:
    """The ad that was stored as this line."""
    values: dict[str, Any] = json.loads(record)
    return ad_from_record(values, source=values["source"], seen_at=to_moment(values["seen_at"]))


def storable(text: str | None) -> str | None:
    """The text as SQLite takes it, which speaks UTF-8 alone; the record, which is JSON, keeps what was really there."""
    return text if text is None else text.encode("utf-8", "replace").decode()
