"""Measures of a ranking and of its probabilities, with bootstrap intervals over groups."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "auc", "average_precision", "brier", "calibration_error", "differences", "discovery", "found_after", "intervals",
    "precision_among", "recall_among", "recall_curve", "saved_work", "share_above", "threshold_at",
]  # fmt: skip

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


def precision_among(truth: Flags, score: Doubles, first: int) -> float | None:
    """The share of true rows among the ``first`` rows of the ranking; None where there are fewer rows."""
    return None if len(truth) < first else float(truth[_ranking(score)[:first]].mean())


def recall_among(truth: Flags, score: Doubles, first: int) -> float | None:
    """The share of the true rows that stand among the ``first`` rows of the ranking."""
    return None if not truth.any() else float(truth[_ranking(score)[:first]].sum() / truth.sum())


def saved_work(truth: Flags, score: Doubles, recall: float = 0.95) -> float | None:
    """Work saved over sampling (WSS): how much less must be read to find ``recall`` of the true rows than at random.

    Cohen, Hersh, Peterson and Yen, JAMIA 13 (2006) 206-219.
    """
    if not truth.any():
        return None
    found = np.cumsum(truth[_ranking(score)])
    read = int(np.searchsorted(found, np.ceil(recall * truth.sum() - 1e-9))) + 1
    return float(1 - read / len(truth) - (1 - recall))


def recall_curve(truth: Flags, score: Doubles) -> Doubles:
    """The share of the true rows found once the first, the first two, ... rows of the ranking have been read."""
    return np.asarray(np.cumsum(truth[_ranking(score)]) / truth.sum())


def found_after(truth: Flags, score: Doubles, share: float = 0.1) -> float | None:
    """Relevant records found (RRF): the share of the true rows found once ``share`` of all rows has been read."""
    return recall_among(truth, score, round(share * len(truth)))


def discovery(truth: Flags, score: Doubles) -> float | None:
    """Average time to discovery (ATD): the mean share of all rows read until a true row is found.

    Ferdinands and others, Systematic Reviews 12 (2023) 100. ASReview Insights gives the same mean as a number of rows
    (``average_time_to_discovery``); a share can be held against that of another set.
    """
    return None if not truth.any() else float((np.flatnonzero(truth[_ranking(score)]) + 1).mean() / len(truth))


def _ranking(score: Doubles) -> Places:
    """Places from the highest score down; equal ones in the order of the rows."""
    return np.argsort(-score, kind="stable")


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


def differences(
    measure: Callable[[Places], tuple[Mapping[str, float | None], Mapping[str, float | None]]],
    groups: Sequence[str],
    *,
    draws: int,
    seed: int,
) -> dict[str, tuple[float, float]]:
    """Intervals, as ``intervals`` gives them, of how much the second of two measured on the same draw is above the
    first."""

    def second_less_first(picked: Places) -> dict[str, float | None]:
        first, second = measure(picked)
        return {name: second[name] - value for name, value in first.items() if _both(value, second.get(name))}  # type: ignore[operator]

    return intervals(second_less_first, groups, draws=draws, seed=seed)


def _both(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None
