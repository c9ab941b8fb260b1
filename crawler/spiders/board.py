"""Board spider: listing pages, the ads behind their links, the next listing page."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, ClassVar

from scrapy.http import Response
from w3lib.encoding import http_content_type_encoding

from crawler.ad import PageRef
from crawler.batch.ad_json import from_plain
from crawler.extract.html.links import LinkShape
from crawler.extract.visible.listing import Listing, read_listing
from crawler.history.frontier import Address, Role
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["BoardSpider"]

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
            encoding=http_content_type_encoding((response.headers.get("Content-Type") or b"").decode("latin-1")),
            select=self.source.select,
            known=self._shape,
        )
        if listing.is_empty:
            yield from self.read_page(response, address)
            return
        self._learn_shape(listing)
        new = self._add_addresses(listing, address, response.meta.get("page"))
        in_vain = 0 if new else address.in_vain + 1
        detail = f"{new} new of {len(listing.links) + len(listing.ads)} ads"
        if in_vain >= IN_VAIN and listing.next_pages:
            detail += f"; {in_vain} pages in a row without a new one: paging ends"
        else:
            self._turn_pages(listing, address, in_vain)
        yield self.result(address, "ad" if listing.ads else "listing", detail, response, found=listing.ads)

    def _learn_shape(self, listing: Listing) -> None:
        shape = LinkShape.of(listing.links) or self._shape
        if shape and shape != self._shape:
            self._shape = shape
            self.batch.remember(shape=asdict(shape) | {"keys": sorted(shape.keys)})

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

    def _turn_pages(self, listing: Listing, address: Address, in_vain: int) -> None:
        for link in listing.next_pages:
            # The list's hundredth page is no deeper than its second: what bounds paging is the budget of pages.
            depth = max(1, address.depth)
            self.frontier.see(Address(url=link, role="listing", depth=depth, via=address.url, in_vain=in_vain))
