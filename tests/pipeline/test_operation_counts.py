"""Work that an ad makes, counted: statements, calls and trees.

A bound that breaks shows a stage that does more than it did; seconds on a shared machine would show nothing.
"""

import sys
from collections import Counter
from datetime import timedelta

import pytest

from bench.board_server import page, read_sample_ads
from bench.extraction import page_without_markup
from builders import NOON, make_ad
from crawler.extract.html_tree import parse_html
from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import RawAd
from model.assessor import Assessor
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.intake import take_in
from pipeline.nightly.pending import assess_pending, gather_campaigns, link_contacts
from pipeline.nightly.queueing import fill_queue
from store_builders import POLICY, open_store, write_batch

FEW, MANY = 100, 300
"""Ads of two nights: what the second adds is what an ad costs, whatever a night costs anyway."""

MOST_STATEMENTS = {"intake": 18, "campaigns": 5, "contacts": 2, "score": 5, "queue": 82}
"""For an ad, in the queue for a case, those of triggers among them; a half more than when this was written."""

MOST_CALLS = {"normalise": 460, "assess": 2_700}
"""Of functions, Python's and C's, for a sample ad, likewise."""


def invented(count):
    samples = read_sample_ads()
    for number in range(count):
        sample = samples[number % len(samples)]
        words = f"{number:b}".replace("0", "quiet harbour ").replace("1", "early morning ")
        yield make_ad(
            ad_id=f"a:{number}", source="a", url=f"https://board.example/{number}", title=f"{sample['title']} {number}",
            description=f"{words}\n{sample['body']}",
        )  # fmt: skip


@pytest.fixture(scope="module")
def assessor(tiny_home):
    return Assessor.load(next((tiny_home / "data" / "models").glob("model-*")), tiny_home / "data" / "taxonomy")


def statements_of_a_night(folder, assessor, count):
    """How many SQL statements each stage runs, those of triggers among them."""
    counts, places = Counter(), (folder, folder)
    vault = ContactVault.open(folder)
    with open_store(folder) as store:

        def counted(name, work):
            before = len(seen)
            work()
            counts[name] = len(seen) - before

        seen = []
        store.db._raw.set_trace_callback(seen.append)
        batch = write_batch(folder / "batches", invented(count), night=0, source="a")
        counted("intake", lambda: list(take_in(store, [batch], gone_after_batches=3, now=NOON)))
        counted("campaigns", lambda: gather_campaigns(store, at=NOON))
        counted("contacts", lambda: link_contacts(store, vault))
        counted(
            "score",
            lambda: assess_pending(store, assessor, places=places, workers=1, now=NOON, progress=lambda _: None),
        )
        counted("queue", lambda: fill_queue(store, POLICY, night="a night", now=NOON + timedelta(hours=1)))
        store.db._raw.set_trace_callback(None)
        counts["cases"] = store.db._raw.execute("SELECT count(*) FROM cases").fetchone()[0]
    return counts


def test_an_ad_makes_no_more_statements_than_it_did(tmp_path, assessor):
    few, many = (statements_of_a_night(tmp_path_of(tmp_path, str(count)), assessor, count) for count in (FEW, MANY))
    made = dict.fromkeys(MOST_STATEMENTS, MANY - FEW) | {"queue": many["cases"] - few["cases"]}
    each = {name: (many[name] - few[name]) / made[name] for name in MOST_STATEMENTS}
    assert {name: value for name, value in each.items() if value > MOST_STATEMENTS[name]} == {}
    assert each["intake"] > 1, "the statements are counted"


def tmp_path_of(folder, name):
    (folder / name).mkdir()
    return folder / name


def calls_of(work, only=None):
    """How many functions are called, Python's and C's; ``only`` those of this code."""
    count = 0

    def note(frame, event, _):
        nonlocal count
        count += event in {"call", "c_call"} if only is None else event == "call" and frame.f_code is only

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_an_ad_makes_no_more_calls_than_it_did(assessor):
    ads = list(invented(120))
    raws = [RawAd(title=ad.title, description=ad.description, base_salary=None, reader="feed") for ad in ads]

    def read():
        for number, raw in enumerate(raws):
            normalise(raw, source="a", seen_at=NOON, url=f"http://127.0.0.1/{number}", country="VN")

    works = {"normalise": read, "assess": lambda: list(assessor.assess(ads, assessed_at=NOON))}
    for work in works.values():  # what is loaded once is no ad's
        work()
    each = {name: calls_of(work) / len(ads) for name, work in works.items()}
    assert {name: value for name, value in each.items() if value > MOST_CALLS[name]} == {}
    assert min(each.values()) > 50, "the calls are counted"


def test_a_page_is_parsed_once():
    marked, unmarked = page(read_sample_ads()[0], 1).encode(), page_without_markup(60, 1)
    trees = [
        calls_of(lambda body=body: read_page(body, url="http://127.0.0.1/1"), only=parse_html.__code__)
        for body in (marked, unmarked)
    ]
    assert trees == [2, 1], "of a complete JobPosting only the page's beginning and its own text are parsed"
