"""Recall of the queue, estimated by the random audit; agreement of analysts. Pure."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from model.evaluation.metrics import clopper_pearson
from pipeline.store.statistics import AuditNight

__all__ = [
    "LEAST_AUDITED",
    "WIDEST",
    "Band",
    "Estimate",
    "Recall",
    "cohens_kappa",
    "estimate_recall",
    "krippendorffs_alpha",
]

LEAST_AUDITED: Final = 30
"""Audit cases that must be decided before anything is said."""

WIDEST: Final = 0.5
"""An interval wider than this says too little to be called an estimate."""

_CONFIDENCE: Final = 0.95
_JOINED: Final = 1 - (1 - _CONFIDENCE) / 2
"""Of each of two intervals, so that both hold at once as often as is promised (Bonferroni)."""

_SURE: Final = {_CONFIDENCE: 1.959964, _JOINED: 2.241403}
"""How many standard errors a normal interval of this confidence spans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Flagged cases that are alike in score and reason: those still to be decided are taken to be as the others."""

    cases: int
    decided: int
    lures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that is not known exactly, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What is known of the lures of a period."""

    standing: Literal["told", "too_few", "no_lures"]
    """``too_few`` where too little of the audit is decided, or nothing of what was flagged, or the interval is wide."""

    drawn: int
    decided: int
    """Of the drawn."""

    unflagged: int
    shown: Estimate | None
    """Lures among the flagged; None while nothing flagged is decided."""

    missed: Estimate | None
    """Lures among the unflagged; None while nothing of the audit is decided."""

    share: Estimate | None
    """Of all lures the share that was shown; None where one of the two is."""


LEAST_JUDGED: Final = 5
"""Closed flagged cases below which nothing is forecast of the others."""


def estimate_recall(bands: Sequence[Band], nights: Sequence[AuditNight]) -> Recall:
    """A stratified estimate: lures among the flagged, over these and the lures among the unflagged.

    The flagged are strata by reason and tenth of the score. Their lures are counted; cases still to be decided count by
    the precision of their stratum, with the variance of such a forecast, and as all or nothing where it has none. The
    unflagged are a stratum that the audit samples: each drawn text stands for as many as its night had unflagged texts
    per drawn one (Hájek's weights; the draw is by rank of a hash, each text as likely as any other). Their share of
    lures has a Clopper-Pearson interval over the sample's effective size (Korn and Graubard, 1998), which holds with no
    lure found as well, where a bootstrap would say that none was missed. The two intervals are joined at their worst,
    so that the result is rather too wide than too narrow.
    """
    drawn, decided = sum(night.drawn for night in nights), sum(night.decided for night in nights)
    unflagged = sum(night.unflagged for night in nights)
    is_open = any(band.cases > band.decided for band in bands)
    confidence = _JOINED if is_open else _CONFIDENCE
    shown, missed = _shown(bands, confidence), _missed(nights, confidence)
    share = None
    if shown and missed:
        share = Estimate(
            value=_part(shown.value, missed.value),
            low=_part(shown.low, missed.high),
            high=_part(shown.high, missed.low),
        )
    if share is None or decided < min(LEAST_AUDITED, unflagged):
        standing: Literal["told", "too_few", "no_lures"] = "too_few"
    elif shown and missed and shown.value + missed.value == 0:
        standing = "no_lures"
    else:
        standing = "told" if share.high - share.low <= WIDEST else "too_few"
    return Recall(
        standing=standing, drawn=drawn, decided=decided, unflagged=unflagged, shown=shown, missed=missed, share=share
    )


def _shown(bands: Sequence[Band], confidence: float) -> Estimate | None:
    decided, known = sum(band.decided for band in bands), sum(band.lures for band in bands)
    waiting = sum(band.cases - band.decided for band in bands)
    if waiting and decided < LEAST_JUDGED:
        return None
    value, unknown, variance = float(known), 0, 0.0
    for band in bands:
        left = band.cases - band.decided
        if not band.decided:
            value, unknown = value + left * known / max(decided, 1), unknown + left
            continue
        value += left * band.lures / band.decided
        # Never 0 or 1: three lures of three do not say that the fourth is one.
        share = (band.lures + 1) / (band.decided + 2)
        variance += left * share * (1 - share) * (left + band.decided) / band.decided
    wide = _SURE[confidence] * math.sqrt(variance) + unknown
    return Estimate(value=value, low=max(known, value - wide), high=min(known + waiting, value + wide))


def _missed(nights: Sequence[AuditNight], confidence: float) -> Estimate | None:
    known = [night for night in nights if night.decided]
    unflagged = sum(night.unflagged for night in nights)
    if not known:
        return None if unflagged else Estimate(value=0.0, low=0.0, high=0.0)
    weights = [night.unflagged / night.drawn for night in known]

    def weighted(counts: Iterable[int]) -> float:
        return sum(weight * count for weight, count in zip(weights, counts, strict=True))

    total = weighted(night.decided for night in known)
    # What awaits a second opinion is taken for no lure at the low end and for a lure at the high one: those that one
    # person took for lures are exactly what is awaited, so leaving them out would make the model look better.
    judged = weighted(night.decided + night.awaiting for night in known)
    size = judged**2 / sum(
        weight**2 * (night.decided + night.awaiting) for weight, night in zip(weights, known, strict=True)
    )
    lures = weighted(night.lures for night in known)
    low, _ = clopper_pearson(lures / judged, size, confidence=confidence)
    _, high = clopper_pearson(
        weighted(night.lures + night.awaiting for night in known) / judged, size, confidence=confidence
    )
    found = sum(night.lures for night in known)
    return Estimate(
        value=max(found, lures / total * unflagged),
        low=max(found, low * unflagged),
        high=min(high * unflagged, unflagged - sum(night.decided - night.lures for night in known)),
    )


def _part(share: float, rest: float) -> float:
    return share / (share + rest) if share + rest else 1.0


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
