"""Frontier: addresses seen and not yet requested, and the budget that is left."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from math import inf

from crawler.batch.batch import Ledger
from crawler.batch.journal import Address, Journal, Spent, Unfinished
from crawler.errors import Outcome
from crawler.extract.urls import normal_address, why_foreign
from crawler.history.shared_frontier import SharedFrontier
from crawler.sources.card import Source

SEEN_AT_MOST = 1_000_000
"""Addresses that one run accounts for. A trap can print them faster than memory grows."""

COMMIT_EVERY = 0.1
"""Seconds between two commits. A foreign host is asked more slowly, so that each result is committed at once; on this
machine a killed crawl asks a few addresses again, and many fetches share the cost of a commit."""

DEADLY = 3
"""Times that the process may be killed while it reads one address. A page that eats all memory would do it every time,
and the run would never end."""


class Frontier:
    """Takes addresses in, gives them out in order, and says when the run has spent its budget.

    ``clock`` gives seconds that only ever grow. Addresses that carry a feed's entry are given out even when they may
    not be asked for: the middlewares refuse them, and the entry then stands in as the ad.

    What it knows goes to the ``journal``. One step there is one response with all that it led to: it is committed when
    its own address has its outcome and no other response is half read.

    With a ``shared`` frontier other workers read the same source: an address that any of them has seen is not new, and
    each takes what waits for all. What a feed says of an ad, or the spider waits for, stays with whoever found it.
    """

    def __init__(
        self,
        source: Source,
        ledger: Ledger,
        *,
        clock: Callable[[], float],
        journal: Journal,
        shared: SharedFrontier | None = None,
    ) -> None:
        self._source, self._ledger, self._clock, self._journal = source, ledger, clock, journal
        self.shared = shared
        self._sites = source.sites
        self._started = clock()
        self._committed = -inf
        self._waiting: deque[Address] = deque()
        self._stopped: str | None = None
        self._paid: set[str] = set()
        """Addresses that a page was spent on and that have no outcome yet."""

        self._half_read: set[str] = set()
        self.pages = 0
        self.bytes = 0
        self.deadly: set[str] = set()
        """Addresses that are not read any more: each time the crawl was killed over them."""

        self.is_overrun = False
        """True when more addresses were found than one run accounts for."""

    def resume(self, state: Unfinished) -> None:
        """Go on where an earlier process was killed. The addresses are in the ledger already."""
        self._waiting.extend(address for address, _ in state.waiting)
        self.pages, self.bytes, self.is_overrun = state.spent.pages, state.spent.bytes, state.spent.is_overrun
        self._started = self._clock() - state.spent.seconds
        self._stopped = state.stopped
        self.deadly = {url for url, times in state.begun.items() if times >= DEADLY and self._ledger.is_open(url)}

    def see(self, address: Address, *, lastmod: str | None = None) -> bool:
        """True where the address is new; it then waits in line, or has its outcome already."""
        if len(self._ledger) >= SEEN_AT_MOST:
            self.is_overrun = True
            return False
        refusal: tuple[Outcome, str] | None = None
        try:
            url = normal_address(address.url)
        except ValueError:
            url = address.url[:500].encode("ascii", "backslashreplace").decode()
            refusal = "out_of_scope", "not a readable address"
        if self._ledger.is_seen(url):
            return False
        address = address if address.url == url else replace(address, url=url)
        if refusal is None and address.entry is None:
            if foreign := why_foreign(url, self._sites):
                refusal = "out_of_scope", foreign
            elif address.depth > self._source.budget.depth:
                refusal = "not_inspected", "depth"
        if refusal:
            self._ledger.see(url, lastmod=lastmod)
            self._ledger.close(url, *refusal)
            return True
        is_for_all = self.shared is not None and address.entry is None and not address.is_awaited
        if self.shared and not self.shared.offer(address, lastmod, for_all=is_for_all):
            return False
        if not is_for_all:
            self._wait(address, lastmod)
        return True

    def _wait(self, address: Address, lastmod: str | None) -> None:
        self._ledger.see(address.url, lastmod=lastmod)
        self._waiting.append(address)
        self._journal.see(address, lastmod)

    def take(self, count: int) -> Iterator[Address]:
        """The next addresses to ask for, at most so many; none when the run is at its end."""
        if reason := self.spent():
            if self.shared and reason == "pages":  # nobody may ask for what waits
                self._take_over(SEEN_AT_MOST)
            waiting, self._waiting = self._waiting, deque()
            for address in waiting:
                if address.entry or address.is_awaited:
                    self._waiting.append(address)
                    continue
                self._ledger.close(address.url, "not_inspected", reason)
                if self.shared:
                    self.shared.done(address.url)
        elif self.shared and not self._waiting:
            self._take_over(count)
        self._commit()
        for _ in range(min(count, len(self._waiting))):
            yield self._waiting.popleft()

    def _take_over(self, count: int) -> None:
        for address, lastmod in self.shared.take(count) if self.shared else ():
            if not self._ledger.is_seen(address.url):  # else it came back: this worker was taken for dead
                self._wait(address, lastmod)

    def is_over(self) -> bool:
        """True where nothing waits, nor will: other workers may still find addresses."""
        return not self._waiting and (self.shared is None or self.spent() is not None or self.shared.is_over())

    def pay(self, url: str) -> None:
        """Spend a page on an address."""
        self.pages = self.shared.pay() if self.shared else self.pages + 1
        self._paid.add(url)

    def begin(self, url: str) -> None:
        """Note that an address answered: everything found from now on is committed only with its outcome."""
        self.hold(url)
        self._journal.begin(url)

    def hold(self, what: str) -> None:
        """Commit nothing until ``done`` gets the same; a run that is killed before does all of it again."""
        self._half_read.add(what)

    def done(self, url: str) -> None:
        """Note that an address has its outcome, with everything that it led to."""
        self._paid.discard(url)
        self._half_read.discard(url)
        if self.shared:
            self.shared.done(url)
        self._commit()

    def spent(self) -> str | None:
        """The budget that no longer allows a new address, in a word; None while there is some of each left."""
        return self.at_end() or ("pages" if self.pages >= self._source.budget.pages else None)

    def at_end(self) -> str | None:
        """The reason why nothing at all may be asked for any more, neither a redirect nor a second try; or None."""
        if self._stopped:
            return self._stopped
        if self.bytes >= self._source.budget.bytes:
            return "bytes"
        ends_after = timedelta(minutes=self._source.budget.minutes).total_seconds()
        return "minutes" if self._clock() - self._started >= ends_after else None

    def stop(self, reason: str) -> None:
        """End the run early: nothing more is requested, and the rest is named with this reason."""
        if not self._stopped:
            self._journal.note(stopped=reason)
        self._stopped = self._stopped or reason

    def _commit(self) -> None:
        now = self._clock()
        if self._half_read or now - self._committed < COMMIT_EVERY:
            return
        self._committed = now
        # What is under way will be asked for, and paid for, again.
        pages, seconds = self.pages - len(self._paid), now - self._started
        self._journal.commit(Spent(pages=pages, bytes=self.bytes, seconds=seconds, is_overrun=self.is_overrun))
