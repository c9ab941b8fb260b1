"""Makes the copy that is explored: the open columns of a store, in a file of its own.

A copy, and not the store behind an authorizer: SQLite asks none for the columns of ``JOIN ... USING`` and
``NATURAL JOIN``, by which anybody could try values out against a column that they may not read (decision 0050).
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import StoreError
from pipeline.exploring.open_tables import AFTERWARDS, TABLES

__all__ = ["copy_open_parts", "read_only"]


def copy_open_parts(store: Path, copy: Path) -> int:
    """How many rows are in the new copy. The store is only read, all of it as one moment has it."""
    made = sqlite3.connect(f"file:{quote(str(copy))}?mode=rwc", uri=True, isolation_level=None)
    try:
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("ATTACH ? AS store", [_address(store)])
        made.execute("BEGIN")
        rows = 0
        for table, content in TABLES:
            made.execute(table)
            rows += made.execute(f"INSERT INTO {table.split()[2]} {content}").rowcount
        made.execute("COMMIT")
        for statement in AFTERWARDS:
            made.execute(statement)
    except sqlite3.Error as err:
        raise StoreError(f"{store}: cannot be copied for the explorer ({err})") from err
    finally:
        made.close()
    return rows


def read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that changes nothing, for any thread; ``immutable`` where nobody else does either."""
    return sqlite3.connect(_address(path, "immutable=1" if immutable else "mode=ro"), uri=True, check_same_thread=False)


def _address(path: Path, how: str = "mode=ro") -> str:
    return f"file:{quote(str(path.resolve()))}?{how}"
