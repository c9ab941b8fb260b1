"""STIX 2.1 format of a package, made and checked by the stix2 library.

A case is a ``report`` with what was observed of its ad. There is no ``indicator`` among the objects and no
``threat-actor``: nothing here is a pattern to block by, and nobody is accused. What STIX has no words for travels in a
property extension, in the terms of ``referral-package.schema.json``.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from stix2 import v21

from pipeline.exports.formats import referral_to_record
from pipeline.exports.referral import CAVEAT, CLAIM, NON_PUNISHMENT, Package, Referral

__all__ = ["dumps_stix", "make_bundle"]

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


def _observed(referral: Referral, marked: list[str]) -> Iterator[Any]:
    ad = referral.ad
    if ad.page:
        yield v21.File(name="archived page", hashes={"SHA-256": ad.page.sha256}, object_marking_refs=marked)
    for address in filter(None, (ad.url, ad.apply_url)):
        if _is_web(address):
            yield v21.URL(value=address, object_marking_refs=marked)
    for contact in ad.contacts:
        if contact.kind == "email":
            yield v21.EmailAddress(value=contact.value, object_marking_refs=marked)
        elif _is_web(contact.value):
            yield v21.URL(value=contact.value, object_marking_refs=marked)
        else:
            yield v21.UserAccount(account_type=contact.kind, account_login=contact.value, object_marking_refs=marked)


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def dumps_stix(package: Package) -> str:
    """The bundle as text."""
    text: str = make_bundle(package).serialize(indent=2, ensure_ascii=False)
    return text + "\n"


def make_bundle(package: Package) -> v21.Bundle:
    """The bundle; a later export has the same ids and a later ``modified``, by which a store updates what it has."""
    maker = _Maker(package)
    objects = [
        *extension_objects(),
        *maker.marks,
        maker.sender,
        *(each for referral in package.referrals for each in maker.case(referral)),
    ]
    return v21.Bundle(
        id=f"bundle--{package.namer.part('stix bundle', package.reference)}",
        objects=list({each["id"]: each for each in objects}.values()),
    )


class _Maker:
    """What the objects of one package have in common."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.marks = marks_of(package)
        self._marked = [each["id"] for each in self.marks]
        self.sender = v21.Identity(
            id=f"identity--{package.namer.part('organisation')}",
            created=SINCE,
            modified=package.made_at,
            name=package.handling.organisation,
            identity_class="organization",
            object_marking_refs=self._marked,
        )

    def case(self, referral: Referral) -> Iterator[Any]:
        """The report of a case, with all that it refers to."""
        # Each once; their ids are those that everybody gives to the same address.
        seen = list({each["id"]: each for each in _observed(referral, self._marked)}.values())
        about = [*seen, *self._observed(referral, seen)]
        if referral.ad.country:
            place = referral.ad.job_location or referral.ad.country
            about.append(v21.Location(**self._common("location", referral), name=place, country=referral.ad.country))
        report = self._common("report", referral)
        shown = [each for each in referral.findings if each.judged != "rejected"]
        signs = "".join(f"\n- {each.title} ({each.judged.replace('_', ' ')})" for each in shown) or " none"
        verdict = referral.verdict.replace("_", " ")
        written = "\n\n".join(filter(None, (referral.ad.title, referral.ad.description)))
        text = self._note(report["id"], referral, "The ad as it was published", written)
        yield from (*about, text)
        yield v21.Report(
            **report,
            name=referral.ad.title or f"Case {referral.case_id}",
            description=f"{CLAIM}\n\nTwo people's judgement: {verdict}.\n\nSigns that the offer shows:{signs}",
            report_types=["observed-data"],
            published=max(each.decided_at for each in referral.opinions),
            object_refs=[each["id"] for each in (text, *about)],
            extensions={
                EXTENSION: {"extension_type": "property-extension", "referral": _full(referral_to_record(referral))}
            },
        )
        terms = f"{NON_PUNISHMENT}\n\n{CLAIM}\n\n{CAVEAT}\n\n{self._package.handling.licence}"
        yield self._note(report["id"], referral, "How to handle this", terms)

    def _common(self, kind: str, referral: Referral, *of: str) -> dict[str, Any]:
        return {
            "id": f"{kind}--{self._package.namer.part('stix', kind, referral.reference, *of)}",
            "created": referral.opened_at,
            "modified": max(self._package.made_at, referral.opened_at),
            "created_by_ref": self.sender["id"],
            "object_marking_refs": self._marked,
        }

    def _observed(self, referral: Referral, seen: Iterable[Any]) -> Iterator[Any]:
        refs = [each["id"] for each in seen]
        if refs:
            yield v21.ObservedData(
                **self._common("observed-data", referral),
                first_observed=referral.stood.first_seen,
                last_observed=referral.stood.last_seen,
                number_observed=max(1, referral.copies),
                object_refs=refs,
            )

    def _note(self, report: str, referral: Referral, abstract: str, content: str) -> Any:
        common = self._common("note", referral, abstract)
        return v21.Note(**common, abstract=abstract, content=content, object_refs=[report])


def _full(value: Any) -> Any:
    """The record as STIX has it: nothing that is null, and no list that is empty."""
    match value:
        case dict():
            filled = {name: _full(each) for name, each in value.items()}
            return {name: each for name, each in filled.items() if each not in (None, [], {})}
        case list():
            return [_full(each) for each in value]
        case _:
            return value
