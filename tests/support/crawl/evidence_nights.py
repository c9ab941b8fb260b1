"""Two nights over an invented board, for tests of evidence."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from warc_making import ad_page

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import read_batch
from crawler.batch.evidence import Proof, SeenAd, gather_proof
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Site

ROBOTS = "User-agent: *\nDisallow: /private\nCrawl-delay: 0.01\n"


def sitemap(*paths: str) -> Answer:
    rows = "".join(f"<url><loc>{{site}}/{path}</loc></url>" for path in paths)
    text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'
    return Answer(body=text, type="application/xml")


@dataclass(frozen=True)
class Nights:
    """Two nights over one board: the cook's pay changes in between."""

    batches: Path
    folders: tuple[Path, Path]
    site: Site
    bare: Path
    """The batch of a site without a robots.txt."""

    @property
    def cook(self) -> JobAd:
        return self.ads(0)["Cook"]

    def ads(self, night: int) -> dict[str, JobAd]:
        return {ad.title: ad for ad in read_batch(self.folders[night]).ads()}

    def proof(self) -> Proof:
        return gather_proof(SeenAd(ad=self.cook, batch=self.folders[0]))


@contextmanager
def crawled_nights(home: Path) -> Iterator[Nights]:
    """Both nights, crawled below ``home``; the site stays open."""
    batches = home / "data" / "local" / "batches"
    with Site() as site, Site() as bare:
        bare.pages = {"/sitemap.xml": sitemap("cook"), "/cook": Answer(body=ad_page("Cook"))}
        site.pages |= {
            "/robots.txt": Answer(body=ROBOTS, type="text/plain"),
            "/sitemap.xml": sitemap("cook", "baker", "moved", "gone"),
            "/cook": Answer(body=ad_page("Cook")),
            "/baker": Answer(body=gzip.compress(ad_page("Baker")), headers={"Content-Encoding": "gzip"}),
            "/moved": Answer(status=301, headers={"Location": "/mate"}),
            "/mate": Answer(body=ad_page("Mate")),
        }
        quay = source(site, "quay")
        first, other = crawl_sources([quay, source(bare, "bare")], batches, contact=None, now=NOON)
        site.pages["/cook"] = Answer(body=ad_page("Cook", pay="90 coins a day, no papers needed"))
        (second,) = crawl_sources([quay], batches, contact=None, now=NOON + timedelta(days=1))
        folders = (batches / "quay" / first.run, batches / "quay" / second.run)
        yield Nights(batches=batches / "quay", folders=folders, site=site, bare=batches / "bare" / other.run)


def source(site: Site, name: str) -> Source:
    card = {"name": name, "title": name, "kind": "sitemap", "start": [f"{site.url}/sitemap.xml"], "local": True}
    return source_from_card(card | {"politeness": {"delay": 0}}, where=f"{name}.toml")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, check=False)
