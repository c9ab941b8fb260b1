"""Makes the record of a case from what the store holds, once, whatever formats are written from it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from model.taxonomy.loader import Indicator, Taxonomy
from pipeline.campaign import describe_campaign
from pipeline.exports.findings import find_findings, without_contacts
from pipeline.exports.identifiers import Namer
from pipeline.exports.judging import judged_by, opinions_on
from pipeline.exports.kit import ExportKit
from pipeline.exports.recruitment import map_indicators
from pipeline.exports.redacting import campaign_without_contacts, lookup_without_contacts
from pipeline.exports.referral import CampaignFacts, ContactFact, Finding, Referral
from pipeline.redaction import ad_without_contacts, assessment_without_contacts, changes_without_contacts
from pipeline.review_queue import ReviewQueue
from pipeline.store_removal import REMOVED

__all__ = ["build_referral"]

_MOST_COPIES: Final = 2_000
"""Copies of a campaign that are read to describe it."""


def build_referral(
    queue: ReviewQueue, case_id: int, *, taxonomy: Taxonomy, kit: ExportKit, namer: Namer, contacts: bool
) -> Referral:
    """The case as it stands now; without ``contacts`` none is left in it."""
    case, ads, standing = queue.case(case_id), queue.case_ads(case_id), queue.standing_decision(case_id)
    assert standing is not None, f"case {case_id} is not decided"  # whether it may go is asked before
    ad, assessment, opinions = ads[0], queue.assessment(case_id), opinions_on(queue, case_id)
    findings = find_findings(assessment, judged_by(opinions), taxonomy)
    referral = Referral(
        reference=namer.case(case_id),
        case_id=case_id,
        opened_at=case.opened_at,
        verdict=standing.verdict,
        opinions=opinions,
        ad=ad,
        ad_id=ad.ad_id,
        stood=queue.ad_stood(ad.ad_id),
        copies=case.copies,
        earlier=tuple(each for each in queue.versions(ad.ad_id) if each != ad and each.title != REMOVED),
        changes=queue.ad_changes([ad.ad_id], facts_only=True),
        assessment=assessment,
        findings=findings,
        recruitment=map_indicators(_hinting(findings, taxonomy), kit.standards),
        licences=queue.licence_lookup(ad.ad_id),
        campaign=_campaign(queue, ad.ad_id, namer),
        contacts=tuple(_contacts(queue, ad.ad_id)),
    )
    return referral if contacts else _without_contacts(referral)


def _without_contacts(referral: Referral) -> Referral:
    ad = ad_without_contacts(referral.ad)
    return replace(
        referral,
        ad=ad,
        ad_id=None,
        earlier=tuple(map(ad_without_contacts, referral.earlier)),
        changes=changes_without_contacts(referral.changes),
        assessment=referral.assessment and assessment_without_contacts(referral.assessment, ad),
        findings=tuple(without_contacts(each, ad) for each in referral.findings),
        licences=referral.licences and lookup_without_contacts(referral.licences),
        campaign=referral.campaign and campaign_without_contacts(referral.campaign),
    )


def _hinting(findings: Iterable[Finding], taxonomy: Taxonomy) -> Iterator[Indicator]:
    """The indicators that nobody found wrongly shown."""
    for each in findings:
        if each.judged in {"confirmed", "not_judged"} and each.indicator in taxonomy.indicators:
            yield taxonomy.indicators[each.indicator]


def _campaign(queue: ReviewQueue, ad_id: str, namer: Namer) -> CampaignFacts | None:
    """None where the ad stands alone. Its name is another than in the store, which is made from an ad's text."""
    campaign_id = queue.campaign_of(ad_id)
    copies = queue.campaign_copies(campaign_id, most=_MOST_COPIES) if campaign_id else ()
    if campaign_id is None or len(copies) < 2:
        return None
    return CampaignFacts(
        reference=namer.part("campaign", campaign_id),
        ads=queue.campaign_size(campaign_id),
        view=describe_campaign(copies),
    )


def _contacts(queue: ReviewQueue, ad_id: str) -> Iterator[ContactFact]:
    for card in queue.contacts_of(ad_id):
        yield ContactFact(
            kind=card.kind, hash=card.hash, ads=card.ads, campaigns=card.campaigns, employers=card.employers,
            first_seen=card.first_seen, last_seen=card.last_seen,
        )  # fmt: skip
