"""Nights that are killed, starved or crossed end well at the next start, with the store of an undisturbed night."""

import random
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from night_server import Order

from pipeline.store.store import Store
from store_builders import assessment_of, spoil, write_batch

STAGES = ("load the model", "crawl", "intake", "campaigns and contacts", "score", "licences", "queue and report",
          "written", "measured")  # fmt: skip
KILLS = 18
REFUSED = "another process has been at it"


@pytest.mark.parametrize("stage", STAGES)
def test_a_night_that_is_killed_between_two_stages(nights, crawled, stage):
    assert nights.second(crawled, die_in=stage).code == -signal.SIGKILL
    nights.ends_well(crawled)


def errors(night):
    """How many errors it printed; a traceback is more than any night may print."""
    return night.output.count("Error: ") + 10 * night.output.count("Traceback")


def test_a_night_that_is_killed_before_one_of_its_steps(nights, tmp_path):
    """Each step is a statement of SQL or an act on a file; every third night is killed twice."""
    chance = random.Random(20)
    moments = [1 + (nights.steps * number + chance.randrange(nights.steps)) // KILLS for number in range(KILLS)]
    for number, moment in enumerate(moments):
        home = shutil.copytree(nights.crawled, tmp_path / str(number))
        for step in (moment, 1 + moment // 2) if number % 3 == 0 else (moment,):
            assert nights.second(home, die_at=step).code == -signal.SIGKILL, step
        nights.ends_well(home)


@pytest.mark.parametrize("share", [0.005, 0.02, 0.1, 0.2, 0.4])
def test_a_file_that_may_not_grow(nights, crawled, share):
    """As on a full disk: the kernel refuses to write beyond so many bytes of a file."""
    full = nights.second(crawled, largest_file=int(share * nights.bytes))
    assert (full.code, errors(full)) == (2, 1), full.output
    assert "disk" in full.output or "too large" in full.output
    nights.ends_well(crawled)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 0.99])
def test_a_database_that_may_not_grow(nights, crawled, share):
    """SQLite itself says that the disk is full, after so many of the pages that the night needs."""
    with closing(sqlite3.connect(crawled / "data" / "local" / "lurewatch.db")) as db:
        (before,) = db.execute("PRAGMA page_count").fetchone()
    full = nights.second(crawled, most_pages=before + int(share * (nights.pages - before)))
    assert (full.code, "the disk is full" in full.output, errors(full)) == (2, True, 1), full.output
    nights.ends_well(crawled)


@pytest.mark.parametrize(
    ("place", "rights", "message"),
    [
        ("lurewatch.db", 0o400, "cannot be written"),
        (".", 0o500, "cannot be written"),
        ("batches", 0o500, "cannot be written"),
        ("reports", 0o500, "cannot be written"),
        ("batches/partner", 0o000, "may not be used by this user"),
        ("installation.json", 0o000, "ermission"),
        ("contacts.key", 0o000, "ermission"),
    ],
)
def test_a_place_that_may_not_be_written_or_read(nights, crawled, place, rights, message):
    path = crawled / "data" / "local" / place
    before = path.stat().st_mode
    path.chmod(rights)
    refused = nights.second(crawled)
    for each in (path, *path.parent.glob(f"{path.name}-*")):  # SQLite gives its files the rights of the database
        each.chmod(before)
    assert (refused.code, message in refused.output, errors(refused)) == (2, True, 1), refused.output
    nights.ends_well(crawled)


def test_a_database_that_another_program_never_lets_go(nights, crawled):
    with closing(sqlite3.connect(crawled / "data" / "local" / "lurewatch.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked = nights.second(crawled, impatient=True)
    assert (locked.code, "another program is writing the database" in locked.output) == (2, True), locked.output
    nights.ends_well(crawled)


def test_a_reader_that_never_ends(nights, crawled):
    with closing(sqlite3.connect(crawled / "data" / "local" / "lurewatch.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ads").fetchone()
        nights.ends_well(crawled)


def test_two_nights_at_once(nights, crawled):
    """Of four that start together one runs; the others say who does, and touch nothing."""
    order = Order(home=str(crawled), at=nights.at.isoformat())
    with closing(sqlite3.connect(crawled / "data" / "local" / "lurewatch.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # for which the one waits until the others are gone: it could be too quick
        started = [nights.server.start(order) for _ in range(4)]
        outputs = [crawled / f"{pid}.out" for pid in started]
        for _ in range(2_000):
            if sum(REFUSED in output.read_text() for output in outputs if output.exists()) == 3:
                break
            time.sleep(0.02)
    ended = [nights.server.wait(pid, order) for pid in started]
    assert [night.code for night in ended].count(0) == 1
    assert sum(REFUSED in night.output for night in ended) == 3
    nights.nothing_is_wrong(crawled)


def test_a_page_that_decides_while_the_night_writes(nights, crawled):
    """Somebody writes again and again; neither loses anything."""
    database, ends = crawled / "data" / "local" / "lurewatch.db", threading.Event()
    written = []

    def write():
        with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as db:
            while not ends.is_set():
                db.execute("INSERT INTO case_comments (case_id, analyst, text, at) VALUES (1, 'mai', 'x', '2026')")
                written.append(1)
                ends.wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    night = nights.second(crawled)
    ends.set()
    writer.join()
    assert night.code == 0, night.output
    with closing(sqlite3.connect(database)) as db:
        assert db.execute("DELETE FROM case_comments").rowcount == len(written) > 0
        db.commit()
    assert nights.contents_of(crawled) == nights.contents


def test_a_store_that_is_damaged_is_named_and_restored(nights, crawled):
    local = crawled / "data" / "local"
    assert nights.second(crawled, "backup", "--output", str(crawled / "copy")).code == 0
    spoil(local / "lurewatch.db")
    damaged = nights.second(crawled)
    assert (damaged.code, "is damaged" in damaged.output, errors(damaged)) == (2, True, 1)
    check = nights.second(crawled, "status", "--check")
    assert (check.code, "is damaged" in check.output) == (1, True)
    assert nights.second(crawled, "restore", str(crawled / "copy")).code == 0
    assert nights.second(crawled).code == 0
    without_log = {"audit_log"}  # which names the backup
    assert {n: rows for n, rows in nights.contents_of(crawled).items() if n not in without_log} == {
        n: rows for n, rows in nights.contents.items() if n not in without_log
    }


@pytest.mark.parametrize("hours", [3, 48])
def test_a_clock_that_jumps_at_every_reading(nights, begun, hours):
    """It shows hours more than the clock of the crawl, too: as where it is set right in the midst of the night."""
    night = nights.second(begun, clock_steps=hours)
    assert night.code == 0, night.output
    assert nights.facts_of(begun) == nights.facts


@pytest.mark.parametrize("stage", ["campaigns and contacts", "score", "queue and report"])
def test_a_clock_that_is_set_back_after_intake(nights, crawled, stage):
    """What was taken in lies two days ahead of what follows."""
    night = nights.second(crawled, clock_steps=-48, clock_turns_in=stage)
    assert night.code == 0, night.output
    assert nights.facts_of(crawled) == nights.facts
    assert nights.counts_of(crawled, nights.at) == nights.counts


def test_a_clock_that_was_ahead_for_one_night_hides_nothing_afterwards(nights, begun):
    """The second night's moments lie in the future when the third begins: what is new is linked, scored and queued
    beside what was there, and the report counts all of it."""
    local = begun / "data" / "local"
    assert nights.server.run(begun, nights.at + timedelta(days=16)).code == 0
    with Store.open(local / "lurewatch.db") as store:
        before = {case.case_id for case in store.queue.cases(limit=100)}
    changed, *others = nights.partner_ads(3)
    changed = replace(changed, description=f"{changed.description} Call 0900 000 031.")
    new = {ad.ad_id for ad in nights.partner_ads(3)} - {ad.ad_id for ad in nights.partner_ads(2)}
    write_batch(local / "batches", [changed, *others], night=3, source="partner")
    at = nights.at + timedelta(hours=1)
    night = nights.server.run(begun, at)
    assert (night.code, "the store holds moments up to" in night.output) == (1, True), night.output
    counts = nights.counts_of(begun, at)
    assert [counts[name] for name in ("new", "changed", "scored")] == [len(new), 1, len(new) + 1]
    with Store.open(local / "lurewatch.db") as store:
        assert store.ads.get(changed.ad_id).description == changed.description
        assert {store.campaigns.of_ad(ad_id) for ad_id in new} == {store.campaigns.of_ad("p:1")} != {None}
        assert all(assessment_of(store, ad_id).assessed_at == at for ad_id in {changed.ad_id, *new})
        shown, standings = store.queue.cases(limit=100), store.queue.standings()
        assert {case.case_id for case in shown} >= before
        assert len(shown) == standings.to_review + standings.awaiting == counts["waiting"]
        assert not store.contacts.unlinked_versions()
