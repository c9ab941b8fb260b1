"""Reads the page that a capture holds, with the readers of live pages."""

from crawler.captures import LARGEST, Capture, Reading
from crawler.extract.feed import read_feed
from crawler.extract.page import read_page
from crawler.extract.teaser import is_teaser
from crawler.look import Look
from crawler.unpacking import Unpackable, unpack_body

__all__ = ["look_of", "read_page_of"]


def read_page_of(capture: Capture, *, trusts_feeds: bool) -> Reading:
    """What a page that a capture holds gives, as if it had just been asked for.

    Any feed has entries, and most of the web's are news: they count as ads only where ``trusts_feeds`` says that the
    archive was narrowed to sites of ads. Teasers never do: the pages behind them are in the archive, or nowhere.
    """
    try:
        return _read_page(capture, trusts_feeds)
    except Unpackable as err:
        return Reading(outcome="failed", detail=str(err))
    except Exception as err:  # noqa: BLE001 - a bug of ours, or a page that nobody foresaw: it is named, and the rest read
        return Reading(outcome="failed", detail=type(err).__name__)


def _read_page(capture: Capture, trusts_feeds: bool) -> Reading:
    body = unpack_body(
        capture.block[capture.body_at :], chunked=capture.chunked, encodings=capture.encodings, most=LARGEST
    )
    if capture.form == "html":
        page = read_page(body, url=capture.address, encoding=capture.charset)
        return Reading(outcome=page.outcome, detail="; ".join(page.problems), found=page.ads)
    feed = read_feed(body, url=capture.address)
    found = tuple(entry for entry in feed.entries if not (entry.url and is_teaser(entry))) if trusts_feeds else ()
    if found or not (feed.entries or feed.links):
        return Reading(outcome="ad" if found else "not_an_ad", detail="; ".join(feed.problems), found=found)
    why = "teasers" if trusts_feeds else "not read, as the card names no hosts"
    return Reading(outcome="listing", detail=f"{len(feed.entries) + len(feed.links)} entries: {why}")


def look_of(capture: Capture, reading: Reading) -> Look:
    """The look that a capture was, at the moment when it was made."""
    return Look(
        address=capture.address,
        url=capture.address,
        seen_at=capture.at,
        outcome=reading.outcome,
        detail=reading.detail,
        found=reading.found,
    )
