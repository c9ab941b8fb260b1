"""Ledger: every address of a run, each with exactly one outcome."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from crawler.errors import OUTCOMES, Outcome
from crawler.files import json_line

__all__ = ["NAMED_AT_MOST", "Ledger", "LedgerLine"]


NAMED_AT_MOST = 200
"""Addresses that a summary names for one outcome; the ledger file has them all."""

UNREMARKABLE = {"ad", "unchanged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What became of one address."""

    address: str
    outcome: Outcome
    detail: str = ""
    """Status, exception, budget or reason."""

    lastmod: str | None = None
    """As the sitemap says it."""

    ads: tuple[str, ...] = ()
    """The ids of the ads that it shows, also of those that another address of the run showed before."""

    note: Mapping[str, Any] | None = None
    """For the crawl state, see ``crawler.history.crawl_state``; the file's key is ``look``."""


class Ledger:
    """Accounts for addresses: seen once, closed once. Lines go to the file as addresses are closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open: dict[str, str | None] = {}
        self._closed: set[str] = set()
        self._counts: Counter[Outcome] = Counter()
        self._named: dict[Outcome, list[str]] = {}

    def see(self, address: str, *, lastmod: str | None = None) -> bool:
        """True the first time that an address is seen."""
        if address in self._open or address in self._closed:
            return False
        self._open[address] = lastmod
        return True

    def is_seen(self, address: str) -> bool:
        """True for an address that the run has met, whatever became of it."""
        return address in self._open or address in self._closed

    def is_open(self, address: str) -> bool:
        """True for an address that was seen and has no outcome yet."""
        return address in self._open

    def lastmod_of(self, address: str) -> str | None:
        """What the sitemap says of an open address."""
        return self._open.get(address)

    def close(
        self,
        address: str,
        outcome: Outcome,
        detail: str = "",
        *,
        ads: tuple[str, ...] = (),
        note: Mapping[str, Any] | None = None,
    ) -> None:
        """Give an open address its one outcome, the ads that it shows and the note on its fetch."""
        if address not in self._open:
            raise ValueError(f"{address} was {'closed before' if address in self._closed else 'never seen'}")
        lastmod = self._open.pop(address)
        self.recall(address, outcome)
        line: dict[str, object] = {"address": address, "outcome": outcome, "detail": detail}
        if lastmod:
            line["lastmod"] = lastmod
        if ads:
            line["ads"] = ads
        if note:
            line["look"] = note
        self._file.write(json_line(line).encode())

    def recall(self, address: str, outcome: Outcome) -> None:
        """Account for an address whose line is in the file already."""
        self._closed.add(address)
        self._counts[outcome] += 1
        if outcome not in UNREMARKABLE and self._counts[outcome] <= NAMED_AT_MOST:
            self._named.setdefault(outcome, []).append(address)

    def close_rest(self, outcome: Outcome, detail: str) -> None:
        """Give every address that is still open the same outcome."""
        for address in list(self._open):
            self.close(address, outcome, detail)

    def __len__(self) -> int:
        return len(self._open) + len(self._closed)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many addresses came to each outcome, in the order of ``OUTCOMES``; zeros included."""
        return {outcome: self._counts[outcome] for outcome in OUTCOMES}

    @property
    def addresses_by_outcome(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of every outcome that a person may ask about, at most ``NAMED_AT_MOST`` of each."""
        return {outcome: tuple(self._named[outcome]) for outcome in OUTCOMES if outcome in self._named}
