"""Which addresses of a source have their turn next, and when it is that of known ads that no listing names."""

from collections.abc import Mapping

from crawler.batch_writer import BatchWriter
from crawler.frontier import Address, Frontier
from crawler.lookback import Lookback

__all__ = ["Turns"]

AT_ONCE = 8
"""Addresses handed to Scrapy at a time; the rest waits in the frontier, where it costs next to nothing."""

Asked = tuple[Address, Mapping[str, bytes]]
"""An address and the headers to ask for it with."""


class Turns:
    """Takes addresses from the frontier; known ones that need no look have their outcome at once."""

    def __init__(self, *, frontier: Frontier, batch: BatchWriter, lookback: Lookback) -> None:
        self._frontier, self._batch, self._lookback = frontier, batch, lookback
        self._is_whole: bool = batch.remembered.get("is_whole", True)
        self._has_taken_up_unlisted = False

    def next(self) -> list[Asked]:
        """What to ask for next; nothing when the run is at its end."""
        asked: list[Asked] = []
        while not asked:
            taken = list(self._frontier.take(AT_ONCE))
            if not taken and not self._take_up_unlisted():
                break
            asked = [(address, headers) for address in taken if (headers := self._headers(address)) is not None]
        return asked

    def miss_listing(self) -> None:
        """Note that a listing could not be read: what it would have named is not known."""
        if self._is_whole:
            self._is_whole = False
            self._batch.remember(is_whole=False)

    def _headers(self, address: Address) -> Mapping[str, bytes] | None:
        plan = self._lookback.plan(address, self._batch.ledger.lastmod_of(address.url))
        if not plan.skip:
            return plan.headers
        self._batch.ledger.close(address.url, "unchanged", plan.skip, ads=plan.ads, look={"page": address.role})
        self._frontier.done(address.url)
        return None

    def _take_up_unlisted(self) -> bool:
        """True where known ads that the listings left out are now to be asked for. Listings that could not be read,
        or not to the end, say nothing of what they leave out."""
        if self._has_taken_up_unlisted or not self._is_whole or self._frontier.spent():
            return False
        self._has_taken_up_unlisted = True
        unlisted = list(self._lookback.unlisted(self._batch.ledger.is_seen))
        for address in unlisted:
            self._frontier.see(address)
        return bool(unlisted)
