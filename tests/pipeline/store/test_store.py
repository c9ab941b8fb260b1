"""Opening a database: ours, another's, an older or newer one, an empty file, none."""

import re
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import click
import pytest

from builders import NOON, make_ad
from pipeline.accounts.analysts import Analyst
from pipeline.cli import cli
from pipeline.errors import BadAnalyst, StoreError, UnknownAd, UnknownAnalyst
from pipeline.store.store import APPLICATION_ID, SCHEMA_VERSION, Store
from store_builders import look, open_store


def test_a_database_that_is_missing_is_made_only_where_that_is_asked(tmp_path):
    with pytest.raises(StoreError, match="no such database"):
        Store.open(tmp_path / "absent.db")
    assert list(tmp_path.iterdir()) == []
    Store.open(tmp_path / "deep" / "new.db", create=True).close()
    Store.open(tmp_path / "deep" / "new.db").close()


def test_it_is_opened_for_many_readers_and_with_its_references_kept(tmp_path):
    with open_store(tmp_path) as store:
        assert store.db.row("PRAGMA journal_mode") == {"journal_mode": "wal"}
        assert store.db.row("PRAGMA foreign_keys") == {"foreign_keys": 1}


def refused(path, message):
    """The file is refused with these words, whoever asks for it, and not a byte of it is changed."""
    before = path.read_bytes()
    for create in (False, True):
        with pytest.raises(StoreError, match=message):
            Store.open(path, create=create)
    assert path.read_bytes() == before
    assert {each.name for each in path.parent.iterdir()} <= {path.name, "contacts.key"}


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "notes.db").write_text("milk, bread " * 100)
    refused(tmp_path / "notes.db", "not a readable SQLite database")


def test_damage_to_the_schema_is_named_without_a_word_of_it(tmp_path):
    path = tmp_path / "lurewatch.db"
    Store.open(path, create=True).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("UPDATE sqlite_master SET sql = 'CREATE TABLE Call 012 847 593' WHERE name = 'decisions'")
    with pytest.raises(StoreError, match="the database is damaged") as refused:
        Store.open(path)
    assert "847 593" not in str(refused.value)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path, create=True)


def test_an_empty_file_is_never_taken_for_a_new_database(tmp_path):
    (tmp_path / "lurewatch.db").touch()
    refused(tmp_path / "lurewatch.db", r"lurewatch\.db: is empty.*Expected a backup in its place.*lurewatch intake")


def test_a_database_without_tables_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "lurewatch.db")) as db:
        db.execute("PRAGMA user_version = 1")
    refused(tmp_path / "lurewatch.db", "is empty")


def test_another_programs_database_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")
    refused(tmp_path / "other.db", "not one of lurewatch's")


def test_a_database_of_a_newer_program_is_refused(tmp_path):
    open_store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "lurewatch.db")) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    refused(
        tmp_path / "lurewatch.db", rf"newer lurewatch \(schema {SCHEMA_VERSION + 1}; this one knows {SCHEMA_VERSION}"
    )


@pytest.fixture
def old_database(tmp_path):
    """A database as the program made it while its tables came in steps."""
    path = tmp_path / "lurewatch.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            f"""PRAGMA application_id = {APPLICATION_ID};
            CREATE TABLE _sqlite_migrations (id INTEGER PRIMARY KEY, migration_set TEXT, name TEXT, applied_at TEXT);
            INSERT INTO _sqlite_migrations (migration_set, name, applied_at)
            VALUES ('lurewatch', 's0001_ads_cases_decisions', '2026-11-01T00:00:00+00:00');
            CREATE TABLE ads (ad_id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT, version_id INTEGER) STRICT;
            CREATE TABLE decisions (decision_id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, verdict TEXT) STRICT;
            INSERT INTO ads VALUES ('test:1', 'test', NULL, 1);
            INSERT INTO decisions VALUES (1, 1, 'legitimate');"""
        )
    return path


def test_a_database_of_an_older_program_is_refused_with_the_way_to_build_it_anew(old_database):
    refused(old_database, rf"older lurewatch \(schema 0; expected {SCHEMA_VERSION}\)")
    with pytest.raises(StoreError) as refusal:
        Store.open(old_database)
    named = re.findall(r"`lurewatch ([^`]+)`", str(refusal.value))
    assert [words.split()[0] for words in named] == ["labels", "intake", "nightly", "analysts"]
    for words in named:
        name, *rest = words.split()
        context = click.Context(cli)
        command = cli.get_command(context, name)
        assert command is not None
        assert not isinstance(command, click.Group) or command.get_command(context, rest[0]) is not None


def test_a_new_database_says_whose_it_is_and_of_which_schema(tmp_path):
    with open_store(tmp_path) as store, closing(sqlite3.connect(tmp_path / "lurewatch.db")) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert len(store.audit.installation()) == 64
        assert store.faults() == ()
    assert (tmp_path / "lurewatch.db").stat().st_mode & 0o777 == 0o600, "ads hold names and numbers"


def test_damage_is_found(tmp_path):
    with open_store(tmp_path) as store:
        look(store, make_ad())
        store.db.run("PRAGMA foreign_keys = OFF")
        store.db.run("INSERT INTO case_ads (case_id, ad_id, joined_at) VALUES (9, 'test:1', '')")
        assert store.faults() == ("table case_ads: a row refers to nothing",)


def test_programs_that_make_the_database_at_once_make_one(tmp_path):
    ready = threading.Barrier(4)

    def make():
        ready.wait()
        with Store.open(tmp_path / "new.db", create=True) as store:
            return store.statistics.totals()["ads"]

    with ThreadPoolExecutor(4) as pool:
        made = [pool.submit(make) for _ in range(4)]
        assert [each.result() for each in made] == [0, 0, 0, 0]


def test_an_account_is_found_however_its_name_is_cased_and_is_never_there_twice(tmp_path):
    with open_store(tmp_path) as store:
        assert store.accounts.get("MAI").name == "mai"
        with pytest.raises(BadAnalyst, match="already"):
            store.accounts.add(Analyst(name="Mai", role="supervisor", password_hash=""), at=NOON)
        with pytest.raises(BadAnalyst, match="expected 1 to 64 letters"):
            store.accounts.add(Analyst(name="a b", role="supervisor", password_hash=""), at=NOON)
        with pytest.raises(BadAnalyst, match="role 'boss'"):
            store.accounts.add(Analyst(name="an", role="boss", password_hash=""), at=NOON)


def test_a_name_with_letters_of_its_own_is_found_however_it_is_cased_too(tmp_path):
    with open_store(tmp_path) as store:
        store.accounts.add(Analyst(name="đức.hải", role="analyst", password_hash="h"), at=NOON)
        assert store.accounts.known("Đức.HẢI").name == "đức.hải"
        with pytest.raises(BadAnalyst, match="already"):
            store.accounts.add(Analyst(name="Đức.Hải", role="analyst", password_hash="h"), at=NOON)
        assert store.accounts.get("đuc.hải") is None
        store.accounts.add(Analyst(name="kim", role="analyst", password_hash="h"), at=NOON)
        assert store.accounts.get("\N{KELVIN SIGN}im") is None, "a sign that only looks like a letter"


def test_sessions_end_with_a_new_password_and_with_the_account(tmp_path):
    with open_store(tmp_path) as store:
        store.accounts.set_password_hash("mai", "new")
        assert (store.accounts.get("mai").session_version, store.accounts.get("mai").password_hash) == (2, "new")
        store.accounts.disable("mai")
        assert (store.accounts.get("mai").session_version, store.accounts.get("mai").active) == (3, False)
        with pytest.raises(UnknownAnalyst, match="nobody"):
            store.accounts.disable("nobody")


def test_a_run_that_was_cut_short_is_taken_up_again(tmp_path):
    with open_store(tmp_path) as store:
        run = store.runs.start(at=NOON)
        assert store.runs.start(at=NOON.replace(hour=15)) == run
        store.runs.end(run.run_id, at=NOON.replace(hour=16), counts={"new": 3}, problems=["board-a: đóng"])
        (ended,) = store.runs.latest()
        assert (ended.counts, ended.problems, ended.ended_at.hour) == ({"new": 3}, ("board-a: đóng",), 16)
        assert store.runs.start(at=NOON.replace(hour=20)).run_id != run.run_id


def test_an_ad_that_is_not_there_is_named(tmp_path):
    with open_store(tmp_path) as store, pytest.raises(UnknownAd, match="'x:1'"):
        store.ads.get("x:1")
