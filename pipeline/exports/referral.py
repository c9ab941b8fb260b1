"""Referral records: an agreed case, its package, identifiers and terms.

It describes an offer. Nothing in it is about a person who answered it, and nobody who decided is named. A second export
of a case has the same identifiers, so that it updates the first and doubles nothing.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid5

from crawler.ad import JobAd
from model.assessment import Assessment
from pipeline.case import Verdict
from pipeline.exports.kit import Recruitment
from pipeline.licences.results import LicenceLookup
from pipeline.linking.changes import AdChange
from pipeline.linking.describe import CampaignView
from pipeline.settings.messages import mark
from pipeline.settings.records import TLP_LEVELS, ExportSettings
from pipeline.store.ads.ads import AdLifetime

__all__ = [
    "CAVEAT", "CLAIM", "NON_PUNISHMENT", "CampaignFacts", "ContactFact", "Finding", "Handling", "Judged", "Namer",
    "Opinion", "Package", "Quote", "Referral", "handling_of",
]  # fmt: skip

_OURS: Final = UUID("0b8c1f0e-6a43-4a53-9b0f-5d1f9c6c2a77")


class Namer:
    """The names of one installation; another's cases of the same numbers are named otherwise."""

    def __init__(self, installation: str) -> None:
        self._installation = uuid5(_OURS, installation)

    def case(self, case_id: int) -> UUID:
        """The case, in whatever package it travels."""
        return uuid5(self._installation, f"case {case_id}")

    def package(self, case_ids: tuple[int, ...]) -> UUID:
        """The package of just these cases."""
        return uuid5(self._installation, f"package {sorted(case_ids)}")

    def part(self, *of: object) -> UUID:
        """Anything else that is named once and for all."""
        return uuid5(self._installation, json.dumps([str(each) for each in of]))


NON_PUNISHMENT: Final = mark(
    "Non-punishment: people who answered this offer may have been deceived or coerced, and those who placed or passed "
    "it on may act under coercion. Whoever was trafficked must not be punished, detained or refused entry for what "
    "they were made to do. Do not use this to act against jobseekers."
)
CLAIM: Final = mark(
    "This describes an offer, not a person. Two people judged it; a score is a model's claim. Nothing here says that "
    "the offer is trafficking, and no victim is recorded."
)
CAVEAT: Final = mark(
    "For the recipient's own enquiry. No automatic blocking, take-down or listing; do not contact the advertiser or "
    "applicants on this ground alone. Texts are as published and may name people who have no part in it."
)

_WITH_CONTACTS: Final = TLP_LEVELS.index("amber")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """The terms of one package."""

    organisation: str
    tlp: str
    licence: str
    with_contacts: bool


def handling_of(settings: ExportSettings, *, contacts: bool) -> Handling:
    """The terms that an installation has set; with contacts a package never goes further than TLP:AMBER."""
    level = TLP_LEVELS.index(settings.tlp)
    return Handling(
        organisation=settings.organisation,
        tlp=TLP_LEVELS[max(level, _WITH_CONTACTS) if contacts else level],
        licence=settings.licence,
        with_contacts=contacts,
    )


Judged = Literal["confirmed", "rejected", "disputed", "not_judged"]
"""What the people who decided said of an indicator; ``disputed`` where they differ and nobody has settled it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A span of the ad that shows an indicator."""

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

    stood: AdLifetime
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
