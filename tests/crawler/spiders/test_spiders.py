"""The parts of a crawl that need no network: the frontier, the manners, the monitors, what a sitemap or feed says."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.http import Response

from builders import NOON
from crawler.batch.batch import Ledger
from crawler.batch.journal import Address, Journal
from crawler.errors import OUTCOMES
from crawler.extract.raw import RawAd
from crawler.fetch.politeness import retry_after
from crawler.fetch.settings import PAGE_SIZE, scrapy_settings
from crawler.history.crawl_state import StateHeader, Tally
from crawler.history.frontier import Frontier
from crawler.run.worker import find_problems, find_shifts
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawler.spiders import web


def source(**keys: object) -> Source:
    values = {"name": "quay", "title": "Quay", "kind": "sitemap", "start": ["http://127.0.0.1:8000/"], "local": True}
    return source_from_card(values | keys, where="quay.toml")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def frontier(clock: Clock | None = None, **budget: object) -> tuple[Frontier, Ledger, BytesIO]:
    file = BytesIO()
    ledger = Ledger(file)
    return (
        Frontier(source(budget=budget), ledger, clock=clock or Clock(), journal=Journal(BytesIO(), dict)),
        ledger,
        file,
    )


def address(path: str, **fields: object) -> Address:
    return Address(url=f"http://127.0.0.1:8000/{path}", role="page", **fields)


def outcomes(file: BytesIO) -> dict[str, tuple[str, str]]:
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    return {line["address"].rpartition("/")[2]: (line["outcome"], line["detail"]) for line in lines}


def test_addresses_are_given_out_once_and_in_order():
    store, _, _ = frontier()
    assert [store.see(address(path)) for path in ("b", "a", "b#part", "c")] == [True, True, False, True]
    assert [taken.url[-1] for taken in store.take(2)] == ["b", "a"]
    assert [taken.url[-1] for taken in store.take(2)] == ["c"]


def test_a_run_ends_when_its_minutes_are_over():
    clock = Clock()
    store, _, file = frontier(clock, minutes=2)
    for path in "abc":
        store.see(address(path))
    assert [taken.url[-1] for taken in store.take(1)] == ["a"]
    clock.now += 120
    assert list(store.take(9)) == []
    assert outcomes(file) == {"b": ("not_inspected", "minutes"), "c": ("not_inspected", "minutes")}


def test_what_a_feed_said_is_handed_out_even_when_nothing_may_be_asked():
    store, _, file = frontier(pages=1)
    store.pages = 1
    entry = RawAd(title="Cook", reader="feed")
    for path in "ab":
        store.see(address(path, entry=entry if path == "b" else None))
    assert [taken.entry for taken in store.take(9)] == [entry]
    assert outcomes(file) == {"a": ("not_inspected", "pages")}


def test_bytes_and_depth_are_budgets_too():
    store, _, file = frontier(bytes=10, depth=2)
    store.see(address("deep", depth=3))
    store.see(address("flat", depth=2))
    store.bytes = 10
    assert list(store.take(9)) == []
    assert outcomes(file) == {"deep": ("not_inspected", "depth"), "flat": ("not_inspected", "bytes")}


def test_pages_that_are_used_up_stop_new_addresses_but_no_redirect():
    store, _, _ = frontier(pages=1)
    store.pages = 1
    assert store.spent() == "pages"
    assert store.at_end() is None
    store.stop("pause")
    store.stop("disk")
    assert store.at_end() == store.spent() == "pause"


def test_a_trap_that_prints_addresses_without_end_is_left(monkeypatch):
    monkeypatch.setattr("crawler.history.frontier.SEEN_AT_MOST", 3)
    store, ledger, _ = frontier()
    for number in range(9):
        store.see(address(str(number)))
    assert len(ledger) == 3
    assert store.is_overrun
    assert find_problems(source(), ads=1, outcomes=dict.fromkeys(OUTCOMES, 0), is_overrun=True) == (
        "more addresses than one run accounts for: the rest was not read",
    )


@given(st.text())
def test_any_address_has_an_outcome_or_waits(text):
    store, ledger, file = frontier()
    store.see(Address(url=text, role="page"))
    waiting = list(store.take(9))
    assert len(ledger) == 1
    assert len(waiting) + len(file.getvalue().splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b" 0 ", 0),
        (b"99999999999999", 999999999),
        (format_datetime(NOON + timedelta(seconds=90)).encode(), 90),
        (format_datetime(NOON - timedelta(days=1)).encode(), 0),
        (b"soon", None),
        (b"-5", None),
        (b"", None),
        ("٣".encode(), None),
        (None, None),
    ],
)
def test_a_pause_is_asked_for_in_seconds_or_as_a_date(value, seconds):
    assert retry_after(value, now=NOON) == seconds


@given(st.binary())
def test_any_retry_after_is_readable_or_not(value):
    seconds = retry_after(value, now=datetime(2026, 11, 2, tzinfo=UTC))
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("ads", "counts", "problems"),
    [
        (5, {"ad": 5}, ()),
        (0, {"listing": 1}, ("0 ads, expected 1 to 9",)),
        (10, {"ad": 10}, ("10 ads, expected 1 to 9",)),
        (5, {"ad": 5, "failed": 2}, ()),
        (5, {"ad": 7, "failed": 3}, ("3 of 10 addresses failed, expected 20% at most",)),
        (5, {"ad": 12, "failed": 3, "out_of_scope": 50, "not_inspected": 50}, ()),
    ],
)
def test_a_batch_is_judged_by_its_bounds_and_its_failures(ads, counts, problems):
    bounded = source(expect={"ads": [1, 9]})
    outcomes = dict.fromkeys(OUTCOMES, 0) | counts
    assert find_problems(bounded, ads=ads, outcomes=outcomes, is_overrun=False) == problems


def test_politeness_is_the_same_for_every_card():
    settings = scrapy_settings(source(politeness={"delay": 2.5}), "a@b.example")
    assert settings["CONCURRENT_REQUESTS"] == settings["CONCURRENT_REQUESTS_PER_DOMAIN"] == 1
    assert settings["DOWNLOAD_DELAY"] == settings["AUTOTHROTTLE_START_DELAY"] == 2.5
    assert settings["DOWNLOAD_DELAY_JITTER"] == 0
    assert settings["AUTOTHROTTLE_ENABLED"]
    assert settings["DOWNLOAD_MAXSIZE"] == PAGE_SIZE
    parts = [*settings["DOWNLOADER_MIDDLEWARES"], *settings["DOWNLOADER_MIDDLEWARES_BASE"]]
    assert not [part for part in parts if "Cookies" in part or "Proxy" in part or "HttpAuth" in part]
    assert settings["USER_AGENT"].endswith(" (+a@b.example)")
    assert scrapy_settings(source(), None)["USER_AGENT"].startswith("lurewatch/")


def read(body: bytes | str, url: str = "http://127.0.0.1:8000/sitemap.xml") -> tuple[str, list[tuple[str, str | None]]]:
    role, entries = web._sitemap_entries(Response(url, body=body.encode() if isinstance(body, str) else body))
    return role, list(entries)


NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def test_sitemaps_are_read_plain_packed_and_without_a_namespace():
    plain = (
        f"<urlset {NAMESPACE}><url><loc> /a </loc><lastmod>2026-10-30</lastmod></url><url><loc>/b</loc></url></urlset>"
    )
    expected = ("page", [("/a", "2026-10-30"), ("/b", None)])
    assert read(plain) == read(gzip.compress(plain.encode())) == read(plain.replace(NAMESPACE, "")) == expected
    assert read(f"<sitemapindex {NAMESPACE}><sitemap><loc>/c</loc></sitemap></sitemapindex>") == (
        "sitemap",
        [("/c", None)],
    )


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_a_sitemap_that_breaks_off_is_not_whole_and_gives_what_it_names(packed):
    whole = (
        f"<sm:urlset {NAMESPACE}><sm:url><sm:loc>/a</sm:loc></sm:url><sm:url><sm:loc>/b</sm:loc></sm:url></sm:urlset>"
    )
    whole = whole.replace("xmlns=", "xmlns:sm=")
    assert read(packed(whole.encode()))[1] == [("/a", None), ("/b", None)]
    _, entries = web._sitemap_entries(Response("http://127.0.0.1/s", body=packed(whole[:-20].encode())))
    assert next(entries) == ("/a", None)
    with pytest.raises(ValueError, match="its end is missing"):
        list(entries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_empty_sitemap_and_one_with_words_behind_it_are_whole(encoding):
    assert read(f"<urlset {NAMESPACE} />".encode(encoding)) == ("page", [])
    assert read(f"<urlset {NAMESPACE}></urlset >\n<br>Warning: late".encode(encoding)) == ("page", [])


def test_every_member_of_a_packed_sitemap_is_read():
    halves = f"<urlset {NAMESPACE}><url><loc>/a</loc></url>".encode(), b"<url><loc>/b</loc></url></urlset>"
    assert read(b"".join(map(gzip.compress, halves)))[1] == [("/a", None), ("/b", None)]


def test_a_robots_txt_names_sitemaps():
    url = "http://127.0.0.1:8000/robots.txt"
    assert read("Disallow: /\nSitemap: /a.xml\nsitemap: http://127.0.0.1:8000/b.xml", url) == (
        "sitemap",
        [("http://127.0.0.1:8000/a.xml", None), ("http://127.0.0.1:8000/b.xml", None)],
    )
    with pytest.raises(ValueError, match="names none"):
        read("Disallow: /", url)


def test_a_sitemap_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(web, "SITEMAP_SIZE", 1000)
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        read(gzip.compress(b"<urlset>" + b" " * 2000 + b"</urlset>"))


def test_entities_in_a_sitemap_are_not_expanded():
    bomb = (
        '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/hostname">]>'
        "<urlset><url><loc>http://127.0.0.1/&a;&b;x</loc></url></urlset>"
    )
    (entry,) = read(bomb)[1]
    assert "aaaa" not in entry[0]


def tally(**fields: object) -> Tally:
    counters = {name: Counter(value) for name, value in fields.items() if isinstance(value, dict)}
    return Tally(**(fields | counters))


@pytest.mark.parametrize(
    ("found", "base_shown", "problems"),
    [
        ({"shown": 100, "has": {"country": 80}}, 100, ()),
        (
            {"shown": 100, "has": {"country": 79}},
            100,
            ("79 of 100 ads have country (79%), expected 80% at least",),
        ),
        ({"shown": 0}, 9, ()),
        ({"shown": 5, "has": {"country": 5}}, 10, ()),
        ({"shown": 4, "has": {"country": 4}}, 10, ("4 ads, fewer than half of the 10 of run 20261101T120000Z",)),
        ({"shown": 4, "has": {"country": 4}, "is_whole": False}, 10, ()),
        ({"shown": 4, "has": {"country": 4}}, None, ()),
        ({"reread": 4, "emptied": 4}, None, ()),
        ({"reread": 10, "emptied": 5}, None, ()),
        (
            {"reread": 10, "emptied": 6},
            None,
            ("6 of 10 pages that gave ads at the last fetch were read and give none: was the site rebuilt?",),
        ),
        ({"had": {"base_salary": 9}, "lost": {"base_salary": 9}}, None, ()),
        ({"had": {"base_salary": 20}, "lost": {"base_salary": 10}}, None, ()),
        (
            {"had": {"base_salary": 20}, "lost": {"base_salary": 11}},
            None,
            ("11 of 20 ads that had base_salary at the last fetch lack it: was the site rebuilt?",),
        ),
    ],
)
def test_a_batch_that_differs_too_much_from_what_is_known_is_told(found, base_shown, problems):
    base = None if base_shown is None else StateHeader(run="20261101T120000Z", software="lurewatch/0", shown=base_shown)
    wanting = source(expect={"fields": {"country": 0.8}})
    assert find_shifts(wanting, tally(**found), base) == problems
