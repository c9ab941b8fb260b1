"""Revisit policy: schedule, conditional requests, change detection."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy.http import Response

from crawler.ad import JobAd, PageRef, content_hash
from crawler.archive.warc_writer import SOFTWARE
from crawler.batch.ad_json import from_plain
from crawler.batch.journal import Address
from crawler.extract.raw import RawAd, raw_to_dict
from crawler.history.crawl_state import CrawlState
from crawler.history.lifecycle import FURTHEST_ZONE, AdState, UrlState, fields_of, is_over, is_past
from crawler.sources.card import Revisit

NOT_MODIFIED = 304
REMOVED = {404, 410}
CONDITIONS = ("If-None-Match", "If-Modified-Since")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPlan:
    """How to request one address: with these headers, or not at all."""

    headers: Mapping[str, bytes] = field(default_factory=dict)
    skip: str | None = None
    """Why it counts as unchanged without a request."""

    ads: tuple[str, ...] = ()
    """The live ads there, in that case."""


class RevisitPolicy:
    """Compares a run with the crawl state. What another version of the program read is read anew.

    ``found`` are the ads that a killed run had found before this one took it up.
    """

    def __init__(self, memory: CrawlState, found: Iterable[str] = ()) -> None:
        self._memory = memory
        self._is_same_reader = memory.base is not None and memory.base.software == SOFTWARE
        self.live_ads: set[str] = set()
        """Of addresses that were not requested or did not change."""

        self._read_ads = set(found)
        """Of pages that were read."""

    def plan(self, address: Address, lastmod: str | None) -> RequestPlan:
        """Whether and how to request an address that the frontier gave."""
        known = self._memory.get(address.url)
        if known and known.ads and self._memory.erased.issuperset(known.ads):
            return RequestPlan(skip="erased on request", ads=self._live_ads_of(known))
        if known is None or not known.role or not self._is_same_reader:
            return RequestPlan()
        if not address.is_unlisted and not _entry_changed(address, known):
            reason = why_not_request(known, lastmod=lastmod, now=self._memory.now, revisit=self._memory.source.revisit)
            if reason and (reason != "lastmod" or _feed_entry(address) is None):
                return RequestPlan(skip=reason, ads=self._live_ads_of(known))
        sent = () if _feed_entry(address) else zip(CONDITIONS, (known.etag, known.modified), strict=True)
        return RequestPlan(headers={name: value.encode("latin-1") for name, value in sent if value})

    def unlisted(self, is_seen: Callable[[str], bool]) -> Iterator[Address]:
        """Known pages that this run's listings did not name and that should be requested themselves; not those whose
        ads it has found elsewhere: some boards write a session or a place in the list into every address."""
        now, revisit = self._memory.now, self._memory.source.revisit
        found = self.live_ads | self._read_ads
        for url, known in self._memory.beside(is_seen):
            if is_unlisted_due(known, now=now, revisit=revisit) and not found.issuperset(known.ads):
                yield Address(
                    url=url,
                    role=known.role,
                    depth=1,
                    entry=from_plain(RawAd, known.entry) if known.entry else None,
                    is_unlisted=True,
                )

    def ads_at(self, address: str) -> Mapping[str, str]:
        """The content hashes of the ads that are known of a page, by ``ad_id``."""
        known = self._memory.get(address)
        return {ad_id: ad.content for ad_id, ad in known.ads.items()} if known else {}

    def has_read(self, address: Address) -> bool:
        """True where the page itself gave the ads that are known of it, also where it lacks them since some nights."""
        known = self._memory.get(address.url)
        return known is not None and known.digest is not None and bool(known.ads)

    def unchanged(self, response: Response, address: Address) -> tuple[str, tuple[str, ...]] | None:
        """Why a response counts as unchanged, and the live ads there; None where it has to be read."""
        known = self._memory.get(address.url)
        if known is None or not known.role or not self._is_same_reader or response.url != address.url:
            return None
        is_asked_so = any(name in response.request.headers for name in CONDITIONS) if response.request else False
        if response.status == NOT_MODIFIED and is_asked_so:
            return "304", self._live_ads_of(known)
        is_same = 200 <= response.status < 300 and known.digest == _digest(response)
        return ("same bytes", self._live_ads_of(known)) if is_same and not _entry_changed(address, known) else None

    def note(
        self, response: Response | None, address: Address, *, is_page: bool, is_read: bool, at: datetime
    ) -> dict[str, Any]:
        """The ledger's note on a fetch; ``is_read`` where there was a response."""
        if not is_page:
            return {"listing": address.role}
        note: dict[str, Any] = {"page": address.role}
        if address.is_unlisted:
            note["unlisted"] = True
        if entry := _feed_entry(address):
            note["entry"] = raw_to_dict(entry)
        if response is None:
            return note
        if response.status in REMOVED:
            note["removed"] = str(response.status)
        if is_read:
            note["asked"] = True
            is_own = response.url == address.url  # behind a redirect they are another address's
            found = {
                "etag": usable_etag(response.headers.get("ETag")) if is_own else None,
                "modified": usable_date(response.headers.get("Last-Modified"), at=at) if is_own else None,
                "digest": _digest(response) if 200 <= response.status < 300 else None,
            }
            note |= {name: value for name, value in found.items() if value}
            known = None if self._is_same_reader else self._memory.get(address.url)
            if known and known.digest == note.get("digest") and not _entry_changed(address, known):
                # Another version of the program read these very bytes: what differs is our reading, not the ad.
                note["reread"] = True
        return note

    def compare(self, ads: tuple[JobAd, ...]) -> tuple[dict[str, tuple[Any, ...]], set[str], set[str]]:
        """For ads as just read: a note on each, the new and changed ones, and those that ended by date."""
        noted, changed, ended = {}, set(), set()
        for ad in ads:
            now = AdState(content=content_hash(ad), has=fields_of(ad), valid_through=ad.valid_through)
            before = self._memory.contents.get(ad.ad_id)
            self._read_ads.add(ad.ad_id)
            noted[ad.ad_id] = (now.content, now.has, ad.valid_through and ad.valid_through.isoformat())
            if before != now.content:
                changed.add(ad.ad_id)
            elif is_past(now, before=before, at=self._memory.now):
                ended.add(ad.ad_id)
        return noted, changed, ended

    def _live_ads_of(self, known: UrlState) -> tuple[str, ...]:
        self.live_ads.update(known.live)
        return tuple(ad_id for ad_id in known.live if not is_over(known.ads[ad_id], now=self._memory.now))


def _entry_changed(address: Address, known: UrlState) -> bool:
    """True where the feed's entry for the page's ad has changed."""
    entry = _feed_entry(address)
    return entry is not None and raw_to_dict(entry) != known.entry


def _feed_entry(address: Address) -> RawAd | None:
    """What a feed says of the page's ad; a card on a listing tells nothing of a page that is read."""
    return None if address.is_card else address.entry


def _digest(response: Response) -> str:
    """Of the answer as the archive holds it: 32 digits of its record's payload digest, which is reckoned already.

    A server that packs the same page in other ways each night is read again, and its ads found unchanged by what they
    say.
    """
    page: PageRef = response.meta["page"]
    return page.sha256[:32]


SLACK = 0.9
"""Of ``revisit.days``: a night that begins some minutes earlier than the last one still finds its addresses due."""


def why_not_request(known: UrlState, *, lastmod: str | None, now: datetime, revisit: Revisit) -> str | None:
    """Why a listed address need not be asked for in this run; None where it must be."""
    days = (now - known.last) / timedelta(days=1)
    if lastmod is not None and lastmod == known.lastmod and is_settled(lastmod, at=known.last):
        return "lastmod" if days <= revisit.trust_lastmod_days and is_believed(known) else None
    if lastmod != known.lastmod or days >= revisit.days * SLACK:
        return None
    return "not due"


def is_believed(known: UrlState) -> bool:
    """True where a page showed all its ads at the last fetch; one that never showed any is asked for on a second day: a
    wall, or a site in trouble, comes with 200 too."""
    if not known.ads:
        return (known.last - known.first) / timedelta(days=1) >= SLACK
    return not any(ad.missed for ad in known.ads.values())


def is_unlisted_due(known: UrlState, *, now: datetime, revisit: Revisit) -> bool:
    """True where a known page that the listings no longer name should be asked for itself.

    The first such run asks at once: that a source stops naming an ad is its way of saying that something changed.
    """
    live = [ad for ad in known.ads.values() if not ad.is_past]
    if not known.role or not live:
        return False
    is_doubted = known.unlisted == 0 or any(ad.missed for ad in live)
    return is_doubted or (now - known.last) / timedelta(days=1) >= revisit.days * SLACK


def is_settled(lastmod: str, *, at: datetime) -> bool:
    """True where a sitemap's ``lastmod`` speaks of a time that was wholly over at that moment.

    A day that was still going on, or one in the future, says nothing of what came after the response.
    """
    text = lastmod.strip()
    try:
        end = datetime.fromisoformat(text) + timedelta(days=len(text) == 10)  # a day alone ends with the day
        if end.tzinfo is None:
            end = end.replace(tzinfo=UTC) + FURTHEST_ZONE
    except (ValueError, OverflowError):
        return False
    return end < at


def usable_etag(value: bytes | None) -> str | None:
    """The ETag, where it is one that can be sent back."""
    text = (value or b"").decode("latin-1").strip()
    return text if 0 < len(text) <= 300 and text.isprintable() else None


def usable_date(value: bytes | None, *, at: datetime) -> str | None:
    """``Last-Modified``, where it can be sent back: a page of this very second may change again within it, and a date
    in the future would hide every change until then (RFC 9110, 13.1.3)."""
    text = (value or b"").decode("latin-1").strip()
    moment = http_date(text)
    return text if moment and moment <= at - timedelta(seconds=2) else None


def http_date(text: str) -> datetime | None:
    """The moment that a date in a header names; None where it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
