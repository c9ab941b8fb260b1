"""Channel spider: a public channel's web preview, newest messages first.

It never logs in and never joins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.extract.records.channel import ChannelPage, part_post, read_channel
from crawler.history.frontier import Address, Role
from crawler.history.lifecycle import PageOfMessages
from crawler.spiders.base import FetchResult, SourceSpider

__all__ = ["ChannelSpider"]

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
                yield FetchResult(
                    address=link,
                    url=link,
                    seen_at=self.clock(),
                    outcome="ad",
                    detail="a message of the channel",
                    page=response.meta.get("page"),
                    found=part_post(message),
                )
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
