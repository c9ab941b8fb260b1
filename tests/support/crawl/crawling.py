"""Crawls for tests: cards, invented pages of a harbour's board, and what a run told and left on disk."""

import gzip
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.batch import BatchSummary, read_batch
from crawler.run.runner import Job, crawl_sources, dump_job
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
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


def lines_of(folder: Path) -> dict[str, tuple[str, str]]:
    """Of each address in a batch's ledger, its outcome and the detail."""
    with gzip.open(folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["address"]: (line["outcome"], line["detail"]) for line in lines}


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


def few_pages(count: int) -> dict[str, Page]:
    listed = {"/sitemap.xml": xml(sitemap(*(f"{{site}}/{n}" for n in range(count))))}
    return listed | {f"/{n}": Answer(body=job_page(f"Cook {n}")) for n in range(count)}


def wait_until_asked(site: Site, path: str) -> None:
    for _ in range(400):
        if path in site.paths:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} was never asked for: {site.paths}")


def start_child(job: Job) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "crawler.run.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    child.stdin.write(dump_job(job))
    child.stdin.close()
    return child
