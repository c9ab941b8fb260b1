"""How a night begins: alone, on a sound database of its own, with room to end."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from source_cards import write_card

from builders import NOON, make_ad
from crawler.errors import InUse
from crawler.processes import hold, holder_of
from pipeline.nightly.installation import find_future
from pipeline.nightly.intake import take_in
from pipeline.store.store import Store
from store_builders import NIGHT, spoil, write_batch
from tiny_model import LAWFUL, LURE

ROOT = Path(__file__).parents[3]


def ad(number, **fields):
    return make_ad(ad_id=f"test:{number}", url=f"http://127.0.0.1:1/{number}", **fields)


@pytest.fixture
def quiet(home, run):
    """A home that has had a night without sources."""
    (home / "data" / "sources").mkdir(parents=True)
    assert run("nightly").exit_code == 0
    return home / "data" / "local"


def test_a_second_night_says_who_runs_since_when_and_touches_nothing(home, run, board):
    board(baker=LAWFUL, campus=LURE, waiter="A cafe seeks a waiter for weekends. Written contract.")
    write_card(home, "board-a", f"{board.address}/sitemap.xml", delay=1.0)
    night = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "nightly"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lock = home / "data" / "local" / "night.lock"
    batches = home / "data" / "local" / "batches"
    while holder_of(lock) is None or not list(batches.glob("board-a/.*.partial")):
        assert night.poll() is None
        time.sleep(0.02)
    second = run("nightly")
    assert second.exit_code == 2
    assert f"another process has been at it since {datetime.now(UTC):%Y-%m-%d}" in second.output
    assert f"(pid {night.pid})" in second.output
    write_card(home, "board-a", f"{board.address}/sitemap.xml")  # without the delay that kept the night at it
    crawl = run("crawl", home / "data" / "sources" / "board-a.toml") if night.poll() is None else None
    assert night.wait() == 0
    assert crawl is None or crawl.exit_code in {0, 1}
    assert run("nightly").exit_code == 0
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert store.statistics.totals()["ads"] == 3
        assert len(store.runs.latest()) == 2


def test_a_lock_ends_with_the_process_that_held_it(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom datetime import datetime, UTC\n"
        "from crawler.processes import hold\n"
        "with hold(Path(sys.argv[1]), doing='x', at=datetime.now(UTC)): print('held', flush=True); time.sleep(60)"
    )
    path = tmp_path / "a.lock"
    holder = subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(InUse, match=f"pid {holder.pid}"), hold(path, doing="y", at=NOON):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with hold(path, doing="y", at=NOON):
        assert holder_of(path) is not None
    assert holder_of(path) is None


def test_a_host_that_another_crawl_reads_is_left_alone(home, run, board, monkeypatch):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    monkeypatch.setenv("LUREWATCH_CACHE", str(home / "cache"))
    monkeypatch.setattr("crawler.run.runner.HOST_WAIT", 0.1)
    card = home / "data" / "sources" / "board-a.toml"
    assert run("crawl", card).exit_code == 0
    (lock,) = (home / "cache" / ".hosts").iterdir()
    with hold(lock, doing="reading", at=NOON):
        refused = run("crawl", card)
    assert (refused.exit_code, f"(pid {os.getpid()})" in refused.output) == (1, True)
    assert run("crawl", card).exit_code == 0


def test_a_locked_database_is_waited_for(quiet, run):
    other = sqlite3.connect(quiet / "lurewatch.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(2.0, other.rollback)
    release.start()
    assert run("nightly").exit_code == 0
    release.join()
    other.close()


def test_an_act_is_tried_again_where_sqlite_itself_gave_up(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.store.store.BUSY_SECONDS", 0.05)
    Store.open(tmp_path / "a.db", create=True).close()
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with Store.open(tmp_path / "a.db") as store, pytest.raises(sqlite3.OperationalError), store.atomic():
        pass
    release = threading.Timer(0.5, other.rollback)
    release.start()
    with Store.open(tmp_path / "a.db", patience=30) as store, store.atomic():
        pass
    release.join()
    other.close()


def test_a_database_that_is_gone_is_not_made_anew_unasked(quiet, run):
    (quiet / "lurewatch.db").unlink()
    night = run("nightly")
    assert (night.exit_code, "it is gone" in night.output, (quiet / "lurewatch.db").exists()) == (2, True, False)
    (quiet / "installation.json").unlink()
    assert run("nightly").exit_code == 2, "it stands beside the batches, too"
    write_batch(quiet / "batches", [make_ad()], night=1)
    assert run("intake", quiet / "batches").exit_code == 2
    assert run("intake", "--new-database", quiet / "batches").exit_code == 0
    assert run("nightly").exit_code == 0


def test_an_empty_a_foreign_and_a_damaged_database_are_refused(quiet, run, tmp_path):
    database = quiet / "lurewatch.db"
    with Store.open(database) as store:
        store.db.copy_to(tmp_path / "whole.db")
    Store.open(tmp_path / "other.db", create=True).close()
    database.write_bytes(b"")
    assert run("nightly").exit_code == 2
    with Store.open(tmp_path / "other.db") as store:
        database.unlink()
        store.db.copy_to(database)
    database.chmod(0o600)
    foreign = run("nightly")
    assert (foreign.exit_code, "another installation" in foreign.output) == (2, True)
    shutil.copyfile(tmp_path / "whole.db", database)
    spoil(database)
    damaged = run("nightly")
    assert (damaged.exit_code, "damaged" in damaged.output, "Traceback" in damaged.output) == (2, True, False)
    shutil.copyfile(tmp_path / "whole.db", database)
    assert run("nightly").exit_code == 0


@pytest.mark.parametrize("place", ["batches", "reports"])
def test_a_place_that_cannot_be_written_is_named_before_the_night_begins(home, run, board, place):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    (home / "data" / "local").mkdir(parents=True)
    (home / "data" / "local" / place).write_text("a file")
    night = run("nightly")
    assert (night.exit_code, f"{place}: cannot be written" in night.output) == (2, True)
    assert not (home / "data" / "local" / "lurewatch.db").exists()


def test_a_disk_that_is_nearly_full_is_named_before_the_night_begins(home, run):
    (home / "data" / "sources").mkdir(parents=True)
    with (home / "lurewatch.toml").open("a") as file:
        file.write("[night]\nfree_mb = 10000000\n")
    night = run("nightly")
    assert (night.exit_code, "MB are free on this disk, expected 10000000" in night.output) == (2, True)


def test_what_no_crawl_took_up_for_a_month_is_removed_by_the_next_night(home, run):
    source = home / "data" / "local" / "batches" / "board-a"
    (home / "data" / "sources").mkdir(parents=True)
    left = [source / f".2026110{day}T020000Z.partial{end}" for day in (1, 2) for end in ("", ".abandoned")]
    for number, folder in enumerate(left):
        folder.mkdir(parents=True)
        (folder / "ads.jsonl").write_text("{}")
        at = time.time() - (31 if number < 2 else 29) * 86_400
        os.utime(folder, (at, at))
    assert run("nightly").exit_code == 0
    assert sorted(source.iterdir()) == left[2:]


def test_changes_are_seen_again_at_once_after_a_clock_that_was_ahead(tmp_path):
    """Night 1 by the right clock, night 20 by one that was ahead, then night 2: new, changed and gone all arrive."""
    wrong, right = NOON + 20 * NIGHT, NOON + 2 * NIGHT
    first = write_batch(tmp_path / "b", [ad(1), ad(2)], night=1)
    ahead = write_batch(tmp_path / "b", [ad(1), ad(2)], night=20)
    later = write_batch(tmp_path / "b", [ad(1, title="Agent, well paid"), ad(3)], night=2)
    with Store.open(tmp_path / "a.db", create=True) as store:
        for folder, now in ((first, NOON + NIGHT), (ahead, wrong)):
            (taken,) = take_in(store, [folder], gone_after_batches=1, now=now + timedelta(hours=1))
            assert taken.outcome == "taken"
        assert [*find_future(store, at=right)] != []
        (taken,) = take_in(store, [later], gone_after_batches=1, now=right + timedelta(hours=1))
        assert (taken.new, taken.changed, taken.gone) == (1, ("test:1",), ("test:2",))
        assert store.ads.get("test:1").title == "Agent, well paid"
        assert store.ads.lifetime("test:1").last_seen < right + timedelta(hours=1)


def test_a_clock_that_was_never_set_begins_no_night(home, run, monkeypatch):
    script = (
        "import pipeline.nightly.night as n; from datetime import datetime, UTC\n"
        "class Old(datetime):\n    now = classmethod(lambda cls, tz=None: datetime(1999, 1, 1, tzinfo=UTC))\n"
        "n.datetime = Old\nfrom pipeline.cli import main; main()"
    )
    (home / "data" / "sources").mkdir(parents=True)
    night = subprocess.run(
        [sys.executable, "-c", script, "nightly"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (night.returncode, "clock shows 1999-01-01" in night.stderr) == (2, True)
    assert not (home / "data" / "local" / "lurewatch.db").exists()


def test_the_identity_stands_beside_keys_and_batches(quiet):
    with Store.open(quiet / "lurewatch.db") as store:
        identity = store.audit.installation()
    for path in (quiet / "installation.json", quiet / "batches" / ".installation.json"):
        assert json.loads(path.read_text()) == {"lurewatch.db": identity}
