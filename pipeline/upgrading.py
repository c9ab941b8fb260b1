"""Brings a database to the newest step of ``migrations``, or refuses it and leaves it as it was."""

import sqlite3
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from pipeline.errors import StoreError
from pipeline.migrations import is_current, take_steps, unknown_steps

__all__ = ["migrate"]

APPLICATION_ID: Final = 0x4C555245
"""What SQLite's header says of a database of ours: ``LURE`` in ASCII."""


def migrate(db: Database, *, path: Path) -> None:
    """Bring the database to the newest step, in one transaction, or refuse it and leave it as it was.

    Two programs may open an old database at once: the second waits for the first and then finds nothing to do.
    """
    _check_ours(db, path)
    if is_current(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        _check_ours(db, path)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        take_steps(db)
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _check_ours(db: Database, path: Path) -> None:
    try:
        # One look: between two, another program may make the database.
        with db.atomic():
            tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            found = int(db.execute("PRAGMA application_id").fetchone()[0])
            unknown = unknown_steps(db)
    except sqlite3.DatabaseError as err:
        raise StoreError(f"{path}: not a readable SQLite database ({err})") from err
    if tables and found != APPLICATION_ID:
        raise StoreError(f"{path}: a SQLite database, but not one of lurewatch's; expected another --database")
    if unknown:
        raise StoreError(
            f"{path}: written by a newer lurewatch: step {unknown[0]!r} is not among those that this one knows; "
            "expected the program to be upgraded first"
        )
