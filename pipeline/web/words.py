"""The page's own words for verdicts, kinds and reasons. Claims are worded as claims: nothing says what an ad *is*."""

from pipeline.case import Reason, State, Verdict
from pipeline.changes import Fact

__all__ = [
    "CONFIDENCE",
    "FACT_WORDS",
    "FRESH_WORDS",
    "KIND_WORDS",
    "REASON_WORDS",
    "REPOST_WORDS",
    "STATE_WORDS",
    "VERDICT_WORDS",
    "strength_of",
]

VERDICT_WORDS: dict[Verdict, str] = {
    "trafficking_recruitment": "Likely recruitment for trafficking",
    "job_fraud": "Likely job fraud",
    "irregular_recruitment": "Irregular recruitment",
    "legitimate": "Lawful offer",
    "not_an_ad": "Not a job ad",
    "cannot_tell": "Cannot tell",
}

KIND_WORDS = {
    "trafficking_recruitment": "reads like recruitment for trafficking",
    "job_fraud": "reads like job fraud",
    "legitimate": "reads like a lawful offer",
    "not_an_ad": "reads like something other than an ad",
}

REASON_WORDS: dict[Reason, str] = {
    "score": "score above the threshold",
    "indicator_rule": "combination of indicators",
    "audit": "random audit",
    "uncertain": "near the threshold: the model is unsure",
    "resurfaced": "changed or came back after a verdict",
}

STATE_WORDS: dict[State, str] = {
    "open": "waiting",
    "decided": "decided",
    "reopened": "reopened: it changed or came back",
}

FACT_WORDS: dict[Fact, str] = {
    "destination": "Destination",
    "employer": "Employer",
    "salary": "Pay",
    "contact": "Contact",
    "requirement": "Requirements",
}

REPOST_WORDS = {
    "reposted": "Removed, then posted again",
    "reposted_under_another_name": "Posted again under another name",
}

FRESH_WORDS = {
    "contact": "Contact",
    "destination": "Destination",
    "salary": "Pay",
    "rule": "Combination of indicators",
}

CONFIDENCE = ((0.8, "high"), (0.5, "raised"), (0.2, "some"), (0.0, "low"))
"""Least score and the word for it, highest first: bands for reading, not for deciding."""


def strength_of(score: float | None) -> str:
    """The word for a score's band, ``unscored`` where there is none."""
    if score is None:
        return "unscored"
    return next(word for least, word in CONFIDENCE if score >= least)
