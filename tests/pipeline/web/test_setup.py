"""A store for each request, of the file that is there now; the last one stays open until the next one is done with."""

import gc
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pipeline.errors import StoreError
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup, open_store


def test_a_request_has_one_store_and_no_two_requests_have_the_same(app):
    with app.app_context():
        first = open_store()
        assert open_store() is first
        with app.app_context():
            assert open_store() is not first
    assert first.statistics.totals(), "the last one stays open"
    with app.app_context():
        open_store()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.statistics.totals()


def test_a_store_may_be_closed_by_another_thread_than_opened_it(app):
    def ask():
        with app.app_context():
            return open_store().statistics.totals()

    with ThreadPoolExecutor(4) as pool:
        assert len([found.result() for found in [pool.submit(ask) for _ in range(40)]]) == 40
    assert ask()


def test_what_was_left_unfinished_is_undone(app):
    with app.app_context():
        open_store().db.run("BEGIN IMMEDIATE")
        open_store().accounts.disable("mai")
    with app.app_context():
        assert open_store().accounts.get("mai").active


def test_a_database_that_was_put_in_its_place_is_read_from_then_on(app, database, tmp_path):
    with app.app_context():
        open_store()
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other = shutil.copy(database, tmp_path / "backup.db")
    with closing(sqlite3.connect(other)) as db, db:
        db.execute("UPDATE analysts SET active = 0")
    for name in ("lurewatch.db-wal", "lurewatch.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(database)
    for _request in range(2):
        with app.app_context():
            assert not open_store().accounts.get("mai").active
            open_store().audit.record("saw", "case 1", by="mai", at=app.extensions["lurewatch"].clock())
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT count(*) FROM audit_log WHERE act = 'saw'").fetchone() == (2,)


def test_a_database_that_is_gone_is_said_to_be(app, database):
    with app.app_context():
        open_store()
    database.unlink()
    with app.app_context(), pytest.raises(StoreError, match="no such database"):
        open_store()


def test_nothing_stays_open_once_the_page_is_gone(database, taxonomy):
    app = create_app(PageSetup(database=database, taxonomy=taxonomy, secret_key=b"k" * 32))
    with app.app_context():
        store = open_store()
    del app
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.statistics.totals()
