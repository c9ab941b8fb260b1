"""The explorer, with real Datasette: what is seen, and that nothing hidden can be reached. Every text is invented."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from builders import NOON
from crawler.ad import fingerprint
from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import hash_password
from pipeline.cli import cli
from pipeline.errors import StoreError
from pipeline.store.open_copy import copy_open_parts
from pipeline.store.store import Store
from referral_samples import LURE, PHONE, SECRETS, agree, filled_queue, say
from store_builders import copy_store
from web_acts import PASSWORD

datasette = pytest.importorskip("datasette.app")
explorer = pytest.importorskip("pipeline.exports.explorer")
serving = pytest.importorskip("pipeline.exports.explorer")

TAG, NAME = "known-group", "quillon"
TABLES = (
    "batches", "ads", "versions", "changes", "assessments", "indicators_shown", "cases", "decisions", "second_opinions",
    "licence_lookups", "nights",
)  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Two people agree on case 1; case 2 awaits its second opinion; accounts, sessions and notes are as they are."""
    folder = tmp_path_factory.mktemp("store")
    with filled_queue(folder) as store:
        agree(store)
        store.accounts.add(Analyst(name=NAME, role="analyst", password_hash=hash_password(PASSWORD)), at=NOON)
        say(store, 2, "job_fraud", by=NAME, tags=(TAG,))
        store.queue.save_filter(NAME, "Watch Kestwick", "place=Kestwick")
        store.audit.record("saw", "case 1", by=NAME, at=NOON)
    return folder / "lurewatch.db"


@pytest.fixture(scope="module")
def copy(database, tmp_path_factory):
    made = tmp_path_factory.mktemp("copy") / "open.db"
    assert copy_open_parts(database, made) > 10
    return made


@pytest.fixture(scope="module")
def ask(database, copy):
    """The status and the text of an answer to a path."""
    made = explorer.make_explorer(copy, database)

    async def get(path):
        answer = await made.client.get(path)
        return answer.status_code, answer.text

    yield lambda path: asyncio.run(get(path))
    for database in made.databases.values():
        database.close()


@pytest.fixture
def own_store(database, tmp_path):
    """A store that a test may change."""
    return copy_store(database, tmp_path)


def query(ask, sql):
    status, text = ask(f"/lurewatch.json?{urlencode({'sql': sql, '_shape': 'array'})}")
    return status, json.loads(text)


def hidden(database):
    """All that nobody may find: every value of every text column that is not open, as it stands in the store."""
    with Store.open(database) as store:
        rows = {
            table: store.db.rows(f"SELECT * FROM {table}")
            for table in ("analysts", "sessions", "audit_log", "contacts", "saved_filters", "ads", "ad_versions")
        }
    yield from (*SECRETS, "011 000 777", fingerprint(LURE), TAG, NAME, "Call ")
    yield from (row["password_hash"] for row in rows["analysts"] if row["name"] == NAME)
    yield from (row["hash"] for table in ("audit_log", "contacts") for row in rows[table])
    yield from (row["title"] for row in rows["saved_filters"])
    yield from (row["ad_id"] for row in rows["ads"])
    yield from (row["content_hash"] for row in rows["ad_versions"])


def test_the_copy_holds_no_byte_of_what_is_hidden(database, copy):
    content = copy.read_bytes()
    for value in hidden(database):
        assert value.encode() not in content, value


def test_the_copy_holds_the_tables_that_are_named_and_no_other(copy):
    with closing(sqlite3.connect(copy)) as opened:
        found = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert found == set(TABLES)


def test_the_store_is_left_as_it_was(database, copy, ask):
    before = database.read_bytes()
    query(ask, "SELECT title, text FROM case_texts")
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    "path",
    ["/", "/lurewatch", "/-/databases.json", "/-/metadata.json", "/lurewatch/case_texts", "/lurewatch/case_texts.csv"]
    + [f"/lurewatch/{table}{form}" for table in TABLES for form in ("", ".json")],
)
def test_no_page_shows_what_is_hidden(database, ask, path):
    status, text = ask(path)
    assert status == 200
    for value in hidden(database):
        assert value not in text, value


def test_sql_may_be_asked_and_texts_come_without_contacts(ask):
    status, rows = query(ask, "SELECT case_id, title, text FROM case_texts ORDER BY case_id")
    assert (status, [row["case_id"] for row in rows]) == (200, [1, 2])
    assert len(rows[0]["text"]) == len(LURE.description)
    assert rows[0]["text"].startswith("We pay an advance of 500 before you fly.")
    assert rows[1]["title"] == "Other work"
    status, rows = query(
        ask,
        "SELECT c.country, i.indicator, count(*) AS n FROM cases c JOIN indicators_shown i USING (version_id) "
        "GROUP BY 1, 2 ORDER BY 2",
    )
    assert rows[0] == {"country": "KH", "indicator": "debt.advance", "n": 1}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM analysts",
        "SELECT * FROM main.contacts",
        "SELECT * FROM store.contacts",
        "SELECT count(*) FROM sessions",
        "WITH g(name) AS (VALUES ('quillon')) SELECT count(*) FROM g JOIN analysts USING (name)",
        "WITH g(name) AS (VALUES ('quillon')) SELECT g.name FROM g NATURAL JOIN analysts",
        "SELECT record FROM ad_versions",
        "SELECT note FROM decisions",
        "SELECT analyst FROM decisions",
        "SELECT * FROM case_words WHERE case_words MATCH 'advance'",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/hostname')",
        "ATTACH 'lurewatch.db' AS s",
        "PRAGMA writable_schema = ON",
        "CREATE TABLE x (a)",
        "DELETE FROM cases",
        "SELECT ad_text()",
    ],
)
def test_nothing_else_can_be_asked(ask, sql):
    status, answer = query(ask, sql)
    assert status == 400
    assert answer["ok"] is False


def test_the_pages_of_the_file_itself_hold_nothing_hidden(database, ask):
    status, rows = query(ask, "SELECT group_concat(hex(data), '') AS pages FROM sqlite_dbpage")
    if status == 200:  # where SQLite was built with it
        pages = bytes.fromhex(rows[0]["pages"])
        assert not any(value.encode() in pages for value in hidden(database))


def test_texts_are_given_by_number_alone(ask):
    odd = "SELECT ad_text('1 OR 1=1') AS a, ad_text(NULL) AS b, ad_text(99999) AS c, ad_title(1.5) AS d"
    assert query(ask, odd) == (200, [{"a": None, "b": None, "c": None, "d": None}])
    status, rows = query(ask, "SELECT ad_title(version_id) AS title, ad_text(version_id) AS text FROM versions")
    assert (status, len(rows)) == (200, 5)
    assert PHONE[4:] not in json.dumps(rows)


def test_the_database_is_not_handed_out(ask):
    assert ask("/lurewatch.db")[0] == 403


def test_a_first_opinion_is_not_found_before_the_second(ask):
    assert {row["case_id"] for row in query(ask, "SELECT case_id FROM decisions")[1]} == {1}
    assert query(ask, "SELECT * FROM second_opinions WHERE case_id = 2")[1] == [
        {"case_id": 2, "why": None, "standing": "awaited"}
    ]


def test_a_store_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "other.db").write_text("no database")
    with pytest.raises(StoreError, match="cannot be copied"):
        copy_open_parts(tmp_path / "other.db", tmp_path / "open.db")


HOSTS = {"127.0.0.1:1": 200, "localhost": 200, "[::1]:1": 200, "evil.example": 400, "": 400}
SITES = {"same-origin": 200, "none": 200, "cross-site": 400, "same-site": 400}


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
def test_it_answers_to_this_machines_names_alone(database, copy, host, status):
    assert answered(database, copy, [(b"host", host.encode())] if host else []) == status


@pytest.mark.parametrize(("site", "status"), SITES.items())
def test_it_answers_to_no_page_elsewhere(database, copy, site, status):
    assert answered(database, copy, [(b"host", b"localhost"), (b"sec-fetch-site", site.encode())]) == status


def answered(database, copy, headers):
    """The status of the answer to a request of these headers."""
    made = explorer.make_explorer(copy, database)
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    path = "/-/settings.json"
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
        "headers": headers, "http_version": "1.1", "server": ("127.0.0.1", 1),
    }  # fmt: skip
    asyncio.run(serving.only_from_here(made.app())(scope, receive, send))
    return sent[0]["status"]


def test_a_query_makes_no_value_that_fills_the_memory(ask):
    status, text = ask("/lurewatch.json?" + urlencode({"sql": "select length(hex(zeroblob(300000000))) as n"}))
    assert status == 400
    assert "too big" in text


def test_the_command_serves_this_machine_and_leaves_nothing_behind(own_store, tmp_path):
    (tmp_path / "scratch").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pipeline.cli", "explore", "--database", str(own_store), "--port", "0"],
        env={"PATH": "", "TMPDIR": str(tmp_path / "scratch"), "LUREWATCH_HOME": str(tmp_path)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        address = process.stdout.readline().split(" at ")[1].split()[0]
        with urllib.request.urlopen(f"{address}lurewatch/cases.json") as answer:
            assert json.load(answer)["rows"]
        asked = urllib.request.Request(address, headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(asked)
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
    assert list((tmp_path / "scratch").iterdir()) == []
    with Store.open(own_store) as store:
        assert store.audit.entries(act="exported")[0].subject == "explorer"


def test_without_the_extra_the_command_says_what_is_missing(own_store, tmp_path, monkeypatch):
    monkeypatch.setenv("LUREWATCH_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "datasette.app", None)
    monkeypatch.delitem(sys.modules, "pipeline.exports.explorer")
    done = CliRunner().invoke(cli, ["explore", "--database", str(own_store)])
    assert (done.exit_code, "pip install 'lurewatch[explore]'" in done.output) == (2, True)
    with Store.open(own_store) as store:
        assert store.audit.entries(act="exported") == ()
