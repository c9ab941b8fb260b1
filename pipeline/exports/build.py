"""Builder of a case's referral record from the store, for every format.

People who decided a case are not named. A package without contacts has none in campaigns and look-ups either.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from crawler.ad import JobAd
from model.assessment import Assessment, Evidence
from model.taxonomy.loader import Indicator, Taxonomy
from pipeline.case import Decision
from pipeline.exports.kit import ExportKit, map_indicators
from pipeline.exports.referral import CampaignFacts, ContactFact, Finding, Judged, Namer, Opinion, Quote, Referral
from pipeline.licences.results import LicenceFact, LicenceLookup
from pipeline.linking.describe import describe_campaign
from pipeline.linking.redaction import (
    ad_without_contacts,
    assessment_without_contacts,
    changes_without_contacts,
    hide_contacts,
    quote_in,
)
from pipeline.store.ads.removal import REMOVED
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.contacts import Contacts
from pipeline.store.decisions import Decisions
from pipeline.store.store import Store

__all__ = [
    "build_referral", "campaign_without_contacts", "find_findings", "judged_by", "lookup_without_contacts",
    "opinions_on", "without_contacts",
]  # fmt: skip


def find_findings(
    assessment: Assessment | None, judged: Mapping[str, Judged], taxonomy: Taxonomy
) -> tuple[Finding, ...]:
    """One finding an indicator, in reading order; none where the case was never assessed."""
    shown: dict[str, list[Evidence]] = {}
    for each in assessment.evidence if assessment else ():
        shown.setdefault(each.indicator, []).append(each)
    return tuple(_finding(key, found, judged.get(key, "not_judged"), taxonomy) for key, found in shown.items())


def without_contacts(finding: Finding, redacted: JobAd) -> Finding:
    """The finding with its quotes as the redacted ad reads."""
    quotes = (replace(each, text=quote_in(redacted, each.field, each.start, each.end)) for each in finding.quotes)
    return replace(finding, quotes=tuple(quotes))


def _finding(key: str, found: Iterable[Evidence], judged: Judged, taxonomy: Taxonomy) -> Finding:
    """Where the taxonomy in use no longer has the indicator, its words are gone and its quotes are not."""
    quotes = tuple(Quote(field=piece.field, start=piece.start, end=piece.end, text=piece.quote) for piece in found)
    indicator = taxonomy.indicators.get(key)
    if indicator is None:
        return Finding(
            indicator=key, title=key, why="", polarity="", strength="", judged=judged, quotes=quotes, sources=()
        )
    cited = (taxonomy.sources[name] for name in indicator.cite if name in taxonomy.sources)
    return Finding(
        indicator=key,
        title=indicator.title,
        why=indicator.why,
        polarity=indicator.polarity,
        strength=indicator.strength,
        judged=judged,
        quotes=quotes,
        sources=tuple((source.title, source.url) for source in cited),
    )


Counted = tuple[tuple[str, int], ...]


def campaign_without_contacts(campaign: CampaignFacts) -> CampaignFacts:
    """The campaign with neither its contacts nor any that stand in a name, a place or a pay."""
    view = campaign.view
    hidden = replace(
        view, contacts=(), employers=_hide(view.employers), places=_hide(view.places), pays=_hide(view.pays)
    )
    return replace(campaign, view=hidden)


def lookup_without_contacts(lookup: LicenceLookup) -> LicenceLookup:
    """The look-up with bullets for contacts in what the ad claims and in the notes; register lines stay, and so does
    the result. The ad's id goes: it can be derived from its text."""
    return replace(
        lookup,
        ad_id="",
        facts=tuple(map(_fact, lookup.facts)),
        unanswered=tuple(map(hide_contacts, lookup.unanswered)),
    )


def _fact(fact: LicenceFact) -> LicenceFact:
    claims = tuple(
        replace(each, said=hide_contacts(each.said), looked_up=hide_contacts(each.looked_up)) for each in fact.claims
    )
    return replace(fact, claims=claims, notes=tuple(map(hide_contacts, fact.notes)))


def _hide(counted: Counted) -> Counted:
    return tuple((hide_contacts(words), count) for words, count in counted)


Role = Literal["first", "second", "settled"]

_JUDGED: Final[dict[tuple[bool, bool], Judged]] = {
    (True, False): "confirmed",
    (False, True): "rejected",
    (True, True): "disputed",
}
"""By whether anybody found it true of the offer, and anybody wrongly shown."""


def opinions_on(decisions: Decisions, case_id: int) -> tuple[Opinion, ...]:
    """The first opinion, the second, and the decision that settled them where it was needed."""
    numbers = decisions.opinion_numbers(case_id)
    if numbers is None:
        return ()
    standing = decisions.standing(case_id)
    made = {each.decision_id: each for each in decisions.of_case(case_id)}
    roles: list[tuple[Role, Decision | None]] = [
        ("first", made.get(numbers.first)),
        ("second", made.get(numbers.second)),
        ("settled", standing if numbers.standing == "settled" else None),
    ]
    return tuple(
        Opinion(
            role=role, verdict=decision.verdict, confirmed=decision.confirmed, rejected=decision.rejected,
            decided_at=decision.decided_at,
        )
        for role, decision in roles
        if decision is not None
    )  # fmt: skip


def judged_by(opinions: Sequence[Opinion]) -> Mapping[str, Judged]:
    """What they said of each indicator that anybody judged; whoever settled it has the last word."""
    judged: dict[str, Judged] = {}
    last = [each for each in opinions if each.role == "settled"]
    for key in sorted({key for each in opinions for key in (*each.confirmed, *each.rejected)}):
        heard = [each for each in last if key in each.confirmed or key in each.rejected] or opinions
        judged[key] = _JUDGED[any(key in each.confirmed for each in heard), any(key in each.rejected for each in heard)]
    return judged


_MOST_COPIES: Final = 2_000
"""Copies of a campaign that are read to describe it."""


def build_referral(
    store: Store, case_id: int, *, taxonomy: Taxonomy, kit: ExportKit, namer: Namer, contacts: bool
) -> Referral:
    """The case as it stands now; without ``contacts`` none is left in it."""
    case, ads, standing = store.cases.get(case_id), store.cases.ads(case_id), store.decisions.standing(case_id)
    assert standing is not None, f"case {case_id} is not decided"  # whether it may go is asked before
    ad, assessment, opinions = ads[0], store.assessments.of_case(case_id), opinions_on(store.decisions, case_id)
    findings = find_findings(assessment, judged_by(opinions), taxonomy)
    referral = Referral(
        reference=namer.case(case_id),
        case_id=case_id,
        opened_at=case.opened_at,
        verdict=standing.verdict,
        opinions=opinions,
        ad=ad,
        ad_id=ad.ad_id,
        stood=store.ads.lifetime(ad.ad_id),
        copies=case.copies,
        earlier=tuple(each for each in store.ads.versions(ad.ad_id) if each != ad and each.title != REMOVED),
        changes=store.changes.of_ads([ad.ad_id], facts_only=True),
        assessment=assessment,
        findings=findings,
        recruitment=map_indicators(_hinting(findings, taxonomy), kit.standards),
        licences=store.licences.of_ad(ad.ad_id),
        campaign=_campaign(store.campaigns, ad.ad_id, namer),
        contacts=tuple(_contacts(store.contacts, ad.ad_id)),
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


def _campaign(campaigns: StoredCampaigns, ad_id: str, namer: Namer) -> CampaignFacts | None:
    """None where the ad stands alone. Its name is another than in the store, which is made from an ad's text."""
    campaign_id = campaigns.of_ad(ad_id)
    copies = campaigns.copies(campaign_id, most=_MOST_COPIES) if campaign_id else ()
    if campaign_id is None or len(copies) < 2:
        return None
    return CampaignFacts(
        reference=namer.part("campaign", campaign_id),
        ads=campaigns.size(campaign_id),
        view=describe_campaign(copies),
    )


def _contacts(contacts: Contacts, ad_id: str) -> Iterator[ContactFact]:
    for card in contacts.of_ad(ad_id):
        yield ContactFact(
            kind=card.kind, hash=card.hash, ads=card.ads, campaigns=card.campaigns, employers=card.employers,
            first_seen=card.first_seen, last_seen=card.last_seen,
        )  # fmt: skip
