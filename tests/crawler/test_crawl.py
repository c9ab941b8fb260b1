"""Whole crawls of invented boards on this machine: what is asked for, how politely, and what is left on disk."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.ad import JobAd
from crawler.batches import BatchSummary, find_batches, read_batch
from crawler.crawl import crawl_sources
from crawler.errors import BadBatch, CrawlerError, NoContact, UnreviewedSource
from crawler.job import Job, dump_job
from crawler.ledger import OUTCOMES
from crawler.source import Source
from crawler.sources import source_from_card
from loopback_site import Answer, Page, Site

CONTACT = "night-watch@operator.example"
REVIEW = {"reviewed_on": NOON.date(), "reviewed_by": "An operator", "permission": "Its terms."}
LONG = "The kitchen of a small harbour inn needs a second cook for the summer. " * 12


def source(start: str, *, name: str = "harbour", delay: float = 0, kind: str = "sitemap", **keys: object) -> Source:
    values = {"name": name, "title": name, "kind": kind, "start": [start], "local": True}
    return source_from_card(values | {"politeness": {"delay": delay}} | keys, where=f"{name}.toml")


def job_page(*titles: str, text: str = LONG, charset: str = "utf-8") -> bytes:
    postings = [
        {
            "@context": "https://schema.org/",
            "@type": "JobPosting",
            "title": title,
            "description": f"<p>{title}: {text}</p>",
            "hiringOrganization": {"@type": "Organization", "name": "Harbour Inn"},
        }
        for title in titles
    ]
    heading = titles[0] if len(titles) == 1 else "Vacancies at the harbour"
    page = f"""<!doctype html><html><head><meta charset="{charset}"><title>{heading}</title>
    <script type="application/ld+json">{json.dumps(postings, ensure_ascii=False)}</script></head>
    <body><h1>{heading}</h1><p>{text}</p></body></html>"""
    return page.encode(charset)


def sitemap(*locations: str, root: str = "urlset") -> str:
    child = "url" if root == "urlset" else "sitemap"
    rows = "".join(f"<{child}><loc>{loc}</loc><lastmod>2026-10-30</lastmod></{child}>" for loc in locations)
    return f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{root}>'


def xml(text: str) -> Answer:
    return Answer(body=text, type="application/xml")


def packed(text: str, site: Site) -> Answer:
    return Answer(body=gzip.compress(text.replace("{site}", site.url).encode()), type="application/x-gzip")


@dataclass(frozen=True)
class Told:
    """What the crawl of one source told, and its site's log of it."""

    summary: BatchSummary
    folder: Path
    site: Site

    @property
    def lines(self) -> dict[str, dict[str, str]]:
        with gzip.open(self.folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        assert len(lines) == self.summary.addresses == sum(self.summary.outcomes.values())
        return {line["address"].removeprefix(self.site.url): line for line in lines}

    @property
    def outcomes(self) -> dict[str, str]:
        return {address: line["outcome"] for address, line in self.lines.items()}

    @property
    def details(self) -> dict[str, str]:
        return {address: line["detail"] for address, line in self.lines.items()}

    @property
    def ads(self) -> list[JobAd]:
        return list(read_batch(self.folder).ads())


def crawl(wanted: dict[Source, Site], output: Path, nights: int = 0) -> dict[str, Told]:
    summaries = crawl_sources(wanted, output, contact=CONTACT, now=NOON + timedelta(days=nights))
    return {
        source.name: Told(summary=summary, folder=output / source.name / summary.run, site=site)
        for (source, site), summary in zip(wanted.items(), summaries, strict=True)
    }


def harbour_pages(site: Site) -> dict[str, Page]:
    once: list[int] = []

    def busy() -> Answer:
        once.append(1)
        if len(once) == 1:
            return Answer(status=429, headers={"Retry-After": "1"})
        return Answer(body=job_page("Ferry steward"))

    ads = sitemap(
        *(f"{{site}}/ads/{name}" for name in ("cook", "cook", "cook#apply", "baker", "sail-maker", "busy", "thai")),
        "/ads/net-mender",
        *(
            f"{{site}}/{path}"
            for path in ("board", "moved", "moved-away", "loop", "gone", "missing", "broken", "cut-off")
        ),
        *(f"{{site}}/{path}" for path in ("huge", "bomb", "about", "picture", "private/cook", "text-as-gzip")),
    )
    odd = sitemap("mailto:cook@harbour.example", "ftp://harbour.example/", "http://[oops/", "https://far.example/ad")
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private/\nSitemap: /sitemap.xml\n", type="text/plain"),
        "/sitemap.xml": xml(sitemap("{site}/ads.xml.gz", "{site}/odd.xml", "{site}/no.xml", root="sitemapindex")),
        "/ads.xml.gz": packed(ads, site),
        "/odd.xml": xml(odd),
        "/no.xml": Answer(body="<html><body>Sorry.</body></html>"),
        "/ads/cook": Answer(body=job_page("Second cook")),
        "/ads/baker": Answer(body=gzip.compress(job_page("Baker")), headers={"Content-Encoding": "gzip"}),
        "/ads/sail-maker": Answer(body=job_page("Sail maker")),
        "/ads/net-mender": Answer(body=job_page("Net mender")),
        "/ads/thai": Answer(body=job_page("พ่อครัวท่าเรือ", charset="tis-620"), type="text/html; charset=utf-8"),
        "/ads/busy": busy,
        "/moved": Answer(status=301, headers={"Location": "/ads/sail-maker"}),
        "/moved-away": Answer(status=302, headers={"Location": f"http://127.0.0.1:{site.port + 1}/ad"}),
        "/loop": Answer(status=302, headers={"Location": "/loop-2"}),
        "/loop-2": Answer(status=302, headers={"Location": "/loop"}),
        "/gone": Answer(status=410),
        "/broken": Answer(status=500, body="<p>Oh no.</p>"),
        "/cut-off": Answer(body="<p>Only half", headers={"Content-Length": "5000", "Connection": "close"}),
        "/huge": Answer(headers={"Content-Length": str(10**9), "Connection": "close"}),
        "/bomb": Answer(body=gzip.compress(b"0" * 40_000_000), headers={"Content-Encoding": "gzip"}),
        "/text-as-gzip": Answer(body="not packed", headers={"Content-Encoding": "gzip"}),
        "/board": Answer(body=job_page("Deck hand", "Harbour pilot")),
        "/about": Answer(body="<html><head><title>About</title></head><body><p>Our harbour.</p></body></html>"),
        "/picture": Answer(body=b"\x89PNG\r\n", type="image/png"),
        "/private/cook": Answer(body=job_page("Secret cook")),
    }


def few_pages(count: int) -> dict[str, Page]:
    listed = {"/sitemap.xml": xml(sitemap(*(f"{{site}}/{n}" for n in range(count))))}
    return listed | {f"/{n}": Answer(body=job_page(f"Cook {n}")) for n in range(count)}


def deep_pages() -> dict[str, Page]:
    return few_pages(5) | {
        "/robots.txt": Answer(body="Sitemap: /index.xml\nUser-agent: *\nDisallow: /no\n", type="text/plain"),
        "/index.xml": xml(sitemap("{site}/a.xml", root="sitemapindex")),
        "/a.xml": xml(sitemap("{site}/no/1", "{site}/no/2", *(f"{{site}}/{n}" for n in range(5)))),
    }


def feed_pages() -> dict[str, Page]:
    entries = [
        ("Whole", "<link>{site}/whole</link>", LONG),
        ("Teaser", "<link>{site}/teaser</link>", "A short word about it…"),
        ("Lost", "<link>{site}/lost</link>", "Its page is not there…"),
        ("Far", "<link>https://far.example/ad</link>", "Its page is elsewhere…"),
        ("Hidden", "<link>{site}/private/ad</link>", "Its page is not for us…"),
        ("Linkless", "", LONG + "Ask at the quay."),
    ]
    items = "".join(
        f"<item><title>{title}</title>{link}<guid isPermaLink='false'>id-{title}</guid>"
        f"<description>{text}</description></item>"
        for title, link, text in entries
    )
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private\n", type="text/plain"),
        "/feed": Answer(
            body=f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>', type="application/rss+xml"
        ),
        "/teaser": Answer(body=job_page("Teaser, in full")),
        "/whole": Answer(body=job_page("Not asked for")),
    }


def slow_answer(title: str) -> Answer:
    time.sleep(0.2)
    return Answer(body=job_page(title))


def night_pages(site: dict[str, Site]) -> None:
    unwell = {"status": 503, "headers": {"Retry-After": "0"}}
    site["pages"].pages = deep_pages()
    site["harbour"].pages = harbour_pages(site["harbour"])
    site["calm"].pages = few_pages(4) | {
        "/robots.txt": Answer(body="User-agent: lurewatch\nCrawl-delay: 0.4\n", type="text/plain")
    }
    site["unwell"].pages = few_pages(1) | {"/robots.txt": Answer(**unwell)}
    site["alone"].pages = few_pages(3) | {"/1": Answer(status=503, headers={"Retry-After": "86400"})}
    site["feed"].pages = feed_pages()
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
        source(listed["harbour"], name="harbour"): site["harbour"],
        source(listed["calm"], name="calm", delay=0.1): site["calm"],
        source(listed["unwell"], name="unwell"): site["unwell"],
        source(listed["alone"], name="alone"): site["alone"],
        source(f"{site['pages'].url}/robots.txt", name="pages", budget={"pages": 5}, expect={"ads": [3, 9]}): site[
            "pages"
        ],
        source(f"{site['feed'].url}/feed", name="feed", kind="feed"): site["feed"],
        source(listed["steady"], name="steady"): site["steady"],
        source(listed["steady"], name="twin"): site["steady"],
        source("http://127.0.0.1:1/sitemap.xml", name="sick"): site["steady"],
        source_from_card(trap | REVIEW, where="trap.toml"): site["trap"],
    }


@pytest.fixture(scope="module")
def boards() -> Iterator[dict[str, Site]]:
    names = ["harbour", "calm", "unwell", "alone", "pages", "feed", "steady", "trap"]
    with ExitStack() as stack:
        site = {name: stack.enter_context(Site()) for name in names}
        night_pages(site)
        yield site


@pytest.fixture(scope="module")
def night(boards: dict[str, Site], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """One night over all the boards at once."""
    return crawl(night_sources(boards), tmp_path_factory.mktemp("batches"))


@pytest.fixture(scope="module")
def next_night(boards: dict[str, Site], night: dict[str, Told]) -> dict[str, Told]:
    """The night after, when one ad has changed and one page is gone."""
    boards["steady"].pages["/1"] = Answer(body=job_page("Cook 1", text="Now with a different text. " * 40))
    told = sitemap("{site}/0", "{site}/1").replace("2026-10-30", "2026-11-03")
    boards["steady"].pages["/sitemap.xml"] = xml(told)
    del boards["feed"].pages["/teaser"]
    again = {what: site for what, site in night_sources(boards).items() if what.name in {"steady", "feed"}}
    return crawl(again, night["steady"].folder.parents[1], nights=1)


@pytest.fixture
def harbour(night: dict[str, Told]) -> Told:
    return night["harbour"]


def test_every_address_of_a_board_has_its_one_outcome(harbour):
    far = f"http://127.0.0.1:{harbour.site.port + 1}/ad"
    expected = {
        "/sitemap.xml": ("listing", "3 addresses"),
        "/ads.xml.gz": ("listing", "22 addresses"),
        "/odd.xml": ("listing", "4 addresses"),
        "/no.xml": ("failed", "not a sitemap (its root is <html>)"),
        "/ads/cook": ("ad", ""),
        "/ads/baker": ("ad", ""),
        "/ads/sail-maker": ("ad", ""),
        "/ads/net-mender": ("ad", ""),
        "/ads/busy": ("ad", ""),
        "/ads/thai": ("ad", ""),
        "/moved": ("ad", f"redirected to {harbour.site.url}/ads/sail-maker; 1 of 1 seen before in this run"),
        "/board": ("ad", ""),
        "/moved-away": ("out_of_scope", f"redirects to {far}: "),
        "/loop": ("failed", "max redirections reached"),
        "/gone": ("failed", "410"),
        "/missing": ("failed", "404"),
        "/broken": ("failed", "500"),
        "/cut-off": ("failed", "ResponseDataLossError"),
        "/huge": ("failed", "DownloadCancelledError"),
        "/bomb": ("failed", "too large when unpacked"),
        "/text-as-gzip": ("failed", ""),
        "/about": ("not_an_ad", ""),
        "/picture": ("not_an_ad", "image/png"),
        "/private/cook": ("refused_by_robots", "robots.txt forbids it"),
        "mailto:cook@harbour.example": ("out_of_scope", "only http and https"),
        "ftp://harbour.example/": ("out_of_scope", "only http and https"),
        "http://[oops/": ("out_of_scope", "not a readable address"),
        "https://far.example/ad": ("out_of_scope", "far.example is not a site of this source"),
    }
    assert harbour.outcomes == {address: outcome for address, (outcome, _) in expected.items()}
    for address, (_, detail) in expected.items():
        assert harbour.lines[address]["detail"].startswith(detail), harbour.lines[address]


def test_the_summary_counts_and_names_what_the_ledger_holds(harbour):
    summary = harbour.summary
    assert summary.outcomes == {name: list(harbour.outcomes.values()).count(name) for name in OUTCOMES}
    assert read_batch(harbour.folder).summary == summary
    named = {name for names in summary.addresses_by_outcome.values() for name in names}
    told = {line["address"] for line in harbour.lines.values() if line["outcome"] != "ad"}
    assert named == told
    assert summary.finished


def test_what_robots_txt_forbids_is_never_asked_for(harbour):
    assert "/private/cook" not in harbour.site.paths
    assert harbour.site.paths[0] == "/robots.txt"
    assert harbour.site.paths.count("/robots.txt") == 1


def test_the_crawler_names_itself_and_its_operator(harbour):
    agents = {asked.headers["User-Agent"] for asked in harbour.site.asked}
    (agent,) = agents
    assert agent.startswith("lurewatch/")
    assert agent.endswith(f" (+{CONTACT})")
    assert not any("Cookie" in asked.headers for asked in harbour.site.asked)


def test_one_request_at_a_time_and_a_pause_when_asked(harbour):
    assert harbour.site.most_at_once == 1
    first, second = [n for n, asked in enumerate(harbour.site.asked) if asked.path == "/ads/busy"]
    assert harbour.site.asked[first + 1].started - harbour.site.asked[first].ended >= 0.95
    assert second > first


def test_each_ad_is_taken_once_and_as_it_was_written(harbour):
    ads = {ad.title: ad for ad in harbour.ads}
    assert set(ads) == {
        "Second cook",
        "Baker",
        "Sail maker",
        "Net mender",
        "Ferry steward",
        "พ่อครัวท่าเรือ",
        "Deck hand",
        "Harbour pilot",
    }
    assert harbour.summary.ads == len(ads)
    assert ads["Second cook"].hiring_organization == "Harbour Inn"
    assert all(ad.source == "harbour" and LONG.strip() in ad.description for ad in ads.values())


def test_the_ledger_names_the_ads_that_an_address_shows(harbour):
    titles = {ad.ad_id: ad.title for ad in harbour.ads}
    shown = {address: {titles[ad_id] for ad_id in line.get("ads", ())} for address, line in harbour.lines.items()}
    assert shown["/board"] == {"Deck hand", "Harbour pilot"}
    assert shown["/moved"] == shown["/ads/sail-maker"] == {"Sail maker"}
    assert {address for address, line in harbour.lines.items() if "ads" in line} == {
        address for address, outcome in harbour.outcomes.items() if outcome == "ad"
    }


def test_an_ad_leads_to_its_page_in_the_archive(harbour):
    for ad in harbour.ads:
        with (harbour.folder / ad.page.file).open("rb") as file:
            file.seek(ad.page.offset)
            record = next(iter(ArchiveIterator(file, check_digests="raise")))
            assert record.rec_type == "response"
            assert record.rec_headers.protocol == "WARC/1.1"
            assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{ad.page.sha256}"
            body = record.content_stream().read()
        assert ad.title in body.decode("tis-620" if "thai" in ad.url else "utf-8")


def test_the_archive_holds_every_exchange(harbour):
    with (harbour.folder / "pages.warc.gz").open("rb") as file:
        records = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "", record.http_headers)
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    asked = [uri.removeprefix(harbour.site.url) for kind, uri, _ in records if kind == "request"]
    # What was broken off on the way is not there: there was nothing whole to keep.
    assert asked == [path for path in harbour.site.paths if path not in {"/huge", "/cut-off"}]
    agents = {headers.get_header("User-Agent") for kind, _, headers in records if kind == "request"}
    assert agents == {harbour.site.asked[0].headers["User-Agent"]}


def test_a_board_that_fails_too_often_is_held_back(harbour):
    assert not harbour.summary.healthy
    assert harbour.summary.problems == ("9 of 22 addresses failed, expected 20% at most",)


def test_another_night_gives_the_same_ids(night, next_night):
    for name in ("steady", "feed"):
        first, second = (
            {address: line["ads"] for address, line in told[name].lines.items() if "ads" in line}
            for told in (night, next_night)
        )
        assert first == second
    before = {ad.ad_id: ad.description for ad in night["steady"].ads}
    (changed,) = next_night["steady"].ads
    assert before[changed.ad_id] != changed.description
    folders = [told["steady"].folder for told in (night, next_night)]
    assert [folder for folder in find_batches(folders[0].parents[1]) if folder in folders] == folders


def test_requests_keep_the_delay_that_robots_txt_asks_for(night):
    told = night["calm"]
    gaps = [second.started - first.started for first, second in pairwise(told.site.asked)]
    assert told.summary.ads == 4
    assert gaps[0] >= 0.09
    assert all(gap >= 0.38 for gap in gaps[1:])


def test_a_robots_txt_in_trouble_forbids_everything_and_a_missing_one_nothing(night):
    told = night["unwell"]
    assert told.outcomes == {"/sitemap.xml": "refused_by_robots"}
    assert told.summary.problems[0].endswith("/robots.txt could not be read (503): nothing there was asked for")
    assert set(told.site.paths) == {"/robots.txt"}
    assert night["steady"].outcomes == {"/sitemap.xml": "listing", "/0": "ad", "/1": "ad"}
    assert "/robots.txt" in night["steady"].site.paths


def test_a_host_that_wants_to_be_left_alone_is(night):
    told = night["alone"]
    assert told.outcomes == {"/sitemap.xml": "listing", "/0": "ad", "/1": "not_inspected", "/2": "not_inspected"}
    assert told.details["/2"] == "pause"
    assert told.site.paths == ["/robots.txt", "/sitemap.xml", "/0", "/1"]
    assert "asked for a pause of 86400 s" in told.summary.problems[0]


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


def test_a_feed_gives_whole_entries_and_reads_the_pages_of_teasers(night):
    told = night["feed"]
    only = "only what the feed says; its page: "
    assert told.details == {
        "/feed": "",
        "/whole": "whole in the feed",
        "/teaser": "",
        "/lost": f"{only}failed (404)",
        "https://far.example/ad": f"{only}out_of_scope (far.example is not a site of this source)",
        "/private/ad": f"{only}refused_by_robots (robots.txt forbids it)",
    }
    assert set(told.outcomes.values()) == {"ad"}
    assert {ad.title for ad in told.ads} == {"Whole", "Teaser, in full", "Lost", "Far", "Hidden", "Linkless"}
    assert sorted(set(told.site.paths)) == ["/feed", "/lost", "/robots.txt", "/teaser"]
    assert all(ad.page and ad.page.file == "pages.warc.gz" for ad in told.ads)


def test_an_ad_whose_page_went_away_stays_the_same_ad(next_night):
    assert next_night["feed"].details["/teaser"] == "only what the feed says; its page: failed (404)"
    assert "Teaser" in {ad.title for ad in next_night["feed"].ads}


def test_sources_on_one_host_take_turns(night):
    assert night["steady"].summary.ads == night["twin"].summary.ads == 2
    assert night["steady"].site.most_at_once == 1


def test_a_sick_source_stops_nobody(night):
    (problem,) = night["sick"].summary.problems
    assert "start address http://127.0.0.1:1/sitemap.xml: failed (DownloadConnectionRefusedError)" in problem
    assert all(told.summary.finished for told in night.values())
    assert {name for name, told in night.items() if told.summary.healthy} == {*("feed", "steady", "twin", "calm")}


def test_a_foreign_name_that_leads_to_this_machine_is_not_asked(night):
    told = night["trap"]
    assert told.site.paths == []
    assert list(told.outcomes.values()) == ["out_of_scope"]
    assert "leads to a private internet address" in told.summary.problems[0]


def endless() -> dict[str, Page]:
    def never() -> Answer:
        time.sleep(1.5)
        return Answer()

    return {
        "/sitemap.xml": xml(sitemap("{site}/1", "{site}/2", "{site}/3")),
        "/1": Answer(body=job_page("Cook")),
        "/2": never,
    }


def wait_until_asked(site: Site, path: str) -> None:
    for _ in range(400):
        if path in site.paths:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} was never asked for: {site.paths}")


def test_a_crawl_that_is_told_to_stop_leaves_no_batch(tmp_path):
    with Site() as site:
        site.pages = endless()
        job = Job(source=source(f"{site.url}/sitemap.xml"), folder=tmp_path / "run", started_at=NOON, contact=None)
        with start_child(job) as child:
            wait_until_asked(site, "/1")
            child.terminate()
            told = child.stdout.read()
    assert child.returncode != 0
    assert "batch finished" not in told
    assert [path.name for path in tmp_path.iterdir()] == [".run.partial"]
    with pytest.raises(BadBatch):
        read_batch(tmp_path / ".run.partial")


def test_a_crawl_that_nobody_listens_to_any_more_ends_without_a_batch(tmp_path):
    with Site() as site:
        site.pages = endless()
        job = Job(source=source(f"{site.url}/sitemap.xml"), folder=tmp_path / "run", started_at=NOON, contact=None)
        with start_child(job) as child:
            wait_until_asked(site, "/1")
            child.stdout.close()
            child.wait()
        assert "/3" not in site.paths
    assert child.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == [".run.partial"]


def start_child(job: Job) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    child.stdin.write(dump_job(job))
    child.stdin.close()
    return child


def test_a_child_that_dies_is_told_of_and_its_run_is_not_finished(tmp_path):
    found: list[BatchSummary] = []
    with Site() as site:
        site.pages = endless()
        wanted = [source(f"{site.url}/sitemap.xml")]
        crawling = Thread(target=lambda: found.extend(crawl_sources(wanted, tmp_path, contact=None, now=NOON)))
        crawling.start()
        wait_until_asked(site, "/1")
        for child in children():
            os.kill(child, signal.SIGKILL)
        crawling.join()
    (summary,) = found
    assert not summary.finished
    assert not summary.healthy
    assert summary.problems == ("the crawl ended before its batch was whole (exit code -9)",)
    assert find_batches(tmp_path) == ()
    assert [path.name for path in (tmp_path / "harbour").iterdir()] == [".20261102T120000Z.partial"]


def children() -> list[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_nothing_starts_without_a_contact_or_a_review(tmp_path):
    foreign = {"name": "far", "title": "Far", "kind": "sitemap", "start": ["https://board.example/sitemap.xml"]}
    reviewed = source_from_card(foreign | REVIEW, where="far.toml")
    with pytest.raises(UnreviewedSource, match="far"):
        crawl_sources([source_from_card(foreign, where="far.toml")], tmp_path, contact="a@b.example", now=NOON)
    with pytest.raises(NoContact, match=r"far: board\.example is not this machine"):
        crawl_sources([reviewed], tmp_path, contact=None, now=NOON)
    for contact in ("me", "a@b.example)\r\nCookie: x", "a b@c.example", ""):
        with pytest.raises(NoContact, match="expected an e-mail address"):
            crawl_sources([reviewed], tmp_path, contact=contact, now=NOON)
    with pytest.raises(CrawlerError, match="expected once"):
        crawl_sources([reviewed, reviewed], tmp_path, contact="a@b.example", now=NOON)
    assert list(tmp_path.iterdir()) == []
