"""Indicators in the terms of the standards that case workers use, as information on how an offer recruits.

Never as a victim's record: those standards' records are about a person, and an ad is not one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from model.taxonomy.loader import Indicator
from pipeline.messages import mark

__all__ = ["ABOUT", "Mapped", "Recruitment", "Standards", "map_indicators"]

ABOUT: Final = mark(
    "Information on how an offer recruits, in the terms of the standard. It is not a case of that standard: no record "
    "of a victim, a person or a perpetrator may be made of it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """The mapping that ships under ``data/exports``."""

    htcds: str
    htcds_address: str
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

    standard: str
    address: str
    method_of_recruitment: str
    methods_of_control: tuple[Mapped, ...]
    type_of_exploitation: tuple[Mapped, ...]
    ic_tip: Mapping[str, str]


def map_indicators(shown: Iterable[Indicator], standards: Standards) -> Recruitment:
    """The fields that these indicators hint at; those that speak against a lure hint at none."""
    risks = [each for each in shown if each.polarity == "risk"]
    return Recruitment(
        standard=standards.htcds,
        address=standards.htcds_address,
        method_of_recruitment=standards.method_of_recruitment,
        methods_of_control=_mapped(((each.key, each.ilo) for each in risks), standards.methods_of_control),
        type_of_exploitation=_mapped(((each.key, each.exploitation) for each in risks), standards.type_of_exploitation),
        ic_tip=standards.ic_tip,
    )


def _mapped(named: Iterable[tuple[str, Iterable[str]]], fields: Mapping[str, str]) -> tuple[Mapped, ...]:
    found: dict[str, dict[str, None]] = {}
    for indicator, names in named:
        for value in filter(None, map(fields.get, names)):
            found.setdefault(value, {})[indicator] = None
    return tuple(Mapped(value=value, indicators=tuple(found[value])) for value in sorted(found))
