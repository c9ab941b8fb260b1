"""Crawl of a single page, under the same rules as any other.

robots.txt, address guard, delay and review hold here, too.
"""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive.captures import LARGEST, read_capture
from crawler.archive.warc_reader import Unpackable, WarcReader
from crawler.batch.batch import PAGES
from crawler.errors import BadPage
from crawler.extract.urls import site_of
from crawler.run.runner import crawl_sources
from crawler.sources.card import Budget, Expect, Source
from crawler.sources.trial import SavedPage

__all__ = ["fetch_page"]

_BUDGET = Budget(pages=1, bytes=4 * LARGEST, minutes=5.0)


def fetch_page(source: Source, url: str, *, contact: str | None) -> SavedPage:
    """The page at this address of the source, as it was served.

    Raises ``BadPage`` where it may not or could not be fetched, and ``UnreviewedSource``, ``SwitchedOff`` or
    ``NoContact`` where nothing of the source may be.
    """
    if site_of(url) not in source.sites:
        raise BadPage(f"{url}: expected an address of {', '.join(sorted(source.sites))}")
    single = replace(
        source, kind="board", start=(url,), hosts=tuple(sorted(source.sites)), budget=_BUDGET, expect=Expect(),
        select={}, system=None,
    )  # fmt: skip
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        [summary] = crawl_sources([single], Path(folder), contact=contact, now=now)
        batch = Path(folder) / summary.source / summary.run
        page = _page_in(batch / PAGES) if summary.finished else None
    if page is None:
        raise BadPage("; ".join(summary.problems) or f"{url}: no page came")
    return page


def _page_in(file: Path) -> SavedPage | None:
    """The page that the archive holds, at the address that it was served from in the end."""
    page = None
    with file.open("rb") as opened:
        for record in WarcReader(opened):
            capture = record and read_capture(record, sites=(), now=datetime.now(UTC) + timedelta(days=1))
            if not capture or capture.reading or capture.address.endswith("/robots.txt"):
                continue
            try:
                body = capture.page()
            except Unpackable as err:
                raise BadPage(f"{capture.address}: {err}") from err
            page = SavedPage(url=capture.address, body=body, encoding=capture.charset)
    return page
