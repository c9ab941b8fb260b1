"""Decisions on cases: decide one, take it back, decide many alike."""

import hashlib
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.case import Case, Decision, Verdict
from pipeline.errors import CannotDecide
from pipeline.store.decisions import OpinionReason, OpinionState
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store

__all__ = [
    "MOST_AT_ONCE", "REFERRED", "ConfirmedCases", "Decider", "Judgement", "Many", "Seen", "decide", "decide_many",
    "find_many", "is_read_blind", "read_tags", "take_back", "take_back_many",
]  # fmt: skip

MOST_AT_ONCE: Final = 500
"""Cases that one act may decide."""

REFERRED: Final[frozenset[Verdict]] = frozenset({"trafficking_recruitment", "job_fraud"})
"""Verdicts that can lead to a referral: none leaves the house on one person's word."""

_LONGEST_NOTE: Final = 4_000
_MOST_TAGS: Final = 10
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


def find_many(store: Store, wanted: CaseFilter | Sequence[int], *, by: str, at: datetime) -> Many:
    """The cases that one act would decide, of a filter or by number; those that others are reading are left out, and
    those that are read one by one: with a second opinion to come, to be settled, or read blind."""
    if isinstance(wanted, CaseFilter):
        page = store.queue.page(wanted, limit=MOST_AT_ONCE)
        cases, is_all = page.cases, page.following is None
    else:
        cases, is_all = store.cases.get_many(wanted[:MOST_AT_ONCE]), len(wanted) <= MOST_AT_ONCE
    fit = [case for case in cases if not case.blind and case.lane not in {"second_opinion", "disagreement"}]
    claims = {case.case_id: store.cases.claim_of(case.case_id, at=at) for case in fit}
    free = [case for case in fit if (claim := claims[case.case_id]) is None or claim.analyst == by]
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
    """The cases that were decided, all in one act, or ``CannotDecide`` when they are not those that were confirmed."""
    with store.atomic():
        many = find_many(store, confirmed.wanted, by=by.name, at=at)
        if many.digest != confirmed.digest or not many.is_all or not many.case_ids:
            raise CannotDecide("the cases of this filter are no longer those that were counted", why="changed")
        case_ids = tuple(each for each in many.case_ids if each in confirmed.chosen)
        for case in store.cases.get_many(case_ids):
            _add(store, case, judged, by=by, at=at)
            store.cases.release(case.case_id, by.name)
    return case_ids


def take_back_many(store: Store, case_ids: Sequence[int], *, by: str, at: datetime) -> int:
    """How many of these cases got the analyst's own newest decision taken back, all in one act."""
    with store.atomic():
        standing = (store.decisions.standing(case_id) for case_id in case_ids)
        own = [each.case_id for each in standing if each and each.analyst.casefold() == by.casefold()]
        for case_id in own:
            take_back(store, case_id, by=by, at=at)
    return len(own)


def read_tags(typed: str) -> tuple[str, ...]:
    """The tags in what was typed, small letters, each once; what cannot be a tag is left out."""
    words = (word.strip().lower().replace(" ", "-") for word in typed.split(","))
    return tuple(dict.fromkeys(word for word in words if _TAG.fullmatch(word)))[:_MOST_TAGS]


def _add(store: Store, case: Case, judged: Judgement, *, by: Decider, at: datetime) -> int:
    case_id = case.case_id
    opinion, assessment = store.decisions.opinion_state(case_id), store.assessments.of_case(case_id)
    settles = opinion is not None and opinion.standing == "disagreed" and by.name not in {opinion.first, opinion.second}
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
            note=judged.note.strip()[:_LONGEST_NOTE],
            settles=settles,
            fingerprint=case.fingerprint,
            model_version=assessment.model_version if assessment else None,
            score=assessment.score if assessment else None,
            decided_at=at,
        )
    )
    # A drawn case is drawn whatever was said of it: agreement is measured there, and on referrals alone it would be
    # measured among likely lures only.
    drawn = hashlib.blake2b(f"second opinion\x1f{case.fingerprint}".encode(), digest_size=8).digest()
    why: OpinionReason | None = "referral" if judged.verdict in REFERRED else None
    if int.from_bytes(drawn, "big") < by.double_coded * 2**64:
        why = "drawn"
    if opinion is None and why:
        store.decisions.ask_second_opinion(case_id, why=why, first=by.name, at=at)
    return number
