"""Raw ads, as found on a page or in a feed before normalisation."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

__all__ = ["FeedReading", "Outcome", "PageReading", "RawAd", "RawSalary", "Reader", "raw_to_dict"]

Reader = Literal["json-ld", "microdata", "select", "page", "feed", "api", "channel"]
"""Which reader found the ad: RDFa counts as microdata, the card's selectors as select, an application's embedded state
as api."""

Outcome = Literal["ad", "listing", "not_an_ad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSalary:
    """Pay as found; ``raw`` holds all of it in one line, the rest what the source told apart."""

    min: str | None = None
    max: str | None = None
    currency: str | None = None
    period: str | None = None
    """``MONTH``, ``HUR``, ``per month``, ...: in the source's own words."""

    raw: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAd:
    """One ad in the source's own words: text is NFC and free of markup, nothing is converted."""

    title: str | None = None
    description: str | None = None
    """Plain text with line breaks."""

    url: str | None = None
    """The ad's own address; None where only the address it was fetched from is known."""

    identifier: str | None = None
    date_posted: str | None = None
    valid_through: str | None = None
    hiring_organization: str | None = None
    company_profile: str | None = None
    job_location: str | None = None
    """Several places are joined by ``; ``."""

    country: str | None = None
    base_salary: RawSalary | None = None
    employment_type: str | None = None
    apply_url: str | None = None
    contact: str | None = None
    """Phone and mail given in fields of their own."""

    language: str | None = None
    """As the source declares it; a page's template often says something else than its ad."""

    forwarded_from: str | None = None
    """For a message in a channel: the channel that it was first posted in, and where. Only here, not in the JobAd."""

    doubted: str | None = None
    """What the markup says where the page shows something else, ``name: value``. Only here, not in the JobAd."""

    reader: Reader


def raw_to_dict(raw: RawAd) -> dict[str, Any]:
    """What the raw ad says, as plain values by the names of its fields."""
    stated = {name: value for name, value in zip(_NAMES, _values(raw), strict=True) if value is not None}
    if raw.base_salary:
        stated["base_salary"] = {name: getattr(raw.base_salary, name) for name in RawSalary.__dataclass_fields__}
    return stated


_NAMES = tuple(RawAd.__dataclass_fields__)
_values = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """What one page holds. Without ads, ``outcome`` says whether it leads to some."""

    ads: tuple[RawAd, ...]
    outcome: Outcome
    problems: tuple[str, ...] = ()
    """What was broken or left out, for the ledger."""

    kind: str = ""
    """What the page was taken for instead of an ad, and why, for the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """The entries of one feed or API answer, in its order."""

    entries: tuple[RawAd, ...]
    problems: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    """Addresses of entries that carry neither title nor text: the ad is behind the link."""
