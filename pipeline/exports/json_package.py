"""JSON format of a package, by ``referral-package.schema.json``; absent is null."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from crawler.ad import JobAd
from crawler.batch.ad_json import ad_to_record
from pipeline.exports.kit import ABOUT, Mapped, Recruitment
from pipeline.exports.referral import (
    CAVEAT,
    CLAIM,
    NON_PUNISHMENT,
    CampaignFacts,
    Finding,
    Handling,
    Opinion,
    Package,
    Referral,
)
from pipeline.licences.results import lookup_to_record

__all__ = ["FORMAT_VERSION", "dumps", "dumps_json", "moment_text", "package_to_record", "referral_to_record"]

FORMAT_VERSION: Final = 1

_NOT_THE_ADS: Final = ("ad_id", "page")
"""Fields of the ad's record that stand elsewhere in the package, or stay in the house."""


def dumps_json(package: Package) -> str:
    """The package as text."""
    return dumps(package_to_record(package))


def dumps(record: object) -> str:
    """Indented JSON, readable in every script; escaped only where UTF-8 cannot carry it."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates from a hostile page
        text = json.dumps(record, allow_nan=False, indent=2)
    return text + "\n"


def package_to_record(package: Package) -> dict[str, Any]:
    """The package as JSON knows it."""
    return {
        "format": "lurewatch-referral-package",
        "format_version": FORMAT_VERSION,
        "package": str(package.reference),
        "made_at": moment_text(package.made_at),
        "software": package.software,
        "handling": _handling(package.handling),
        "referrals": [referral_to_record(each) for each in package.referrals],
    }


def referral_to_record(referral: Referral) -> dict[str, Any]:
    """One case as JSON knows it."""
    assessment = referral.assessment
    return {
        "reference": str(referral.reference),
        "case": referral.case_id,
        "opened_at": moment_text(referral.opened_at),
        "verdict": referral.verdict,
        "opinions": [_opinion(each) for each in referral.opinions],
        "ad": _ad(referral.ad) | {"ad_id": referral.ad_id},
        "first_seen": moment_text(referral.stood.first_seen),
        "last_seen": moment_text(referral.stood.last_seen),
        "gone_at": moment_text(referral.stood.gone_at) if referral.stood.gone_at else None,
        "copies": referral.copies,
        "page_sha256": referral.ad.page.sha256 if referral.ad.page else None,
        "earlier_versions": [_ad(each) for each in referral.earlier],
        "changes": [
            {
                "field": each.field, "fact": each.fact, "before": each.before, "after": each.after,
                "changed_at": moment_text(each.changed_at),
            }
            for each in referral.changes
        ],
        "score": assessment.score if assessment else None,
        "kinds": dict(assessment.kinds) if assessment else None,
        "rule": {"rule": assessment.rule.rule, "title": assessment.rule.title, "source": assessment.rule.source}
        if assessment and assessment.rule else None,
        "indicators": [_finding(each) for each in referral.findings],
        "recruitment_information": _recruitment(referral.recruitment),
        "licence_lookup": _lookup(referral),
        "campaign": _campaign(referral.campaign) if referral.campaign else None,
        "contacts": [
            {
                "kind": each.kind, "hash": each.hash, "ads": each.ads, "campaigns": each.campaigns,
                "employers": each.employers, "first_seen": moment_text(each.first_seen),
                "last_seen": moment_text(each.last_seen),
            }
            for each in referral.contacts
        ],
        "model_version": assessment.model_version if assessment else None,
        "taxonomy_version": assessment.taxonomy_version if assessment else None,
        "assessed_at": moment_text(assessment.assessed_at) if assessment else None,
    }  # fmt: skip


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _handling(handling: Handling) -> dict[str, Any]:
    return {
        "organisation": handling.organisation,
        "tlp": handling.tlp,
        "contacts": "included" if handling.with_contacts else "hidden",
        "data_licence": handling.licence,
        "non_punishment": NON_PUNISHMENT,
        "caveat": CAVEAT,
        "claim": CLAIM,
    }


def _ad(ad: JobAd) -> dict[str, Any]:
    return {name: value for name, value in ad_to_record(ad).items() if name not in _NOT_THE_ADS}


def _opinion(opinion: Opinion) -> dict[str, Any]:
    return {
        "role": opinion.role,
        "verdict": opinion.verdict,
        "confirmed": list(opinion.confirmed),
        "rejected": list(opinion.rejected),
        "decided_at": moment_text(opinion.decided_at),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "indicator": finding.indicator,
        "title": finding.title,
        "why": finding.why or None,
        "polarity": finding.polarity or None,
        "strength": finding.strength or None,
        "judged": finding.judged,
        "quotes": [
            {"field": each.field, "start": each.start, "end": each.end, "quote": each.text} for each in finding.quotes
        ],
        "sources": [{"title": title, "address": address} for title, address in finding.sources],
    }


def _recruitment(recruitment: Recruitment) -> dict[str, Any]:
    return {
        "about": ABOUT,
        "htcds": {
            "standard": recruitment.standard,
            "address": recruitment.address,
            "MethodOfRecruitment": recruitment.method_of_recruitment,
            "MethodsOfControl": [_mapped(each) for each in recruitment.methods_of_control],
            "TypeOfExploitation": [_mapped(each) for each in recruitment.type_of_exploitation],
        },
        "ic_tip": dict(recruitment.ic_tip),
    }


def _mapped(mapped: Mapped) -> dict[str, Any]:
    return {"value": mapped.value, "indicators": list(mapped.indicators)}


def _lookup(referral: Referral) -> dict[str, Any] | None:
    if referral.licences is None:
        return None
    return {name: value for name, value in lookup_to_record(referral.licences).items() if name != "ad_id"}


def _campaign(campaign: CampaignFacts) -> dict[str, Any]:
    view = campaign.view
    counted = {
        name: [{"value": value, "ads": count} for value, count in getattr(view, name)]
        for name in ("sources", "languages", "employers", "places", "countries", "pays", "contacts")
    }
    return {
        "campaign": str(campaign.reference),
        "ads": campaign.ads,
        "running": view.running,
        "first_seen": moment_text(view.first_seen),
        "last_seen": moment_text(view.last_seen),
        **counted,
        "growth": [{"day": day.isoformat(), "ads": count} for day, count in view.growth],
    }
