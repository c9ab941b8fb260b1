"""Kit of ``data/exports``: standards' terms, MISP object template, JSON Schema.

The recruitment terms are those of case workers' standards, as information on how an offer recruits. They are never a
victim's record: those standards' records are about a person, and an ad is not one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from crawler.files import load_toml
from model.taxonomy.loader import EXPLOITATION, ILO, Indicator
from pipeline.errors import BadExportData
from pipeline.settings.messages import mark

__all__ = [
    "ABOUT", "SCHEMA", "ExportKit", "Mapped", "MispTemplate", "Recruitment", "Standards", "load_kit", "map_indicators",
]  # fmt: skip

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


MAPPING: Final = "htcds.toml"
TEMPLATE: Final = "job-advertisement/definition.json"
SCHEMA: Final = "referral-package.schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class MispTemplate:
    """The object template that our events are made by."""

    uuid: UUID
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
    return ExportKit(
        standards=_standards(folder / MAPPING),
        template=_template(folder / TEMPLATE),
        files={name: _content(folder / name) for name in (TEMPLATE, SCHEMA)},
    )


def _standards(path: Path) -> Standards:
    try:
        given = load_toml(path.read_text(encoding="utf-8"))
        standards = Standards(
            htcds=given["standard"],
            htcds_address=given["address"],
            method_of_recruitment=given["method_of_recruitment"],
            methods_of_control=given["methods_of_control"],
            type_of_exploitation=given["type_of_exploitation"],
            left_out=given["left_out"],
            ic_tip=given["ic_tip"],
        )
    except (OSError, ValueError, KeyError) as err:
        raise BadExportData(f"{path}: expected the mapping to HTCDS ({err!r})") from err
    _check_covered(path, standards, ILO, standards.methods_of_control)
    _check_covered(path, standards, EXPLOITATION, standards.type_of_exploitation)
    return standards


def _check_covered(path: Path, standards: Standards, known: frozenset[str], mapped: Mapping[str, str]) -> None:
    """A name is mapped or left out with a reason; one that the taxonomy does not know is a slip of the pen."""
    missing = known - mapped.keys() - standards.left_out.keys()
    unknown = mapped.keys() - known
    for names, what in ((missing, "expected it mapped, or left out with a reason"), (unknown, "not in the taxonomy")):
        if names:
            raise BadExportData(f"{path}: {', '.join(sorted(names))}: {what}")


def _template(path: Path) -> MispTemplate:
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        return MispTemplate(
            uuid=UUID(given["uuid"]),
            name=given["name"],
            version=int(given["version"]),
            description=given["description"],
            meta_category=given["meta-category"],
            attributes=given["attributes"],
        )
    except (OSError, ValueError, KeyError) as err:
        raise BadExportData(f"{path}: expected an object template of MISP ({err!r})") from err


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise BadExportData(f"{path}: expected a file that goes with packages ({err})") from err
