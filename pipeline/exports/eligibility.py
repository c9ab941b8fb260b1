"""Which cases may leave the house: those that a second person confirmed, as their text stands now."""

from typing import Final, Literal

from pipeline.case import Verdict
from pipeline.covering import HARMFUL
from pipeline.messages import mark
from pipeline.review_queue import ReviewQueue
from pipeline.store_opinions import OpinionState

__all__ = ["REFUSAL_WORDS", "Refusal", "why_not"]

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


def why_not(queue: ReviewQueue, case_id: int) -> Refusal | None:
    """Why the case may not be referred now; None where it may."""
    found = queue.cases_of([case_id])
    if not found:
        return "unknown"
    standing = queue.standing_decision(case_id)
    if standing is None:
        return "not_decided"
    if found[0].state != "decided":
        return "changed"
    if queue.is_text_removed(case_id):
        return "removed"
    return _unconfirmed(queue.opinion_state(case_id), standing.verdict)


def _unconfirmed(opinion: OpinionState | None, verdict: Verdict) -> Refusal | None:
    # The opinion before the verdict: whoever is to give the second one must not learn the first one here.
    if opinion is not None and opinion.standing in {"awaited", "disagreed"}:
        return "awaited" if opinion.standing == "awaited" else "disagreed"
    if verdict not in HARMFUL:
        return "no_ground"
    return None if opinion else "not_asked"
