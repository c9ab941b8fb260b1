"""Crawls that are killed with SIGKILL at any moment and taken up again come to what an undisturbed run comes to."""

import gzip
import json
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from fork_server import ForkServer
from killed_sources import NIGHTS, Places, opened_places
from warcio.archiveiterator import ArchiveIterator

from builders import NOON
from crawler.batch.ad_json import ad_to_record
from crawler.batch.batch import find_batches, read_batch
from crawler.batch.evidence import fetch_record
from crawler.run import runner
from crawler.run.runner import dump_job
from loopback_site import Answer, Site

ROOT = Path(__file__).parents[3]
CONTRACT = [
    "ads.jsonl", "gone.jsonl", "known.jsonl.gz", "ledger.jsonl.gz", "pages.warc.gz", "raw.jsonl.gz", "summary.json",
]  # fmt: skip
OF_FILES = [name for name in CONTRACT if name not in {"gone.jsonl", "known.jsonl.gz"}]
"""An archive's batch has no memory."""


@dataclass(frozen=True)
class Told:
    """What a batch comes to, apart from its moments and from where its pages lie."""

    ads: dict[str, Any]
    lines: dict[str, Any]
    summary: dict[str, Any]
    archived: frozenset[tuple[str, str]]
    known: dict[str, Any]
    gone: dict[str, Any]


def told(folder: Path) -> Told:
    """What a finished batch holds, after it was checked in itself."""
    assert sorted(file.name for file in folder.iterdir()) in (CONTRACT, OF_FILES)
    batch = read_batch(folder)
    ads = list(batch.ads())
    lines = records(folder / "ledger.jsonl.gz")
    raw = [line["ad_id"] for line in records(folder / "raw.jsonl.gz")]
    versions = [f"{ad.ad_id} {ad.seen_at if batch.summary.looks_back else ''}" for ad in ads]
    assert raw == [ad.ad_id for ad in ads]
    assert max(Counter(versions).values(), default=1) == 1
    assert max(Counter(line["address"] for line in lines).values()) == 1
    summary = batch.summary
    assert summary.ads == len(ads)
    return Told(
        ads={key: ad_to_record(replace(ad, seen_at=NOON, page=None)) for key, ad in zip(versions, ads, strict=True)},
        lines={line["address"]: line for line in lines},
        summary={"outcomes": summary.outcomes, "healthy": summary.healthy, "problems": summary.problems},
        archived=archived(folder, {ad.page for ad in ads}),
        known={
            line["address"]: line | {"first": None, "last": None} for line in records(folder / "known.jsonl.gz")[1:]
        },
        gone={line["ad_id"]: line for line in records(folder / "gone.jsonl")},
    )


def records(path: Path) -> list[dict[str, Any]]:
    """The lines of a batch's file; none where it has no such file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    return [json.loads(line) for line in (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()]


def archived(folder: Path, pages: set[Any]) -> frozenset[tuple[str, str]]:
    """The addresses of the archive's records; every page of an ad must be one of its responses, to the byte."""
    with (folder / "pages.warc.gz").open("rb") as file:
        found, offsets = [], set()
        archive = ArchiveIterator(file, check_digests="raise")
        for record in archive:
            record.content_stream().read()
            found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or ""))
            offsets.add(archive.get_record_offset())
    for page in pages:
        assert page.offset in offsets
        assert fetch_record(folder / page.file, page.offset).sha256 == page.sha256
    return frozenset(found)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    with opened_places(tmp_path_factory.mktemp("files")) as places:
        yield places


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed."""

    folder: Path
    told: Told
    seconds: float


class Runs:
    """The undisturbed runs, each made when it is first asked for."""

    def __init__(self, places: Places, server: ForkServer, home: Path) -> None:
        self._places, self._server, self._home = places, server, home
        self._made: dict[tuple[str, int], Undisturbed] = {}

    def __call__(self, name: str, night: int = 1) -> Undisturbed:
        """The run of a source on a night."""
        if (name, night) not in self._made:
            home = self._home / f"{name}-{night}"
            self.begin(name, night, home)
            self._server.start(job(self._places, name, night, home))
            began = time.monotonic()
            assert self._server.wait() == 0
            seconds, folder = time.monotonic() - began, batch_of(home, night)
            self._made[name, night] = Undisturbed(folder, told(folder), seconds)
        return self._made[name, night]

    def begin(self, name: str, night: int, home: Path) -> None:
        """Lay out what the nights before have left."""
        (home / name).mkdir(parents=True)
        if night > 1:
            before = self(name, night - 1).folder
            shutil.copytree(before, home / name / before.name)


@pytest.fixture(scope="module")
def undisturbed(places: Places, server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(places, server, tmp_path_factory.mktemp("undisturbed"))


def job(places: Places, name: str, night: int, home: Path, **keys: object) -> str:
    """What the crawl tells the process that reads a source: the run is new, or one that was killed."""
    source, at = places.source(name, night, **keys), NOON + timedelta(days=night)
    folder = runner._folder_of_run(source, home, at, is_shared=False)
    return dump_job(runner.Job(source=source, folder=folder, started_at=at, contact=None))


def batch_of(home: Path, night: int) -> Path:
    (folder,) = [batch for batch in find_batches(home) if batch.name >= f"{NOON + timedelta(days=night):%Y%m%dT}"]
    return folder


def left_in(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


ON = [(name, night) for name, nights in NIGHTS.items() for night in nights]
KILLS = 2
"""Of each source on each night."""


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize(("name", "night"), ON)
def test_a_crawl_killed_at_a_random_moment_comes_to_the_same(
    name, night, number, places, server, undisturbed, tmp_path
):
    wanted, chance = undisturbed(name, night), random.Random(f"{name} {night} {number}")
    undisturbed.begin(name, night, tmp_path)
    moments = [(number + chance.random()) / KILLS, *([chance.random()] if number == 0 else [])]
    for moment in moments:
        kill_at(server, lambda: job(places, name, night, tmp_path), moment * wanted.seconds, tmp_path / name)
    server.start(job(places, name, night, tmp_path))
    assert server.wait() == 0
    folder = batch_of(tmp_path, night)
    assert told(folder) == wanted.told
    # A process that dies before it has written its first line leaves a folder that says nothing.
    left = set(left_in(tmp_path / name)) - set(left_in(undisturbed(name, night).folder.parent))
    assert all(one == folder.name or ".partial" in one for one in left)


def kill_at(server: ForkServer, task: Callable[[], str], seconds: float, home: Path) -> None:
    """Kill a crawl so long after its start; where it was quicker, start over and be quicker too."""
    before = left_in(home)
    for _ in range(20):
        began = time.monotonic()
        killer = Timer(seconds, kill, [server.start(task())])
        killer.start()
        code = server.wait()
        killer.cancel()
        new = set(left_in(home)) - set(before)
        if code == -signal.SIGKILL and all(name.startswith(".") for name in new):
            return
        for name in new:
            shutil.rmtree(home / name)
        seconds = 0.8 * min(seconds, time.monotonic() - began)
    raise AssertionError("the crawl was never killed in time")


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


STEPS = {
    ("board", 1): ("/jobs?page=2", "/when?page=2", "/jobs?page=3", "/jobs?page=4"),
    ("whole-board", 1): ("/list?page=2", "/list?page=3", "/list?page=4"),
    ("ats", 1): ("/odd?limit=2", "/plain?limit=2&offset=2"),
    ("two-lists", 1): ("/south?mode=json&limit=2",),
    ("channel", 2): ("/s/pier_work?before=48", "/s/pier_work?before=21"),
    # After a listing that could not be read: what it would have named is not asked for.
    ("sitemap", 2): ("/ads/0",),
}
"""Addresses after which a crawl knows something that its frontier does not say."""


@pytest.mark.parametrize(("name", "night"), STEPS)
def test_a_crawl_killed_at_these_steps_knows_what_it_knew(name, night, places, server, undisturbed, tmp_path):
    undisturbed.begin(name, night, tmp_path)
    # Slow enough for each look to be committed by itself.
    slow = partial(job, places, name, night, tmp_path, politeness={"delay": 0.06})
    for path in STEPS[name, night]:
        with deadly(places.sites[night], path) as victim:
            victim.append(server.start(slow()))
            assert server.wait() == -signal.SIGKILL, path
    server.start(slow())
    assert server.wait() == 0
    assert told(batch_of(tmp_path, night)) == undisturbed(name, night).told


@contextmanager
def deadly(site: Site, path: str) -> Iterator[list[int]]:
    """A site that kills the process whose id it is given, when that asks for a certain page."""
    page, victim = site.pages[path], []

    def kill() -> Answer:
        os.kill(victim[0], signal.SIGKILL)
        return page

    site.pages[path] = kill
    yield victim
    site.pages[path] = page


def test_a_full_disk_leaves_a_batch_that_can_be_taken_up(places, server, undisturbed, tmp_path):
    (tmp_path / "sitemap").mkdir()
    for limit in (3_000, 20_000):
        server.start(job(places, "sitemap", 1, tmp_path), largest_file=limit)
        assert server.wait() == 1
        assert find_batches(tmp_path) == ()
    server.start(job(places, "sitemap", 1, tmp_path))
    assert server.wait() == 0
    assert told(batch_of(tmp_path, 1)) == undisturbed("sitemap").told
    assert read_batch(batch_of(tmp_path, 1)).summary.resumed == 2


def test_an_address_that_kills_the_crawl_three_times_is_left(places, server, tmp_path):
    site = places.sites[1]
    deadly = f"{site.url}/ads/4"
    (tmp_path / "sitemap").mkdir()
    server.start(job(places, "sitemap", 1, tmp_path), dies_reading=deadly)
    assert server.wait() == -signal.SIGKILL
    for _ in range(3):
        assert find_batches(tmp_path) == ()
        server.start(job(places, "sitemap", 1, tmp_path), dies_reading=deadly)
        code = server.wait()
    assert code == 0
    lines = told(batch_of(tmp_path, 1)).lines
    assert (lines[deadly]["outcome"], lines[deadly]["detail"]) == ("failed", "reading it has killed the crawl before")
    assert lines[f"{site.url}/ads/5"]["outcome"] == "ad"
