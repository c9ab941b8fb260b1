"""How far a set of texts lies from what the model learnt from: by language, length, genre, sector and score."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.evaluation.facets import language_of, sector_of
from model.datasets.labels import LabelledAd

__all__ = ["measure_drift", "measure_mix"]

_LENGTHS: Final = (80, 200, 500, 1_000, 2_000, 5_000)
_NAMED: Final = 5
_LEAST: Final = 0.01
"""A part that is smaller on both sides is not worth a name."""

Doubles = npt.NDArray[np.float64]
Mix = dict[str, dict[str, float]]


def measure_mix(rows: Sequence[LabelledAd], score: Doubles) -> Mix:
    """For each facet the shares of its parts; ``metrics.json`` keeps those of the training texts."""
    return {
        "language": _shares([language_of(row) for row in rows]),
        "length": _shares([_length(row) for row in rows]),
        "genre": _shares([row.genre for row in rows]),
        "sector": _shares([sector_of(row) for row in rows]),
        "score": _shares([f"{min(int(10 * value), 9) / 10:.1f}" for value in score.tolist()]),
    }


def measure_drift(learnt: Mapping[str, Mapping[str, float]], mix: Mix) -> dict[str, dict[str, Any]]:
    """For each facet the distance, from 0 (the same) to 1 (nothing in common), and the parts that moved most.

    The distance is Jensen and Shannon's, with logarithms to the base 2. Texts of a language, a length or a sector that
    training hardly held are where a score should be believed least.
    """
    return {
        facet: {"distance": _distance(learnt[facet], shares), "moved": _moved(learnt[facet], shares)}
        for facet, shares in mix.items()
        if facet in learnt
    }


def _length(row: LabelledAd) -> str:
    letters = len(row.ad.title) + len(row.ad.description)
    upper = next((most for most in _LENGTHS if letters < most), None)
    return f"under {upper}" if upper else f"{_LENGTHS[-1]} and more"


def _shares(parts: Sequence[str]) -> dict[str, float]:
    counts = Counter(parts)
    return {part: counts[part] / len(parts) for part in sorted(counts)}


def _distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    parts = sorted(one.keys() | other.keys())
    p, q = (np.array([shares.get(part, 0.0) for part in parts]) for shares in (one, other))
    middle = (p + q) / 2
    bits = [float(np.sum(a[a > 0] * np.log2(a[a > 0] / middle[a > 0]))) for a in (p, q)]
    return float(np.sqrt(max(0.0, sum(bits) / 2)))


def _moved(one: Mapping[str, float], other: Mapping[str, float]) -> list[dict[str, float | str]]:
    parts = [part for part in one.keys() | other.keys() if max(one.get(part, 0.0), other.get(part, 0.0)) >= _LEAST]
    parts.sort(key=lambda part: (-abs(other.get(part, 0.0) - one.get(part, 0.0)), part))
    return [{"part": part, "learnt": one.get(part, 0.0), "here": other.get(part, 0.0)} for part in parts[:_NAMED]]
