"""Spiders of sitemaps, feeds, boards and public channels."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from lxml.etree import XMLSyntaxError
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots
from w3lib.encoding import http_content_type_encoding

from crawler.ad import PageRef
from crawler.batch.ad_json import from_plain
from crawler.errors import Outcome
from crawler.extract.raw import RawAd
from crawler.extract.records.channel import ChannelPage, part_post, read_channel
from crawler.extract.records.feed import read_feed
from crawler.extract.structured.job_posting import is_teaser_entry
from crawler.extract.urls import LinkShape, is_normal, normal_address
from crawler.extract.visible.listing import Listing, read_listing
from crawler.history.frontier import Address, Role
from crawler.history.lifecycle import PageOfMessages
from crawler.spiders.base import FetchResult, SourceSpider, content_type_of

__all__ = ["BoardSpider", "ChannelSpider", "FeedSpider", "SitemapSpider"]


ROLES: dict[str, Role] = {"sitemapindex": "sitemap", "urlset": "page"}
"""What the addresses in a sitemap are, by the name of its root."""

SITEMAP_SIZE = 52_428_800
"""Bytes, unpacked: the protocol's own limit (sitemaps.org)."""


Entry = tuple[str, str | None]
"""An address as it is written there, and its lastmod."""


class SitemapSpider(SourceSpider):
    """Every page that the sitemaps name, in their order."""

    start_role: ClassVar[Role] = "sitemap"

    def read_sitemap(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """Take up what a sitemap, an index or a robots.txt names."""
        base, count = response.url, 0
        try:
            role, entries = _sitemap_entries(response)
            for written, lastmod in entries:
                found = Address(url=_joined(base, written), role=role, depth=address.depth + 1, via=base)
                self.frontier.see(found, lastmod=lastmod)
                count += 1
        except (XMLSyntaxError, StopIteration, zlib.error, ValueError) as err:
            reason = str(err) if isinstance(err, NotASitemap) else type(err).__name__
            yield self.result(address, "failed", f"not a sitemap ({reason})", response)
        else:
            yield self.result(address, "listing", f"{count} addresses", response)


class NotASitemap(ValueError):
    """Raised when an answer that should be a sitemap is something else, inside this module."""


def _sitemap_entries(response: Response) -> tuple[Role, Iterable[Entry]]:
    if urlsplit(response.url).path == "/robots.txt":
        named = list(sitemap_urls_from_robots(response.body, base_url=response.url))
        if not named:
            raise NotASitemap("robots.txt names none")
        return "sitemap", ((url, None) for url in named)
    sitemap = Sitemap(_unpacked(response.body))
    if sitemap.type not in ROLES:
        raise NotASitemap(f"its root is <{sitemap.type[:50]}>")
    return ROLES[sitemap.type], ((entry["loc"], entry.get("lastmod") or None) for entry in sitemap)


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(body, SITEMAP_SIZE)
    if unpacker.unconsumed_tail:
        raise NotASitemap(f"more than {SITEMAP_SIZE} bytes when unpacked")
    return text


def _joined(base: str, written: str) -> str:
    try:
        return written if is_normal(written) else urljoin(base, written)
    except ValueError:
        return written  # the frontier names it as unreadable


class FeedSpider(SourceSpider):
    """Every entry of the feeds, in their order."""

    start_role: ClassVar[Role] = "feed"

    def read_feed(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """An ad for each entry, now or after its page was read."""
        reading = read_feed(response.body, url=response.url)
        without_link: list[RawAd] = []
        for entry in reading.entries:
            result = self._add_addresses(entry, response, address, without_link)
            if result:
                yield result
        for link in reading.links:
            via, depth = response.url, address.depth + 1
            self.frontier.see(Address(url=urljoin(via, link), role="page", depth=depth, via=via))
        outcome: Outcome = "ad" if without_link else "listing" if reading.entries or reading.links else "not_an_ad"
        yield self.result(address, outcome, "; ".join(reading.problems), response, found=tuple(without_link))

    def _add_addresses(
        self, entry: RawAd, response: Response, feed: Address, without_link: list[RawAd]
    ) -> FetchResult | None:
        """A result where the entry holds the whole ad; None where its page comes first or the feed's result has it."""
        link = _link(entry, response.url)
        if link is None:
            without_link.append(entry)
            return None
        page = response.meta.get("page")
        address = Address(url=link, role="page", depth=feed.depth + 1, entry=entry, entry_page=page, via=response.url)
        if is_teaser_entry(entry):
            self.frontier.see(address)
            return None
        if not self.batch.ledger.see(link):
            without_link.append(entry)  # one link for several ads, or one ad twice: the pipelines tell which
            return None
        return self.whole(link, (entry,), response, "whole in the feed")


def _link(entry: RawAd, base: str) -> str | None:
    try:
        return normal_address(urljoin(base, entry.url)) if entry.url else None
    except ValueError:
        return None


IN_VAIN = 2
"""Listing pages in a row without a new ad after which paging ends: calendars and pagers can go on for ever."""


class BoardSpider(SourceSpider):
    """Every ad that the listings lead to or hold, page after page."""

    start_role: ClassVar[Role] = "listing"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._shown: set[str | None] = set(self.batch.gathered.get("shown", ()))
        shape = self.batch.remembered.get("shape")
        self._shape = from_plain(LinkShape, shape) if shape else None

    def read_listing(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """Take up the ads of a listing page and the pages after it. One that has none is read as any other page."""
        listing = read_listing(
            response.body,
            url=response.url,
            home=self.source.start[0],
            encoding=http_content_type_encoding(content_type_of(response)),
            select=self.source.select,
            known=self._shape,
        )
        if listing.is_empty:
            yield from self.read_page(response, address)
            return
        shape = LinkShape.of(listing.links) or self._shape
        if shape and shape != self._shape:
            self._shape = shape
            self.batch.remember(shape=asdict(shape) | {"keys": sorted(shape.keys)})
        new = self._add_addresses(listing, address, response.meta.get("page"))
        in_vain = 0 if new else address.in_vain + 1
        detail = f"{new} new of {len(listing.links) + len(listing.ads)} ads"
        if in_vain >= IN_VAIN and listing.next_pages:
            detail += f"; {in_vain} pages in a row without a new one: paging ends"
        else:
            # The list's hundredth page is no deeper than its second: what bounds paging is the budget of pages.
            depth = max(1, address.depth)
            for link in listing.next_pages:
                self.frontier.see(Address(url=link, role="listing", depth=depth, via=address.url, in_vain=in_vain))
        yield self.result(address, "ad" if listing.ads else "listing", detail, response, found=listing.ads)

    def _add_addresses(self, listing: Listing, address: Address, page: PageRef | None) -> int:
        """How many of its ads this run had not seen."""
        whole = {ad.url for ad in listing.ads} - self._shown
        if whole:
            self._shown |= whole
            self.batch.gather(shown=[*whole])
        links = (
            Address(
                url=link,
                role="page",
                depth=address.depth + 1,
                via=address.url,
                entry=listing.teasers.get(link),
                entry_page=page if link in listing.teasers else None,
                is_card=link in listing.teasers,
            )
            for link in listing.links
        )
        return len(whole) + sum(self.frontier.see(link) for link in links)


NO_PREVIEW = "no public preview: the channel is private or a group, was renamed, or does not exist"


class ChannelSpider(SourceSpider):
    """Every message with text as an ad, or as several where it lists vacancies.

    Paging ends at messages older than the card's ``channel.days``.
    """

    start_role: ClassVar[Role] = "preview"

    def read(self, response: Response) -> Iterator[FetchResult]:
        """The results of a response. A redirect from a name without a preview is not followed."""
        if 300 <= response.status < 400:
            to = (response.headers.get("Location") or b"").decode("latin-1")
            yield self.result(response.meta["address"], "failed", f"{NO_PREVIEW} (redirects to {to[:200]})", response)
        else:
            yield from super().read(response)

    def read_preview(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """A result for each message, and one for the page."""
        page = read_channel(response.body, url=response.url)
        if not page.is_channel:
            yield self.result(address, "failed", NO_PREVIEW, response)
            return
        for message in page.messages:
            link = message.url or ""
            if self.batch.ledger.see(link):
                yield self.whole(link, part_post(message), response, "a message of the channel")
        counts = f"{len(page.messages)} messages, {page.without_text} without text, {page.service} service messages"
        turned_back = self._turn_back(page, address)
        result = self.result(address, "listing", counts + turned_back, response)
        note = {**result.note, **_shown_by(page, response.url)}
        # Messages that are too old to be read tonight may well stand.
        yield replace(result, note={**note, "goes_on": True} if turned_back else note)

    def _turn_back(self, page: ChannelPage, address: Address) -> str:
        """Take up the page before, unless this one is old enough; what to say of it."""
        if page.older is None:
            return ""
        if page.newest and self.clock() - page.newest > timedelta(days=self.source.channel_days):
            return f"; all older than {self.source.channel_days:g} days: paging ends"
        # As in a board, a page further on is no deeper: the budget of pages and the days bound it.
        self.frontier.see(Address(url=page.older, role="preview", depth=max(1, address.depth), via=address.url))
        return ""

    def _request(self, address: Address, headers: Mapping[str, bytes]) -> Request:
        request = super()._request(address, headers)
        request.meta["dont_redirect"] = True
        return request


def _shown_by(page: ChannelPage, url: str) -> dict[str, Any]:
    """What the page's line in the ledger says of its messages: by it those that were deleted are known."""
    if not page.prefix:
        return {}
    asked = dict(parse_qsl(urlsplit(url).query)).get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 15 else None
    return {"messages": asdict(PageOfMessages(prefix=page.prefix, numbers=page.numbers, before=before))}
