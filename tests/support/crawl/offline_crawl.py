"""Crawls without a network: what a spider and its stages do to a batch, step by step, until they are killed."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from builders import NOON, make_ad
from crawler.ad import PageRef
from crawler.archive.warc_writer import Exchange
from crawler.batch.batch import partial_of, read_batch
from crawler.batch.journal import GROWING, Address
from crawler.batch.writer import BatchWriter
from crawler.extract.raw import RawAd
from crawler.history.frontier import Frontier
from crawler.run.runner import card_digest
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card

RUN = "20261102T120000Z"
SITE = "http://127.0.0.1:8000"

FILES = (*GROWING, "journal.jsonl")


def source(**keys: object) -> Source:
    values = {"name": "quay", "title": "Quay", "kind": "sitemap", "start": [f"{SITE}/0"], "local": True}
    return source_from_card(values | keys, where="quay.toml")


class Clock:
    now = 100.0
    step = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Slow(Clock):
    """A clock of a crawl that is slow enough for each look to be committed."""

    step = 1.0


@dataclass(frozen=True)
class Page:
    """An invented page: where it leads, which ads it shows, and which addresses it settles by itself."""

    links: tuple[int, ...] = ()
    ads: tuple[int, ...] = ()
    settles: tuple[int, ...] = ()
    has_entry: bool = False


Board = dict[int, Page]
"""Pages by number; 0 is the start."""


class Crawl:
    """A crawl without a network: what the spider and its stages do to a batch, step by step."""

    def __init__(self, folder: Path, board: Board, clock: Clock) -> None:
        self.batch = writer(folder)
        self.frontier = Frontier(source(), self.batch.ledger, clock=clock, journal=self.batch.journal)
        if self.batch.unfinished:
            self.frontier.resume(self.batch.unfinished)
        self._board, self._written = board, set(self.batch.earlier_ads)

    def steps(self) -> Iterator[None]:
        """Two addresses at a time, the second answered before the first is done with."""
        self.frontier.see(Address(url=f"{SITE}/0", role="page"))
        while taken := list(self.frontier.take(2)):
            readings = [self._read(address) for address in taken]
            while readings:
                for reading in readings.copy():
                    yield
                    if next(reading, self) is self:
                        readings.remove(reading)

    def _read(self, address: Address) -> Iterator[None]:
        number = int(address.url.rpartition("/")[2])
        page = self._board.get(number, Page())
        self.frontier.pay(address.url)
        place = self.batch.warc.append(exchange(address.url))
        yield
        self.frontier.begin(address.url)
        for other in page.settles:
            if self.batch.ledger.see(f"{SITE}/{other}"):
                self._write(f"{SITE}/{other}", (100 + other,), place)
                yield
        for other in page.links:
            entry = RawAd(title=f"Cook \ud800 {other}", reader="feed") if page.has_entry else None
            self.frontier.see(Address(url=f"{SITE}/{other}", role="page", entry=entry), lastmod="2026-11-01")
        yield
        self._write(address.url, page.ads, place)

    def _write(self, url: str, numbers: tuple[int, ...], place: PageRef) -> None:
        ads = {f"quay:{number}": make_ad(ad_id=f"quay:{number}", page=place) for number in numbers}
        new = {ad_id: ad for ad_id, ad in ads.items() if ad_id not in self._written}
        self._written |= new.keys()
        self.batch.add_all([(ad, RawAd(title="Cook", reader="page")) for ad in new.values()])
        self.batch.ledger.close(url, "ad" if ads else "not_an_ad", ads=tuple(ads))
        self.frontier.done(url)


def writer(folder: Path, **more: object) -> BatchWriter:
    settings = {"source": "quay", "started_at": NOON, "card": card_digest(source())}
    return BatchWriter(folder, **settings | more)


def exchange(url: str) -> Exchange:
    return Exchange(
        address=url,
        at=NOON,
        request_headers=(),
        status=200,
        protocol="HTTP/1.1",
        response_headers=(),
        body=url.encode(),
    )


def finish(crawl: Crawl) -> None:
    for _ in crawl.steps():
        pass
    crawl.batch.finish(ended_at=NOON + timedelta(hours=1), problems=tuple(crawl.batch.problems))


def kill(crawl: Crawl) -> None:
    """End a crawl as a kill does: nothing more reaches its files."""
    folder = partial_of(crawl.batch._final)
    kept = {name: (folder / name).read_bytes() for name in FILES}
    crawl.batch.close()
    for name, content in kept.items():
        (folder / name).write_bytes(content)


def told(folder: Path) -> tuple[object, ...]:
    """What a finished batch comes to; its archive is readable and its ads lead into it."""
    batch = read_batch(folder)
    ads = list(batch.ads())
    lines = [json.loads(line) for line in gzip.decompress((folder / "ledger.jsonl.gz").read_bytes()).splitlines()]
    raw = [json.loads(line)["ad_id"] for line in gzip.decompress((folder / "raw.jsonl.gz").read_bytes()).splitlines()]
    assert raw == [ad.ad_id for ad in ads]
    assert len(set(raw)) == len(raw)
    with (folder / "pages.warc.gz").open("rb") as file:
        records = ArchiveIterator(file, check_digests="raise")
        offsets = {}
        for record in records:
            record.content_stream().read()
            offsets[records.get_record_offset()] = record.rec_headers.get_header("WARC-Payload-Digest")
    assert all(offsets[ad.page.offset] == f"sha256:{ad.page.sha256}" for ad in ads)
    assert sorted(file.name for file in folder.iterdir()) == [
        *("ads.jsonl", "ledger.jsonl.gz", "pages.warc.gz", "raw.jsonl.gz", "summary.json")
    ]
    return {ad.ad_id: replace(ad, page=None) for ad in ads}, lines, batch.summary.outcomes


SMALL: Board = {0: Page(links=(1, 2), ads=(1,)), 1: Page(ads=(2,)), 2: Page(links=(3,))}
