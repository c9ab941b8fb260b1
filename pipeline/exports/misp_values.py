"""What a case says in the relations of the ``job-advertisement`` object. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from crawler.ad import Contact
from pipeline.changes import pay_text
from pipeline.exports.handling import NON_PUNISHMENT
from pipeline.exports.json_package import moment_text
from pipeline.exports.referral import Package, Referral
from pipeline.licences.wording import lookup_lines

__all__ = ["attribute_values"]

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
    pairs = (*_of_ad(referral), *_of_time(referral), *_of_judgement(referral, package), *_of_package(referral, package))
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
    yield from map(_contact, ad.contacts)
    yield from (("contact-hash", f"{each.kind}: {each.hash}") for each in referral.contacts)


def _contact(contact: Contact) -> Value:
    relation = _RELATIONS.get(contact.kind)
    return (relation, contact.value) if relation else ("account", f"{contact.kind}: {contact.value}")


def _of_time(referral: Referral) -> Iterator[tuple[str, str | None]]:
    stood = referral.stood
    yield "date-posted", _day(referral.ad.date_posted)
    yield "first-seen", moment_text(stood.first_seen)
    yield "last-seen", moment_text(stood.last_seen)
    yield "removal-date", moment_text(stood.gone_at) if stood.gone_at else None


def _of_judgement(referral: Referral, package: Package) -> Iterator[tuple[str, str | None]]:
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


def _of_package(referral: Referral, package: Package) -> Iterator[tuple[str, str | None]]:
    assessment, campaign = referral.assessment, referral.campaign
    yield "campaign", str(campaign.reference) if campaign else None
    yield "campaign-ads", str(campaign.ads) if campaign else None
    yield "non-punishment", NON_PUNISHMENT
    yield "data-licence", package.handling.licence
    yield "model-version", assessment.model_version if assessment else None
    yield "taxonomy-version", assessment.taxonomy_version if assessment else None


def _day(day: date | None) -> str | None:
    return f"{day.isoformat()}T00:00:00Z" if day else None
