"""The ledger: every address that a run saw, each with exactly one outcome."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO, get_args

from crawler.json_line import json_line

__all__ = ["NAMED_AT_MOST", "OUTCOMES", "Ledger", "LedgerLine", "Outcome"]

Outcome = Literal[
    "ad", "unchanged", "listing", "not_an_ad", "refused_by_robots", "out_of_scope", "failed", "not_inspected"
]
"""``listing``: it leads to ads (a sitemap, a feed, a page of links). ``failed``: with the status or the exception.
``not_inspected``: with the budget that was spent."""

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

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


class Ledger:
    """Accounts for addresses: seen once, closed once. Lines go to the file as addresses are closed."""

    def __init__(self, file: TextIO) -> None:
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

    def is_open(self, address: str) -> bool:
        """True for an address that was seen and has no outcome yet."""
        return address in self._open

    def close(self, address: str, outcome: Outcome, detail: str = "") -> None:
        """Give an open address its one outcome."""
        if address not in self._open:
            raise ValueError(f"{address} was {'closed before' if address in self._closed else 'never seen'}")
        lastmod = self._open.pop(address)
        self._closed.add(address)
        self._counts[outcome] += 1
        if outcome not in UNREMARKABLE and self._counts[outcome] <= NAMED_AT_MOST:
            self._named.setdefault(outcome, []).append(address)
        line = {"address": address, "outcome": outcome, "detail": detail} | ({"lastmod": lastmod} if lastmod else {})
        self._file.write(json_line(line))

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
