"""Plots of a training run: precision and recall, reliability, shares flagged by slice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from scipy.special import expit

from model.chart import Bar, Line, draw_bars, draw_lines
from model.datasets.labels import LabelledAd, acts
from model.evaluation.figures import AT, name_of
from model.evaluation.metrics import Doubles, Flags

__all__ = ["draw_plots", "precision_recall", "reliability"]

_POINTS: Final = 200
_BINS: Final = 10
_WIDE: Final = 320

Points = list[tuple[float, float]]


def draw_plots(
    rows: Sequence[LabelledAd], scores: Mapping[str, Mapping[str, Doubles]], real: Mapping[str, Any]
) -> dict[str, str]:
    """SVG by file name; ``scores`` are log-odds by way of holding out and model, ``real`` the figures of the same."""
    truth = np.array(acts(rows), dtype=np.bool_)
    is_real = np.array([row.real for row in rows], dtype=np.bool_)
    charts: dict[str, str] = {}
    chance = Line(name="exact", points=[(0, 0), (1, 1)], is_reference=True)
    ranked, honest = [], []
    for way, models in scores.items():
        for model, score in models.items():
            seen = is_real & ~np.isnan(score)
            if len(set(truth[seen].tolist())) < 2:
                continue
            name = f"{name_of(way)}: {name_of(model)}"
            ranked.append(Line(name=name, points=precision_recall(truth[seen], score[seen])))
            if model == "model":
                honest.append(Line(name=name, points=reliability(truth[seen], expit(score[seen])), has_dots=True))
        if bars := _bars(real[way]["model"]):
            title = f"Flagged at {100 * AT:g} in 100 ordinary ads, {name_of(way)}"
            charts[way] = draw_bars(title, "share flagged", bars, names=_WIDE).svg
    if ranked:
        charts["precision_recall"] = draw_lines("Real texts", "recall", "precision", ranked).svg
        charts["reliability"] = draw_lines("Real texts", "score", "share acted on", [*honest, chance]).svg
    return {f"plots/{name}.svg": chart for name, chart in charts.items()}


def precision_recall(truth: Flags, score: Doubles) -> Points:
    """Recall and precision from the top of the ranking down; tied rows stand together."""
    values, inverse = np.unique(-score, return_inverse=True)
    found = np.cumsum(np.bincount(inverse, weights=truth, minlength=len(values)))
    seen = np.cumsum(np.bincount(inverse, minlength=len(values)))
    return _thinned(list(zip((found / truth.sum()).tolist(), (found / seen).tolist(), strict=True)))


def reliability(truth: Flags, score: Doubles) -> Points:
    """Of ten bins of equal width: the mean score, and the share of rows that are true."""
    place = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    return [
        (float(score[place == number].mean()), float(truth[place == number].mean()))
        for number in sorted(set(place.tolist()))
    ]


def _bars(found: Mapping[str, Any]) -> list[Bar]:
    shares = {**found["slices"], **found["boards"]}
    return [
        Bar(name=f"{name_of(name)} ({one['of']})", value=one["value"], low=one["low"], high=one["high"])
        for name, at in shares.items()
        if (one := at.get(f"{AT:g}"))
    ]


def _thinned(points: Sequence[tuple[float, float]]) -> Points:
    """At most so many points, the first and the last among them."""
    places = np.unique(np.linspace(0, len(points) - 1, min(_POINTS, len(points))).round().astype(np.int64))
    return [points[place] for place in places.tolist()]
