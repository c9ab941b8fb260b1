"""What analysts do with a case: decide it, take that back, decide many alike."""

import hashlib
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.case import Decision, Verdict
from pipeline.case_filter import CaseFilter
from pipeline.errors import CannotDecide
from pipeline.review_queue import ReviewQueue

__all__ = ["MOST_AT_ONCE", "Judgement", "Many", "decide", "decide_many", "find_many", "read_tags", "take_back"]

MOST_AT_ONCE: Final = 500
"""Cases that one act may decide."""

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
    digest: str
    """Another one as soon as any case or any of their texts is another."""

    is_all: bool
    """False where the filter leaves more than may be decided at once."""


def decide(queue: ReviewQueue, case_id: int, judged: Judgement, *, by: str, at: datetime, seen: str) -> int:
    """The number of the new decision. ``seen`` is the fingerprint of the text that was read; raises ``CannotDecide``
    where another stands there now, or somebody else is reading the case."""
    with queue.atomic():
        case = queue.case(case_id)
        held = queue.claim_of(case_id, at=at)
        if held is not None and held.analyst.casefold() != by.casefold():
            raise CannotDecide(f"{held.analyst} is reading case {case_id}", why="claimed")
        if case.fingerprint != seen:
            raise CannotDecide(f"case {case_id}: its text is no longer the one that was read", why="changed")
        number = _add(queue, case_id, judged, by=by, at=at, fingerprint=seen)
        queue.release(case_id, by)
    return number


def take_back(queue: ReviewQueue, case_id: int, *, by: str, at: datetime) -> int:
    """The decision that undoes the newest one of the case, which must be the analyst's own."""
    with queue.atomic():
        last = queue.standing_decision(case_id)
        if last is None or last.analyst.casefold() != by.casefold():
            raise CannotDecide(f"case {case_id}: the decision that stands is not {by}'s", why="not_own")
        return queue.add_decision(
            Decision(
                case_id=case_id, analyst=last.analyst, verdict=last.verdict, withdraws=last.decision_id,
                fingerprint=last.fingerprint, model_version=last.model_version, score=last.score, decided_at=at,
            )
        )  # fmt: skip


def find_many(queue: ReviewQueue, wanted: CaseFilter, *, by: str, at: datetime) -> Many:
    """The cases that one act would decide; those that others are reading are left out."""
    page = queue.stretch(wanted, after=None, limit=MOST_AT_ONCE)
    numbers = [place.case_id for place in page.places]
    left = [case_id for case_id in numbers if (held := queue.claim_of(case_id, at=at)) is None or held.analyst == by]
    said = "\n".join(f"{case.case_id} {case.fingerprint} {case.state}" for case in queue.cases_of(left))
    digest = hashlib.sha256(said.encode()).hexdigest()
    return Many(case_ids=tuple(left), digest=digest, is_all=page.following is None)


def decide_many(
    queue: ReviewQueue, wanted: CaseFilter, judged: Judgement, *, by: str, at: datetime, digest: str
) -> Sequence[int]:
    """The cases that were decided, all in one act, or ``CannotDecide`` when they are not those that were confirmed."""
    with queue.atomic():
        many = find_many(queue, wanted, by=by, at=at)
        if many.digest != digest or not many.is_all or not many.case_ids:
            raise CannotDecide("the cases of this filter are no longer those that were counted", why="changed")
        for case in queue.cases_of(many.case_ids):
            _add(queue, case.case_id, judged, by=by, at=at, fingerprint=case.fingerprint)
    return many.case_ids


def read_tags(typed: str) -> tuple[str, ...]:
    """The tags in what was typed, small letters, each once; what cannot be a tag is left out."""
    words = (word.strip().lower().replace(" ", "-") for word in typed.split(","))
    return tuple(dict.fromkeys(word for word in words if _TAG.fullmatch(word)))[:_MOST_TAGS]


def _add(queue: ReviewQueue, case_id: int, judged: Judgement, *, by: str, at: datetime, fingerprint: str) -> int:
    assessment = queue.assessment(case_id)
    shown = {each.indicator for each in assessment.evidence} if assessment else set[str]()
    return queue.add_decision(
        Decision(
            case_id=case_id,
            analyst=by,
            verdict=judged.verdict,
            confirmed=tuple(sorted(shown & judged.confirmed)),
            rejected=tuple(sorted(shown & judged.rejected - judged.confirmed)),
            tags=judged.tags,
            note=judged.note.strip()[:_LONGEST_NOTE],
            fingerprint=fingerprint,
            model_version=assessment.model_version if assessment else None,
            score=assessment.score if assessment else None,
            decided_at=at,
        )
    )
