"""The pictures of a training run: precision and recall, reliability, what reading more finds, and languages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.chart import Bar, Line, draw_bars, draw_lines
from model.evaluation.intervals import wilson
from model.evaluation.metrics import recall_curve

__all__ = ["draw_plots", "precision_recall", "recall_line", "reliability"]

_POINTS: Final = 200
_BINS: Final = 10
_LEAST: Final = 20
"""Texts of a language below which it has no bar, as on the card."""

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Points = list[tuple[float, float]]


def draw_plots(truth: Flags, score: Doubles, parts: Mapping[str, Flags], metrics: Mapping[str, Any]) -> dict[str, str]:
    """SVG by file name. ``parts`` are named rows that get a line of their own beside all rows."""
    named = {"all texts": np.ones(len(truth), dtype=np.bool_), **parts}
    sides = {
        name: (truth[where], score[where]) for name, where in named.items() if len(set(truth[where].tolist())) == 2
    }
    lines = {name: Line(name=name, points=precision_recall(*side)) for name, side in sides.items()}
    found = {name: Line(name=name, points=recall_line(*side)) for name, side in sides.items()}
    chance = Line(name="chance", points=[(0, 0), (1, 1)], is_reference=True)
    said = Line(name="this model", points=reliability(truth, score), has_dots=True)
    exact = Line(name="exact", points=[(0, 0), (1, 1)], is_reference=True)
    charts = {
        "precision_recall": draw_lines("Precision and recall", "recall", "precision", list(lines.values())),
        "reliability": draw_lines("Reliability", "score", "share acted on", [said, exact]),
        "recall": draw_lines("Found by reading from the top", "share read", "recall", [*found.values(), chance]),
        "languages_found": draw_bars("Found, 2 in 100 ordinary ads flagged", "recall", _bars(metrics, "recall")),
        "languages_alarms": draw_bars("Flagged wrongly, same threshold", "share", _bars(metrics, "alarm")),
    }
    return {f"plots/{name}.svg": chart.svg for name, chart in charts.items()}


def precision_recall(truth: Flags, score: Doubles) -> Points:
    """Recall and precision from the top of the ranking down; tied rows stand together."""
    values, inverse = np.unique(-score, return_inverse=True)
    found = np.cumsum(np.bincount(inverse, weights=truth, minlength=len(values)))
    seen = np.cumsum(np.bincount(inverse, minlength=len(values)))
    return _thinned(list(zip((found / truth.sum()).tolist(), (found / seen).tolist(), strict=True)))


def recall_line(truth: Flags, score: Doubles) -> Points:
    """The share read and the share of the true rows found by then."""
    found = recall_curve(truth, score)
    return _thinned([(0.0, 0.0), *((place / len(found), value) for place, value in enumerate(found.tolist(), 1))])


def reliability(truth: Flags, score: Doubles) -> Points:
    """Of ten bins of equal width: the mean score, and the share of rows that are true."""
    place = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    return [
        (float(score[place == number].mean()), float(truth[place == number].mean()))
        for number in sorted(set(place.tolist()))
    ]


def _bars(metrics: Mapping[str, Any], what: str) -> list[Bar]:
    bars = []
    for name, one in metrics["by"]["language"].items():
        share = one[f"{what}_at_0.02"]
        count = one["acted_on"] if what == "recall" else one["rows"] - one["acted_on"]
        if one["rows"] >= _LEAST and share is not None:
            low, high = wilson(share, count)
            bars.append(Bar(name=f"{name} ({count})", value=share, low=low, high=high))
    return bars


def _thinned(points: Sequence[tuple[float, float]]) -> Points:
    """At most so many points, the first and the last among them."""
    places = np.unique(np.linspace(0, len(points) - 1, min(_POINTS, len(points))).round().astype(np.int64))
    return [points[place] for place in places.tolist()]
