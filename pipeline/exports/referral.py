"""The record that every format is written from: one case that two people agree on, and the package it travels in.

It describes an offer. Nothing in it is about a person who answered it, and nobody who decided is named.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from crawler.ad import JobAd
from model.assessment import Assessment
from pipeline.campaign import CampaignView
from pipeline.case import Verdict
from pipeline.changes import AdChange
from pipeline.exports.handling import Handling
from pipeline.exports.identifiers import Namer
from pipeline.exports.recruitment import Recruitment
from pipeline.licences.lookup import LicenceLookup
from pipeline.store_exports import AdStood

__all__ = [
    "CampaignFacts", "ContactFact", "Finding", "Judged", "Opinion", "Package", "Quote", "Referral",
]  # fmt: skip

Judged = Literal["confirmed", "rejected", "disputed", "not_judged"]
"""What the people who decided said of an indicator; ``disputed`` where they differ and nobody has settled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A stretch of the ad that shows an indicator."""

    field: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An indicator that the text shows, with what people said of it."""

    indicator: str
    title: str
    why: str
    polarity: str
    """``risk``, ``mitigating`` or ``context``; empty where the taxonomy in use no longer has it."""

    strength: str
    judged: Judged
    quotes: tuple[Quote, ...]
    sources: tuple[tuple[str, str], ...]
    """Title and address of what it rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one of those who decided said."""

    role: Literal["first", "second", "settled"]
    verdict: Verdict
    confirmed: tuple[str, ...]
    rejected: tuple[str, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFact:
    """A contact of the ad by its keyed hash, and how far it reaches."""

    kind: str
    hash: str
    ads: int
    campaigns: int
    employers: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """The ads that say the same."""

    reference: UUID
    view: CampaignView
    ads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """One case, as it leaves the house."""

    reference: UUID
    """Equal in every export of the case, and of no other case of any installation."""

    case_id: int
    opened_at: datetime
    verdict: Verdict
    opinions: tuple[Opinion, ...]
    """The first, the second, and the one that settled what they saw differently."""

    ad: JobAd
    ad_id: str | None
    """None without contacts: an id can be derived from the text, and numbers could be tried out against it."""

    stood: AdStood
    copies: int
    """How many ads carry this very text now."""

    earlier: tuple[JobAd, ...]
    """Texts that the ad carried before, oldest first."""

    changes: tuple[AdChange, ...]
    assessment: Assessment | None
    findings: tuple[Finding, ...]
    recruitment: Recruitment
    licences: LicenceLookup | None
    campaign: CampaignFacts | None
    contacts: tuple[ContactFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Cases that leave the house together."""

    reference: UUID
    made_at: datetime
    software: str
    handling: Handling
    namer: Namer
    """Gives names to the parts that a format makes of it."""

    referrals: tuple[Referral, ...]
