"""Feed spider: entries with their whole text, and pages behind teasers."""

from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import urljoin

from scrapy.http import Response

from crawler.errors import Outcome
from crawler.extract.raw import RawAd
from crawler.extract.records.feed import read_feed
from crawler.extract.structured.job_posting import is_teaser_entry
from crawler.extract.urls import normal_address
from crawler.history.frontier import Address, Role
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["FeedSpider"]


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
        return FetchResult(
            address=link,
            url=link,
            seen_at=self.clock(),
            outcome="ad",
            detail="whole in the feed",
            page=page,
            found=(entry,),
        )


def _link(entry: RawAd, base: str) -> str | None:
    try:
        return normal_address(urljoin(base, entry.url)) if entry.url else None
    except ValueError:
        return None
