"""Referral records: agreed case, package, identifiers, kit of ``data/exports``.

They describe an offer. Nothing in them is about a person who answered it, and nobody who decided is named. The terms
of case workers' standards stand there as information on how an offer recruits, never as a victim's record. A second
export of a case has the same identifiers, so that it updates the first and doubles nothing.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from crawler.ad import JobAd
from crawler.files import load_toml, read_word_list
from model.assessment import Assessment
from model.taxonomy.loader import EXPLOITATION, ILO
from model.taxonomy.records import Indicator
from pipeline.case import Verdict
from pipeline.errors import BadExportData
from pipeline.licences.results import LicenceLookup
from pipeline.linking.changes import AdChange
from pipeline.linking.contacts import ContactCard
from pipeline.linking.describe import CampaignView
from pipeline.review.explain import Finding
from pipeline.settings.records import TLP_LEVELS, ExportSettings
from pipeline.store.ads.ads import AdLifetime

TERMS: Final[Mapping[str, str]] = read_word_list("page_words")["terms"]
NON_PUNISHMENT, CLAIM, CAVEAT = (TERMS[name] for name in ("non_punishment", "claim", "caveat"))
ABOUT: Final = TERMS["about"]
"""Beside the terms of a standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """The mapping that ships under ``data/exports``."""

    standard: str
    address: str
    method_of_recruitment: str
    methods_of_control: Mapping[str, str]
    """From the ILO's indicators."""

    type_of_exploitation: Mapping[str, str]
    """From the taxonomy's forms of exploitation."""

    left_out: Mapping[str, str]
    """What has no field, and why."""

    ic_tip: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A field's value, and the indicators of the offer that hint at it."""

    value: str
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recruitment:
    """What an offer says of its way to recruit."""

    standards: Standards
    methods_of_control: tuple[Mapped, ...]
    type_of_exploitation: tuple[Mapped, ...]


def map_indicators(shown: Iterable[Indicator], standards: Standards) -> Recruitment:
    """The fields that these indicators hint at; those that speak against a lure hint at none."""
    risks = [each for each in shown if each.polarity == "risk"]
    return Recruitment(
        standards=standards,
        methods_of_control=_mapped(((each.key, each.ilo) for each in risks), standards.methods_of_control),
        type_of_exploitation=_mapped(((each.key, each.exploitation) for each in risks), standards.type_of_exploitation),
    )


def _mapped(named: Iterable[tuple[str, Iterable[str]]], fields: Mapping[str, str]) -> tuple[Mapped, ...]:
    found: dict[str, dict[str, None]] = {}
    for indicator, names in named:
        for value in filter(None, map(fields.get, names)):
            found.setdefault(value, {})[indicator] = None
    return tuple(Mapped(value=value, indicators=tuple(found[value])) for value in sorted(found))


TEMPLATE: Final = "job-advertisement/definition.json"
SCHEMA: Final = "referral-package.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MispTemplate:
    """The object template that our events are made by."""

    uuid: str
    name: str
    version: int
    description: str
    meta_category: str
    attributes: Mapping[str, Mapping[str, Any]]
    """By relation: what MISP's object template format says of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportKit:
    """All of ``data/exports`` that the writers need."""

    standards: Standards
    template: MispTemplate
    files: Mapping[str, bytes]
    """What a recipient needs to read a package: the template and the schema, by their names."""


def load_kit(folder: Path) -> ExportKit:
    """The kit in a folder; any fault raises ``BadExportData``, naming the file."""
    path = folder / "htcds.toml"
    try:
        standards = Standards(**load_toml(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as err:
        raise BadExportData(f"{path}: expected the mapping to HTCDS ({err!r})") from err
    # A name is mapped or left out with a reason; one that the taxonomy does not know is a slip of the pen.
    for known, mapped in ((ILO, standards.methods_of_control), (EXPLOITATION, standards.type_of_exploitation)):
        if missing := known - mapped.keys() - standards.left_out.keys():
            raise BadExportData(f"{path}: {', '.join(sorted(missing))}: expected it mapped, or left out with a reason")
        if unknown := mapped.keys() - known:
            raise BadExportData(f"{path}: {', '.join(sorted(unknown))}: not in the taxonomy")
    files = {}
    for name in (TEMPLATE, SCHEMA):
        try:
            files[name] = (folder / name).read_bytes()
        except OSError as err:
            raise BadExportData(f"{folder / name}: expected a file that goes with packages ({err})") from err
    try:
        given = json.loads(files[TEMPLATE])
        template = MispTemplate(**{each.name: given[each.name.replace("_", "-")] for each in fields(MispTemplate)})
    except (TypeError, ValueError, KeyError) as err:
        raise BadExportData(f"{folder / TEMPLATE}: expected an object template of MISP ({err!r})") from err
    return ExportKit(standards=standards, template=template, files=files)


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


def handling_of(settings: ExportSettings, *, contacts: bool) -> ExportSettings:
    """The terms that an installation has set; with contacts a package never goes further than TLP:AMBER."""
    least = TLP_LEVELS.index("amber") if contacts else 0
    return replace(settings, tlp=TLP_LEVELS[max(TLP_LEVELS.index(settings.tlp), least)])


Role = Literal["first", "second", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What one of those who decided said."""

    role: Role
    verdict: Verdict
    confirmed: tuple[str, ...]
    rejected: tuple[str, ...]
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """The ads that say the same."""

    reference: UUID
    view: CampaignView
    ads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
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
    contacts: tuple[ContactCard, ...]
    """By their keyed hashes, and how far each reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Cases that leave the house together."""

    reference: UUID
    made_at: datetime
    software: str
    handling: ExportSettings
    with_contacts: bool
    namer: Namer
    """Gives names to the parts that a format makes of it."""

    referrals: tuple[Referral, ...]
