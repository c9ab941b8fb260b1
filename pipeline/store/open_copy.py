"""Copy of the store's open columns in a file, for ``lurewatch explore``.

A copy, and not the store behind an authorizer: SQLite asks none for the columns of ``JOIN ... USING`` and
``NATURAL JOIN``, by which anybody could try values out against a column that they may not read (decision 0050).

No contact, name, address, note, account or entry of the audit log is in it, and nothing that was computed from an ad's
text: numbers could be tried out against a hash of it. Decisions on texts that wait for a second opinion are left out,
so that the second analyst does not find the first opinion here.
"""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.linking.redaction import ad_without_contacts
from pipeline.store.connection import Connection, sql_of, storable


def copy_open_parts(store: Path, copy: Path) -> int:
    """How many rows are in the new copy, made by ``open_copy.sql``. The store is only read, all of it as one moment has
    it."""
    with closing(sqlite3.connect(_address(copy, "mode=rwc"), uri=True, isolation_level=None)) as made:
        try:
            made.execute("PRAGMA journal_mode = OFF")
            made.execute("ATTACH ? AS store", [_address(store)])
            made.executescript(sql_of("open_copy.sql"))
        except sqlite3.Error as err:
            raise StoreError(f"{store}: cannot be copied for the explorer ({err})") from err
        return made.total_changes


def read_only(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """A connection that changes nothing, for any thread; ``immutable`` where nobody else does either."""
    return sqlite3.connect(_address(path, "immutable=1" if immutable else "mode=ro"), uri=True, check_same_thread=False)


def _address(path: Path, how: str = "mode=ro") -> str:
    return f"{path.resolve().as_uri()}?{how}"


def give_texts(connection: sqlite3.Connection, store: Path) -> None:
    """Let ``ad_title(version_id)`` and ``ad_text(version_id)`` be asked of a connection to the copy."""
    reader = Connection(read_only(store), store.parent)

    def text_of(field: str, version_id: object) -> str | None:
        record = reader.value("SELECT record FROM ad_versions WHERE version_id = ?", [version_id])
        return storable(getattr(ad_without_contacts(reader.read_ad(record)), field)) if record else None

    connection.create_function("ad_title", 1, partial(text_of, "title"))
    connection.create_function("ad_text", 1, partial(text_of, "description"))
