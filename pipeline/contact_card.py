"""What is known of one contact, as pages, exports and the model's features take it."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.case import Verdict

__all__ = ["ContactAd", "ContactCard", "ContactChoice", "ContactLink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    """One contact and how far it reaches. The value itself stays sealed."""

    hash: str
    kind: str
    sealed: bytes
    ads: int
    campaigns: int
    """Different things that its ads say."""

    employers: int
    """Names under which it was used."""

    places: int
    countries: int
    sources: int
    first_seen: datetime
    last_seen: datetime
    harmful_cases: int
    """Cases of its ads that were last decided to be likely trafficking recruitment, job fraud or irregular."""

    lawful_cases: int
    is_specific: bool
    """Whether it connects the ads that it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactAd:
    """An ad that has or had the contact."""

    ad_id: str
    source: str
    title: str
    language: str | None
    employer: str | None
    place: str | None
    country: str | None
    campaign_id: str | None
    case_id: int | None
    verdict: Verdict | None
    first_seen: datetime
    last_seen: datetime
    is_gone: bool
    has_it_now: bool
    """False where the ad has dropped it since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLink:
    """Another contact that is in one of the same campaigns."""

    hash: str
    kind: str
    sealed: bytes
    campaign_id: str
    ads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChoice:
    """A contact that the queue can be narrowed by."""

    hash: str
    kind: str
    sealed: bytes
    cases: int
    """Of those that are shown."""
