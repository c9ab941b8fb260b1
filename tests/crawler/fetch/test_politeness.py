"""One night over several invented sites: how politely each is asked, and which batches are held back."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import pytest

from crawler.fetch.settings import scrapy_settings
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from crawling import CONTACT, REVIEW, Told, crawl, few_pages, job_page, sitemap, source, xml
from loopback_site import Answer, Page, Site

NAMES = ("calm", "unwell", "astray", "vast", "alone", "seldom", "pages", "steady", "trap")


def deep_pages() -> dict[str, Page]:
    return few_pages(5) | {
        "/robots.txt": Answer(body="Sitemap: /index.xml\nUser-agent: *\nDisallow: /no\n", type="text/plain"),
        "/index.xml": xml(sitemap("{site}/a.xml", root="sitemapindex")),
        "/a.xml": xml(sitemap("{site}/no/1", "{site}/no/2", *(f"{{site}}/{n}" for n in range(5)))),
    }


def slow_answer(title: str) -> Answer:
    time.sleep(0.2)
    return Answer(body=job_page(title))


def night_pages(site: dict[str, Site]) -> None:
    unwell = {"status": 503, "headers": {"Retry-After": "0"}}
    site["pages"].pages = deep_pages()
    site["calm"].pages = few_pages(4) | {
        "/robots.txt": Answer(body="User-agent: lurewatch\nCrawl-delay: 0.4\n", type="text/plain")
    }
    site["unwell"].pages = few_pages(1) | {"/robots.txt": Answer(**unwell)}
    site["astray"].pages = few_pages(1) | {"/robots.txt": Answer(status=302, headers={"Location": "/robots.txt"})}
    site["vast"].pages = few_pages(1) | {"/robots.txt": Answer(body="User-agent: *\n" * 80_000, type="text/plain")}
    site["alone"].pages = few_pages(3) | {"/1": Answer(status=503, headers={"Retry-After": "86400"})}
    site["seldom"].pages = few_pages(2) | {"/robots.txt": Answer(body="User-agent: *\nCrawl-delay: 86400\n")}
    site["steady"].pages = few_pages(2) | {"/0": lambda: slow_answer("Cook 0")}


def night_sources(site: dict[str, Site]) -> dict[Source, Site]:
    listed = {name: f"{site[name].url}/sitemap.xml" for name in site}
    trap = {
        "name": "trap",
        "title": "Trap",
        "kind": "sitemap",
        # 127.0.0.1 as one number: foreign to whoever reads the card, loopback to the system's resolver.
        "start": [f"http://2130706433:{site['trap'].port}/sitemap.xml"],
    }
    return {
        source(listed["calm"], name="calm", delay=0.1): site["calm"],
        source(listed["unwell"], name="unwell"): site["unwell"],
        **{source(listed[name], name=name): site[name] for name in ("astray", "vast", "alone", "seldom")},
        source(f"{site['pages'].url}/robots.txt", name="pages", budget={"pages": 5}, expect={"ads": [3, 9]}): site[
            "pages"
        ],
        source(listed["steady"], name="steady"): site["steady"],
        source(listed["steady"], name="twin"): site["steady"],
        source("http://127.0.0.1:1/sitemap.xml", name="sick"): site["steady"],
        source_from_card(trap | REVIEW, where="trap.toml"): site["trap"],
    }


@pytest.fixture(scope="module")
def boards() -> Iterator[dict[str, Site]]:
    with ExitStack() as stack:
        site = {name: stack.enter_context(Site()) for name in NAMES}
        night_pages(site)
        yield site


@pytest.fixture(scope="module")
def night(boards: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """One night over all the boards at once."""
    return crawl(night_sources(boards), tmp_path_factory.mktemp("batches"))


def test_requests_keep_the_delay_that_robots_txt_asks_for(night):
    told = night["calm"]
    gaps = [second.started - first.started for first, second in pairwise(told.site.asked)]
    assert told.summary.ads == 4
    assert gaps[0] >= 0.09
    # 0.4 s are asked for, 0.1 s by the card. A busy machine sees one request late and the next one too soon.
    assert all(gap >= 0.25 for gap in gaps[1:])
    assert sum(gaps[1:]) >= 0.38 * len(gaps[1:]) - 0.15


def test_a_robots_txt_in_trouble_forbids_everything_and_a_missing_one_nothing(night):
    told = night["unwell"]
    assert told.outcomes == {"/sitemap.xml": "refused_by_robots"}
    assert told.summary.problems[0].endswith("/robots.txt could not be read (503): nothing there was asked for")
    assert set(told.site.paths) == {"/robots.txt"}
    assert night["steady"].outcomes == {"/sitemap.xml": "listing", "/0": "ad", "/1": "ad"}
    assert "/robots.txt" in night["steady"].site.paths


@pytest.mark.parametrize("name", ["astray", "vast"])
def test_a_robots_txt_that_leads_nowhere_or_has_no_end_is_named_itself(night, name):
    assert night[name].outcomes == {"/sitemap.xml": "refused_by_robots"}
    assert (
        "/robots.txt could not be read (too large, or redirects without end): nothing there"
        in night[name].summary.problems[0]
    )


def test_a_host_that_wants_to_be_left_alone_is(night):
    told = night["alone"]
    assert told.outcomes == {"/sitemap.xml": "listing", "/0": "ad", "/1": "not_inspected", "/2": "not_inspected"}
    assert told.details["/2"] == "pause"
    assert told.site.paths == ["/robots.txt", "/sitemap.xml", "/0", "/1"]
    assert "asked for a pause of 86400 s" in told.summary.problems[0]


def test_a_robots_txt_that_asks_for_a_request_a_day_ends_the_run_at_once(night):
    told = night["seldom"]
    assert told.details == {"/sitemap.xml": "pause"}
    assert told.site.paths == ["/robots.txt"]
    assert "asked for a pause of 86400 s" in told.summary.problems[0]


def test_no_delay_of_a_card_is_lowered():
    for delay in (0.5, 600.0):
        chosen = scrapy_settings(source("http://127.0.0.1/", delay=delay), CONTACT)
        assert chosen["AUTOTHROTTLE_MAX_DELAY"] >= chosen["DOWNLOAD_DELAY"] == delay


def test_what_the_budget_does_not_reach_is_named(night):
    told = night["pages"]
    assert [told.outcomes[f"/{n}"] for n in range(5)] == ["ad", "ad", *["not_inspected"] * 3]
    assert told.details["/4"] == "pages"
    assert [told.outcomes[f"/no/{n}"] for n in (1, 2)] == ["refused_by_robots"] * 2


def test_a_batch_outside_its_bounds_is_held_back(night):
    summary = night["pages"].summary
    assert summary.finished
    assert not summary.healthy
    assert summary.problems == ("2 ads, expected 3 to 9",)


def test_sources_on_one_host_take_turns(night):
    assert night["steady"].summary.ads == night["twin"].summary.ads == 2
    assert night["steady"].site.most_at_once == 1


def test_a_sick_source_stops_nobody(night):
    (problem,) = night["sick"].summary.problems
    assert "start address http://127.0.0.1:1/sitemap.xml: failed (DownloadConnectionRefusedError)" in problem
    assert all(told.summary.finished for told in night.values())
    assert {name for name, told in night.items() if told.summary.healthy} == {"steady", "twin", "calm"}


def test_a_foreign_name_that_leads_to_this_machine_is_not_asked(night):
    told = night["trap"]
    assert told.site.paths == []
    assert list(told.outcomes.values()) == ["out_of_scope"]
    assert "leads to a private internet address" in told.summary.problems[0]


def test_a_board_on_this_machine_may_be_asked_several_times_at_once(tmp_path):
    answers = {f"/{n}": lambda n=n: slow_answer(f"Cook {n}") for n in range(12)}
    with Site(few_pages(12) | answers) as site:
        politeness = {"delay": 0, "concurrency": 4}
        wanted = source(f"{site.url}/sitemap.xml", politeness=politeness, budget={"pages": 9})
        told = crawl({wanted: site}, tmp_path)["harbour"]
    assert site.most_at_once == 4
    assert told.summary.outcomes["ad"] == told.summary.ads == 8
    assert set(told.details.values()) == {"12 addresses", "", "pages"}
