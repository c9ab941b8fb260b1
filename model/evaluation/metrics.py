"""Metrics of a ranking and its probabilities, with intervals over clusters."""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy  # loads its parts where they are used

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Figure = Mapping[str, float | int]
"""``value`` with ``low`` and ``high``, the bounds of its 95 % interval; of a share also ``found`` and ``of``."""

DRAWS: Final = 400
"""Of whole clusters, with replacement: bounds then move by less than the second digit."""

_BINS: Final = 10

Measure = Callable[[Doubles], Doubles]


def auc(truth: Flags, score: Doubles) -> float | None:
    """How often a row that is true scores above one that is not; ties count half. None with one class alone."""
    return _one(weighted_auc(truth, score, np.ones((1, len(truth)))))


def weighted_auc(truth: Flags, score: Doubles, weights: Doubles) -> Doubles:
    """The AUC for each line of weights; not a number where one class has no weight.

    It and ``weighted_precision`` give what scikit-learn gives, for 400 draws at once: one ranking serves all.
    """
    values, rank = np.unique(score, return_inverse=True)
    below = np.zeros((len(weights), len(values) + 1))
    np.add.at(below[:, 1:].T, rank[~truth], weights[:, ~truth].T)
    at = below[:, 1:].copy()
    below = np.cumsum(below, axis=1)
    won = (weights[:, truth] * (below[:, rank[truth]] + at[:, rank[truth]] / 2)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(won / (weights[:, truth].sum(axis=1) * weights[:, ~truth].sum(axis=1)))


def weighted_precision(truth: Flags, score: Doubles, weights: Doubles) -> Doubles:
    """The average precision for each line of weights; not a number where no true row has weight."""
    values, rank = np.unique(-score, return_inverse=True)
    every, true = np.zeros((2, len(weights), len(values)))
    np.add.at(every.T, rank, weights.T)
    np.add.at(true.T, rank[truth], weights[:, truth].T)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.nan_to_num(np.cumsum(true, axis=1) / np.cumsum(every, axis=1))
        return np.asarray((true * precision).sum(axis=1) / true.sum(axis=1))


def calibration_error(truth: Flags, probability: Doubles) -> float:
    """Expected calibration error: mean distance between what was said and what was, in ten bins of equal width."""
    place = np.minimum((probability * _BINS).astype(np.int64), _BINS - 1)
    predicted = np.bincount(place, weights=probability, minlength=_BINS)
    was = np.bincount(place, weights=truth, minlength=_BINS)
    return float(np.abs(predicted - was).sum() / len(truth))


def weighted_threshold(score: Doubles, weight: Doubles, share: float) -> float:
    """The lowest score such that at most this share of the weight lies above it; a row is flagged above it."""
    order = np.argsort(-score, kind="stable")
    above = np.cumsum(weight[order]) / weight.sum()
    # Rounding must not part boards of equal weight from the share that they add up to.
    place = int(np.searchsorted(above, share * (1 + 1e-9), side="right"))
    return float(score[order[min(place, len(score) - 1)]])


def clustered_share(flags: Flags, clusters: Sequence[Hashable]) -> Figure:
    """The share of flags that are set, with counts and Wilson's interval at the effective size of the sample."""
    share = float(flags.mean())
    low, high = wilson(share, effective_size(flags.astype(np.float64), clusters))
    return {"value": share, "low": max(0.0, low), "high": min(1.0, high), "found": int(flags.sum()), "of": len(flags)}


def effective_size(values: Doubles, clusters: Sequence[Hashable]) -> float:
    """How many independent rows would tell as much as these: their number over the design effect of the clusters.

    Where all values are equal there is no variance to compare: then a cluster counts as one row.
    """
    numbers = _numbers(clusters)
    count, groups, variance = len(values), int(numbers.max()) + 1, float(values.var())
    if variance == 0 or groups == 1:
        return float(groups)
    between = float((np.bincount(numbers, values - values.mean()) ** 2).sum())
    between *= groups / (groups - 1) / count**2
    return count / max(1.0, between / (variance / count))


def cluster_draws(clusters: Sequence[Hashable], *, seed: int) -> Doubles:
    """How often each row is drawn, a line for each of ``DRAWS`` draws of whole clusters with replacement."""
    numbers = _numbers(clusters)
    groups = int(numbers.max()) + 1
    share = np.full(groups, 1 / groups)
    return np.asarray(np.random.default_rng(seed).multinomial(groups, share, size=DRAWS)[:, numbers], np.float64)


def spread(measure: Measure, draws: Doubles) -> Figure | None:
    """A measure of weighted rows, with the interval that ``cluster_draws`` give; None where it has no value."""
    value = _one(measure(np.ones((1, draws.shape[1]))))
    drawn = measure(draws)
    drawn = drawn[~np.isnan(drawn)]
    if value is None or not len(drawn):
        return None
    return {"value": value, "low": float(np.quantile(drawn, 0.025)), "high": float(np.quantile(drawn, 0.975))}


def _one(values: Doubles) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])


def wilson(share: float, count: float, *, errors: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share of so many (Wilson, 1927), or one of as many standard errors as are asked for."""
    z2 = errors**2
    middle, wide = share + z2 / (2 * count), errors * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return (middle - wide) / (1 + z2 / count), (middle + wide) / (1 + z2 / count)


def clopper_pearson(share: float, count: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval that is never too narrow, whatever the share (Clopper and Pearson, 1934).

    ``count`` need not be whole: a weighted sample stands for as many as its effective size (Korn and Graubard, 1998).
    """
    tail, found = (1 - confidence) / 2, share * count
    low = float(scipy.special.betaincinv(found, count - found + 1, tail)) if found > 0 else 0.0
    high = float(scipy.special.betaincinv(found + 1, count - found, 1 - tail)) if found < count else 1.0
    return low, high


def _numbers(clusters: Sequence[Hashable]) -> npt.NDArray[np.int64]:
    """The number of each row's cluster, from 0 in the order of their first rows."""
    places: dict[Hashable, int] = {}
    return np.array([places.setdefault(name, len(places)) for name in clusters], dtype=np.int64)
