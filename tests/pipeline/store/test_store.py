"""Opening a database: ours, another's, a newer one, none."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from builders import NOON
from pipeline.accounts.analysts import Analyst
from pipeline.errors import BadAnalyst, StoreError, UnknownAd, UnknownAnalyst
from pipeline.store.review_queue import ReviewQueue
from store_builders import open_queue


def test_a_database_that_is_missing_is_made_only_where_that_is_asked(tmp_path):
    with pytest.raises(StoreError, match="no such database"):
        ReviewQueue.open(tmp_path / "absent.db")
    assert list(tmp_path.iterdir()) == []
    ReviewQueue.open(tmp_path / "deep" / "new.db", create=True).close()
    ReviewQueue.open(tmp_path / "deep" / "new.db").close()


def test_it_is_opened_for_many_readers_and_with_its_references_kept(tmp_path):
    with open_queue(tmp_path) as queue:
        assert queue._row("PRAGMA journal_mode") == {"journal_mode": "wal"}
        assert queue._row("PRAGMA foreign_keys") == {"foreign_keys": 1}


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.db").write_text("milk, bread " * 100)
    with pytest.raises(StoreError, match="not a readable SQLite database"):
        ReviewQueue.open(tmp_path / "notes.db")
    with pytest.raises(StoreError, match="cannot be opened"):
        ReviewQueue.open(tmp_path, create=True)


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(StoreError, match="not one of lurewatch's"):
        ReviewQueue.open(tmp_path / "other.db", create=True)
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    with open_queue(tmp_path) as queue:
        queue._run(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('lurewatch', 's9999_later', '')"
        )
    with pytest.raises(StoreError, match=r"newer lurewatch: step 's9999_later'"):
        ReviewQueue.open(tmp_path / "lurewatch.db")


def test_programs_that_make_the_database_at_once_make_one(tmp_path):
    ready = threading.Barrier(4)

    def make():
        ready.wait()
        with ReviewQueue.open(tmp_path / "new.db", create=True) as queue:
            return queue.counts()["ads"]

    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(make) for _ in range(4)]
        assert [each.result() for each in made] == [0, 0, 0, 0]


def test_an_account_is_found_however_its_name_is_cased_and_is_never_there_twice(tmp_path):
    with open_queue(tmp_path) as queue:
        assert queue.analyst("MAI").name == "mai"
        with pytest.raises(BadAnalyst, match="already"):
            queue.add_analyst(Analyst(name="Mai", role="supervisor", password_hash=""), at=NOON)
        with pytest.raises(BadAnalyst, match="expected 1 to 64 letters"):
            queue.add_analyst(Analyst(name="a b", role="supervisor", password_hash=""), at=NOON)
        with pytest.raises(BadAnalyst, match="role 'boss'"):
            queue.add_analyst(Analyst(name="an", role="boss", password_hash=""), at=NOON)


def test_sessions_end_with_a_new_password_and_with_the_account(tmp_path):
    with open_queue(tmp_path) as queue:
        queue.set_password_hash("mai", "new")
        assert (queue.analyst("mai").session_version, queue.analyst("mai").password_hash) == (2, "new")
        queue.disable_analyst("mai")
        assert (queue.analyst("mai").session_version, queue.analyst("mai").active) == (3, False)
        with pytest.raises(UnknownAnalyst, match="nobody"):
            queue.disable_analyst("nobody")


def test_a_run_that_was_cut_short_is_taken_up_again(tmp_path):
    with open_queue(tmp_path) as queue:
        run = queue.start_run(at=NOON)
        assert queue.start_run(at=NOON.replace(hour=15)) == run
        queue.end_run(run.run_id, at=NOON.replace(hour=16), counts={"new": 3}, problems=["board-a: đóng"])
        (ended,) = queue.runs()
        assert (ended.counts, ended.problems, ended.ended_at.hour) == ({"new": 3}, ("board-a: đóng",), 16)
        assert queue.start_run(at=NOON.replace(hour=20)).run_id != run.run_id


def test_an_ad_that_is_not_there_is_named(tmp_path):
    with open_queue(tmp_path) as queue, pytest.raises(UnknownAd, match="'x:1'"):
        queue.ad("x:1")
