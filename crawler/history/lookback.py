"""What a spider asks of its source's memory: whether an address need be asked for, and whether an answer is news."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrapy.http import Response

from crawler.ad import JobAd, PageRef, content_hash
from crawler.history.frontier import Address
from crawler.history.known import Known, KnownAd, entry_of, entry_record, fields_of
from crawler.history.lifecycle import is_past
from crawler.history.memory import Memory
from crawler.history.revisit import is_unlisted_due, usable_date, usable_etag, why_not_look

__all__ = ["Lookback", "Plan"]

NOT_MODIFIED = 304
REMOVED = {404, 410}
CONDITIONS = ("If-None-Match", "If-Modified-Since")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to go about one address: with these headers, or not at all."""

    headers: Mapping[str, bytes] = field(default_factory=dict)
    skip: str | None = None
    """Why it is taken to stand unchanged without being asked for."""

    ads: tuple[str, ...] = ()
    """The ads that stand there, then."""


class Lookback:
    """The memory at work in one run. ``software`` reads the pages: what another version read is read anew."""

    def __init__(self, memory: Memory, *, software: str) -> None:
        self._memory = memory
        self._is_same_reader = memory.base is not None and memory.base.software == software
        self.kept: set[str] = set()
        """Ads that stand, of addresses that were not asked for or had nothing new."""

    def plan(self, address: Address, lastmod: str | None) -> Plan:
        """What to do about an address whose turn has come."""
        known = self._memory.get(address.url)
        if known is None or not known.role or not self._is_same_reader:
            return Plan()
        if not address.is_unlisted and not _has_news(address, known):
            reason = why_not_look(known, lastmod=lastmod, now=self._memory.now, revisit=self._memory.source.revisit)
            if reason and (reason != "lastmod" or address.entry is None):
                return Plan(skip=reason, ads=self._stand(known))
        return Plan(headers={} if address.entry else _conditions(known))

    def unlisted(self, is_seen: Callable[[str], bool]) -> Iterator[Address]:
        """Known pages that this run's listings did not name and that should be asked for themselves."""
        now, revisit = self._memory.now, self._memory.source.revisit
        for url, known in self._memory.beside(is_seen):
            if is_unlisted_due(known, now=now, revisit=revisit):
                yield Address(
                    url=url,
                    role=known.role,
                    depth=1,
                    entry=entry_of(known.entry) if known.entry else None,
                    is_unlisted=True,
                )

    def ads_at(self, address: str) -> Mapping[str, str]:
        """The content hashes of the ads that are known of a page, by ``ad_id``."""
        known = self._memory.get(address)
        return {ad_id: ad.content for ad_id, ad in known.ads.items()} if known else {}

    def has_read(self, address: Address) -> bool:
        """True where the page itself gave the ads that are known of it."""
        known = self._memory.get(address.url)
        return known is not None and known.digest is not None and bool(known.live)

    def standing(self, response: Response, address: Address) -> tuple[str, tuple[str, ...]] | None:
        """Why a response says nothing new, and the ads that stand there; None where it has to be read."""
        known = self._memory.get(address.url)
        if known is None or not known.role or not self._is_same_reader or response.url != address.url:
            return None
        is_asked_so = any(name in response.request.headers for name in CONDITIONS) if response.request else False
        if response.status == NOT_MODIFIED and is_asked_so:
            return "304", self._stand(known)
        is_same = 200 <= response.status < 300 and known.digest == _digest(response)
        return ("same bytes", self._stand(known)) if is_same and not _has_news(address, known) else None

    def note(
        self, response: Response | None, address: Address, *, is_page: bool, is_read: bool, at: datetime
    ) -> dict[str, Any]:
        """What the ledger is to remember of a look; ``is_read`` where the address was answered."""
        if not is_page:
            return {"listing": address.role}
        note: dict[str, Any] = {"page": address.role}
        if address.is_unlisted:
            note["unlisted"] = True
        if address.entry:
            note["entry"] = entry_record(address.entry)
        if response is None:
            return note
        if response.status in REMOVED:
            note["removed"] = str(response.status)
        if is_read:
            note["asked"] = True
        # Behind a redirect they are another address's.
        if is_read and response.url == address.url:
            note |= _validators(response, at)
            if self._is_reread(address, note):
                note["reread"] = True
        return note

    def _is_reread(self, address: Address, note: Mapping[str, Any]) -> bool:
        """True where another version of the program read these very bytes: what differs is our reading, not the ad."""
        if self._is_same_reader or self._memory.base is None:
            return False
        known = self._memory.get(address.url)
        return known is not None and known.digest == note.get("digest") and not _has_news(address, known)

    def sort_out(self, ads: tuple[JobAd, ...]) -> tuple[dict[str, tuple[Any, ...]], set[str], set[str]]:
        """For ads as they were just read: what to note of each, those that are news, and those that ended by date."""
        noted, news, over = {}, set(), set()
        for ad in ads:
            now = KnownAd(content=content_hash(ad), has=fields_of(ad), valid_through=ad.valid_through)
            before = self._memory.contents.get(ad.ad_id)
            noted[ad.ad_id] = (now.content, now.has, ad.valid_through and ad.valid_through.isoformat())
            if before != now.content:
                news.add(ad.ad_id)
            elif is_past(ad.ad_id, now, before=before, at=self._memory.now):
                over.add(ad.ad_id)
        return noted, news, over

    def _stand(self, known: Known) -> tuple[str, ...]:
        standing = tuple(
            ad_id
            for ad_id in known.live
            if not is_past(ad_id, known.ads[ad_id], before=known.ads[ad_id].content, at=self._memory.now)
        )
        self.kept.update(known.live)
        return standing


def _has_news(address: Address, known: Known) -> bool:
    """True where a feed now says something else of the page's ad."""
    return address.entry is not None and entry_record(address.entry) != known.entry


def _conditions(known: Known) -> dict[str, bytes]:
    sent = zip(CONDITIONS, (known.etag, known.modified), strict=True)
    return {name: value.encode("latin-1") for name, value in sent if value}


def _validators(response: Response, at: datetime) -> dict[str, str]:
    found = {
        "etag": usable_etag(response.headers.get("ETag")),
        "modified": usable_date(response.headers.get("Last-Modified"), at=at),
        "digest": _digest(response) if 200 <= response.status < 300 else None,
    }
    return {name: value for name, value in found.items() if value}


def _digest(response: Response) -> str:
    """Of the answer as the archive holds it: 32 digits of its record's payload digest, which is reckoned already.

    A server that packs the same page in other ways each night is read again, and its ads found unchanged by what they
    say.
    """
    page: PageRef = response.meta["page"]
    return page.sha256[:32]
