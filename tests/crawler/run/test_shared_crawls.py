"""A source that several workers read together, with a real Redis between them."""

import shutil
import socket
import subprocess
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from builders import NOON
from crawler.batch.batch import Batch, read_batch
from crawler.errors import NoFrontier
from crawler.run.runner import Job, crawl_sources
from crawling import CONTACT, job_page, sitemap, source, start_child, xml
from loopback_site import Answer, Site

redis = pytest.importorskip("redis", reason="the extra redis is not installed")

ADS, DELAY = 40, 0.05


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The address of a Redis."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server on this machine (Debian's package redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    server = subprocess.Popen([*command, str(tmp_path_factory.mktemp("redis"))], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    for _ in range(200):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    client.close()
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def board():
    """Two pages of a list that lead to ads; every second ad has a twin at another address."""
    listed = [sitemap(*(f"{{site}}/{n}" for n in range(half, ADS, 2))) for half in (0, 1)]
    pages = {f"/{n}": Answer(body=job_page(f"Cook {n % 35}")) for n in range(ADS)}
    pages |= {f"/part-{half}.xml": xml(text) for half, text in enumerate(listed)}
    pages["/sitemap.xml"] = xml(sitemap("{site}/part-0.xml", "{site}/part-1.xml", root="sitemapindex"))
    with Site(pages) as site:
        yield site


def job_of(card, folder, frontier, number):
    return Job(source=card, folder=folder / f"part-{number}", started_at=NOON, contact=CONTACT, frontier=frontier)


def ended(child):
    with child:
        child.stdout.read()
    return child.returncode


def ads_of(batches: list[Batch]) -> dict[str, object]:
    ads = [ad for batch in batches for ad in batch.ads()]
    return {ad.ad_id: replace(ad, seen_at=NOON, page=None) for ad in ads}


def asked_in_turn(site, delay):
    asked = sorted(site.asked, key=lambda one: one.started)
    return all(later.started - earlier.ended >= 0.9 * delay for earlier, later in pairwise(asked))


def test_three_workers_read_what_one_reads_and_never_ask_a_host_twice_at_once(shared, board, tmp_path):
    card = source(f"{board.url}/sitemap.xml", delay=DELAY)
    (alone,) = crawl_sources([card], tmp_path / "alone", contact=CONTACT, now=NOON)
    expected = ads_of([read_batch(tmp_path / "alone" / card.name / alone.run)])
    board.asked.clear()
    board.most_at_once = 0
    children = [start_child(job_of(card, tmp_path, shared, number)) for number in range(3)]
    assert [ended(child) for child in children] == [0, 0, 0]
    batches = [read_batch(tmp_path / f"part-{number}") for number in range(3)]
    assert ads_of(batches) == expected
    assert (board.most_at_once, asked_in_turn(board, DELAY)) == (1, True)
    pages = [path for path in board.paths if path != "/robots.txt"]
    assert len(pages) == len(set(pages)) == ADS + 3
    assert all(batch.summary.looks_back for batch in batches), "a part says nothing of what it does not show"
    assert sum(batch.summary.ads > 0 for batch in batches) > 1, "the work was shared"
    late = start_child(job_of(card, tmp_path, shared, 3))
    assert ended(late) == 0
    assert read_batch(tmp_path / "part-3").summary.addresses == 0
    assert len(board.paths) == ADS + 3 + 3, "whoever comes late reads nothing again"


def test_what_a_killed_worker_had_read_or_taken_is_read_by_the_others(shared, board, tmp_path):
    card = source(f"{board.url}/sitemap.xml", delay=DELAY, name="killed")
    board.asked.clear()
    board.most_at_once = 0
    children = [start_child(job_of(card, tmp_path, shared, number)) for number in range(3)]
    while len(board.asked) < ADS // 2:
        time.sleep(0.02)
    children[0].kill()
    assert [ended(child) for child in children[1:]] == [0, 0]
    found = ads_of([read_batch(tmp_path / f"part-{number}") for number in (1, 2)])
    assert len(found) == ADS
    assert board.most_at_once == 1
    assert ended(children[0]) == -9


def test_a_crawl_without_its_redis_says_so(board, tmp_path):
    card = source(f"{board.url}/sitemap.xml")
    with pytest.raises(NoFrontier, match="no Redis that can be used"):
        crawl_sources([card], tmp_path, contact=CONTACT, now=NOON, frontier="redis://127.0.0.1:9/0")
