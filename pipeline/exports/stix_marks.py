"""Marks on every object of a bundle: the Traffic Light Protocol 2.0, the terms, and what our extension is."""

from datetime import UTC, datetime
from typing import Any, Final

from stix2 import v21

from pipeline.exports.handling import CAVEAT, NON_PUNISHMENT
from pipeline.exports.referral import Package

__all__ = ["EXTENSION", "SINCE", "extension_objects", "marks_of"]

SINCE: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""When what is named once and for all began."""

EXTENSION: Final = "extension-definition--6f0f7a0c-2c35-4a7e-8f35-0f6b5b9a3a1d"
_PROJECT: Final = "identity--d2b0c4d1-7f0a-4d0e-9d0b-6a0e0f3d5c77"

# TLP 2.0 as the OASIS committee publishes it (cti-stix-common-objects, tlp-2.0); recipients know the ids.
_TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP_CREATED: Final = "2022-10-01T00:00:00.000Z"
_TLP_IDS: Final = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def marks_of(package: Package) -> tuple[Any, ...]:
    """The level, and a statement with the terms; another wording is another mark, since marks are never changed."""
    handling = package.handling
    statement = f"{NON_PUNISHMENT} {CAVEAT} {handling.licence}"
    return (
        v21.MarkingDefinition(
            id=_TLP_IDS[handling.tlp],
            created=_TLP_CREATED,
            name=f"TLP:{handling.tlp.upper()}",
            extensions={_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": handling.tlp}},
        ),
        v21.MarkingDefinition(
            id=f"marking-definition--{package.namer.part('statement', statement)}",
            created=SINCE,
            definition_type="statement",
            definition={"statement": statement},
        ),
    )


def extension_objects() -> tuple[Any, ...]:
    """What our property extension holds, and who defines it."""
    project = v21.Identity(id=_PROJECT, created=SINCE, modified=SINCE, name="lurewatch", identity_class="system")
    return (
        project,
        v21.ExtensionDefinition(
            id=EXTENSION,
            created_by_ref=project["id"],
            created=SINCE,
            modified=SINCE,
            name="Referral of a job ad",
            description="What two people judged of a published job ad, and why. About the offer, never a person.",
            schema="The referral of data/exports/referral-package.schema.json, which comes with lurewatch; what is "
            "null or empty there is left out.",
            version="1.0.0",
            extension_types=["property-extension"],
        ),
    )
