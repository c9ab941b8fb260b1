"""What packages are made by: the mapping, the MISP object template and the JSON Schema of ``data/exports``."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from model.taxonomy.loader import EXPLOITATION, ILO
from pipeline.errors import BadExportData
from pipeline.exports.recruitment import Standards

__all__ = ["SCHEMA", "ExportKit", "MispTemplate", "load_kit"]

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
        given = tomllib.loads(path.read_text(encoding="utf-8"))
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
