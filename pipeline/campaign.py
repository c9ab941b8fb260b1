"""A campaign as people see it: its copies, and what varies and grows. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crawler.ad import JobAd
from pipeline.changes import pay_text

__all__ = ["CampaignEvent", "CampaignView", "Copy", "describe_campaign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One ad of a campaign as it was last seen."""

    ad: JobAd
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None = None
    """When its source was found to show it no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignEvent:
    """Campaigns that turned out to be one, or not to be."""

    at: datetime
    act: Literal["merged", "split"]
    campaign_id: str
    """What stayed."""

    other_id: str
    """What it took over, or what was split off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """What a campaign's copies say together; each value with how many of them have it, most first."""

    copies: int
    running: int
    """Copies that their source still shows."""

    first_seen: datetime
    last_seen: datetime
    sources: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    employers: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int], ...]
    countries: tuple[tuple[str, int], ...]
    pays: tuple[tuple[str, int], ...]
    contacts: tuple[tuple[str, int], ...]
    growth: tuple[tuple[date, int], ...]
    """Days on which copies were first seen, and how many; oldest first."""


def describe_campaign(copies: Sequence[Copy]) -> CampaignView:
    """The view of a campaign of at least one copy."""
    ads = [copy.ad for copy in copies]
    return CampaignView(
        copies=len(copies),
        running=sum(copy.gone_at is None for copy in copies),
        first_seen=min(copy.first_seen for copy in copies),
        last_seen=max(copy.last_seen for copy in copies),
        sources=_counted(ad.source for ad in ads),
        languages=_counted(ad.language for ad in ads),
        employers=_counted(ad.hiring_organization for ad in ads),
        places=_counted(ad.job_location for ad in ads),
        countries=_counted(ad.country for ad in ads),
        pays=_counted(pay_text(ad.base_salary) for ad in ads),
        contacts=_counted(f"{one.kind}: {one.value}" for ad in ads for one in dict.fromkeys(ad.contacts)),
        growth=tuple(sorted(Counter(copy.first_seen.date() for copy in copies).items())),
    )


def _counted(values: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    found = Counter(value for value in values if value)
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))
