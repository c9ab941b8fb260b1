"""Real pages of public boards beside the project, served here and crawled."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from builders import NOON
from crawler.batch.batch import Batch, read_batch
from crawler.run.runner import crawl_sources
from crawler.sources.card import Source
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Page, Site

PAGES = Path(__file__).parents[3].parent / "shared" / "pages"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (PAGES / "index.csv").is_file(), reason="needs ../shared/pages"),
]

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
    ".rss": "application/rss+xml",
}


def rows() -> list[dict[str, str]]:
    with (PAGES / "index.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def served(names: list[str]) -> dict[str, Page]:
    return {f"/{name}": Answer(body=(PAGES / name).read_bytes(), type=TYPES[Path(name).suffix]) for name in names}


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Batch]:
    """All the pages read as pages, and the feeds among them read as feeds."""
    output = tmp_path_factory.mktemp("batches")
    names = [row["file"] for row in rows()]
    feeds = [row["file"] for row in rows() if row["kind"] == "feed"]
    with Site(served(names)) as pages, Site(served(feeds)) as feed_pages:
        locations = "".join(f"<url><loc>{pages.url}/{name}</loc></url>" for name in names)
        pages.pages["/sitemap.xml"] = Answer(body=f"<urlset>{locations}</urlset>", type="application/xml")
        wanted = [
            local("real-pages", "sitemap", [f"{pages.url}/sitemap.xml"]),
            local("real-feeds", "feed", [f"{feed_pages.url}/{name}" for name in feeds]),
        ]
        summaries = crawl_sources(wanted, output, contact=None, now=NOON)
    return {summary.source: read_batch(output / summary.source / summary.run) for summary in summaries}


def local(name: str, kind: str, start: list[str]) -> Source:
    values = {"name": name, "title": "Real pages", "kind": kind, "start": start, "local": True}
    return source_from_card(values | {"politeness": {"delay": 0}}, where=name)


def outcomes(batch: Batch) -> dict[str, str]:
    with gzip.open(batch.folder / "ledger.jsonl.gz", "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    assert len(lines) == batch.summary.addresses == sum(batch.summary.outcomes.values())
    return {line["address"].rpartition("/")[2]: line["outcome"] for line in lines}


def test_every_real_page_has_an_outcome_and_the_summary_names_those_that_are_no_ads(batches):
    found = outcomes(batches["real-pages"])
    assert len(rows()) == 72
    assert set(found) == {"sitemap.xml"} | {row["file"] for row in rows()}
    assert set(found.values()) <= {"ad", "listing", "not_an_ad"}
    named = batches["real-pages"].summary.addresses_by_outcome
    for outcome in ("listing", "not_an_ad"):
        assert {address.rpartition("/")[2] for address in named[outcome]} == {
            name for name, its in found.items() if its == outcome
        }


def test_every_real_page_with_a_job_posting_gives_an_ad_also_the_broken_one(batches):
    found = outcomes(batches["real-pages"])
    marked = [row["file"] for row in rows() if row["json_ld"]]
    assert len(marked) == 4
    assert {found[name] for name in marked} == {"ad"}


def test_real_pages_that_are_no_ads_give_none(batches):
    found = outcomes(batches["real-pages"])
    for row in rows():
        if row["kind"] in {"listing", "other", "feed", "api_json"}:
            assert found[row["file"]] != "ad", row["file"]
    ads = [outcome for outcome in found.values() if outcome == "ad"]
    assert batches["real-pages"].summary.ads == len(ads) >= 20


def test_every_real_feed_gives_its_entries(batches):
    found = outcomes(batches["real-feeds"])
    for row in rows():
        if row["kind"] == "feed":
            assert found[row["file"]] in {"listing", "ad"}
    assert batches["real-feeds"].summary.ads >= 70
    assert batches["real-feeds"].summary.healthy
    assert all(ad.title and ad.description and ad.url for ad in batches["real-feeds"].ads())
