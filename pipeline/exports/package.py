"""Package of chosen cases: selection, refusals, and the referral of each from the store.

A case may leave the house only if a second person confirmed it, as its text stands now; each refusal has its reason.
A package without contacts has none in campaigns and look-ups either.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from crawler.ad import JobAd
from model.assessment import Assessment, Evidence
from model.taxonomy.loader import Taxonomy
from pipeline.case import VERDICTS, Decision, Verdict
from pipeline.errors import CannotExport
from pipeline.exports.referral import (
    CampaignFacts,
    ExportKit,
    Finding,
    Handling,
    Judged,
    Namer,
    Opinion,
    Package,
    Quote,
    Referral,
    map_indicators,
)
from pipeline.licences.results import LicenceLookup
from pipeline.linking.describe import describe_campaign
from pipeline.linking.redaction import (
    ad_without_contacts,
    assessment_without_contacts,
    changes_without_contacts,
    hide_contacts,
    quote_in,
)
from pipeline.nightly.queueing import HARMFUL
from pipeline.settings.messages import mark
from pipeline.store.ads.removal import REMOVED
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.decisions import Decisions, OpinionState
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store

__all__ = [
    "REFUSAL_WORDS", "Choice", "Maker", "Sorted", "choose_cases", "make_package", "read_filter", "sort_cases",
    "why_not",
]  # fmt: skip


MOST_CASES: Final = 2_000
"""Cases of one package. One takes some 10 ms to gather, hide and write."""

_GROUNDS: Final = tuple(verdict for verdict in VERDICTS if verdict in HARMFUL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Cases by number, and those of which all the rest holds."""

    numbers: tuple[int, ...] = ()
    wanted: CaseFilter | None = None
    campaign_id: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    since: datetime | None = None
    """Decided then or later."""

    most: int = MOST_CASES
    """How many may be chosen at once."""

    @property
    def by_what_holds(self) -> bool:
        """Whether anything but numbers is asked for."""
        return bool(self.wanted or self.campaign_id or self.verdicts or self.since)


def choose_cases(store: Store, choice: Choice) -> tuple[int, ...]:
    """The numbers, each once: those that were named first. Raises ``CannotExport`` where they are more than one
    package takes."""
    found = dict.fromkeys((*choice.numbers, *(_held(store, choice) if choice.by_what_holds else ())))
    if len(found) > choice.most:
        raise CannotExport(f"more than {choice.most} cases were chosen; expected fewer: narrow the choice")
    return tuple(found)


def read_filter(given: Mapping[str, str]) -> CaseFilter:
    """The filter of a query string of the queue; of decided cases, where it does not say which."""
    return CaseFilter.of({"state": "decided"} | dict(given))


def _held(store: Store, choice: Choice) -> tuple[int, ...]:
    # Of a campaign all are named: which are left out for their verdict must not tell a second analyst the first one's.
    verdicts = choice.verdicts or (VERDICTS if choice.campaign_id else _GROUNDS)
    decided = store.decisions.decided_cases(verdicts=verdicts, since=choice.since, campaign_id=choice.campaign_id)
    if choice.wanted is None:
        return decided
    of_filter = store.queue.case_ids(choice.wanted, limit=choice.most + 1)
    if not (choice.verdicts or choice.since or choice.campaign_id):
        return of_filter
    others = set(decided)
    return tuple(number for number in of_filter if number in others)


Refusal = Literal["unknown", "not_decided", "changed", "removed", "no_ground", "not_asked", "awaited", "disagreed"]

REFUSAL_WORDS: Final[dict[Refusal, str]] = {
    "unknown": mark("there is no case of that number"),
    "not_decided": mark("nobody has decided it"),
    "changed": mark("its text changed, or a copy came back, since it was decided"),
    "removed": mark("its text is kept no longer"),
    "no_ground": mark("its verdict is no ground for a referral"),
    "not_asked": mark("no second analyst has looked at it"),
    "awaited": mark("the second opinion is still awaited"),
    "disagreed": mark("two analysts see it differently and nobody has settled it"),
}


def why_not(store: Store, case_id: int) -> Refusal | None:
    """Why the case may not be referred now; None where it may."""
    found = store.cases.get_many([case_id])
    if not found:
        return "unknown"
    standing = store.decisions.standing(case_id)
    if standing is None:
        return "not_decided"
    if found[0].state != "decided":
        return "changed"
    if store.cases.is_text_removed(case_id):
        return "removed"
    return _unconfirmed(store.decisions.opinion_state(case_id), standing.verdict)


def _unconfirmed(opinion: OpinionState | None, verdict: Verdict) -> Refusal | None:
    # The opinion before the verdict: whoever is to give the second one must not learn the first one here.
    if opinion is not None and opinion.standing in {"awaited", "disagreed"}:
        return "awaited" if opinion.standing == "awaited" else "disagreed"
    if verdict not in HARMFUL:
        return "no_ground"
    return None if opinion else "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A case that may not be referred."""

    case_id: int
    why: Refusal

    def __str__(self) -> str:
        return f"case {self.case_id}: {REFUSAL_WORDS[self.why]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Chosen cases: those that may go, and those that may not."""

    ready: tuple[int, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What an installation makes packages with."""

    taxonomy: Taxonomy
    kit: ExportKit
    software: str
    handling: Callable[[bool], Handling]
    """The terms with contacts, and without."""

    batches: Path
    """Where archived pages lie."""


def sort_cases(store: Store, case_ids: Iterable[int]) -> Sorted:
    """The chosen cases, each once, in their order."""
    ready: list[int] = []
    refused: list[Refused] = []
    for case_id in dict.fromkeys(case_ids):
        why = why_not(store, case_id)
        if why is None:
            ready.append(case_id)
        else:
            refused.append(Refused(case_id=case_id, why=why))
    return Sorted(ready=tuple(ready), refused=tuple(refused))


def make_package(store: Store, chosen: Sorted, maker: Maker, *, contacts: bool, at: datetime) -> Package:
    """The package of the cases that may go. Raises ``CannotExport`` where none may, naming each and why."""
    if not chosen.ready:
        reasons = "; ".join(map(str, chosen.refused)) or "no case was chosen"
        raise CannotExport(f"nothing may leave the house: {reasons}")
    namer = Namer(store.audit.installation())
    return Package(
        reference=namer.package(chosen.ready),
        made_at=at,
        software=maker.software,
        handling=maker.handling(contacts),
        namer=namer,
        referrals=tuple(build_referral(store, case_id, maker, namer, contacts=contacts) for case_id in chosen.ready),
    )


_MOST_COPIES: Final = 2_000
"""Copies of a campaign that are read to describe it."""


def build_referral(store: Store, case_id: int, maker: Maker, namer: Namer, *, contacts: bool) -> Referral:
    """The case as it stands now; without ``contacts`` none is left in it."""
    case, ads, standing = store.cases.get(case_id), store.cases.ads(case_id), store.decisions.standing(case_id)
    assert standing is not None, f"case {case_id} is not decided"  # whether it may go is asked before
    ad, assessment, opinions = ads[0], store.assessments.of_case(case_id), opinions_on(store.decisions, case_id)
    findings = find_findings(assessment, judged_by(opinions), maker.taxonomy)
    indicators = maker.taxonomy.indicators
    hinting = [each.indicator for each in findings if each.judged in {"confirmed", "not_judged"}]
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
        recruitment=map_indicators([indicators[key] for key in hinting if key in indicators], maker.kit.standards),
        licences=store.licences.of_ad(ad.ad_id),
        campaign=_campaign(store.campaigns, ad.ad_id, namer),
        contacts=store.contacts.of_ad(ad.ad_id),
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


def find_findings(
    assessment: Assessment | None, judged: Mapping[str, Judged], taxonomy: Taxonomy
) -> tuple[Finding, ...]:
    """One finding an indicator, in reading order; none where the case was never assessed. Where the taxonomy in use no
    longer has the indicator, its words are gone and its quotes are not."""
    shown: dict[str, list[Evidence]] = {}
    for each in assessment.evidence if assessment else ():
        shown.setdefault(each.indicator, []).append(each)
    findings = []
    for key, found in shown.items():
        indicator = taxonomy.indicators.get(key)
        cited = [taxonomy.sources[name] for name in (indicator.cite if indicator else ()) if name in taxonomy.sources]
        findings.append(
            Finding(
                indicator=key,
                title=indicator.title if indicator else key,
                why=indicator.why if indicator else "",
                polarity=indicator.polarity if indicator else "",
                strength=indicator.strength if indicator else "",
                judged=judged.get(key, "not_judged"),
                quotes=tuple(
                    Quote(field=each.field, start=each.start, end=each.end, text=each.quote) for each in found
                ),
                sources=tuple((source.title, source.url) for source in cited),
            )
        )
    return tuple(findings)


def without_contacts(finding: Finding, redacted: JobAd) -> Finding:
    """The finding with its quotes as the redacted ad reads."""
    quotes = (replace(each, text=quote_in(redacted, each.field, each.start, each.end)) for each in finding.quotes)
    return replace(finding, quotes=tuple(quotes))


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
    facts = []
    for fact in lookup.facts:
        claims = (
            replace(each, said=hide_contacts(each.said), looked_up=hide_contacts(each.looked_up))
            for each in fact.claims
        )
        facts.append(replace(fact, claims=tuple(claims), notes=tuple(map(hide_contacts, fact.notes))))
    return replace(lookup, ad_id="", facts=tuple(facts), unanswered=tuple(map(hide_contacts, lookup.unanswered)))


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
    opinion = decisions.opinion_state(case_id)
    if opinion is None:
        return ()
    standing = decisions.standing(case_id)
    made = {each.decision_id: each for each in decisions.of_case(case_id)}
    roles: list[tuple[Role, Decision | None]] = [
        ("first", made.get(opinion.first_decision)),
        ("second", made.get(opinion.second_decision)),
        ("settled", standing if opinion.standing == "settled" else None),
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
