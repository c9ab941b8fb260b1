"""Decisions on cases: verdicts, draw of second opinions, labels, agreement.

The model never reads the database: a file of labels is what it learns from.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crawler.ad import fingerprint
from crawler.files import dumps_line, whole_file
from model.ad_facts import AdFacts, facts_to_record
from pipeline.case import Case, Decision, Verdict, rank_of
from pipeline.errors import CannotDecide
from pipeline.linking.redaction import ad_without_contacts
from pipeline.store.contacts import Reach
from pipeline.store.decisions import Decisions, OpinionReason, OpinionState
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store

MOST_AT_ONCE: Final = 500
"""Cases that one act may decide."""

LONGEST_NOTE: Final = 4_000
"""Characters of a note."""

REFERRED: Final[frozenset[Verdict]] = frozenset({"trafficking_recruitment", "job_fraud"})
"""Verdicts that can lead to a referral: none leaves the house on one person's word."""

_TAG: Final = re.compile(r"[^\W_][\w-]{0,29}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an analyst says of a case, before it is a decision."""

    verdict: Verdict
    confirmed: Set[str] = frozenset()
    rejected: Set[str] = frozenset()
    tags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Cases of a filter, as they stood when they were counted."""

    case_ids: tuple[int, ...]
    held: tuple[int, ...]
    """Left out, because somebody else is reading them."""

    unfit: tuple[int, ...]
    """Left out, because they are read one by one: with an opinion to come, or without score and marks."""

    digest: str
    """Another one as soon as any case or any of their texts is another."""

    is_all: bool
    """False where the filter leaves more than may be decided at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedCases:
    """Cases that were counted, and confirmed in the form."""

    wanted: CaseFilter | Sequence[int]
    digest: str
    """Of the cases as they were counted."""

    chosen: Set[int]
    """Those that were not left out by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Who decides, and what holds for them."""

    name: str
    may_settle: bool = False
    double_coded: float = 0.0
    """The share of all cases on which a second analyst is asked, whatever the first one says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The case as the decider has read it."""

    case_id: int
    fingerprint: str
    decisions: int
    """How many decisions there were, those that were not shown included."""


def decide(store: Store, seen: Seen, judged: Judgement, *, by: Decider, at: datetime) -> int:
    """The number of the new decision on the case that was seen. Raises ``CannotDecide`` where another text stands
    there now, somebody has decided meanwhile or is reading the case, or it is a supervisor's to settle."""
    case_id = seen.case_id
    with store.atomic():
        case = store.cases.get(case_id)
        held = store.cases.claim_of(case_id, at=at)
        if held is not None and held.analyst.casefold() != by.name.casefold():
            raise CannotDecide(f"{held.analyst} is reading case {case_id}", why="claimed")
        if case.fingerprint != seen.fingerprint:
            raise CannotDecide(f"case {case_id}: its text is no longer the one that was read", why="changed")
        if len(store.decisions.of_case(case_id)) != seen.decisions:
            raise CannotDecide(f"case {case_id} was decided meanwhile", why="decided")
        number = _add(store, case, judged, by=by, at=at)
        store.cases.release(case_id, by.name)
    return number


def take_back(store: Store, case_id: int, *, by: str, at: datetime) -> int:
    """The decision that undoes the newest one of the case, which must be the analyst's own."""
    with store.atomic():
        last = store.decisions.standing(case_id)
        if last is None or last.analyst.casefold() != by.casefold():
            raise CannotDecide(f"case {case_id}: the decision that stands is not {by}'s", why="not_own")
        return store.decisions.add(
            Decision(
                case_id=case_id, analyst=last.analyst, verdict=last.verdict, withdraws=last.decision_id,
                fingerprint=last.fingerprint, model_version=last.model_version, score=last.score, decided_at=at,
            )
        )  # fmt: skip


def is_read_blind(case: Case, opinion: OpinionState | None, reader: str) -> bool:
    """Whether score and marks of the case are still withheld from this reader."""
    return case.blind and not (opinion is not None and opinion.first == reader)


def is_settling(case: Case, opinion: OpinionState | None, by: Decider) -> bool:
    """Whether their decision on the case settles what two others see differently, or settles it anew."""
    if opinion is None or by.name in {opinion.first, opinion.second}:
        return False
    is_final = opinion.standing == "settled" and (by.may_settle or case.state == "decided")
    return is_final or opinion.standing == "disagreed"


def find_many(store: Store, wanted: CaseFilter | Sequence[int], *, by: str, at: datetime) -> Many:
    """The cases that one act would decide, by number or those of a filter that wait; those that others are reading are
    left out, and those that are read one by one: with a second opinion to come, to be settled, or read blind."""
    if isinstance(wanted, CaseFilter):
        page = store.queue.page(replace(wanted, state="waiting"), limit=MOST_AT_ONCE)
        cases, is_all = page.cases, page.following is None
    else:
        cases, is_all = store.cases.get_many(wanted[:MOST_AT_ONCE]), len(wanted) <= MOST_AT_ONCE
    fit = [case for case in cases if not case.blind and case.lane not in {"second_opinion", "disagreement"}]
    claims = ((case, store.cases.claim_of(case.case_id, at=at)) for case in fit)
    free = [case for case, claim in claims if claim is None or claim.analyst == by]
    states = "\n".join(f"{case.case_id} {case.fingerprint} {case.state}" for case in free)
    known = {case.case_id for case in fit}
    return Many(
        case_ids=tuple(case.case_id for case in free),
        held=tuple(case.case_id for case in fit if case not in free),
        unfit=tuple(case.case_id for case in cases if case.case_id not in known),
        digest=hashlib.sha256(states.encode()).hexdigest(),
        is_all=is_all,
    )


def decide_many(
    store: Store, confirmed: ConfirmedCases, judged: Judgement, *, by: Decider, at: datetime
) -> Sequence[int]:
    """The numbers of the decisions, all made in one act, or ``CannotDecide`` when the cases are not those that were
    confirmed."""
    with store.atomic():
        many = find_many(store, confirmed.wanted, by=by.name, at=at)
        chosen = [each for each in many.case_ids if each in confirmed.chosen]
        if many.digest != confirmed.digest or not many.is_all or not chosen:
            raise CannotDecide("the cases of this filter are no longer those that were counted", why="changed")
        numbers = []
        for case in store.cases.get_many(chosen):
            numbers.append(_add(store, case, judged, by=by, at=at))
            store.cases.release(case.case_id, by.name)
    return numbers


def take_back_many(store: Store, numbers: Sequence[int], *, by: str, at: datetime) -> int:
    """How many of these decisions of the analyst's own still stood and were taken back, all in one act."""
    with store.atomic():
        standing = store.decisions.standing_among(numbers)
        for each in standing:
            take_back(store, each.case_id, by=by, at=at)
    return len(standing)


def read_tags(typed: str) -> tuple[str, ...]:
    """The tags in what was typed, small letters, each once; what cannot be a tag is left out."""
    words = (word.strip().lower().replace(" ", "-") for word in typed.split(","))
    return tuple(dict.fromkeys(word for word in words if _TAG.fullmatch(word)))[:10]


def _add(store: Store, case: Case, judged: Judgement, *, by: Decider, at: datetime) -> int:
    case_id = case.case_id
    opinion, assessment = store.decisions.opinion_state(case_id), store.assessments.of_case(case_id)
    settles = is_settling(case, opinion, by)
    if settles and not by.may_settle:
        raise CannotDecide(f"case {case_id} is a supervisor's to settle", why="to_settle")
    shown = {each.indicator for each in assessment.evidence} if assessment else set[str]()
    number = store.decisions.add(
        Decision(
            case_id=case_id,
            analyst=by.name,
            verdict=judged.verdict,
            confirmed=tuple(sorted(shown & judged.confirmed)),
            rejected=tuple(sorted(shown & judged.rejected - judged.confirmed)),
            tags=judged.tags,
            note=judged.note.strip()[:LONGEST_NOTE],
            settles=settles,
            fingerprint=case.fingerprint,
            model_version=assessment.model_version if assessment else None,
            score=assessment.score if assessment else None,
            decided_at=at,
        )
    )
    # A drawn case is drawn whatever was said of it: agreement is measured there, and on referrals alone it would be
    # measured among likely lures only.
    why: OpinionReason | None = "referral" if judged.verdict in REFERRED else None
    if rank_of("second opinion", case.fingerprint) < by.double_coded:
        why = "drawn"
    if opinion is None and why:
        store.decisions.ask_second_opinion(case_id, why=why, first=by.name, at=at)
    return number


def export_labels(store: Store, path: str | Path, *, contacts: bool = True) -> int:
    """How many labels were written, one object a line in the fields of ``model.datasets.readers``.

    The last decision of each case counts. Who decided and what was noted stay in the house: a note may name people.
    Without ``contacts`` bullets stand for them, and nothing is left that was computed from them.
    """
    lines = list(label_lines(store, contacts=contacts))
    with whole_file(path) as file:
        file.writelines(lines)
    return len(lines)


def label_lines(store: Store, *, contacts: bool, awaited: bool = True) -> Iterator[str]:
    """The labels, a line each; those that await a second opinion too, unless they are ``awaited``."""
    common: dict[int, datetime] = {}
    for decision, reason, whole in store.decisions.decided_texts(awaited=awaited):
        # Facts as they stood when the text was judged: neither decisions on the case itself nor later ones are among
        # them, or a model would learn to see what it is asked for.
        version = store.ads.first_version(whole.ad_id, decision.fingerprint)
        counter = FactCounter(store, at=decision.decided_at, apart_from=decision.case_id, common=common)
        facts = counter.count({version: whole.ad_id})[whole.ad_id] if version else AdFacts()
        ad = whole if contacts else ad_without_contacts(whole)
        label = {name: getattr(ad, name) for name in ("ad_id", "source", "language", "title", "description")} | {
            "verdict": decision.verdict,
            "confirmed": list(decision.confirmed),
            "rejected": list(decision.rejected),
            "reason": reason,
            "decided_at": decision.decided_at.isoformat(),
            "fingerprint": decision.fingerprint,
            "facts": facts_to_record(facts),
        }
        if not contacts:
            # Another id and fingerprint: numbers could be tried out against a hash of the whole text. Of the moment the
            # day is left, by which nobody's working hours are told.
            label |= {
                "ad_id": f"{ad.source}:case-{decision.case_id}",
                "fingerprint": fingerprint(ad),
                "decided_at": decision.decided_at.astimezone(UTC).date().isoformat(),
            }
        yield dumps_line(label)


def disagreements(decisions: Decisions) -> Iterator[tuple[Decision, tuple[Decision, ...]]]:
    """The last decision of each case whose same text was judged differently before, with those before it.

    A verdict that changed with the text, or from ``cannot_tell``, is no disagreement.
    """
    for last, before in decisions.judged_twice():
        others = tuple(
            decision
            for decision in before
            if decision.fingerprint == last.fingerprint and decision.verdict not in {last.verdict, "cannot_tell"}
        )
        if others:
            yield last, others


class FactCounter:
    """Facts as they stood at one moment, leaving out what was decided of one case. Each contact is looked up once."""

    def __init__(
        self, store: Store, *, at: datetime, apart_from: int | None = None, common: dict[int, datetime] | None = None
    ) -> None:
        """``common`` are contacts that connected nothing at some moment, and so do not at any later one."""
        self._store, self._at, self._apart_from = store, at, apart_from
        self._known: dict[int, Reach] = {}
        self._common = {} if common is None else common

    def count(self, versions: Mapping[int, str]) -> dict[str, AdFacts]:
        """The facts of some versions of ads, each with its ad's id, by that id."""
        ads = list(versions.values())
        counts = self._store.changes.fact_counts(ads, at=self._at)
        contacts = self._store.contacts.of_versions(versions)
        return {ad_id: AdFacts(**counts.get(ad_id, {}), **self._reach(contacts.get(ad_id, ()))) for ad_id in ads}

    def _reach(self, contacts: Iterable[int]) -> dict[str, int]:
        """How far those of an ad's contacts reach that connect anything."""
        specific = []
        for contact in contacts:
            if contact not in self._known:
                if contact in self._common and self._common[contact] <= self._at:
                    continue
                found = self._store.contacts.reach(contact, at=self._at, apart_from=self._apart_from)
                self._known[contact] = found
                if not found.is_specific:
                    self._common[contact] = self._at
            if (reach := self._known[contact]).is_specific:
                specific.append(reach)
        if not specific:
            return {}
        return {
            "contact_harmful_cases": max(reach.harmful_cases for reach in specific),
            "contact_lawful_cases": min(reach.lawful_cases for reach in specific),
            "contact_employers": max(reach.employers for reach in specific),
            "contact_countries": max(reach.countries for reach in specific),
            "contact_days": min(max(0, (self._at - reach.first_seen).days) for reach in specific),
        }


def facts_of(store: Store, ad_id: str, *, at: datetime) -> AdFacts:
    """The facts of an ad, as it was last seen, as they stand at that moment."""
    version = store.ads.current_version(ad_id)
    return FactCounter(store, at=at).count({version: ad_id})[ad_id] if version else AdFacts()


def cohens_kappa(pairs: Sequence[tuple[Hashable, Hashable]]) -> float | None:
    """Agreement of two people over the same cases; 1 is always, 0 as by chance. None where chance alone would always
    agree, as with no cases or one and the same answer throughout."""
    count = len(pairs)
    if not count:
        return None
    first, second = Counter(left for left, _ in pairs), Counter(right for _, right in pairs)
    by_chance = sum(first[answer] * second[answer] for answer in first) / count**2
    if by_chance == 1:
        return None
    agreed = sum(left == right for left, right in pairs) / count
    return (agreed - by_chance) / (1 - by_chance)


def krippendorffs_alpha(cases: Iterable[Sequence[Hashable]]) -> float | None:
    """Agreement over cases of which each has the answers of whoever judged it; nominal. Cases with one answer say
    nothing. None where there is nothing to compare, or no two answers differ."""
    judged = [answers for answers in cases if len(answers) > 1]
    totals = Counter(answer for answers in judged for answer in answers)
    count = totals.total()
    expected = (count**2 - sum(each**2 for each in totals.values())) / (count - 1) if count > 1 else 0
    if not expected:
        return None
    observed = sum(
        (len(answers) ** 2 - sum(each**2 for each in Counter(answers).values())) / (len(answers) - 1)
        for answers in judged
    )
    return 1 - observed / expected
