"""MISP format of a package: for each case an event with a ``job-advertisement``.

Nothing is marked for automatic detection (``to_ids``), and nothing is published: the recipient's people decide.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from pipeline.exports.formats import dumps, moment_text
from pipeline.exports.referral import CAVEAT, CLAIM, NON_PUNISHMENT, MispTemplate, Package, Referral
from pipeline.licences.results import lookup_lines
from pipeline.linking.changes import pay_text

__all__ = ["dumps_misp"]

Value = tuple[str, str]

_VERDICTS: Final = {
    "trafficking_recruitment": "likely-trafficking-recruitment",
    "job_fraud": "likely-job-fraud",
    "irregular_recruitment": "irregular-recruitment",
}
_RELATIONS: Final = {"phone": "phone-number", "email": "email", "web": "contact-address"}
"""Of a contact's kind; every other kind is an account at a service."""


def attribute_values(referral: Referral, package: Package) -> Iterator[Value]:
    """Relation and value of each attribute; what the case does not say has none."""
    pairs = (*_of_ad(referral), *_of_case(referral, package))
    yield from ((relation, value) for relation, value in pairs if value and value.strip())


def _of_ad(referral: Referral) -> Iterator[tuple[str, str | None]]:
    ad = referral.ad
    yield "title", ad.title
    yield "description", ad.description
    yield "employer", ad.hiring_organization
    yield "location", ad.job_location
    yield "country", ad.country
    yield "language", ad.language
    yield "salary", pay_text(ad.base_salary)
    yield "employment-type", ad.employment_type
    yield "source", ad.source
    yield "ad-id", referral.ad_id
    yield "url", ad.url
    yield "apply-url", ad.apply_url
    yield "page-sha256", ad.page.sha256 if ad.page else None
    for contact in ad.contacts:
        relation = _RELATIONS.get(contact.kind)
        yield (relation, contact.value) if relation else ("account", f"{contact.kind}: {contact.value}")
    yield from (("contact-hash", f"{each.kind}: {each.hash}") for each in referral.contacts)
    stood, posted = referral.stood, ad.date_posted
    yield "date-posted", f"{posted.isoformat()}T00:00:00Z" if posted else None
    yield "first-seen", moment_text(stood.first_seen)
    yield "last-seen", moment_text(stood.last_seen)
    yield "removal-date", moment_text(stood.gone_at) if stood.gone_at else None


def _of_case(referral: Referral, package: Package) -> Iterator[tuple[str, str | None]]:
    assessment, recruitment = referral.assessment, referral.recruitment
    yield "verdict", _VERDICTS[referral.verdict]
    yield "second-opinion", "settled" if referral.opinions[-1].role == "settled" else "agreed"
    for each in referral.findings:
        relation = "indicator-rejected" if each.judged == "rejected" else "indicator"
        against = " (speaks against)" if each.polarity == "mitigating" else ""
        yield relation, f"{each.indicator}: {each.title}{against}"
    yield "rule", assessment.rule.title if assessment and assessment.rule else None
    yield "score", f"{assessment.score:.4f}" if assessment else None
    yield "htcds", f"MethodOfRecruitment: {recruitment.method_of_recruitment}"
    yield from (("htcds", f"MethodsOfControl: {each.value}") for each in recruitment.methods_of_control)
    yield from (("htcds", f"TypeOfExploitation: {each.value}") for each in recruitment.type_of_exploitation)
    yield from (("exploitation-hint", hint) for hint in (assessment.exploitation if assessment else ()))
    if referral.licences:
        lines = lookup_lines(referral.licences, on=package.made_at.date())
        yield "licence-lookup", "\n".join(line.strip() for line in lines)
    campaign = referral.campaign
    yield "campaign", str(campaign.reference) if campaign else None
    yield "campaign-ads", str(campaign.ads) if campaign else None
    yield "non-punishment", NON_PUNISHMENT
    yield "data-licence", package.handling.licence
    yield "model-version", assessment.model_version if assessment else None
    yield "taxonomy-version", assessment.taxonomy_version if assessment else None


Record = dict[str, Any]

# Distribution levels of MISP's core format.
_OUR_ORGANISATION, _THIS_COMMUNITY, _ALL_COMMUNITIES, _INHERIT = "0", "1", "3", "5"
_DISTRIBUTION: Final = {"clear": _ALL_COMMUNITIES, "green": _THIS_COMMUNITY}
"""How far MISP itself may carry an event; everything stricter than these stays where it was imported."""

_COMPLETED: Final = "2"
_UNDEFINED_THREAT: Final = "4"
_LONGEST_BYTES: Final = 60_000
"""MISP keeps 65,535 bytes of a value."""

_LONGEST_TITLE: Final = 120


def dumps_misp(package: Package, template: MispTemplate) -> str:
    """One event as ``{"Event": ...}``; several as MISP itself answers with them, ``{"response": [...]}``."""
    events = [{"Event": event_of(each, package, template)} for each in package.referrals]
    return dumps(events[0] if len(events) == 1 else {"response": events})


def event_of(referral: Referral, package: Package, template: MispTemplate) -> Record:
    """The event of one case; a later export has the same uuid and a later timestamp, by which MISP updates it."""
    handling, name, title = package.handling, package.namer.part, referral.ad.title
    short = title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"
    tags = [
        f"tlp:{handling.tlp}", 'workflow:state="complete"', 'workflow:todo="preserve-evidence"',
        'workflow:todo="review-before-publication"',
        *(['workflow:todo="review-for-privacy"'] if handling.with_contacts else []),
    ]  # fmt: skip
    # What whoever opens the event reads first.
    terms = (NON_PUNISHMENT, CLAIM, CAVEAT, f"TLP:{handling.tlp.upper()}. {handling.licence}")
    return {
        "uuid": str(name("misp event", referral.reference)),
        "info": f"Job ad, {referral.verdict.replace('_', ' ')} by two people's judgement: {short}",
        "date": package.made_at.date().isoformat(),
        "timestamp": _timestamp(package.made_at),
        "analysis": _COMPLETED,
        "threat_level_id": _UNDEFINED_THREAT,
        "distribution": _DISTRIBUTION.get(handling.tlp, _OUR_ORGANISATION),
        "published": False,
        "Orgc": {"name": handling.organisation, "uuid": str(name("organisation"))},
        "Tag": [{"name": tag} for tag in tags],
        "Object": [_object(referral, package, template)],
        "EventReport": [
            {
                "uuid": str(name("misp report", referral.reference)),
                "name": "How to handle this",
                "content": "\n\n".join(terms),
                "timestamp": _timestamp(package.made_at),
                "distribution": _INHERIT,
            }
        ],
    }


def _object(referral: Referral, package: Package, template: MispTemplate) -> Record:
    return {
        "uuid": str(package.namer.part("misp object", referral.reference)),
        "name": template.name,
        "meta-category": template.meta_category,
        "description": template.description,
        "template_uuid": str(template.uuid),
        "template_version": str(template.version),
        "timestamp": _timestamp(package.made_at),
        "distribution": _INHERIT,
        "comment": CLAIM,
        "ObjectReference": [],
        "Attribute": [
            _attribute(relation, value, referral, package, template)
            for relation, value in dict.fromkeys(attribute_values(referral, package))
        ],
    }


def _attribute(relation: str, value: str, referral: Referral, package: Package, template: MispTemplate) -> Record:
    definition = template.attributes[relation]
    whole = value.encode("utf-8", "replace")
    # Where there is but one of a kind, a new value takes the old one's place.
    which = (relation, value) if definition.get("multiple") else (relation,)
    return {
        "uuid": str(package.namer.part("misp attribute", referral.reference, *which)),
        "object_relation": relation,
        "type": definition["misp-attribute"],
        "category": definition.get("categories", [_CATEGORIES.get(definition["misp-attribute"], "Other")])[0],
        "value": whole[:_LONGEST_BYTES].decode("utf-8", "ignore"),
        "to_ids": False,
        "disable_correlation": definition.get("disable_correlation", False),
        "timestamp": _timestamp(package.made_at),
        "distribution": _INHERIT,
        "comment": "Cut: the text is longer than MISP keeps." if len(whole) > _LONGEST_BYTES else "",
    }


_CATEGORIES: Final = {"campaign-id": "Attribution"}
"""MISP's own category of a type, where that is another than ``Other`` and the template names none."""


def _timestamp(moment: datetime) -> str:
    return str(int(moment.timestamp()))
