"""Measures of a ranking and of its probabilities, with bootstrap intervals over groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["auc", "average_precision", "brier", "calibration_error", "intervals", "share_above", "threshold_at"]

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

_BINS: Final = 10


def auc(truth: Flags, score: Doubles) -> float | None:
    """How often a row that is true scores above one that is not; ties count half. None with one class alone."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return None
    _, inverse, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    return float((rank[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(truth: Flags, score: Doubles) -> float | None:
    """Precision averaged over the true rows, from the top of the ranking down; tied rows stand together."""
    if not truth.any():
        return None
    values, inverse = np.unique(-score, return_inverse=True)
    found = np.cumsum(np.bincount(inverse, weights=truth, minlength=len(values)))
    seen = np.cumsum(np.bincount(inverse, minlength=len(values)))
    gain = np.diff(found, prepend=0.0)
    return float((gain * found / seen).sum() / truth.sum())


def brier(truth: Flags, probability: Doubles) -> float:
    """Mean squared distance between probability and truth."""
    return float(np.mean((probability - truth) ** 2))


def calibration_error(truth: Flags, probability: Doubles) -> float:
    """Expected calibration error: mean distance between what was said and what was, in ten bins of equal width."""
    place = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    said = np.bincount(place, weights=probability, minlength=_BINS)
    was = np.bincount(place, weights=truth, minlength=_BINS)
    return float(np.abs(said - was).sum() / len(truth))


def threshold_at(score: Doubles, share: float) -> float:
    """The score that this share of the rows lies above."""
    return float(np.quantile(score, 1 - share))


def share_above(score: Doubles, threshold: float) -> float | None:
    """The share of the rows above the threshold; None of no rows."""
    return float(np.mean(score > threshold)) if len(score) else None


def intervals(
    measure: Callable[[Places], Mapping[str, float | None]], groups: Sequence[str], *, draws: int, seed: int
) -> dict[str, tuple[float, float]]:
    """For each measure the 2.5th and 97.5th percentile over draws of whole groups, with replacement."""
    names, place = np.unique(np.array(groups), return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    generator = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(draws):
        picked = np.concatenate([members[group] for group in generator.integers(0, len(names), len(names))])
        for name, value in measure(picked).items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {
        name: (float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))) for name, values in drawn.items()
    }
