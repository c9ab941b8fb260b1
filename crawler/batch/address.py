"""Address of a source, as it waits in the frontier."""

from dataclasses import dataclass

from crawler.ad import PageRef
from crawler.extract.raw import RawAd

__all__ = ["Address", "Role"]

Role = str
"""How an address is to be read: the spider has a ``read_<role>`` for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the source, and where it was found."""

    url: str
    role: Role
    depth: int = 0
    """Steps from a start address."""

    entry: RawAd | None = None
    """What a feed says of the ad behind the address: it stands in where the page gives none."""

    entry_page: PageRef | None = None
    """Where the feed with that entry lies in the archive."""

    is_card: bool = False
    """The entry is a card on a listing: it stands in only for a page that was never read."""

    is_awaited: bool = False
    """The spider waits for its result: like one with an entry, it is given out even when it may not be requested."""

    via: str | None = None
    """The address of the page that named it; None for a start address."""

    in_vain: int = 0
    """For a listing page: how many in a row before it had no ad that the run had not seen."""

    is_unlisted: bool = False
    """Known from earlier runs and named by no listing of this one: a feed's earlier entry does not stand in."""
