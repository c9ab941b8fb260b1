"""The model card, by the template ``card.md.jinja``, and its plots: figures on real texts first."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from scipy.special import expit

from model.chart import Bar, Line, draw_bars, draw_lines
from model.datasets.labels import LabelledAd, acts
from model.evaluation.figures import AT, MODELS, WAYS, name_of
from model.evaluation.metrics import Doubles, Flags
from model.evaluation.real_slices import SLICES

_KEY: Final = f"{AT:g}"
_FEW: Final = 20
_TEMPLATE: Final = Path(__file__).with_name("card.md.jinja")


def write_card(metrics: Mapping[str, Any], training: Mapping[str, Any], taxonomy_version: str) -> str:
    """The card; ``{version}`` stands where the model's version goes."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATE.parent), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"beside": _beside, "name_of": name_of, "number": _number, "parts": _parts, "texts": _texts}
    invented = metrics["invented"].items()
    calibration = {
        way: {name: part for name, part in [("real", found.get("real")), *found["by_language"].items()] if part}
        for way, found in metrics["calibration"].items()
    }
    return environment.get_template(_TEMPLATE.name).render(
        metrics=metrics,
        real=metrics["real"],
        calibration=_by_way(calibration),
        twins=_by_way({way: _beside(models, "pairs") for way, models in invented}),
        families=_by_way({way: models["model"]["by_family"] for way, models in invented}),
        training=training,
        taxonomy_version=taxonomy_version,
        ways=WAYS,
        slices=SLICES,
        at=AT,
    )


def _beside(models: Mapping[str, Any], part: str, share: float | None = None) -> dict[str, tuple[Any, Any]]:
    """Each figure of this model in a part, or its figure at this share, with the plain recipe's or None."""
    ours, plain = (models[model][part] for model in MODELS)
    if share is not None:
        ours, plain = ({name: at.get(f"{share:g}") for name, at in side.items()} for side in (ours, plain))
    return {name: (own, plain.get(name)) for name, own in ours.items() if own}


def _parts(real: Mapping[str, Any], part: str) -> list[tuple[str, list[Any]]]:
    """Languages or sources with enough texts, each with the shares found of each way, then those flagged."""
    ways = [real[way]["model"].get(part, {}) for way in WAYS]
    rows = {
        name: [way.get(name, {}).get(side) for side in ("found", "flagged") for way in ways]
        for name in sorted({name for way in ways for name in way})
    }
    return [row for row in rows.items() if any(figure and figure["of"] >= _FEW for figure in row[1])]


def _by_way(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str, Any]]:
    """One row for each name under each way of holding out."""
    return [(WAYS[way], name, part) for way, parts in found.items() for name, part in parts.items()]


def _number(value: float | None, form: str = ".2f") -> str:
    return "" if value is None else format(value, form)


def _texts(datasets: Iterable[Mapping[str, Any]]) -> int:
    return sum(sum(dataset["kinds"].values()) for dataset in datasets)


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
        ours = real[way]["model"]
        bars = [
            Bar(name=f"{name_of(name)} ({figure['of']})", value=figure["value"], low=figure["low"], high=figure["high"])
            for name, at in {**ours["slices"], **ours["boards"]}.items()
            if (figure := at.get(_KEY))
        ]
        if bars:
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
    places = np.unique(np.linspace(0, len(found) - 1, min(_POINTS, len(found))).round().astype(np.int64))
    return list(zip((found / truth.sum())[places].tolist(), (found / seen)[places].tolist(), strict=True))


def reliability(truth: Flags, score: Doubles) -> Points:
    """Of ten bins of equal width: the mean score, and the share of rows that are true."""
    place = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    return [
        (float(score[place == number].mean()), float(truth[place == number].mean()))
        for number in sorted(set(place.tolist()))
    ]
