"""The addresses that a run has seen and not yet asked for, and what it may still spend."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from crawler.ad import PageRef
from crawler.extract.raw import RawAd
from crawler.ledger import Ledger
from crawler.scope import normal_address, why_foreign
from crawler.source import Source

__all__ = ["Address", "Frontier", "Role"]

Role = str
"""How an address is to be read: the spider has a ``read_<role>`` for each."""

SEEN_AT_MOST = 1_000_000
"""Addresses that one run accounts for. A trap can print them faster than memory grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the source, where it was found and what is known of it."""

    url: str
    role: Role
    depth: int = 0
    """Steps from a start address."""

    entry: RawAd | None = None
    """What a feed says of the ad behind the address: it stands in where the page gives none."""

    entry_page: PageRef | None = None
    """Where the feed with that entry lies in the archive."""

    is_unlisted: bool = False
    """Known from earlier runs and named by no listing of this one: what a feed once said does not stand in."""


class Frontier:
    """Takes addresses in, gives them out in order, and says when the run has spent its budget.

    ``clock`` gives seconds that only ever grow. Addresses that carry a feed's entry are given out even when they may
    not be asked for: the middlewares refuse them, and the entry then stands in as the ad.
    """

    def __init__(self, source: Source, ledger: Ledger, *, clock: Callable[[], float]) -> None:
        self._source, self._ledger, self._clock = source, ledger, clock
        self._sites = source.sites
        self._ends_at = clock() + timedelta(minutes=source.budget.minutes).total_seconds()
        self._waiting: deque[Address] = deque()
        self._stopped: str | None = None
        self.pages = 0
        self.bytes = 0
        self.is_overrun = False
        """True when more addresses were found than one run accounts for."""

    def see(self, address: Address, *, lastmod: str | None = None) -> bool:
        """True where the address is new; it then waits its turn, or has its outcome already."""
        if len(self._ledger) >= SEEN_AT_MOST:
            self.is_overrun = True
            return False
        try:
            address = replace(address, url=normal_address(address.url))
        except ValueError:
            return self._set_aside(address.url, "not a readable address")
        if not self._ledger.see(address.url, lastmod=lastmod):
            return False
        foreign = why_foreign(address.url, self._sites)
        if address.entry is None and foreign:
            self._ledger.close(address.url, "out_of_scope", foreign)
        elif address.entry is None and address.depth > self._source.budget.depth:
            self._ledger.close(address.url, "not_inspected", "depth")
        else:
            self._waiting.append(address)
        return True

    def take(self, count: int) -> Iterator[Address]:
        """The next addresses to ask for, at most so many; none when the run is at its end."""
        if self.spent():
            self._waiting = deque(self._unless_closed(self._waiting))
        for _ in range(min(count, len(self._waiting))):
            yield self._waiting.popleft()

    def spent(self) -> str | None:
        """The budget that no longer allows a new address, in a word; None while there is some of each left."""
        return self.at_end() or ("pages" if self.pages >= self._source.budget.pages else None)

    def at_end(self) -> str | None:
        """The reason why nothing at all may be asked for any more, neither a redirect nor a second try; or None."""
        if self._stopped:
            return self._stopped
        if self.bytes >= self._source.budget.bytes:
            return "bytes"
        return "minutes" if self._clock() >= self._ends_at else None

    def stop(self, reason: str) -> None:
        """End the run early: nothing more is asked for, and what is left is named with this reason."""
        self._stopped = self._stopped or reason

    def _unless_closed(self, waiting: deque[Address]) -> Iterator[Address]:
        reason = self.spent() or ""
        for address in waiting:
            if address.entry is None:
                self._ledger.close(address.url, "not_inspected", reason)
            else:
                yield address

    def _set_aside(self, url: str, reason: str) -> bool:
        name = url[:500].encode("ascii", "backslashreplace").decode()
        if not self._ledger.see(name):
            return False
        self._ledger.close(name, "out_of_scope", reason)
        return True
