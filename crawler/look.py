"""Look: what one look at one address gave. It travels through Scrapy's stages and ends as a line of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.ad import JobAd, PageRef
from crawler.extract.raw import RawAd
from crawler.ledger import Outcome
from crawler.made_quickly import made_quickly

__all__ = ["Look"]


@made_quickly
@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at one address: what was found there and what became of it."""

    address: str
    """As it was seen, and as the ledger names it."""

    url: str
    """Where its ads are at home: the address itself, or the one that it has moved to for good."""

    seen_at: datetime
    outcome: Outcome
    detail: str = ""
    page: PageRef | None = None
    """Where the page lies in the archive."""

    found: tuple[RawAd, ...] = ()
    ads: tuple[tuple[JobAd, RawAd], ...] = ()
    """Filled by the stages: each new ad with its raw twin."""

    ad_ids: tuple[str, ...] = ()
    """Of every ad that the address shows, new in this run or not; filled by the stages where something was found."""

    note: Mapping[str, Any] = field(default_factory=dict)
    """What the ledger is to remember of it, see ``crawler.lookback``."""
