"""Recorded answers of applicant tracking systems, served and crawled: one source a system, one address a recording.

``python tests/support/crawl/recorded_ats.py`` from the project's folder writes what is read from them beside the
recordings; a person reads the difference before it is committed.
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[3]), *map(str, Path(__file__).parents[1].iterdir())]

from builders import NOON
from crawler.ad import JobAd
from crawler.batch.ad_json import ad_to_record
from crawler.batch.batch import BatchSummary, read_batch
from crawler.extract.records.ats import load_systems
from crawler.run.runner import crawl_sources
from crawler.sources.loader import source_from_card
from loopback_site import Answer, Page, Site

RECORDINGS = Path(__file__).parents[2] / "crawler" / "recordings" / "ats"
VARIANTS = ("plain", "odd")
QUERIES = {"greenhouse": "?content=true", "lever": "?mode=json", "smartrecruiters": "?limit=2"}


def crawl_recordings(output: Path) -> dict[str, tuple[BatchSummary, Path]]:
    """The summary and the batch folder of each system, after one crawl of all."""
    with ExitStack() as sites:
        sources = [_source(name, sites.enter_context(Site(recorded_pages(name)))) for name in load_systems()]
        summaries = crawl_sources(sources, output, contact=None, now=NOON)
    return {summary.source: (summary, output / summary.source / summary.run) for summary in summaries}


def ads_of(folder: Path) -> dict[str, list[dict[str, object]]]:
    """By variant the ads of a batch as records, without what differs from run to run."""
    variants: dict[str, list[dict[str, object]]] = {variant: [] for variant in VARIANTS}
    for ad, variant in _with_variant(list(read_batch(folder).ads()), folder):
        record = {key: value for key, value in ad_to_record(ad).items() if key not in {"ad_id", "seen_at", "page"}}
        variants[variant].append(json.loads(_without_port(json.dumps(record, ensure_ascii=False))))
    return variants


def expected(system: str, variant: str) -> list[dict[str, object]]:
    return json.loads((RECORDINGS / f"{system}_{variant}.ads.json").read_text("utf-8"))


def _source(system: str, site: Site):
    starts = [f"{site.url}/{variant}{QUERIES.get(system, '')}" for variant in VARIANTS]
    card = {
        "name": system,
        "title": f"Card of {system}",
        "kind": "ats",
        "system": system,
        "start": starts,
        "local": True,
    }
    return source_from_card(card | {"politeness": {"delay": 0}}, where=f"{system}.toml")


def recorded_pages(system: str) -> dict[str, Page]:
    pages: dict[str, Page] = {}
    for path in RECORDINGS.glob(f"{system}_*"):
        variant, _, rest = path.name.removeprefix(f"{system}_").partition(".")
        part = rest.rpartition(".")[0]
        if rest == "ads.json":
            continue
        if part == "2":
            address = f"/{variant}?limit=2&offset=2"
        else:
            address = f"/{variant}/{part}" if part else f"/{variant}{QUERIES.get(system, '')}"
        pages[address] = Answer(body=path.read_bytes(), type="application/json" if "json" in rest else "text/xml")
    return pages


def _with_variant(ads: list[JobAd], folder: Path) -> Iterable[tuple[JobAd, str]]:
    from warcio.archiveiterator import ArchiveIterator

    with (folder / "pages.warc.gz").open("rb") as file:
        records = ArchiveIterator(file)
        at = {}
        for record in records:
            at[records.get_record_offset()] = record.rec_headers.get_header("WARC-Target-URI")
    for ad in ads:
        assert ad.page is not None
        yield ad, "odd" if "/odd" in at[ad.page.offset] else "plain"


def _without_port(text: str) -> str:
    import re

    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text)


def _write() -> None:
    with tempfile.TemporaryDirectory() as output:
        for system, (_, folder) in crawl_recordings(Path(output)).items():
            for variant, ads in ads_of(folder).items():
                text = json.dumps(ads, ensure_ascii=False, indent=2)
                (RECORDINGS / f"{system}_{variant}.ads.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    _write()
