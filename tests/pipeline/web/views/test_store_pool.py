"""Stores that stay open from one request to the next: never one that two use, nor one of another file."""

import gc
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pipeline.errors import StoreError
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.web.app import create_app
from pipeline.web.setup import PageSetup, StorePool
from web_acts import sign_in_as


@pytest.fixture
def kept(database):
    made = StorePool(database)
    yield made
    made.close()


def test_a_store_is_used_again_and_never_by_two(kept):
    first, second = kept.take(), kept.take()
    assert first is not second
    kept.give_back(first)
    kept.give_back(second)
    assert {kept.take(), kept.take()} == {first, second}
    first.close()
    second.close()


def test_another_thread_may_take_what_one_gave_back(kept):
    store = kept.take()
    kept.give_back(store)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(kept.take).result().queue.page(CaseFilter()).total == 2
    store.close()


def test_what_was_left_unfinished_is_undone(kept):
    store = kept.take()
    store.db.run("BEGIN IMMEDIATE")
    store.accounts.disable("mai")
    kept.give_back(store)
    assert kept.take() is store
    assert store.accounts.get("mai").active
    store.close()


def test_a_database_that_was_put_in_its_place_is_read_from_then_on(kept, database, tmp_path):
    kept.give_back(kept.take())
    with closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other = shutil.copy(database, tmp_path / "backup.db")
    with closing(sqlite3.connect(other)) as db, db:
        db.execute("UPDATE analysts SET active = 0")
    for name in ("lurewatch.db-wal", "lurewatch.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "backup.db").rename(database)
    store = kept.take()
    assert not store.accounts.get("mai").active
    store.close()


def test_a_store_that_was_in_use_while_its_file_was_replaced_is_closed(kept, database, tmp_path):
    store = kept.take()
    store.db.copy_to(tmp_path / "backup.db")
    (tmp_path / "backup.db").rename(database)
    kept.give_back(store)
    other = kept.take()
    assert other is not store
    other.close()


def test_a_database_that_is_gone_is_said_to_be(kept, database):
    store = kept.take()
    database.unlink()
    kept.give_back(store)
    with pytest.raises(StoreError, match="no such database"):
        kept.take()


def test_nothing_stays_open_once_the_page_is_gone(database, taxonomy):
    app = create_app(PageSetup(database=database, taxonomy=taxonomy, secret_key=b"k" * 32))
    sign_in_as(app, "mai").get("/")
    (store,) = app.extensions["lurewatch_stores"]._idle
    del app
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.statistics.totals()
