"""How a crawl ends: told to stop, left alone, killed, or not begun at all."""

import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from threading import Thread

import pytest

from builders import NOON
from crawler.batch.batch import BatchSummary, find_batches, read_batch
from crawler.errors import BadBatch, CrawlerError, NoContact, UnreviewedSource
from crawler.run.runner import Job, crawl_sources
from crawler.sources.loader import source_from_card
from crawling import REVIEW, job_page, sitemap, source, start_child, wait_until_asked, xml
from loopback_site import Answer, Page, Site


def endless() -> dict[str, Page]:
    def never() -> Answer:
        time.sleep(1.5)
        return Answer()

    return {
        "/sitemap.xml": xml(sitemap("{site}/1", "{site}/2", "{site}/3")),
        "/1": Answer(body=job_page("Cook")),
        "/2": never,
    }


@contextmanager
def endless_crawl(folder: Path) -> Iterator[tuple[Site, Popen[str]]]:
    """A board whose last page never comes, and the process that reads it, once it has asked for the first."""
    with Site() as site:
        site.pages = endless()
        job = Job(source=source(f"{site.url}/sitemap.xml"), folder=folder / "run", started_at=NOON, contact=None)
        with start_child(job) as child:
            wait_until_asked(site, "/1")
            yield site, child


def test_a_crawl_that_is_told_to_stop_leaves_no_batch(tmp_path):
    with endless_crawl(tmp_path) as (_, child):
        child.terminate()
        logged = child.stdout.read()
    assert child.returncode != 0
    assert "batch finished" not in logged
    assert [path.name for path in tmp_path.iterdir()] == [".run.partial"]
    with pytest.raises(BadBatch):
        read_batch(tmp_path / ".run.partial")


def test_a_crawl_that_nobody_listens_to_any_more_ends_without_a_batch(tmp_path):
    with endless_crawl(tmp_path) as (site, child):
        child.stdout.close()
        child.wait()
        assert "/3" not in site.paths
    assert child.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == [".run.partial"]


def test_a_full_disk_is_named_and_leaves_no_trace_of_the_program(tmp_path):
    with endless_crawl(tmp_path) as (_, child):
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (100, 100))
        *_, last = child.stdout.read().splitlines()
    assert child.returncode == 1
    assert (json.loads(last)["source"], json.loads(last)["reason"]) == ("harbour", "File too large")


def test_a_child_that_dies_is_told_of_and_its_run_is_not_finished(tmp_path):
    found: list[BatchSummary] = []
    with Site() as site:
        site.pages = endless()
        wanted = [source(f"{site.url}/sitemap.xml")]
        before = children()
        crawling = Thread(target=lambda: found.extend(crawl_sources(wanted, tmp_path, contact=None, now=NOON)))
        crawling.start()
        wait_until_asked(site, "/1")
        for child in children() - before:
            os.kill(child, signal.SIGKILL)
        crawling.join()
    (summary,) = found
    assert not summary.finished
    assert not summary.healthy
    assert summary.problems == ("the crawl ended before its batch was whole (exit code -9)",)
    assert find_batches(tmp_path) == ()
    assert [path.name for path in (tmp_path / "harbour").iterdir()] == [".20261102T120000Z.partial"]


def children() -> set[int]:
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


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
