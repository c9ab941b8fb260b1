"""What became of one's own answers: verdicts as labels, and indicators found wrong."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template
from flask_login import current_user

from pipeline.case import Decision
from pipeline.store.store import Store
from pipeline.web.access import needs, open_store

__all__ = ["Feedback", "IndicatorAnswers", "blueprint", "feedback_of"]

LAST: Final = 100
"""Decisions that the page looks back on."""

blueprint = Blueprint("feedback", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorAnswers:
    """How often one analyst found an indicator right and wrong."""

    key: str
    correct: int
    wrong: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One analyst's latest decisions, counted by what becomes of them."""

    decisions: int
    labels: int
    """Those that the next training learns from, as they stand now."""

    awaiting: int
    """Those that a second analyst is asked about; the verdict counts already, and may still change."""

    disputed: int
    """Left out until somebody has settled them."""

    overtaken: int
    """A later decision, or another text, has taken their place."""

    without_label: int
    """Not enough information: nothing to learn from."""

    indicators: tuple[IndicatorAnswers, ...]
    """Those most often found wrong first."""


@blueprint.get("/feedback")
@needs("decide")
def show() -> str:
    """What became of one's last hundred decisions."""
    return render_template("feedback.html", feedback=feedback_of(open_store(), current_user.name), last=LAST)


def feedback_of(store: Store, analyst: str) -> Feedback:
    """The feedback on an analyst's own decisions; it tells of nobody else's."""
    decisions = store.decisions.latest_of(analyst, most=LAST)
    found = Counter(_outcome(store, each) for each in decisions)
    correct = Counter(key for each in decisions for key in each.confirmed)
    wrong = Counter(key for each in decisions for key in each.rejected)
    answers = [
        IndicatorAnswers(key=key, correct=correct[key], wrong=wrong[key]) for key in correct.keys() | wrong.keys()
    ]
    return Feedback(
        decisions=len(decisions),
        labels=found["label"] + found["awaiting"],
        awaiting=found["awaiting"],
        disputed=found["disputed"],
        overtaken=found["overtaken"],
        without_label=found["without_label"],
        indicators=tuple(sorted(answers, key=lambda each: (-each.wrong, -each.correct, each.key))),
    )


def _outcome(store: Store, decision: Decision) -> str:
    opinion = store.decisions.opinion_state(decision.case_id)
    if opinion is not None and opinion.standing == "disagreed":
        return "disputed"
    standing = store.decisions.standing(decision.case_id)
    if standing is None or standing.decision_id != decision.decision_id:
        return "overtaken"
    if decision.verdict == "cannot_tell":
        return "without_label"
    return "awaiting" if opinion is not None and opinion.standing == "awaited" else "label"
