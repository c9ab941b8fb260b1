"""Crawls that are killed with SIGKILL at any moment and taken up again come to what an undisturbed run comes to."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.ad_record import ad_to_record
from crawler.batches import find_batches, read_batch
from crawler.job import Job, dump_job
from crawler.source import Source
from crawler.sources import source_from_card
from fork_server import ForkServer
from loopback_site import Answer, Page, Site

ROOT = Path(__file__).parents[2]
RUN = "20261102T120000Z"
LONG = "The kitchen of a small harbour inn needs a second cook for the summer. " * 12
CONTRACT = [
    "ads.jsonl", "gone.jsonl", "known.jsonl.gz", "ledger.jsonl.gz", "pages.warc.gz", "raw.jsonl.gz", "summary.json",
]  # fmt: skip


def posting(title: str) -> str:
    job = {"@context": "https://schema.org", "@type": "JobPosting", "title": title, "description": f"{title}. {LONG}"}
    return f'<script type="application/ld+json">{json.dumps(job)}</script>'


def job_page(*titles: str) -> Answer:
    return Answer(body=f"<html><head>{''.join(map(posting, titles))}</head><body><h1>Harbour</h1></body></html>")


def listing(*paths: str, root: str = "urlset") -> Answer:
    child = "url" if root == "urlset" else "sitemap"
    rows = "".join(f"<{child}><loc>{{site}}{path}</loc><lastmod>2026-10-30</lastmod></{child}>" for path in paths)
    return Answer(
        body=f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{root}>', type="application/xml"
    )


def feed() -> Answer:
    whole = [(f"Whole {n}", f"/whole/{n}", LONG) for n in range(4)]
    teasers = [(f"Teaser {n}", f"/teaser/{n}", "A short word about it…") for n in range(7)]
    shared = [("One of two", "/shared", LONG), ("Two of two", "/shared", f"{LONG} Evenings.")]
    lost = [("Lost", "/lost", "Its page is not there…"), ("Hidden", "/private/ad", "Its page is not for us…")]
    entries = [*whole, *teasers, *shared, *lost, ("Linkless", None, LONG)]
    items = "".join(
        f"<item><title>{title}</title>{f'<link>{{site}}{path}</link>' if path else ''}"
        f"<guid isPermaLink='false'>id-{title}</guid><description>{text}</description></item>"
        for title, path, text in entries
    )
    body = f'<rss version="2.0"><channel><title>New</title>{items}</channel></rss>'
    return Answer(body=body, type="application/rss+xml")


def harbour_pages() -> dict[str, Page]:
    return {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /private\n", type="text/plain"),
        "/sitemap.xml": listing("/a.xml", "/b.xml", "/no.xml", root="sitemapindex"),
        "/a.xml": listing(*(f"/ads/{n}" for n in range(7)), "/board", "/moved", "/missing", "/private/cook"),
        "/b.xml": listing("/ads/3", "/again", "/away", "/about", "/gone", *(f"/more/{n}" for n in range(5))),
        **{f"/ads/{n}": job_page(f"Cook {n}") for n in range(7)},
        **{f"/more/{n}": job_page(f"Steward {n}", f"Deck hand {n}") for n in range(5)},
        "/board": job_page("Baker", "Pilot", "Net mender"),
        "/moved": Answer(status=301, headers={"Location": "/ads/2"}),
        "/away": Answer(status=302, headers={"Location": "https://far.example/ad"}),
        "/again": job_page("Baker", "Pilot"),
        "/about": Answer(body="<html><head><title>About</title></head><body><p>Our harbour.</p></body></html>"),
        "/gone": Answer(status=410),
        "/feed": feed(),
        **{f"/teaser/{n}": job_page(f"Teaser {n}, in full") for n in range(7)},
    }


@dataclass(frozen=True)
class Told:
    """What a batch comes to, apart from its moments and from where its pages lie."""

    ads: dict[str, Any]
    lines: dict[str, Any]
    summary: dict[str, Any]
    archived: frozenset[tuple[str, str]]
    known: dict[str, Any]


def told(folder: Path) -> Told:
    """What a finished batch holds, after it was checked in itself."""
    assert sorted(file.name for file in folder.iterdir()) == CONTRACT
    batch = read_batch(folder)
    ads = list(batch.ads())
    lines = [json.loads(line) for line in gzip.decompress((folder / "ledger.jsonl.gz").read_bytes()).splitlines()]
    known = [json.loads(line) for line in gzip.decompress((folder / "known.jsonl.gz").read_bytes()).splitlines()]
    raw = [json.loads(line)["ad_id"] for line in gzip.decompress((folder / "raw.jsonl.gz").read_bytes()).splitlines()]
    assert raw == [ad.ad_id for ad in ads]
    assert max(Counter(raw).values()) == 1
    assert max(Counter(line["address"] for line in lines).values()) == 1
    summary = batch.summary
    assert summary.ads == len(ads)
    return Told(
        ads={ad.ad_id: ad_to_record(replace(ad, seen_at=NOON, page=None)) for ad in ads},
        lines={line["address"]: line for line in lines},
        summary={"outcomes": summary.outcomes, "healthy": summary.healthy, "problems": summary.problems},
        archived=archived(folder, {ad.page for ad in ads}),
        known={line["address"]: line | {"first": None, "last": None} for line in known[1:]},
    )


def archived(folder: Path, pages: set[Any]) -> frozenset[tuple[str, str]]:
    """The addresses of the archive's records; every page of an ad must be one of its responses, to the byte."""
    with (folder / "pages.warc.gz").open("rb") as file:
        found, offsets = [], {}
        records = ArchiveIterator(file, check_digests="raise")
        for record in records:
            record.content_stream().read()
            found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or ""))
            offsets[records.get_record_offset()] = record.rec_headers.get_header("WARC-Payload-Digest")
    for page in pages:
        assert offsets[page.offset] == f"sha256:{page.sha256}"
    return frozenset(found)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site(harbour_pages()) as site:
        yield site


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


def card(site: Site, kind: str) -> dict[str, Any]:
    start = {"sitemap": "/sitemap.xml", "feed": "/feed"}[kind]
    keys = {"name": kind, "title": kind, "kind": kind, "start": [f"{site.url}{start}"], "local": True}
    return keys | {"politeness": {"delay": 0}}


def source(site: Site, kind: str) -> Source:
    return source_from_card(card(site, kind), where=f"{kind}.toml")


def job(site: Site, kind: str, home: Path) -> str:
    return dump_job(Job(source=source(site, kind), folder=home / kind / RUN, started_at=NOON, contact=None))


@dataclass(frozen=True)
class Undisturbed:
    told: Told
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(site: Site, server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Undisturbed]:
    found = {}
    for kind in ("sitemap", "feed"):
        home = tmp_path_factory.mktemp("undisturbed")
        server.start(job(site, kind, home))
        began = time.monotonic()
        assert server.wait() == 0
        found[kind] = Undisturbed(told(home / kind / RUN), time.monotonic() - began)
    return found


def left_in(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


KILLS = 18
"""Those of the process that reads the source; two more are of the command with all that it started."""


@pytest.mark.parametrize("number", range(KILLS))
def test_a_crawl_killed_at_a_random_moment_comes_to_the_same(number, site, server, undisturbed, tmp_path):
    chance, kind = random.Random(number), ("feed", "sitemap")[number % 2]
    wanted, task = undisturbed[kind], job(site, kind, tmp_path)
    moments = [(number + chance.random()) / KILLS, *([chance.random()] if number % 3 == 0 else [])]
    for moment in moments:
        kill_at(server, task, moment * wanted.seconds, tmp_path / kind)
        assert find_batches(tmp_path) == ()
    server.start(task)
    assert server.wait() == 0
    assert told(tmp_path / kind / RUN) == wanted.told
    # A process that dies before it has written its first line leaves a folder that says nothing.
    assert all(name == RUN or name.endswith(".abandoned") for name in left_in(tmp_path / kind))


def kill_at(server: ForkServer, task: str, seconds: float, home: Path) -> None:
    """Kill a crawl so long after its start; where it was quicker, start over and be quicker too."""
    for _ in range(20):
        pid = server.start(task)
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        code = server.wait()
        if code == -signal.SIGKILL and not (home / RUN).exists():
            return
        shutil.rmtree(home)
        seconds *= 0.8
    raise AssertionError("the crawl was never killed in time")


@pytest.mark.parametrize("number", range(2))
def test_the_command_killed_with_its_children_comes_to_the_same(number, site, undisturbed, tmp_path):
    kind = ("feed", "sitemap")[number % 2]
    (tmp_path / f"{kind}.toml").write_text(
        f'name = "{kind}"\ntitle = "{kind}"\nkind = "{kind}"\nlocal = true\n'
        f'start = ["{source(site, kind).start[0]}"]\n[politeness]\ndelay = 0\n'
    )
    asked = len(site.asked)
    command = start_command(tmp_path, kind)
    while len(site.asked) < asked + 1 + random.Random(number).randrange(12):
        time.sleep(0.002)
    os.killpg(command.pid, signal.SIGKILL)
    command.wait()
    assert find_batches(tmp_path / "batches") == ()
    assert start_command(tmp_path, kind).wait() == 0
    (folder,) = find_batches(tmp_path / "batches")
    assert read_batch(folder).summary.resumed == 1
    assert told(folder) == undisturbed[kind].told
    assert left_in(folder.parent) == [folder.name]


def start_command(home: Path, kind: str) -> subprocess.Popen[bytes]:
    wanted = [sys.executable, "-m", "pipeline.cli", "crawl", f"{kind}.toml", "--output", "batches"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        wanted, cwd=home, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_a_full_disk_leaves_a_batch_that_can_be_taken_up(site, server, undisturbed, tmp_path):
    for limit in (3_000, 20_000):
        server.start(job(site, "sitemap", tmp_path), largest_file=limit)
        assert server.wait() == 1
        assert find_batches(tmp_path) == ()
    server.start(job(site, "sitemap", tmp_path))
    assert server.wait() == 0
    assert told(tmp_path / "sitemap" / RUN) == undisturbed["sitemap"].told
    assert read_batch(tmp_path / "sitemap" / RUN).summary.resumed == 2


def test_an_address_that_kills_the_crawl_three_times_is_left(site, server, tmp_path):
    deadly = f"{site.url}/ads/4"
    server.start(job(site, "sitemap", tmp_path), dies_reading=deadly)
    assert server.wait() == -signal.SIGKILL
    for _ in range(3):
        assert find_batches(tmp_path) == ()
        server.start(job(site, "sitemap", tmp_path), dies_reading=deadly)
        code = server.wait()
    assert code == 0
    lines = told(tmp_path / "sitemap" / RUN).lines
    assert (lines[deadly]["outcome"], lines[deadly]["detail"]) == ("failed", "reading it has killed the crawl before")
    assert lines[f"{site.url}/ads/5"]["outcome"] == "ad"
