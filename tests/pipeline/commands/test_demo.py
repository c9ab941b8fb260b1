"""The main job on the embedded sample board, twice, and the page that is opened afterwards."""

import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from werkzeug.test import Client

from crawler.ad import fingerprint
from pipeline.case import Decision
from pipeline.commands.serve import serve_board
from pipeline.settings.loader import load_settings
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store
from pipeline.web.app import make_server
from web_acts import sign_in

ROOT = Path(__file__).parents[3]
OFFER = "Arab family"
"""What the titles of the sample board's campaign have in common."""


@pytest.fixture
def board_home(home):
    (home / "data").mkdir()
    (home / "data" / "samples").symlink_to(ROOT / "data" / "samples")
    (home / "data" / "exports").symlink_to(ROOT / "data" / "exports")
    return home


def test_the_demo_fills_the_queue_and_its_second_night_doubles_nothing(board_home, run):
    with (board_home / "lurewatch.toml").open("a") as settings:
        settings.write("[triage]\nthreshold = 0.0\n")  # the small model knows no lure: every text is to be read
    first = run("demo")
    assert first.exit_code == 0, first.output
    assert re.search(r"Crawled (\d+) ads: \1 new, 0 changed", first.output)
    password = re.search(r"Sign in as analyst with (\S+)", first.output)
    assert password, first.output
    assert "make review" in first.output
    (queued,) = re.findall(r"^Queued (\d+) new cases: (.*)", first.output, re.MULTILINE)
    parts = re.findall(r"(\d+) (?:by|near|drawn|because)", queued[1])
    assert (len(parts), sum(map(int, parts))) == (5, int(queued[0])), "the parts add up to the whole"
    assert "no second factor is asked of it" in first.output
    assert "made by the demo" in run("analysts", "list").output
    settings = load_settings(board_home)
    server = make_server(
        replace(settings, review=replace(settings.review, port=0)), names=(), https=False, provider=None
    )
    client = Client(lambda environ, start: server.application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start))
    assert sign_in(client, "analyst", password[1]).status_code == 302
    assert client.get("/analysts").status_code == 200, "a stranger gets to work with the password alone"
    server.close()

    report = next((board_home / "data" / "local" / "reports").glob("*.txt")).read_text()
    told_in_the_walk(re.search("^covered .*", report, re.M)[0])
    assert "has no card" not in report, "its cards are made anew each time"
    decided = decide_campaign(board_home)
    card = (board_home / "data" / "local" / "sample" / "sample-board.toml").read_text()
    port = int(re.search(r"127\.0\.0\.1:(\d+)", card)[1])
    with socket.create_server(("127.0.0.1", port)):  # the board has to be served at another port
        second = run("demo")
    assert second.exit_code == 0, second.output
    assert re.search(r"Crawled \d+ ads: 1 new, 1 changed, \d+ unchanged, 1 no longer shown", second.output)
    assert "  changed: Customer Service Officer (English), Poipet office" in second.output
    assert "  no longer shown: " in second.output
    assert "Sign in as" not in second.output, "the password is shown once"
    moved = (board_home / "data" / "local" / "sample" / "sample-board.toml").read_text()
    assert f"127.0.0.1:{port}" not in moved
    with Store.open(board_home / "data" / "local" / "lurewatch.db") as store:
        counts = store.statistics.totals()
        assert counts["versions"] == counts["ads"] + 1
        titles = [case.title for case in store.queue.cases(limit=1000)]
        assert store.queue.page(CaseFilter()).total == len(titles) > 0
        [back] = [case for case in store.queue.cases(reason="resurfaced", limit=1000) if OFFER in case.title]
        assert back.case_id != decided
        news = {one.fact: one.after for one in store.cases.resurfacings(back.case_id)}
        assert news["contact"] == "phone: +96890000038"
        assert news["destination"] == "Muscat, OM"
        [ad] = store.cases.ads(back.case_id)
        campaign = store.campaigns.of_ad(ad.ad_id)
        numbers = {one.value for copy in store.campaigns.copies(campaign) for one in copy.ad.contacts}
        assert (store.campaigns.size(campaign), back.campaign_ads, len(numbers)) == (13, 13, 5)
        told_in_the_walk("A thirteenth copy has come, for another country and with a fifth number.")


def told_in_the_walk(*said):
    """docs/analysts/campaigns.md says so."""
    walk = " ".join((ROOT / "docs" / "analysts" / "campaigns.md").read_text(encoding="utf-8").split())
    for each in said:
        assert " ".join(each.split()) in walk


def decide_campaign(home) -> int:
    """One decision for the twelve copies of the sample board's campaign."""
    with Store.open(home / "data" / "local" / "lurewatch.db") as store:
        [case] = [case for case in store.queue.cases(limit=1000) if OFFER in case.title]
        [ad] = store.cases.ads(case.case_id)[:1]
        campaign = store.campaigns.of_ad(ad.ad_id)
        ads = [copy.ad for copy in store.campaigns.copies(campaign)]
        numbers = {one.value for ad in ads for one in ad.contacts}
        towns = {ad.job_location for ad in ads}
        assert (len(ads), case.campaign_ads, len(numbers), len(towns)) == (12, 12, 4, 8)
        told_in_the_walk("one offer for housemaids twelve times", "in eight towns, with four telephone numbers")
        assert len({fingerprint(ad) for ad in ads}) == 11
        told_in_the_walk("Two say the very same; of the eleven texts")
        assert len({ad.hiring_organization for ad in ads}) > 1
        store.decisions.add(
            Decision(
                case_id=case.case_id, analyst="analyst", verdict="trafficking_recruitment", model_version=None,
                score=None, fingerprint=case.fingerprint, decided_at=datetime.now(UTC),
            )
        )  # fmt: skip
    return case.case_id


def test_the_board_is_served_where_it_was_the_last_time_and_stops(board_home):
    settings = load_settings(board_home)
    cards = []
    for _ in range(2):
        with serve_board(settings, 1) as faces:
            assert [face.stem for face in faces] == ["sample-board", "sample-board-plain", "sample-board-script"]
            cards.append([face.read_text() for face in faces])
            address = re.search(r"http://[^\"]+", cards[-1][0])[0]
            with urlopen(address, timeout=10) as page:
                assert page.status == 200
    assert cards[0] == cards[1]
    with pytest.raises(URLError):
        urlopen(address, timeout=10)


def test_the_review_page_is_served_until_it_is_stopped(board_home, run):
    run("analysts", "add", "mai")
    served = subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "review", "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"LUREWATCH_HOME": str(board_home), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        line = served.stdout.readline()
        address = re.search(r"http://\S+/", line)
        assert address, line + served.stdout.read()
        with urlopen(address[0], timeout=10) as page:
            assert "sign" in page.geturl(), "nothing is shown before signing in"
    finally:
        served.terminate()
        served.wait()
        served.stdout.close()


def test_the_review_page_wants_a_database(run):
    shown = run("review", "--port", "0")
    assert (shown.exit_code, "no such database" in shown.output) == (2, True)
