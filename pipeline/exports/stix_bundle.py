"""The package as a STIX 2.1 bundle, made and checked by the stix2 library.

A case is a ``report`` with what was observed of its ad. There is no ``indicator`` among the objects and no
``threat-actor``: nothing here is a pattern to block by, and nobody is accused. What STIX has no words for travels in a
property extension, in the terms of ``referral-package.schema.json``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from stix2 import v21

from pipeline.exports.handling import CAVEAT, CLAIM, NON_PUNISHMENT
from pipeline.exports.json_package import referral_to_record
from pipeline.exports.referral import Package, Referral
from pipeline.exports.stix_marks import EXTENSION, SINCE, extension_objects, marks_of
from pipeline.exports.stix_observables import observe

__all__ = ["dumps_stix", "make_bundle"]


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
        seen = list(observe(referral, self._marked))
        about = [*seen, *self._observed(referral, seen), *self._place(referral)]
        report = self._common("report", referral)
        text = self._note(report["id"], referral, "The ad as it was published", _text(referral))
        yield from (*about, text)
        yield v21.Report(
            **report,
            name=referral.ad.title or f"Case {referral.case_id}",
            description=_description(referral),
            report_types=["observed-data"],
            published=max(each.decided_at for each in referral.opinions),
            object_refs=[each["id"] for each in (text, *about)],
            extensions={EXTENSION: _extension(referral)},
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

    def _place(self, referral: Referral) -> Iterator[Any]:
        if referral.ad.country:
            yield v21.Location(
                **self._common("location", referral),
                name=referral.ad.job_location or referral.ad.country,
                country=referral.ad.country,
            )

    def _note(self, report: str, referral: Referral, abstract: str, content: str) -> Any:
        common = self._common("note", referral, abstract)
        return v21.Note(**common, abstract=abstract, content=content, object_refs=[report])


def _text(referral: Referral) -> str:
    return "\n\n".join(filter(None, (referral.ad.title, referral.ad.description)))


def _description(referral: Referral) -> str:
    shown = [each for each in referral.findings if each.judged != "rejected"]
    signs = "".join(f"\n- {each.title} ({each.judged.replace('_', ' ')})" for each in shown)
    verdict = referral.verdict.replace("_", " ")
    return f"{CLAIM}\n\nTwo people's judgement: {verdict}.\n\nSigns that the offer shows:{signs or ' none'}"


def _extension(referral: Referral) -> dict[str, Any]:
    return {"extension_type": "property-extension", "referral": _full(referral_to_record(referral))}


def _full(value: Any) -> Any:
    """The record as STIX has it: nothing that is null, and no list that is empty."""
    match value:
        case dict():
            kept = {name: _full(each) for name, each in value.items()}
            return {name: each for name, each in kept.items() if each not in (None, [], {})}
        case list():
            return [_full(each) for each in value]
        case _:
            return value
