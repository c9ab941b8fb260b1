"""Fetch of a single page, as a crawl of one page."""

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.archive.captures import LARGEST, read_capture
from crawler.archive.warc_reader import Unpackable, WarcReader
from crawler.batch.batch import PAGES
from crawler.errors import BadPage
from crawler.extract.raw import SavedPage
from crawler.extract.urls import site_of
from crawler.run.runner import crawl_sources
from crawler.sources.card import Budget, Expect, Source


def fetch_page(source: Source, url: str, *, contact: str | None) -> SavedPage:
    """The page at this address of the source, as it was served.

    Raises ``BadPage`` where it may not or could not be fetched, and ``UnreviewedSource``, ``SwitchedOff`` or
    ``NoContact`` where nothing of the source may be.
    """
    if site_of(url) not in source.sites:
        raise BadPage(f"{url}: expected an address of {', '.join(sorted(source.sites))}")
    single = replace(
        source, kind="board", start=(url,), hosts=tuple(sorted(source.sites)), select={}, system=None, expect=Expect(),
        budget=Budget(pages=1, bytes=4 * LARGEST, minutes=5.0),
    )  # fmt: skip
    now, found = datetime.now(UTC), None
    with tempfile.TemporaryDirectory() as folder:
        [summary] = crawl_sources([single], Path(folder), contact=contact, now=now)
        if summary.finished:
            with (Path(folder) / summary.source / summary.run / PAGES).open("rb") as file:
                for record in filter(None, WarcReader(file)):
                    capture = read_capture(record, sites=(), now=now + timedelta(days=1))
                    if capture and capture.reading is None and not capture.address.endswith("/robots.txt"):
                        found = capture  # the last is where redirects lead to
    if found is None:
        raise BadPage("; ".join(summary.problems) or f"{url}: no page came")
    try:
        return SavedPage(url=found.address, body=found.page(), encoding=found.charset)
    except Unpackable as err:
        raise BadPage(f"{found.address}: {err}") from err
