"""Several nights of invented boards on this machine: what is asked for again, what changed, what is gone."""

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import BatchSummary, Ruling, read_batch, reseal, write_ruling
from crawler.history.crawl_state import CrawlState, read_state_header
from crawler.history.revisit_policy import RevisitPolicy
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Page, Site

TEXT = "The kitchen of a small harbour inn needs a second cook for the summer. " * 12
LAST_YEAR = format_datetime(datetime(2025, 10, 1, tzinfo=UTC), usegmt=True)
NEXT_CENTURY = format_datetime(datetime(2126, 10, 1, tzinfo=UTC), usegmt=True)


def source(start: str, *, name: str, kind: str = "sitemap", **keys: object) -> Source:
    values = {"name": name, "title": name, "kind": kind, "start": [start], "local": True, "politeness": {"delay": 0}}
    return source_from_card(values | {"revisit": {"days": 1}} | keys, where=f"{name}.toml")


def posting(title: str, text: str = TEXT, **fields: object) -> dict[str, object]:
    employer = {"@type": "Organization", "name": "Harbour Inn"}
    ad = {"@context": "https://schema.org/", "@type": "JobPosting", "title": title, "hiringOrganization": employer}
    return ad | {"description": f"<p>{title}: {text}</p>"} | fields


def page(*postings: dict[str, object], nonce: str = "", **headers: str) -> Answer:
    script = f'<script type="application/ld+json">{json.dumps(postings)}</script>'
    body = f"<html><head><title>At the harbour</title>{script}</head><body><h1>At the harbour</h1>{nonce}</body></html>"
    return Answer(body=body, headers=headers)


def listing(paths: dict[str, str | None]) -> Answer:
    rows = (
        f"<url><loc>{{site}}{path}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"
        for path, lastmod in paths.items()
    )
    schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Answer(body=f'<urlset xmlns="{schema}">{"".join(rows)}</urlset>', type="application/xml")


def feed(*entries: tuple[str, str]) -> Answer:
    items = "".join(
        f"<item><title>{name}</title><link>{{site}}/{name}</link><guid isPermaLink='false'>id-{name}</guid>"
        f"<description>{text}</description></item>"
        for name, text in entries
    )
    return Answer(body=f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>', type="text/xml")


@dataclass(frozen=True)
class Night:
    """What one night of one source left behind, and what its site was asked for."""

    summary: BatchSummary
    folder: Path
    site: Site
    asked: list[str]

    @property
    def lines(self) -> dict[str, dict[str, Any]]:
        with gzip.open(self.folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
            return {line["address"].removeprefix(self.site.url): line for line in map(json.loads, file)}

    @property
    def told(self) -> dict[str, tuple[str, str]]:
        return {path: (line["outcome"], line["detail"]) for path, line in self.lines.items()}

    @property
    def gone(self) -> dict[str, str]:
        lines = (self.folder / "gone.jsonl").read_text(encoding="utf-8").splitlines()
        return {line["address"].removeprefix("http://127.0.0.1"): line["why"] for line in map(json.loads, lines)}

    @property
    def ads(self) -> list[JobAd]:
        return list(read_batch(self.folder).ads())


def crawl(wanted: dict[Source, Site], output: Path, night: float) -> dict[str, Night]:
    before = {site: len(site.asked) for site in wanted.values()}
    summaries = crawl_sources(wanted, output, contact=None, now=NOON + timedelta(days=night))
    return {
        source.name: Night(
            summary=summary,
            folder=output / source.name / summary.run,
            site=site,
            asked=[path for path in site.paths[before[site] :] if path != "/robots.txt"],
        )
        for (source, site), summary in zip(wanted.items(), summaries, strict=True)
    }


def board(site: Site, night: int) -> None:
    nonce = f"<!-- {night} -->"
    date = "2026-11-20" if night >= 4 else "2026-11-03"
    wage = {"baseSalary": "9 - 12 million VND a month"} if night == 0 else {"baseSalary": "30 million VND a month"}
    pages: dict[str, Page] = {
        "/etag": page(posting("Etag"), ETag='W/"1"'),
        "/dated": page(posting("Dated"), **{"Last-Modified": LAST_YEAR}),
        "/lastmod": page(posting("Lastmod")),
        "/same": page(posting("Same"), nonce=nonce),
        "/bytes": page(posting("Bytes")),
        "/changes": page(posting("Changes", **wage), ETag=f'"{night > 0}"'),
        "/expires": page(posting("Expires", validThrough=date)),
        "/three": page(
            *[posting(name, identifier=name) for name in ("First", "Second", "Third")[: 3 if night == 0 else 2]]
        ),
        "/lost": page(posting("Lost")) if night == 0 else Answer(status=404),
        "/broken": page(posting("Broken")) if night == 0 else Answer(status=500),
        "/about": Answer(body="<html><head><title>About</title></head><body><p>Our harbour.</p></body></html>"),
    }
    unlisted: dict[str, Page] = {
        "/left-live": page(posting("Left live")),
        "/left-gone": page(posting("Left gone")) if night == 0 else Answer(status=410),
        "/left-broken": page(posting("Left broken")) if night == 0 else Answer(status=500),
        "/left-empty": page(posting("Left empty")) if night == 0 else Answer(body="<p>This ad is closed.</p>"),
    }
    pages |= hostile(night)
    listed = [*pages, *(unlisted if night == 0 else ())]
    told = {"/lastmod": "2026-10-30", "/future": "2126-01-01"}
    site.pages = {"/sitemap.xml": listing({path: told.get(path) for path in listed}), **pages, **unlisted}


def hostile(night: int) -> dict[str, Page]:
    etags = itertools.count()
    late = {"Last-Modified": NEXT_CENTURY}
    return {
        "/always-304": Answer(status=304),
        "/new-etag": lambda: page(posting("New etag"), ETag=f'"{night}-{next(etags)}"'),
        "/future": page(posting("Future", text=f"Night {min(night, 1)}. {TEXT}"), **late),
        "/late-date": page(posting("Late date", text=f"Night {min(night, 1)}. {TEXT}"), **late),
        "/odd-etag": page(posting("Odd etag"), ETag='"' + "x" * 5000 + '"'),
    }


def feeding(site: Site, night: int) -> None:
    whole, teaser = ("whole", TEXT), ("teaser", "A short word of the feed…")
    entries = [("steady", TEXT), *([whole, teaser] if night == 0 else [])]
    site.pages = {
        "/feed": feed(*entries),
        "/teaser": page(posting("Teaser, in full"), nonce=f"<!-- {night} -->"),
    }


BUILDERS: dict[str, Callable[[Site, int], None]] = {"board": board, "feed": feeding}
BELIEVE = {"days": 1, "trust_lastmod_days": 3}
NIGHTS = (0, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, int], Night]]:
    """Five nights of two sources, by name and number."""
    output = tmp_path_factory.mktemp("batches")
    found: dict[tuple[str, int], Night] = {}
    with ExitStack() as stack:
        sites = {name: stack.enter_context(Site()) for name in BUILDERS}
        for night in NIGHTS:
            for name, build in BUILDERS.items():
                build(sites[name], night)
            wanted = {
                source(f"{sites['board'].url}/sitemap.xml", name="board", revisit=BELIEVE): sites["board"],
                source(f"{sites['feed'].url}/feed", name="feed", kind="feed"): sites["feed"],
            }
            found |= {(name, night): told for name, told in crawl(wanted, output, night).items()}
        yield found


def test_a_second_look_says_why_an_address_is_as_it_was(nights):
    first, told = nights["board", 0], nights["board", 1].told
    assert {outcome for outcome, _ in first.told.values()} == {"ad", "listing", "not_an_ad", "failed"}
    assert told["/etag"] == told["/dated"] == ("unchanged", "304")
    assert told["/lastmod"] == ("unchanged", "lastmod")
    assert told["/same"] == ("unchanged", "same content")
    assert told["/bytes"] == told["/about"] == ("unchanged", "same bytes")
    assert told["/changes"][0] == "ad"
    assert "/lastmod" not in nights["board", 1].asked


def test_only_news_is_written_and_every_ad_that_stands_is_named(nights):
    first, second = nights["board", 0], nights["board", 1]
    ids = {ad.title: ad.ad_id for ad in first.ads}
    assert [ad.title for ad in second.ads] == ["Changes", "Future", "Late date"]
    assert second.lines["/etag"]["ads"] == [ids["Etag"]]
    assert second.lines["/lastmod"]["ads"] == [ids["Lastmod"]]
    assert (first.summary.shown, first.summary.ads) == (20, 20)
    # lost, left-gone, left-broken, left-empty, broken and the last of the three are not seen.
    assert (second.summary.shown, second.summary.ads) == (14, 3)


def test_a_lastmod_is_believed_for_its_time_and_no_longer(nights):
    assert [("/lastmod" in nights["board", night].asked) for night in NIGHTS] == [True, False, False, False, True]
    assert nights["board", 4].told["/lastmod"] == ("unchanged", "same bytes")


def test_an_ad_whose_page_was_taken_down_is_gone_that_night(nights):
    assert nights["board", 1].told["/lost"] == ("failed", "404")
    assert nights["board", 1].gone == {"/lost": "404", "/left-gone": "410"}
    assert nights["board", 1].told["/left-gone"] == ("failed", "unlisted; 410")
    assert "/left-gone" not in nights["board", 2].asked


def test_an_ad_that_no_listing_names_is_asked_for_itself_and_stands(nights):
    for night in NIGHTS[1:]:
        told = nights["board", night]
        assert told.told["/left-live"] == ("unchanged", "unlisted; same bytes")
        assert len(told.lines["/left-live"]["ads"]) == 1
        assert "/left-live" not in told.gone


def test_what_is_neither_listed_nor_readable_is_gone_after_so_many_runs(nights):
    gone = {night: nights["board", night].gone for night in (2, 3, 4)}
    assert gone[3]["/left-broken"] == "not listed, and not readable at its own address, 3 runs in a row"
    assert gone[3]["/left-empty"] == gone[3]["/three"] == "no longer shown at its address, 3 runs in a row"
    for night in (2, 4):
        assert not {"/left-broken", "/left-empty", "/three"} & set(gone[night])
    assert "/left-broken" not in nights["board", 4].asked


def test_what_is_listed_and_only_out_of_reach_is_never_gone(nights):
    for night in NIGHTS[1:]:
        assert nights["board", night].told["/broken"] == ("failed", "500")
        assert "/broken" not in nights["board", night].gone


def test_an_ad_is_gone_when_its_date_is_past_and_back_with_a_new_one(nights):
    assert "ads" in nights["board", 1].lines["/expires"]
    assert nights["board", 2].gone["/expires"] == "validThrough 2026-11-03 is past"
    for night in (2, 3):
        assert "ads" not in nights["board", night].lines["/expires"], "it is shown, and does not stand"
    assert "/expires" not in nights["board", 3].gone, "it is told once"
    assert [ad.title for ad in nights["board", 4].ads] == ["Expires"]
    assert nights["board", 4].lines["/expires"]["ads"] == [ad.ad_id for ad in nights["board", 4].ads]


def test_each_night_rests_on_the_one_before(nights):
    bases = [read_state_header(nights["board", night].folder) for night in NIGHTS]
    runs = [nights["board", night].folder.name for night in NIGHTS]
    assert [base.run for base in bases] == runs
    assert [base.after for base in bases] == [None, *runs[:-1]]
    assert [base.shown for base in bases][:2] == [20, 14]


def test_a_server_that_lies_about_freshness_hides_nothing(nights):
    first, second, third = (nights["board", night] for night in (0, 1, 2))
    for night in (first, second):
        assert night.told["/always-304"] == ("failed", "304"), "nobody had asked whether it had changed"
    assert second.told["/new-etag"] == second.told["/odd-etag"] == ("unchanged", "same bytes")
    assert second.told["/future"][0] == second.told["/late-date"][0] == "ad", "a date to come proves nothing"
    assert third.told["/future"] == third.told["/late-date"] == ("unchanged", "same bytes")
    asked = [each for each in third.site.asked if each.path in {"/late-date", "/odd-etag"}]
    assert not any({"If-None-Match", "If-Modified-Since"} & set(each.headers) for each in asked)


def test_an_entry_of_a_feed_is_gone_when_the_feed_has_left_it_out_for_long(nights):
    assert [nights["feed", night].gone for night in (0, 1, 2, 4)] == [{}] * 4
    assert nights["feed", 3].gone == {"/whole": "no longer listed, 3 runs in a row"}
    assert nights["feed", 3].told["/steady"] == ("unchanged", "whole in the feed; same content")


def test_a_teaser_that_the_feed_left_out_stays_the_same_ad_at_its_page(nights):
    first = {ad.title: ad.ad_id for ad in nights["feed", 0].ads}
    for night in NIGHTS[1:]:
        assert nights["feed", night].told["/teaser"] == ("unchanged", "unlisted; same content")
        assert nights["feed", night].lines["/teaser"]["ads"] == [first["Teaser, in full"]]
        assert nights["feed", night].ads == []


def few(count: int, **fields: object) -> dict[str, Page]:
    paths = {f"/{number}": None for number in range(count)}
    return {"/sitemap.xml": listing(paths)} | {path: page(posting(f"Cook {path}", **fields)) for path in paths}


def test_a_run_that_ends_at_its_budget_says_nothing_of_the_rest(tmp_path):
    with Site(few(6)) as site:
        start = f"{site.url}/sitemap.xml"
        crawl({source(start, name="quay"): site}, tmp_path, 0)
        site.pages = few(4)
        hasty = source(start, name="quay", budget={"pages": 3}, revisit={"days": 0, "gone_after": 1})
        second = crawl({hasty: site}, tmp_path, 1)["quay"]
        third = crawl({source(start, name="quay", revisit={"gone_after": 1, "days": 2}): site}, tmp_path, 2)["quay"]
    assert second.told["/3"] == ("not_inspected", "pages")
    assert second.gone == {}
    assert {"/4", "/5"}.isdisjoint(second.asked)
    assert third.gone == {"/4": "404", "/5": "404"}


def test_a_page_is_left_alone_until_it_is_due(tmp_path):
    with Site(few(3)) as site:
        weekly = source(f"{site.url}/sitemap.xml", name="quay", revisit={"days": 7})
        crawl({weekly: site}, tmp_path, 0)
        second = crawl({weekly: site}, tmp_path, 1)["quay"]
        third = crawl({weekly: site}, tmp_path, 6.9)["quay"]
    assert second.asked == ["/sitemap.xml"]
    assert {told for path, told in second.told.items() if path != "/sitemap.xml"} == {("unchanged", "not due")}
    assert second.summary.shown == 3
    assert len(third.asked) == 4


def test_a_wall_for_one_night_ends_no_ad_and_hides_none_behind_its_lastmod(tmp_path):
    wall = Answer(body="<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body>")
    with Site() as site:
        wanted = {source(f"{site.url}/sitemap.xml", name="board", revisit={"days": 1, "gone_after": 2}): site}
        for night in range(3):
            known = "2026-10-01" if night == 0 else "2026-10-20"
            site.pages = {
                "/sitemap.xml": listing({"/known": known, "/new": "2026-10-01"}),
                "/known": wall if night == 1 else page(posting("Known")),
                "/new": wall if night == 0 else page(posting("New")),
            }
            told = crawl(wanted, tmp_path, night)["board"]
            if night == 1:
                assert told.told["/new"] == ("ad", "")
    assert (told.told["/known"], told.gone, told.summary.shown) == (("unchanged", "same content"), {}, 2)


@pytest.mark.parametrize("place", ["/cook;jsessionid={}", "/cook?PHPSESSID={}"])
def test_an_ad_whose_address_is_another_each_night_is_one_and_asked_for_once(tmp_path, place):
    with Site() as site:
        wanted = {source(f"{site.url}/sitemap.xml", name="board"): site}
        for night in range(3):
            address = place.format(night)
            site.pages |= {address: page(posting("Cook")), "/sitemap.xml": listing({address: None})}
            told = crawl(wanted, tmp_path, night)["board"]
            assert told.asked == ["/sitemap.xml", address]
            assert (told.summary.shown, told.summary.ads, told.gone) == (1, int(night == 0), {})


def test_a_rebuilt_site_is_held_back_and_its_batch_never_remembered(tmp_path):
    with Site(few(12)) as site:
        quay = source(f"{site.url}/sitemap.xml", name="quay")
        first = crawl({quay: site}, tmp_path, 0)["quay"]
        site.pages = few(12) | {f"/{number}": Answer(body="<p>Press to see the ad.</p>") for number in range(12)}
        second = crawl({quay: site}, tmp_path, 1)["quay"]
        site.pages = few(12, hiringOrganization=None)
        third = crawl({quay: site}, tmp_path, 2)["quay"]
        write_ruling(third.folder, Ruling(act="release", by="mai", reason="They name nobody now.", at=NOON))
        fourth = crawl({quay: site}, tmp_path, 3)["quay"]
    assert first.summary.healthy
    assert second.summary.problems == (
        "12 of 12 pages that gave ads at the last fetch were read and give none: was the site rebuilt?",
        f"0 ads, fewer than half of the 12 of run {first.summary.run}",
    )
    assert third.summary.problems == (
        "12 of 12 ads that had hiring_organization at the last fetch lack it: was the site rebuilt?",
    )
    bases = [read_state_header(night.folder).after for night in (second, third, fourth)]
    assert bases == [first.summary.run, first.summary.run, third.summary.run]
    assert fourth.summary.healthy
    assert set(fourth.told.values()) == {("listing", "12 addresses"), ("unchanged", "same bytes")}


def test_an_ad_on_this_machine_is_known_at_whatever_port_it_is_served(tmp_path):
    for night in (0, 1):
        with Site(few(2)) as site:
            told = crawl({source(f"{site.url}/sitemap.xml", name="quay"): site}, tmp_path, night)["quay"]
    assert (told.summary.shown, told.summary.ads) == (2, 0)


def test_another_version_of_the_program_reads_everything_anew(tmp_path):
    with Site(few(2)) as site:
        site.pages["/1"] = page(posting("Cook /1"), ETag='"1"')
        quay = source(f"{site.url}/sitemap.xml", name="quay", revisit={"days": 7})
        first = crawl({quay: site}, tmp_path, 0)["quay"]
        with gzip.open(first.folder / "known.jsonl.gz", "rt", encoding="utf-8") as file:
            base, *known = map(json.loads, file)
        base["software"] = "lurewatch/0.0.1"
        known[0]["ads"] = {ad_id: ["0" * 32, *ad[1:]] for ad_id, ad in known[0]["ads"].items()}
        with gzip.open(first.folder / "known.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in (base, *known))
        reseal(first.folder)
        second = crawl({quay: site}, tmp_path, 1)["quay"]
        assert not any("If-None-Match" in each.headers for each in site.asked)
    assert second.asked == ["/sitemap.xml", "/0", "/1"]
    assert [ad.title for ad in second.ads] == ["Cook /0"]
    assert second.told["/1"] == ("unchanged", "same content")
    assert second.lines["/0"]["look"]["reread"], "these very bytes were read by the version before"


def test_a_source_begins_afresh_where_nothing_is_known(tmp_path):
    quay = source("http://127.0.0.1:1/sitemap.xml", name="quay")
    memory = CrawlState.load(tmp_path / "quay", quay, now=NOON)
    assert (memory.base, list(memory.beside(lambda _: False))) == (None, [])


def test_a_run_that_is_taken_up_asks_for_no_page_whose_ad_the_killed_one_found_elsewhere(tmp_path):
    with Site(few(1)) as site:
        quay = source(f"{site.url}/sitemap.xml", name="quay")
        first = crawl({quay: site}, tmp_path, 0)["quay"]
        memory = CrawlState.load(first.folder.parent, quay, now=NOON + timedelta(days=2))
    found = [ad.ad_id for ad in first.ads]
    asked = [[*RevisitPolicy(memory, known).unlisted(lambda _: False)] for known in ([], found)]
    assert [len(each) for each in asked] == [1, 0]
