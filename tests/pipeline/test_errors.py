"""What an error of the database says: its cause, and nothing of what is stored."""

import sqlite3
from contextlib import closing

import pytest

from builders import NOON
from pipeline.accounts.analysts import Analyst
from pipeline.errors import database_message
from store_builders import open_store


def message_of(act):
    with pytest.raises(sqlite3.Error) as raised:
        act()
    return database_message(raised.value)


def test_a_database_that_another_program_writes_is_said_to_be_busy(tmp_path):
    path = tmp_path / "lurewatch.db"
    with open_store(tmp_path) as store, store.atomic(), closing(sqlite3.connect(path, timeout=0)) as other:
        assert "another program" in message_of(lambda: other.execute("BEGIN IMMEDIATE"))


def test_a_full_disk_is_said_to_be_full(tmp_path):
    with open_store(tmp_path) as store:
        store.db.run(f"PRAGMA max_page_count = {store.db.value('PRAGMA page_count')}")
        names = [f"analyst-{number}" for number in range(2_000)]
        message = message_of(
            lambda: [
                store.accounts.add(Analyst(name=name, role="analyst", password_hash=""), at=NOON) for name in names
            ]
        )
    assert message == "the disk is full: the database cannot grow (SQLITE_FULL)"


def test_damaged_text_is_named_without_what_is_stored(tmp_path):
    with open_store(tmp_path) as store:
        store.db.run("UPDATE analysts SET language = CAST(X'ff736563726574' AS TEXT)")
        message = message_of(store.accounts.all)
    assert message.startswith("the database is damaged; expected a backup")
    assert "secret" not in message


def test_damaged_pages_are_named(tmp_path):
    open_store(tmp_path).close()
    path = tmp_path / "lurewatch.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'analysts'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with closing(sqlite3.connect(path)) as db:
        message = message_of(lambda: db.execute("SELECT * FROM analysts").fetchall())
    place = "docs/operators/backup.md"
    assert message == f"the database is damaged; expected a backup in its place ({place}) (SQLITE_CORRUPT)"


def test_a_database_that_may_only_be_read_is_named(tmp_path):
    open_store(tmp_path).close()
    with closing(sqlite3.connect(f"{(tmp_path / 'lurewatch.db').as_uri()}?mode=ro", uri=True)) as db:
        assert "cannot be written" in message_of(lambda: db.execute("DELETE FROM sessions"))


def test_a_fault_of_ours_is_not_put_down_to_the_database(tmp_path):
    with open_store(tmp_path) as store:
        assert message_of(lambda: store.db.run("SELECT nothing FROM nowhere")) is None
