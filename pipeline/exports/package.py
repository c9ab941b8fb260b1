"""Package of chosen cases: selection, refusals, referrals from the store.

A case may leave the house only if a second person confirmed it, as its text stands now; each refusal has its reason.
A package without contacts has none in campaigns and look-ups either.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl

from crawler.ad import Contact
from crawler.archive.warc_writer import SOFTWARE
from crawler.files import read_word_list
from model.taxonomy.records import Taxonomy
from pipeline.case import HARMFUL, VERDICTS, Verdict
from pipeline.errors import CannotExport
from pipeline.exports.referral import (
    CampaignFacts,
    ExportKit,
    Namer,
    Opinion,
    Package,
    Referral,
    Role,
    handling_of,
    map_indicators,
)
from pipeline.licences.results import LicenceLookup
from pipeline.linking.describe import describe_campaign
from pipeline.linking.redaction import (
    ad_without_contacts,
    assessment_without_contacts,
    changes_without_contacts,
    hide_contacts,
)
from pipeline.review.explain import Judged, findings_of
from pipeline.settings.records import ExportSettings
from pipeline.store.ads.removal import REMOVED
from pipeline.store.decisions import Decisions
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store

GROUNDS: Final = tuple(verdict for verdict in VERDICTS if verdict in HARMFUL)
"""Verdicts on which a case may be referred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Cases by number, and those of which all the rest holds."""

    numbers: tuple[int, ...] = ()
    wanted: CaseFilter | None = None
    campaign_id: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    since: datetime | None = None
    """Decided then or later."""

    most: int = 2_000
    """How many may be chosen at once. One takes some 10 ms to gather, hide and write."""


def choose_cases(store: Store, choice: Choice) -> tuple[int, ...]:
    """The numbers, each once: those that were named first. Raises ``CannotExport`` where they are more than one
    package takes."""
    found, decided, wanted = list(choice.numbers), tuple[int, ...](), choice.wanted
    # A campaign that was merged is what holds its ads by now.
    campaign = choice.campaign_id and (store.campaigns.current(choice.campaign_id) or choice.campaign_id)
    is_narrowed = bool(choice.verdicts or choice.since or choice.campaign_id)
    if is_narrowed:
        # Of a campaign all are named: which are left out for their verdict must not tell a second analyst the first
        # one's.
        verdicts = choice.verdicts or (VERDICTS if choice.campaign_id else GROUNDS)
        decided = store.decisions.decided_cases(verdicts=verdicts, since=choice.since, campaign_id=campaign)
    if wanted is None:
        found += decided
    else:
        wanted = replace(wanted, campaign=store.campaigns.current(wanted.campaign) or wanted.campaign)
        # Among those of the filter the others are looked for, however many it has.
        limit, among = None if is_narrowed else choice.most + 1, set(decided)
        of_filter = store.queue.case_ids(wanted, limit=limit)
        found += [number for number in of_filter if not is_narrowed or number in among]
    found = list(dict.fromkeys(found))
    if len(found) > choice.most:
        raise CannotExport(f"more than {choice.most} cases were chosen; expected fewer: narrow the choice")
    return tuple(found)


def read_filter(given: Mapping[str, str]) -> CaseFilter:
    """The filter of a query string of the queue; of decided cases, where it does not say which."""
    return CaseFilter.of({"state": "decided"} | dict(given))


_OF_THE_LIST: Final = frozenset({"sort", "after"})
"""What the queue's address says of the list and not of its cases."""


def parse_filter(query: str) -> CaseFilter:
    """The filter that somebody typed. Raises ``ValueError`` for whatever in it is no filter: left out, as the queue
    does, it would let more cases go than were meant."""
    typed = parse_qsl(query.strip().removeprefix("?"), keep_blank_values=True, strict_parsing=True)
    given = {name: value.strip() for name, value in typed if name not in _OF_THE_LIST and value.strip()}
    wanted = read_filter(given)
    taken, names = {"state": "waiting"} | wanted.query(), [name for name, _value in typed]
    wrong = [name for name in dict.fromkeys(names) if name in given.keys() - taken.keys() or names.count(name) > 1]
    if wrong or not given:
        raise ValueError(", ".join(wrong) or "nothing")
    return wanted


Refusal = Literal["unknown", "not_decided", "changed", "removed", "no_ground", "not_asked", "awaited", "disagreed"]

REFUSAL_WORDS: Final[Mapping[Refusal, str]] = read_word_list("page_words")["refusal"]


def why_not(store: Store, case_id: int) -> Refusal | None:
    """Why the case may not be referred now; None where it may."""
    found, standing = store.cases.get_many([case_id]), store.decisions.standing(case_id)
    opinion = store.decisions.opinion_state(case_id)
    why: Refusal | None = None
    if not found:
        why = "unknown"
    elif standing is None:
        why = "not_decided"
    elif found[0].state != "decided":
        why = "changed"
    elif store.cases.is_text_removed(case_id):
        why = "removed"
    # The opinion before the verdict: whoever is to give the second one must not learn the first one here.
    elif opinion is not None and opinion.standing == "awaited":
        why = "awaited"
    elif opinion is not None and opinion.standing == "disagreed":
        why = "disagreed"
    elif standing.verdict not in HARMFUL:
        why = "no_ground"
    elif opinion is None:
        why = "not_asked"
    return why


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
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
    taxonomy: Taxonomy
    kit: ExportKit
    terms: ExportSettings
    batches: Path
    """Where archived pages lie."""

    contacts_permitted: bool = False
    """Whether the installation lets contacts leave it, with whoever may export them."""


def sort_cases(store: Store, case_ids: Iterable[int]) -> Sorted:
    """The chosen cases, each once, in their order."""
    found = {case_id: why_not(store, case_id) for case_id in dict.fromkeys(case_ids)}
    return Sorted(
        ready=tuple(case_id for case_id, why in found.items() if why is None),
        refused=tuple(Refused(case_id=case_id, why=why) for case_id, why in found.items() if why),
    )


def make_package(store: Store, chosen: Sorted, maker: Maker, *, contacts: bool, at: datetime) -> Package:
    """The package of the cases that may go. Raises ``CannotExport`` where none may, naming each and why."""
    if not chosen.ready:
        reasons = "; ".join(map(str, chosen.refused)) or "no case was chosen"
        raise CannotExport(f"nothing may leave the house: {reasons}")
    namer = Namer(store.audit.installation())
    return Package(
        reference=namer.package(chosen.ready),
        made_at=at,
        software=SOFTWARE,
        handling=handling_of(maker.terms, contacts=contacts),
        with_contacts=contacts,
        namer=namer,
        referrals=tuple(build_referral(store, case_id, maker, namer, contacts=contacts) for case_id in chosen.ready),
    )


def build_referral(store: Store, case_id: int, maker: Maker, namer: Namer, *, contacts: bool) -> Referral:
    """The case as it stands now; without ``contacts`` none is left in it."""
    case, ads, standing = store.cases.get(case_id), store.cases.ads(case_id), store.decisions.standing(case_id)
    assert standing is not None, f"case {case_id} is not decided"  # whether it may go is asked before
    ad, assessment, opinions = ads[0], store.assessments.of_case(case_id), opinions_on(store.decisions, case_id)
    judged = judged_by(opinions)
    findings = tuple(
        replace(each, judged=judged.get(each.indicator, "not_judged"))
        for each in (findings_of(assessment, maker.taxonomy) if assessment else ())
    )
    indicators = maker.taxonomy.indicators
    hinting = [each.indicator for each in findings if each.judged in {"confirmed", "not_judged"}]
    campaign, campaign_id = None, store.campaigns.of_ad(ad.ad_id)
    copies = store.campaigns.copies(campaign_id, most=2_000) if campaign_id else ()  # enough to describe it
    if campaign_id and len(copies) > 1:
        campaign = CampaignFacts(
            # Another name than in the store, which is made from an ad's text.
            reference=namer.part("campaign", campaign_id),
            ads=store.campaigns.size(campaign_id),
            view=describe_campaign(copies),
        )
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
        campaign=campaign,
        contacts=store.contacts.of_ad(ad.ad_id),
    )
    return referral if contacts else _without_contacts(referral)


def _without_contacts(referral: Referral) -> Referral:
    # A handle that one version's fields tell may stand in the words of another.
    known = tuple(dict.fromkeys(contact for each in (referral.ad, *referral.earlier) for contact in each.contacts))
    ad, *earlier = (ad_without_contacts(replace(each, contacts=known)) for each in (referral.ad, *referral.earlier))
    assessment = referral.assessment and assessment_without_contacts(referral.assessment, ad)
    hidden = assessment.evidence if assessment else ()
    return replace(
        referral,
        ad=ad,
        ad_id=None,
        earlier=tuple(earlier),
        changes=changes_without_contacts(referral.changes, known),
        assessment=assessment,
        findings=tuple(
            replace(each, quotes=tuple(quote for quote in hidden if quote.indicator == each.indicator))
            for each in referral.findings
        ),
        licences=referral.licences and lookup_without_contacts(referral.licences, known),
        campaign=referral.campaign and campaign_without_contacts(referral.campaign, known),
    )


def campaign_without_contacts(campaign: CampaignFacts, of_ad: Sequence[Contact]) -> CampaignFacts:
    """The campaign with neither its contacts nor any that stand in a name, a place or a pay; ``of_ad`` are the ad's."""
    view = campaign.view
    parted = (words.partition(": ") for words, _count in view.contacts)
    known = [*of_ad, *(Contact(kind=kind, value=value) for kind, _sep, value in parted)]
    employers, places, pays = (
        tuple((hide_contacts(words, known), count) for words, count in named)
        for named in (view.employers, view.places, view.pays)
    )
    return replace(campaign, view=replace(view, contacts=(), employers=employers, places=places, pays=pays))


def lookup_without_contacts(lookup: LicenceLookup, known: Sequence[Contact]) -> LicenceLookup:
    """The look-up with bullets for contacts in what the ad claims and in the notes; register lines stay, and so does
    the result; ``known`` are the ad's. The ad's id goes: it can be derived from its text."""
    facts = []
    for fact in lookup.facts:
        claims = (
            replace(each, said=hide_contacts(each.said, known), looked_up=hide_contacts(each.looked_up, known))
            for each in fact.claims
        )
        facts.append(
            replace(fact, claims=tuple(claims), notes=tuple(hide_contacts(each, known) for each in fact.notes))
        )
    unanswered = tuple(hide_contacts(each, known) for each in lookup.unanswered)
    return replace(lookup, ad_id="", facts=tuple(facts), unanswered=unanswered)


def opinions_on(decisions: Decisions, case_id: int) -> tuple[Opinion, ...]:
    """The first opinion, the second, and the decision that settled them where it was needed."""
    opinion, standing = decisions.opinion_state(case_id), decisions.standing(case_id)
    assert opinion is not None, f"case {case_id} has no second opinion"  # whether it may go is asked before
    made = {each.decision_id: each for each in decisions.of_case(case_id)}
    roles: dict[Role, int | None] = {"first": opinion.first_decision, "second": opinion.second_decision}
    if standing is not None and opinion.standing == "settled":
        roles["settled"] = standing.decision_id
    return tuple(
        Opinion(
            role=role, verdict=made[number].verdict, confirmed=made[number].confirmed,
            rejected=made[number].rejected, decided_at=made[number].decided_at,
        )
        for role, number in roles.items()
        if number in made
    )  # fmt: skip


def judged_by(opinions: Sequence[Opinion]) -> Mapping[str, Judged]:
    """What they said of each indicator that anybody judged; whoever settled it has the last word."""
    judged: dict[str, Judged] = {}
    last = [each for each in opinions if each.role == "settled"]
    for key in sorted({key for each in opinions for key in (*each.confirmed, *each.rejected)}):
        heard = [each for each in last if key in each.confirmed or key in each.rejected] or opinions
        is_true, is_wrong = (any(key in each.confirmed for each in heard), any(key in each.rejected for each in heard))
        judged[key] = "disputed" if is_true and is_wrong else "confirmed" if is_true else "rejected"
    return judged
