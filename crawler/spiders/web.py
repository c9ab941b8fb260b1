"""Spiders of sitemaps, feeds, boards, channels and applicant tracking systems."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, urlsplit

from lxml.etree import XMLSyntaxError
from scrapy.http import Response
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from crawler.ad import PageRef
from crawler.batch.ad_json import from_plain
from crawler.batch.journal import Address, Role
from crawler.errors import READ, Outcome
from crawler.extract.raw import RawAd, group_openings, join_openings
from crawler.extract.records.ats import load_systems, read_answer, read_detail
from crawler.extract.records.channel import part_post, read_channel
from crawler.extract.records.feed import escape_ampersands, read_feed
from crawler.extract.structured.job_posting import is_teaser_entry
from crawler.extract.text import fold
from crawler.extract.urls import LinkShape, joined, normal_address, readable_address
from crawler.extract.visible.listing import Listing, read_listing
from crawler.history.lifecycle import PageOfMessages
from crawler.history.revisit_policy import REMOVED
from crawler.spiders.base import WALL, FetchResult, SourceSpider, content_type_of

ROLES: dict[str, Role] = {"sitemapindex": "sitemap", "urlset": "page"}
"""What the addresses in a sitemap are, by the name of its root."""

SITEMAP_SIZE = 52_428_800
"""Bytes, packed or not: the protocol's own limit (sitemaps.org)."""


ROOT_ENDS: Final = re.compile(
    rb"</(?:[\w.-]+:)?(?:sitemapindex|urlset)\s*>|<(?:[\w.-]+:)?(?:sitemapindex|urlset)\b[^<>]*/>"
)
"""A server that breaks off in the midst says 200 all the same."""


Entry = tuple[str, str | None]
"""An address as it is written there, and its lastmod."""


class SitemapSpider(SourceSpider):
    """Every page that the sitemaps name, in their order."""

    start_role: ClassVar[Role] = "sitemap"
    largest: ClassVar[Mapping[Role, int]] = {"sitemap": SITEMAP_SIZE}

    def read_sitemap(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """Take up what a sitemap, an index or a robots.txt names."""
        base, count = response.url, 0
        try:
            role, entries = _sitemap_entries(response)
            for written, lastmod in entries:
                url = joined(base, written) or written
                self.frontier.see(Address(url=url, role=role, depth=address.depth + 1, via=base), lastmod=lastmod)
                count += 1
        except (XMLSyntaxError, StopIteration, zlib.error, ValueError) as err:
            reason = str(err) if isinstance(err, NotASitemap) else "no XML"
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
    body = response.body
    if body.startswith(b"\x1f\x8b"):
        try:
            body = gunzip(body, max_size=SITEMAP_SIZE)  # every member, and of one that was cut off what is there
        except ValueError as err:
            raise NotASitemap(f"more than {SITEMAP_SIZE} bytes when unpacked") from err
        except (OSError, EOFError) as err:
            raise NotASitemap("its gzip is broken") from err
    plain = body.replace(b"\0", b"")  # UTF-16 is left as it is
    sitemap = Sitemap(escape_ampersands(body) if plain == body else body)
    if sitemap.type not in ROLES:
        raise NotASitemap(f"its root is <{sitemap.type[:50]}>")
    return ROLES[sitemap.type], _entries(sitemap, is_whole=ROOT_ENDS.search(plain) is not None)


def _entries(sitemap: Sitemap, *, is_whole: bool) -> Iterator[Entry]:
    for entry in sitemap:
        yield entry["loc"], entry.get("lastmod") or None
    if not is_whole:
        raise NotASitemap("its end is missing")


class FeedSpider(SourceSpider):
    """Every entry of the feeds, in their order."""

    start_role: ClassVar[Role] = "feed"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._entries: dict[str, tuple[str | None, str]] = {}
        """By link the address and title of the entry that it belongs to."""

    def read_feed(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """An ad for each entry, now or after its page was read."""
        encoding = http_content_type_encoding(content_type_of(response))
        reading = read_feed(response.body, url=response.url, encoding=encoding)
        via, depth, page = response.url, address.depth + 1, response.meta.get("page")
        without_link: list[RawAd] = []
        for entry in reading.entries:
            link = readable_address(entry.url) or ""
            named = entry.url, fold(entry.title or "")
            is_its_link = bool(link) and self._entries.setdefault(link, named) == named
            if is_its_link and is_teaser_entry(entry):
                self.frontier.see(Address(url=link, role="page", depth=depth, entry=entry, entry_page=page, via=via))
            elif is_its_link and self.batch.ledger.see(link):
                yield self.whole(link, (entry,), response, "whole in the feed")
            else:
                without_link.append(entry)  # also one link for several ads, or one ad twice: the pipelines tell which
        for link in reading.links:
            self.frontier.see(Address(url=link, role="page", depth=depth, via=via))
        outcome: Outcome = "ad" if without_link else "listing" if reading.entries or reading.links else "not_an_ad"
        yield self.result(address, outcome, "; ".join(reading.problems), response, found=tuple(without_link))


IN_VAIN = 2
"""Listing pages in a row without a new ad after which paging ends: calendars and pagers can go on for ever."""


class BoardSpider(SourceSpider):
    """Every ad that the listings lead to or hold, page after page."""

    start_role: ClassVar[Role] = "listing"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._shown: set[str | None] = set(self.batch.remembered.get("shown", ()))
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

    def result(
        self, address: Address, outcome: Outcome, detail: str = "", response: Response | None = None, **more: Any
    ) -> FetchResult:
        """A result for the pipelines. A further page that is empty or not there is the list's end: many pagers lead one
        page too far, and the list was read to its end all the same."""
        if address.role == "listing" and address.depth and response is not None and WALL not in detail:
            is_end = outcome == "not_an_ad" or (outcome == "failed" and response.status in REMOVED)
            outcome, detail = ("listing", f"the list ends before it ({detail})") if is_end else (outcome, detail)
        return super().result(address, outcome, detail, response, **more)

    def _add_addresses(self, listing: Listing, address: Address, page: PageRef | None) -> int:
        """How many of its ads this run had not seen."""
        whole = {ad.url for ad in listing.ads} - self._shown
        if whole:
            self._shown |= whole
            self.batch.remember(shown=[*whole])
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
    follows_redirects: ClassVar[bool] = False

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
        turned_back = ""
        if page.older and page.newest and self.clock() - page.newest > timedelta(days=self.source.channel_days):
            turned_back = f"; all older than {self.source.channel_days:g} days: paging ends"
        elif page.older:
            # As in a board, a page further on is no deeper: the budget of pages and the days bound it.
            self.frontier.see(Address(url=page.older, role="preview", depth=max(1, address.depth), via=address.url))
        result = self.result(address, "listing", counts + turned_back, response)
        note = dict(result.note)
        if page.prefix:  # by what the page shows, messages that were deleted are known
            asked = dict(parse_qsl(urlsplit(response.url).query)).get("before", "")
            before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 15 else None
            note["messages"] = asdict(PageOfMessages(prefix=page.prefix, numbers=page.numbers, before=before))
        if turned_back:
            note["goes_on"] = True  # messages that are too old to be read tonight may well stand
        yield replace(result, note=note)


class AtsSpider(SourceSpider):
    """Every ad of an employer's list in an applicant tracking system; one that is repeated for each place is one ad.

    Results wait until the whole list has been read: only then is it known which vacancies are one ad. An address stays
    open in the ledger as long as its result is held, so that a killed run asks for it again.
    """

    start_role: ClassVar[Role] = "list"

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._system = load_systems()[self.source.system or ""]
        self._awaited: set[str] = set()
        self._held: list[FetchResult] = []
        self._met: set[str] = set(self.batch.remembered.get("met", ()))

    def read(self, response: Response) -> Iterator[FetchResult]:
        """The results of all that was read, once there is nothing left to read."""
        yield from self._hold(super().read(response))

    def _hold(self, results: Iterable[FetchResult]) -> Iterator[FetchResult]:
        """Nothing while addresses are waited for; then every held result, with repeated vacancies merged."""
        for result in results:
            self._awaited.discard(result.address)
            self._held.append(result)
        self._awaited = set(filter(self.batch.ledger.is_open, self._awaited))
        if not self._awaited:
            held, self._held = self._held, []
            places = [(number, raw) for number, result in enumerate(held) for raw in result.found]
            found: list[list[RawAd]] = [[] for _ in held]
            notes: dict[int, str] = {}
            for group in group_openings([raw for _, raw in places]):
                first, ad = join_openings([places[position][1] for position in group])
                home = places[group[first]][0]
                found[home].append(ad)
                others = {places[position][0] for position in group} - {home}
                notes |= dict.fromkeys(others, f"one ad with {held[home].address}")
            for number, result in enumerate(held):
                detail = "; ".join(filter(None, [result.detail, notes.get(number)]))
                yield replace(result, found=tuple(found[number]), detail=detail)

    def read_list(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """A result for the list and for each ad that is whole in it; the others are requested."""
        answer = read_answer(response.body, self._system, url=response.url, employer=self.source.title)
        if answer.failure is not None:
            yield self.result(address, "failed", answer.failure, response)
            return
        new = {entry.key for entry in answer.entries} - self._met
        self._met |= new
        self.batch.remember(met=[*new])
        if new and answer.following:
            self._ask(answer.following, "list", address.url)
        without_page: list[RawAd] = []
        for entry in answer.entries:
            if entry.detail:
                self._ask(entry.detail, "detail", address.url)
            elif (home := readable_address(entry.raw.url)) and self.batch.ledger.see(home):
                yield self.whole(home, (entry.raw,), response, "whole in the list")
            else:
                without_page.append(entry.raw)
        outcome: Outcome = "ad" if without_page else "listing"
        yield self.result(address, outcome, answer.detail(len(new)), response, found=tuple(without_page))

    def read_detail(self, response: Response, address: Address) -> Iterator[FetchResult]:
        """The result for one ad's whole text. Without it there is no ad: a title alone would pass for a changed one."""
        ad, outcome, detail = read_detail(response.body, self._system, url=response.url, employer=self.source.title)
        yield self.result(address, outcome, detail, response, found=(ad,) if ad else ())

    def result(self, address: Address, outcome: Outcome, *args: Any, **more: Any) -> FetchResult:
        """A result for the pipelines. A list that lacks a page is a reason to hold the batch back."""
        if address.role == "list" and address.depth and outcome not in READ:
            self.batch.note_problem(f"the list is not whole: a page of it was not read: {address.url}: {outcome}")
        return super().result(address, outcome, *args, **more)

    def _ask(self, url: str, role: Role, via: str) -> None:
        self.frontier.see(Address(url=url, role=role, depth=1, is_awaited=True, via=via))
        awaited = normal_address(url)
        if self.batch.ledger.is_open(awaited):  # one that got its outcome elsewhere is not waited for
            self._awaited.add(awaited)

    def _not_read(self, failure: Failure) -> Iterator[FetchResult]:
        # As one that was read: what is held back with it is not committed in parts.
        self.frontier.hold(failure.request.meta["address"].url)  # type: ignore[attr-defined]  # Scrapy sets it
        yield from self._hold(super()._not_read(failure))
