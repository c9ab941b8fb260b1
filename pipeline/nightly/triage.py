"""Triage policy: which ads a person should read, and in which order. Pure.

The score is the model's claim, this is ours.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from pipeline.case import Reason, rank_of
from pipeline.errors import BadSettings
from pipeline.settings.messages import mark
from pipeline.settings.records import TriageSettings

if TYPE_CHECKING:
    from model.assessor import Assessor


UNSCORED: Final = mark("unscored")

BANDS: Final = ((0.8, mark("high")), (0.5, mark("raised")), (0.2, mark("some")), (0.0, mark("low")))
"""Least score and the word for it, highest first: bands for reading, not for deciding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriagePolicy(TriageSettings):
    """Triage's settings with the threshold that holds."""

    threshold: float
    """A score from here on opens a case."""


def band_of(score: float | None) -> str:
    """The word for a score's band, ``unscored`` where there is none."""
    if score is None:
        return UNSCORED
    return next(word for least, word in BANDS if score >= least)


def threshold_of(triage: TriageSettings, assessor: "Assessor") -> float:
    """The score from which on an ad becomes a case: as it is set, else where the model was measured to flag the set
    share of ordinary ads."""
    if triage.threshold is not None:
        return triage.threshold
    points, share = assessor.thresholds, triage.ordinary_flagged
    if share not in points:
        known = ", ".join(f"{each:g}" for each in sorted(points)) or "none"
        raise BadSettings(
            f"triage.ordinary_flagged: {share:g} is not among the operating points of {assessor.model_version} "
            f"({known}); expected one of them, or triage.threshold set in lurewatch.toml"
        )
    return points[share]


def policy_of(triage: TriageSettings, assessor: "Assessor") -> TriagePolicy:
    """Triage's numbers: those that are set, and the model's own operating point where the threshold is not."""
    return TriagePolicy(**asdict(triage) | {"threshold": threshold_of(triage, assessor)})


def reason_to_open(score: float, rule: str | None, policy: TriagePolicy) -> Reason | None:
    """Why this assessment deserves a case, or None."""
    if score >= policy.threshold:
        return "score"
    return "indicator_rule" if rule is not None else None


def priority_of(score: float, rule: str | None, copies: int, policy: TriagePolicy, *, floor: bool = False) -> float:
    """The place in the queue, larger first. A met rule never sinks below what the threshold lets in; neither does a
    case with ``floor``, such as one whose text has changed since it was decided."""
    base = max(score, policy.threshold) if floor or rule is not None else score
    bonus = policy.rule_bonus if rule is not None else 0.0
    return base + bonus + policy.copies_bonus * min(math.log2(max(copies, 1)), 4.0)


def audit_size(flagged: int, unflagged: int, policy: TriagePolicy) -> int:
    """How many unflagged texts to draw, so that they are the set share of the night's new cases."""
    least = policy.audit_least if policy.audit_share else 0
    return min(max(_beside(flagged, policy.audit_share, policy), least), unflagged)


def uncertain_size(flagged: int, unflagged: int, policy: TriagePolicy) -> int:
    """How many unflagged texts near the threshold to add, so that they are the set share of the night's new cases."""
    return min(_beside(flagged, policy.uncertain_share, policy), unflagged)


def _beside(flagged: int, share: float, policy: TriagePolicy) -> int:
    """How many cases are this share of all, where the flagged ones are what the shares leave."""
    return math.ceil(flagged * share / (1 - policy.audit_share - policy.uncertain_share) - 1e-9) if share else 0


def draw_audit(night: str, fingerprints: Iterable[str], size: int) -> tuple[str, ...]:
    """That many texts, each as likely as any other, and the same ones whenever this night is drawn again.

    The draw is by rank of a hash over night and text, so neither the order in which ads came nor a restart moves it.
    """
    return tuple(sorted(set(fingerprints), key=lambda text: rank_of(night, text))[:size])


def nearest_to_threshold(
    night: str, scores: Mapping[str, float], size: int, *, key_of: Callable[[str], str], known: Iterable[str]
) -> tuple[str, ...]:
    """That many of the unflagged texts, those that score highest, one of each near-duplicate and none of the known.

    ``key_of`` gives equal keys to near-duplicates and is asked only as far as needed; ``known`` are keys of texts that
    a person is to read anyway.
    """
    seen, chosen = set(known), list[str]()
    for text in sorted(scores, key=lambda text: (-scores[text], rank_of(night, text))) if size else ():
        if (key := key_of(text)) in seen:
            continue
        seen.add(key)
        chosen.append(text)
        if len(chosen) == size:
            break
    return tuple(chosen)


def drawn_priorities(
    night: str, fingerprints: Collection[str], flagged: Sequence[float], policy: TriagePolicy
) -> dict[str, float]:
    """The places of randomly chosen cases among the flagged ones, whose places are given; where nothing is flagged, the
    threshold's own.

    Drawn cases that all sank to the end would never be read, and recall is estimated from them. They are spread evenly,
    one at a random place in each of as many equal parts of the queue: whoever reads along it meets something benign
    every so often, and never goes far without. Which text comes where is drawn too, so that none is read sooner for
    what it says.
    """
    if not flagged:
        return dict.fromkeys(fingerprints, policy.threshold)
    places, part = sorted(flagged, reverse=True), len(flagged) / max(len(fingerprints), 1)
    in_order = sorted(set(fingerprints), key=lambda text: rank_of(f"{night} order", text))
    return {
        text: places[min(int((number + rank_of(f"{night} place", text)) * part), len(places) - 1)]
        for number, text in enumerate(in_order)
    }


def is_drawn_blind(night: str, fingerprint: str, policy: TriagePolicy) -> bool:
    """Whether a case that is not of the audit is read as one of the audit is."""
    return rank_of(f"{night} blind", fingerprint) < policy.blind_share
