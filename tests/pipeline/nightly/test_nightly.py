"""A whole night over real sources on loopback, with a real small model."""

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from source_cards import write_card

from crawler.batch.batch import read_batch
from crawler.batch.writer import BatchWriter
from crawler.run.runner import card_digest
from crawler.sources.loader import read_source
from crawling import few_pages, sitemap, xml
from loopback_site import Answer, Site
from pipeline.store.store import Store
from tiny_model import LAWFUL, LURE

ROOT = Path(__file__).parents[3]


def test_a_night_with_an_edited_taxonomy_scores_and_says_so(edited_home, run, board):
    board(baker=LAWFUL, campus=LURE)
    write_card(edited_home, "board-a", f"{board.address}/sitemap.xml")
    night = run("nightly")
    assert night.exit_code == 0, night.output
    assert re.search(r"^taxonomy +edited since the model learnt", night.output, re.M)
    assert re.search(r"^scored +2 ads", night.output, re.M)


def test_two_nights_find_what_changed_and_double_nothing(home, run, board):
    board(baker=LAWFUL, campus=LURE, waiter="A cafe seeks a waiter for weekends. Written contract.")
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    first = run("nightly", "--json")
    assert first.exit_code == 0, first.output
    counts = json.loads(first.stdout)["counts"]
    assert (counts["crawled"], counts["new"], counts["scored"], counts["opened"], counts["audit"]) == (3, 3, 3, 3, 2)

    board(baker=f"{LAWFUL} We keep your passport.", campus=LURE)
    second = run("nightly")
    assert second.exit_code == 0, second.output
    assert "crawled    2 ads from 1 sources: 0 new, 1 changed, 1 unchanged; 1 not seen" in second.output
    assert "scored     1 ads" in second.output

    reports = sorted((home / "data" / "local" / "reports").glob("*.json"))
    assert len(reports) == 2
    changed = json.loads(reports[1].read_text())["sources"][0]["changed"]
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert store.statistics.totals()["ads"] == 3
        assert [ad.title for ad in store.ads.versions(changed[0])] == ["Baker", "Baker"]
        assert len(store.runs.latest()) == 2


def test_pages_that_were_taken_down_are_told_apart_from_those_that_failed(home, run):
    with Site(few_pages(12)) as site:
        write_card(home, "board-a", f"{site.url}/sitemap.xml")
        assert "12 ads from 13 addresses (12 ad, 1 listing)" in run("nightly").output
        for path, status in {"/0": 404, "/1": 410, "/2": 503, "/3": 404}.items():
            site.pages[path] = Answer(status=status)
        listed = sitemap(*(f"{{site}}/{n}" for n in range(11)))
        site.pages["/11"] = Answer(status=404)  # nor named any more, as boards do it
        site.pages["/sitemap.xml"] = xml(listed.replace("2026-10-30", "2026-11-03"))
        night = run("nightly")
    assert "(7 unchanged, 1 listing, 1 failed, 4 taken down)" in night.output
    metrics = (home / "data" / "local" / "metrics.prom").read_text()
    assert 'lurewatch_source_failed{source="board-a"} 1\n' in metrics
    assert 'lurewatch_source_taken_down{source="board-a"} 4\n' in metrics


def test_a_listing_that_is_not_read_is_named_since_it_keeps_ads_from_being_gone(home, run):
    index = sitemap("{site}/sitemap.xml", "{site}/more.xml", root="sitemapindex")
    pages = few_pages(4) | {"/index.xml": xml(index), "/more.xml": xml(sitemap())}
    with Site(pages) as site:
        write_card(home, "board-a", f"{site.url}/index.xml")
        assert "listings not read" not in run("nightly").output
        site.pages["/more.xml"] = Answer(status=500)
        night = run("nightly")
    assert night.exit_code == 0, night.output
    assert (
        f"unusual    board-a: 1 of its listings not read, such as {site.url}/more.xml: 500; until they" in night.output
    )


def test_one_sick_source_is_named_and_never_stops_the_others(home, run, board, monkeypatch):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    write_card(home, "board-few", f"{board.address}/sitemap.xml", expect=[50, 100])
    write_card(home, "board-lost", "http://127.0.0.1:9/sitemap.xml")
    write_card(home, "board-drawn", f"{board.address}/sitemap.xml", render=True)
    monkeypatch.setenv("LUREWATCH_BROWSER", str(home / "no-browser"))
    (home / "data" / "sources" / "board-bad.toml").write_text('name = "board-bad"\nspeed = 3\n')
    night = run("nightly", "--json")
    assert night.exit_code == 1, night.output
    told = json.loads(night.stdout)
    assert told["counts"]["new"] == 1
    for name in ("board-few", "board-lost", "board-bad", "board-drawn"):
        assert any(name in problem for problem in told["problems"]), name
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert store.statistics.totals()["batches"] == 1
        assert len(store.runs.latest()[0].problems) == len(told["problems"])


def test_a_night_that_was_cut_short_is_taken_up_where_it_stopped(home, run, board, monkeypatch):
    board(baker=LAWFUL, campus=LURE)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")

    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.nightly.night.assess_pending", cut)
        assert run("nightly").exit_code != 0
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert store.runs.latest()[0].ended_at is None
        assert store.statistics.totals()["ads"] == 2
    board()  # were it asked again, it would have nothing
    night = run("nightly", "--json")
    assert night.exit_code == 0, night.output
    counts = json.loads(night.stdout)["counts"]
    assert (counts["crawled"], counts["new"], counts["scored"]) == (2, 2, 2)
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert (store.statistics.totals()["batches"], len(store.runs.latest())) == (1, 1)


@pytest.mark.parametrize("cut_at", ["assess_pending", "write_report"])
def test_the_night_after_one_that_was_cut_short_reads_every_source_and_reports_both(
    home, run, board, monkeypatch, cut_at
):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    assert run("nightly").exit_code == 0
    board(baker=LAWFUL, campus=LURE)

    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"pipeline.nightly.night.{cut_at}", cut)
        assert run("nightly").exit_code != 0
    began = datetime.now(UTC) - timedelta(hours=24)
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        cut_short = store.runs.latest()[0]
        store.db.run("UPDATE runs SET started_at = ? WHERE run_id = ?", [began, cut_short.run_id])
    board(baker=LAWFUL, campus=LURE, waiter="A cafe seeks a waiter for weekends. Written contract.")
    night = run("nightly", "--json")
    assert night.exit_code == 1, night.output
    told = json.loads(night.stdout)
    assert [told["counts"][name] for name in ("crawled", "new", "scored")] == [3, 2, 2]
    assert told["problems"] == [
        f"the night of {began:%Y-%m-%d %H:%M} UTC was cut short and not resumed within 18 hours: this one reports both"
    ]
    assert run("nightly").exit_code == 0
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert [len(each.problems) for each in store.runs.latest()] == [0, 1, 0]


def test_a_night_that_was_killed_reads_on_where_it_was(home, run, board):
    board(baker=LAWFUL, campus=LURE, waiter="A cafe seeks a waiter for weekends. Written contract.")
    write_card(home, "board-a", f"{board.address}/sitemap.xml", delay=0.4)
    night = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "nightly"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    batches = home / "data" / "local" / "batches" / "board-a"
    while not any(b'"commit"' in path.read_bytes() for path in batches.glob(".*.partial/journal.jsonl")):
        assert night.poll() is None
        time.sleep(0.01)
    os.killpg(night.pid, signal.SIGKILL)
    night.wait()
    (partial,) = batches.iterdir()
    with (partial / "journal.jsonl").open("rb") as journal:
        fcntl.flock(journal, fcntl.LOCK_EX)  # until the crawling child, which is nobody's to wait for, is gone too
    again = run("nightly", "--json")
    assert again.exit_code == 0, again.output
    counts = json.loads(again.stdout)["counts"]
    assert (counts["crawled"], counts["new"], counts["scored"]) == (3, 3, 3)
    (folder,) = batches.iterdir()
    assert partial.name == f".{folder.name}.partial"
    assert read_batch(folder).summary.resumed == 1
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        assert (store.statistics.totals()["batches"], len(store.runs.latest())) == (1, 1)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_night_that_is_asked_to_stop_does_so_soon_and_without_a_traceback(home, board, stop):
    """The signal goes to the night alone, not to the process that crawls."""
    board(**{f"baker{number}": LAWFUL for number in range(60)})
    write_card(home, "board-a", f"{board.address}/sitemap.xml", delay=1.0)
    night = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "nightly"],
        cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    batches = home / "data" / "local" / "batches" / "board-a"
    while not any(b'"commit"' in path.read_bytes() for path in batches.glob(".*.partial/journal.jsonl")):
        assert night.poll() is None
        time.sleep(0.01)
    night.send_signal(stop)
    _, said = night.communicate(timeout=45)  # sixty pages would take a minute; the child holds the pipe, too
    assert night.returncode == (130 if stop == signal.SIGINT else -stop)
    assert "Traceback" not in said


def test_a_batch_of_an_earlier_night_that_was_read_to_its_end_is_not_read_twice(home, run, board, monkeypatch):
    board(baker=LAWFUL, campus=LURE)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    source = read_source(home / "data" / "sources" / "board-a.toml")
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    folder = home / "data" / "local" / "batches" / "board-a" / f"{begun:%Y%m%dT%H%M%SZ}"
    BatchWriter(folder, source="board-a", started_at=begun, card=card_digest(source)).close()

    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.nightly.night.assess_pending", cut)
        assert run("nightly").exit_code != 0
    board()  # were it asked again, it would have nothing
    night = run("nightly", "--json")
    assert night.exit_code == 0, night.output
    assert json.loads(night.stdout)["counts"]["crawled"] == 2
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_home_without_sources_has_a_quiet_night(home, run):
    (home / "data" / "sources").mkdir(parents=True)
    night = run("nightly")
    assert (night.exit_code, "crawled    0 ads from 0 sources" in night.output) == (0, True)
    assert night.output.endswith(f"nothing was read: no card in {home / 'data' / 'sources'} is switched on\n")
    status = run("status")
    assert (status.exit_code, "0 problems" in status.output) == (0, True)


def test_a_card_that_nobody_reviewed_is_passed_over_and_told(home, run, board):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    card = 'name = "far"\ntitle = "Far"\nkind = "sitemap"\nstart = ["https://far.example/s.xml"]\n'
    (home / "data" / "sources" / "far.toml").write_text(card)
    night = run("nightly")
    assert night.exit_code == 0, night.output
    assert night.output.splitlines()[-1] == "switched off, not reviewed: far"


def test_a_card_that_was_switched_off_is_passed_over_and_told(home, run, board):
    board(baker=LAWFUL)
    write_card(home, "board-a", f"{board.address}/sitemap.xml")
    card = 'name = "partner"\ntitle = "P"\nkind = "drop"\nstart = ["nowhere"]\nswitched_off = true\n'
    (home / "data" / "sources" / "partner.toml").write_text(card)
    night = run("nightly")
    assert night.exit_code == 0, night.output
    assert night.output.splitlines()[-1] == "switched off, by the card: partner"
    assert json.loads(run("nightly", "--json").stdout)["switched_off"] == ["partner"]
    assert not (home / "data" / "local" / "batches" / "partner").exists()


def test_a_review_that_was_begun_and_not_finished_is_a_problem(home, run):
    (home / "data" / "sources").mkdir(parents=True)
    card = 'name = "far"\ntitle = "Far"\nkind = "sitemap"\nstart = ["https://far.example/s.xml"]\nreviewed_by = "An"\n'
    (home / "data" / "sources" / "far.toml").write_text(card)
    night = run("nightly", "--json")
    told = json.loads(night.stdout)
    assert (night.exit_code, told["switched_off"]) == (1, [])
    assert "found no reviewed_on, no permission" in told["problems"][0]
