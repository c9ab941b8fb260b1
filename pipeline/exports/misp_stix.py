"""MISP and STIX 2.1 formats of a package.

MISP gets an event with a ``job-advertisement`` for each case. Nothing is marked for automatic detection (``to_ids``),
and nothing is published: the recipient's people decide.

STIX is made and checked by the stix2 library. A case is a ``report`` with what was observed of its ad. There is no
``indicator`` among the objects and no ``threat-actor``: nothing here is a pattern to block by, and nobody is accused.
What STIX has no words for travels in a property extension, in the terms of ``referral-package.schema.json``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from stix2 import v21

from pipeline.exports.formats import dumps, referral_to_record, table_row
from pipeline.exports.referral import CAVEAT, CLAIM, NON_PUNISHMENT, MispTemplate, Package, Referral
from pipeline.licences.results import lookup_lines
from pipeline.store.connection import storable

_VERDICTS: Final = {
    "trafficking_recruitment": "likely-trafficking-recruitment",
    "job_fraud": "likely-job-fraud",
    "irregular_recruitment": "irregular-recruitment",
}
_RELATIONS: Final = {"phone": "phone-number", "email": "email", "web": "contact-address"}
"""Of a contact's kind; every other kind is an account at a service."""

# Distribution levels of MISP's core format.
_OUR_ORGANISATION, _THIS_COMMUNITY, _ALL_COMMUNITIES, _INHERIT = "0", "1", "3", "5"
_DISTRIBUTION: Final = {"clear": _ALL_COMMUNITIES, "green": _THIS_COMMUNITY}
"""How far MISP itself may carry an event; everything stricter than these stays where it was imported."""

_LONGEST_BYTES: Final = 60_000
"""MISP keeps 65,535 bytes of a value."""

_LONGEST_TITLE: Final = 120


def dumps_misp(package: Package, template: MispTemplate) -> str:
    """One event as ``{"Event": ...}``; several as MISP itself answers with them, ``{"response": [...]}``."""
    events = [{"Event": _event(each, package, template)} for each in package.referrals]
    return dumps(events[0] if len(events) == 1 else {"response": events})


def _event(referral: Referral, package: Package, template: MispTemplate) -> dict[str, Any]:
    """The event of one case; a later export has the same uuid and a later timestamp, by which MISP updates it."""
    handling, name, title = package.handling, package.namer.part, referral.ad.title
    timestamp = str(int(package.made_at.timestamp()))
    short = title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
    tags = [
        f"tlp:{handling.tlp}", 'workflow:state="complete"', 'workflow:todo="preserve-evidence"',
        'workflow:todo="review-before-publication"',
        *(['workflow:todo="review-for-privacy"'] if package.with_contacts else []),
    ]  # fmt: skip
    attributes = []
    for relation, given in dict.fromkeys(_attributes(referral, package)):
        value = "" if given is None else str(given)
        if not value.strip():  # what the case does not say has no attribute
            continue
        definition, whole = template.attributes[relation], value.encode("utf-8", "replace")
        # Where there is but one of a kind, a new value takes the old one's place.
        which = (relation, value) if definition.get("multiple") else (relation,)
        attributes.append({
            "uuid": str(name("misp attribute", referral.reference, *which)),
            "object_relation": relation,
            "type": definition["misp-attribute"],
            "category": definition.get("categories", ["Other"])[0],
            "value": whole[:_LONGEST_BYTES].decode("utf-8", "ignore"),
            "to_ids": False,
            "disable_correlation": definition.get("disable_correlation", False),
            "timestamp": timestamp,
            "distribution": _INHERIT,
            "comment": "Cut: the text is longer than MISP keeps." if len(whole) > _LONGEST_BYTES else "",
        })  # fmt: skip
    advertisement = {
        "uuid": str(name("misp object", referral.reference)),
        "name": template.name,
        "meta-category": template.meta_category,
        "description": template.description,
        "template_uuid": template.uuid,
        "template_version": str(template.version),
        "timestamp": timestamp,
        "distribution": _INHERIT,
        "comment": CLAIM,
        "ObjectReference": [],
        "Attribute": attributes,
    }
    # What whoever opens the event reads first.
    terms = (NON_PUNISHMENT, CLAIM, CAVEAT, f"TLP:{handling.tlp.upper()}. {handling.licence}")
    report = {
        "uuid": str(name("misp report", referral.reference)),
        "name": "How to handle this",
        "content": "\n\n".join(terms),
        "timestamp": timestamp,
        "distribution": _INHERIT,
    }
    return {
        "uuid": str(name("misp event", referral.reference)),
        "info": f"Job ad, {referral.verdict.replace('_', ' ')} by two people's judgement: {short}",
        "date": package.made_at.date().isoformat(),
        "timestamp": timestamp,
        "analysis": "2",  # completed
        "threat_level_id": "4",  # undefined
        "distribution": _DISTRIBUTION.get(handling.tlp, _OUR_ORGANISATION),
        "published": False,
        "Orgc": {"name": handling.organisation, "uuid": str(name("organisation"))},
        "Tag": [{"name": tag} for tag in tags],
        "Object": [advertisement],
        "EventReport": [report],
    }


_AS_IN_THE_TABLE: Final = (
    "title", "description", "employer", "country", "language", "source", "ad-id", "url", "apply-url", "page-sha256",
    "first-seen", "last-seen", "second-opinion", "rule", "score", "campaign", "campaign-ads", "non-punishment",
    "data-licence", "model-version", "taxonomy-version",
)  # fmt: skip
"""Relations that hold what the column of their name does."""


def _attributes(referral: Referral, package: Package) -> Iterator[tuple[str, object]]:
    ad, recruitment, row = referral.ad, referral.recruitment, table_row(referral, package)
    yield from ((relation, row[relation.replace("-", "_")]) for relation in _AS_IN_THE_TABLE)
    yield "location", row["place"]
    yield "salary", row["pay"]
    yield "removal-date", row["gone_at"]
    yield "employment-type", ad.employment_type
    for contact in ad.contacts:
        relation = _RELATIONS.get(contact.kind)
        yield (relation, contact.value) if relation else ("account", f"{contact.kind}: {contact.value}")
    yield from (("contact-hash", f"{each.kind}: {each.hash}") for each in referral.contacts)
    yield "date-posted", f"{ad.date_posted.isoformat()}T00:00:00Z" if ad.date_posted else None
    yield "verdict", _VERDICTS[referral.verdict]
    for each in referral.findings:
        relation = "indicator-rejected" if each.judged == "rejected" else "indicator"
        against = " (speaks against)" if each.polarity == "mitigating" else ""
        yield relation, f"{each.indicator}: {each.title}{against}"
    yield "htcds", f"MethodOfRecruitment: {recruitment.standards.method_of_recruitment}"
    yield from (("htcds", f"MethodsOfControl: {each.value}") for each in recruitment.methods_of_control)
    yield from (("htcds", f"TypeOfExploitation: {each.value}") for each in recruitment.type_of_exploitation)
    hints = referral.assessment.exploitation if referral.assessment else ()
    yield from (("exploitation-hint", hint) for hint in hints)
    if referral.licences:
        lines = lookup_lines(referral.licences, on=package.made_at.date())
        yield "licence-lookup", "\n".join(line.strip() for line in lines)


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


def dumps_stix(package: Package) -> str:
    text: str = make_bundle(package).serialize(indent=2, ensure_ascii=False)
    return text + "\n"


def make_bundle(package: Package) -> v21.Bundle:
    """The bundle; a later export has the same ids and a later ``modified``, by which a store updates what it has."""
    handling, namer = package.handling, package.namer
    project = v21.Identity(id=_PROJECT, created=SINCE, modified=SINCE, name="lurewatch", identity_class="system")
    extension = v21.ExtensionDefinition(
        id=EXTENSION,
        created_by_ref=_PROJECT,
        created=SINCE,
        modified=SINCE,
        name="Referral of a job ad",
        description="What two people judged of a published job ad, and why. About the offer, never a person.",
        schema="The referral of data/exports/referral-package.schema.json, which comes with lurewatch; what is "
        "null or empty there is left out.",
        version="1.0.0",
        extension_types=["property-extension"],
    )
    level = v21.MarkingDefinition(
        id=_TLP_IDS[handling.tlp],
        created=_TLP_CREATED,
        name=f"TLP:{handling.tlp.upper()}",
        extensions={_TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": handling.tlp}},
    )
    statement = f"{NON_PUNISHMENT} {CAVEAT} {handling.licence}"
    terms = v21.MarkingDefinition(
        # Another wording is another mark, since marks are never changed.
        id=f"marking-definition--{namer.part('statement', statement)}",
        created=SINCE,
        definition_type="statement",
        definition={"statement": statement},
    )
    marks = [level["id"], terms["id"]]
    sender = v21.Identity(
        id=f"identity--{namer.part('organisation')}",
        created=SINCE,
        modified=package.made_at,
        name=handling.organisation,
        identity_class="organization",
        object_marking_refs=marks,
    )
    cases = (each for referral in package.referrals for each in _case_objects(referral, package, marks, sender["id"]))
    return v21.Bundle(
        id=f"bundle--{namer.part('stix bundle', package.reference)}",
        objects=list({each["id"]: each for each in (project, extension, level, terms, sender, *cases)}.values()),
    )


def _case_objects(referral: Referral, package: Package, marks: list[str], sender: str) -> Iterator[Any]:
    """The report of a case, with all that it refers to."""

    def common(kind: str, *of: str) -> dict[str, Any]:
        return {
            "id": f"{kind}--{package.namer.part('stix', kind, referral.reference, *of)}",
            "created": referral.opened_at,
            "modified": max(package.made_at, referral.opened_at),
            "created_by_ref": sender,
            "object_marking_refs": marks,
        }

    ad, report = referral.ad, common("report")
    # Each once; their ids are those that everybody gives to the same address.
    about = list({each["id"]: each for each in _observables(referral, marks)}.values())
    if about:
        observed = v21.ObservedData(
            **common("observed-data"),
            first_observed=referral.stood.first_seen,
            last_observed=referral.stood.last_seen,
            number_observed=max(1, referral.copies),
            object_refs=[each["id"] for each in about],
        )
        about.append(observed)
    if ad.country:
        about.append(v21.Location(**common("location"), name=ad.job_location or ad.country, country=ad.country))
    abstract = "The ad as it was published"
    text = v21.Note(
        **common("note", abstract),
        abstract=abstract,
        content="\n\n".join(filter(None, (ad.title, ad.description))),
        object_refs=[report["id"]],
    )
    yield from (*about, text)
    verdict = referral.verdict.replace("_", " ")
    shown = [each for each in referral.findings if each.judged != "rejected"]
    signs = "".join(f"\n- {each.title} ({each.judged.replace('_', ' ')})" for each in shown) or " none"
    record = _without_empty(referral_to_record(referral))
    yield v21.Report(
        **report,
        name=ad.title or f"Case {referral.case_id}",
        description=f"{CLAIM}\n\nTwo people's judgement: {verdict}.\n\nSigns that the offer shows:{signs}",
        report_types=["observed-data"],
        published=max(each.decided_at for each in referral.opinions),
        object_refs=[each["id"] for each in (text, *about)],
        extensions={EXTENSION: {"extension_type": "property-extension", "referral": record}},
    )
    abstract = "How to handle this"
    yield v21.Note(
        **common("note", abstract),
        abstract=abstract,
        content=f"{NON_PUNISHMENT}\n\n{CLAIM}\n\n{CAVEAT}\n\n{package.handling.licence}",
        object_refs=[report["id"]],
    )


def _observables(referral: Referral, marks: list[str]) -> Iterator[Any]:
    """Page, addresses and contacts of the ad; their ids are made of their text as UTF-8 has it."""
    ad = referral.ad
    if ad.page:
        yield v21.File(name="archived page", hashes={"SHA-256": ad.page.sha256}, object_marking_refs=marks)
    for address in (ad.url, ad.apply_url):
        if address and _is_web(address):
            yield v21.URL(value=storable(address), object_marking_refs=marks)
    for contact in ad.contacts:
        value = storable(contact.value)
        if contact.kind == "email":
            yield v21.EmailAddress(value=value, object_marking_refs=marks)
        elif _is_web(contact.value):
            yield v21.URL(value=value, object_marking_refs=marks)
        else:
            yield v21.UserAccount(account_type=contact.kind, account_login=value, object_marking_refs=marks)


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _without_empty(value: Any) -> Any:
    """The record as STIX has it: nothing that is null, and no list that is empty."""
    match value:
        case dict():
            filled = {name: _without_empty(each) for name, each in value.items()}
            return {name: each for name, each in filled.items() if each not in (None, [], {})}
        case list():
            return [_without_empty(each) for each in value]
        case _:
            return value
