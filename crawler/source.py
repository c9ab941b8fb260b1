"""Source: one place that ads are collected from, as its card says. See docs/sources.md for every key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from crawler.scope import site_of

__all__ = ["Budget", "Expect", "Revisit", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one run may spend. What is left when it is spent is named ``not_inspected`` in the ledger."""

    pages: int = 5000
    """Addresses asked for; robots.txt, redirects and second tries do not count."""

    bytes: int = 1_000_000_000
    """As sent, before unpacking."""

    minutes: float = 240.0
    depth: int = 10
    """Steps from a start address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """The bounds of a healthy batch."""

    ads: tuple[int, int] | None = None
    """Least and most ads."""

    fields: Mapping[str, float] = field(default_factory=dict, hash=False)
    """For a field of JobAd, the least share of the ads (0 to 1) that have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """When a known ad is looked at again, and when one that is no longer shown counts as gone."""

    days: float = 1.0
    """A known live ad is asked for again when its last look is older, or sooner where the source says it changed. A
    card of a source on this machine has 0 unless it says otherwise."""

    trust_lastmod_days: float = 7.0
    """For so long after a look, an unchanged ``lastmod`` is believed and the page is not asked for."""

    gone_after: int = 3
    """Runs in a row in which an ad was not listed and could not be read at its own address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that ads are collected from, as its card says."""

    name: str
    title: str
    kind: str
    start: tuple[str, ...]
    """Addresses; for a kind that reads files, absolute paths of files or folders."""

    hosts: tuple[str, ...] = ()
    """Further sites that belong to the source, besides those of ``start``."""

    language: str | None = None
    """A hint, for ads that do not say."""

    country: str | None = None
    local: bool = False
    """This source is on this machine: loopback and nothing else is allowed, and no review is needed."""

    switched_off: bool = False
    """A person wants it not to be read for now."""

    reads_files: bool = False
    """Nothing is asked for over a network."""

    reviewed_on: date | None = None
    reviewed_by: str | None = None
    permission: str | None = None
    """Why the source may be read: terms, licence or consent, in the reviewer's words."""

    delay: float = 1.0
    """Seconds between two requests to one host, at least."""

    budget: Budget = field(default_factory=Budget)
    expect: Expect = field(default_factory=Expect)
    revisit: Revisit = field(default_factory=Revisit)

    render: bool = False
    """Its pages exist only after JavaScript has run."""

    channel_days: float = 60.0
    """For ``channel``: how far back its messages are read."""

    system: str | None = None
    """For ``ats``: whose API it is."""

    select: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """CSS selectors: for a field of an ad, or for ``ads``, ``ad_links`` and ``next_page``, what is tried in turn."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """For ``drop``: for a field of JobAd, the partner's columns that are tried in turn."""

    @property
    def sites(self) -> frozenset[str]:
        """Every site that the source may be read from; none where it reads files."""
        if self.reads_files:
            return frozenset()
        return frozenset(self.hosts).union(site_of(address) for address in self.start)

    @property
    def is_switched_off(self) -> bool:
        """True where the card says so, or where nobody has begun a review. A review that is half done is a mistake."""
        is_begun = self.is_reviewed or any((self.reviewed_on, self.reviewed_by, self.permission))
        return self.switched_off or not is_begun

    @property
    def is_reviewed(self) -> bool:
        """True where a person has looked at the source's terms, or where there is nobody else to ask."""
        return self.local or self.reads_files or None not in (self.reviewed_on, self.reviewed_by, self.permission)
