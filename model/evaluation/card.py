"""The model card and its plots: figures on real texts first."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from scipy.special import expit

from model.chart import Bar, Line, draw_bars, draw_lines
from model.datasets.labels import LabelledAd, acts
from model.evaluation.figures import AT, MODELS, WAYS, name_of
from model.evaluation.metrics import Doubles, Flags
from model.evaluation.real_slices import SLICES

_KEY: Final = f"{AT:g}"
_FEW: Final = 20
_ON_CURVE: Final = ("scams", "quoted_lures", "chat_scams", "work_messages", "informal_offers", "chat_offers")

_HOW: Final = {
    "sources_left_out": (
        "What a channel or a board gets that the model has never seen: its source was left out of training as a\n"
        "whole, with all near-copies of its texts."
    ),
    "near_copies_held_out": (
        "What the next texts of known channels get: near-copies and twins of a text were left out of training, other\n"
        "texts of its channel were not. Boards of ordinary ads were left out as a whole."
    ),
}

_LIMITS: Final = """## What it is for, and what it is not

It reads a job ad or a message and says how likely a reviewer is to act on it, with the words and the indicators that
made it say so. It orders a queue; people decide. It never says that an ad *is* trafficking.

Not for referring, blocking or reporting anybody without a person's decision. Not for judging people who look for work
or who post ads: an indicator describes the offer, never the person.

**Read the score with care.** {acted_on:.0f} in 100 of the rows that it learnt from are acted on. On an ordinary
board it is far fewer, so there a score of 0.5 is not an even chance. A threshold is meant as a share of ordinary ads
flagged. A board that the model never saw may get more or less than its share: the table of boards says how much.

**Intervals** are of 95 %, over clusters of near-copies, with the threshold taken as it is. Where one source gave most
texts of a row, they say how sure the figure is for that source, not for another one.

The model keeps numbers and no sentence of the texts that it learnt from.
"""


def write_card(metrics: Mapping[str, Any], training: Mapping[str, Any], taxonomy_version: str) -> str:
    """The card; ``{version}`` stands where the model's version goes."""
    real = metrics["real"]
    lines = ["# Model card: {version}", ""]
    if not any(real[way]["difference"] for way in WAYS):
        lines += [
            "**There was no real text to measure on.** Nothing below tells how it does on what people really send."
        ]
    elif not real["worse_than_plain"]:
        lines += ["On no slice of real texts is this model worse than the plain recipe beyond the interval."]
    else:
        lines += ["**This model is worse than the plain recipe beyond the interval on:**\n"]
        lines += [
            f"- {name_of(row['figure'])} ({WAYS[row['way']]}): {row['value']:+.2f} "
            f"({row['low']:+.2f} to {row['high']:+.2f})"
            for row in real["worse_than_plain"]
        ]
        lines += ["", "Each figure is this model's share or AUC less the plain recipe's, with its 95 % interval."]
    plain = "character n-grams and a logistic regression, trained and measured on the same rows and folds"
    lines += ["", f"The plain recipe is {plain}.", ""]
    for way, title in WAYS.items():
        lines += [f"## Real texts, {title}", "", _HOW[way], "", *_slices(real[way], metrics["threshold_over"])]
    for way, title in WAYS.items():
        lines += _comparisons(real[way], metrics["threshold_over"], title)
    lines += [*_parts(real, "by_language", "language"), *_parts(real, "by_source", "source")]
    lines += [*_calibration(metrics), *_invented(metrics["invented"]), *_counterfactuals(metrics)]
    lines += [_LIMITS.format(acted_on=100 * metrics["acted_on"]), *_learnt_from(training, taxonomy_version)]
    return "\n".join(lines)


def _slices(found: Mapping[str, Any], over: str) -> list[str]:
    if not found["model"]["slices"]:
        return ["No real text was held out.", ""]
    lines = [f"At the threshold that flags {100 * AT:g} in 100 {over}, each board of them weighing the same.", ""]
    for title, is_found, is_led_with in (
        ("Found, of what should be found", True, True),
        ("Flagged, of what should not be", False, True),
        ("Found, other collections", True, False),
        ("Flagged, other collections", False, False),
    ):
        keys = [part.key for part in SLICES if (part.is_found, part.is_led_with) == (is_found, is_led_with)]
        rows = [_row(name_of(key), *(found[model]["slices"].get(key) for model in MODELS)) for key in keys]
        lines += _table((title, "this model", "interval", "plain recipe", "texts"), filter(None, rows))
    ap = [found[model]["average_precision"] for model in MODELS]
    if all(ap):
        ours, plain = (f"{each['value']:.2f} ({each['low']:.2f} to {each['high']:.2f})" for each in ap)
        ranked = "Average precision of all that the first table asks for"
        lines += [f"{ranked}, ranked among {over}: {ours}; plain recipe {plain}.", ""]
    return lines


def _row(title: str, ours: Mapping[str, Any] | None, plain: Mapping[str, Any] | None) -> str:
    own, other = (side.get(_KEY) if side else None for side in (ours, plain))
    if not own:
        return ""
    share, counts = (f"{other['value']:.2f}", f" and {other['found']}") if other else ("", "")
    interval, texts = f"{own['low']:.2f} to {own['high']:.2f}", f"{own['found']}{counts} of {own['of']}"
    return f"| {title} | {own['value']:.2f} | {interval} | {share} | {texts} |"


def _comparisons(found: Mapping[str, Any], over: str, title: str) -> list[str]:
    """Slices from strict to loose, AUCs and boards, each beside the plain recipe."""
    sides = [found[model]["slices"] for model in MODELS]
    keys = [key for key in _ON_CURVE if all(key in side for side in sides)]
    curve = []
    for share in sides[0][keys[0]] if keys else ():
        cells = (" / ".join(_number(side[key][share]["value"]) for side in sides) for key in keys)
        curve.append(f"| {100 * float(share):g} % | {' | '.join(cells)} |")

    ours, plain = (found[model]["auc"] for model in MODELS)
    pairs = [
        f"| {name_of(f'auc_{name}')} | {own['value']:.3f} | {own['low']:.3f} to {own['high']:.3f} | {other} |"
        for name, own in ours.items()
        if own
        for other in (f"{plain[name]['value']:.3f}" if plain.get(name) else "",)
    ]

    ours, plain = (found[model]["boards"] for model in MODELS)
    boards = [row for name, own in ours.items() if (row := _row(name, own, plain.get(name)))]
    heads = ("this model", "interval", "plain recipe")
    return [
        *_section(
            f"From strict to loose, {title}",
            (f"{over} flagged", *map(name_of, keys)),
            curve,
            "This model / the plain recipe.\n",
        ),
        *_section(
            f"AUC of each pair, {title}",
            ("first over second", *heads),
            pairs,
            "How often a text of the first sort scores above one of the second.\n",
        ),
        *_section(f"Ordinary ads flagged, by board, {title}", ("board, never learnt from", *heads, "ads"), boards),
    ]


def _parts(real: Mapping[str, Any], key: str, what: str) -> list[str]:
    ways = [real[way]["model"].get(key, {}) for way in WAYS]
    rows = []
    for name in sorted({name for way in ways for name in way}):
        sides = [way.get(name, {}).get(side) for side in ("found", "flagged") for way in ways]
        if max(figure["of"] if figure else 0 for figure in sides) >= _FEW:
            shares = " | ".join(
                f"{figure['value']:.2f} ({figure['found']} of {figure['of']})" if figure else "" for figure in sides
            )
            rows.append(f"| {name} | {shares} |")
    heads = (what, *(f"{side}, {way}" for side in ("found", "flagged") for way in ("sources", "near-copies")))
    note = (
        "At the same threshold, sources or near-copies held out. A language's figure is mostly its largest source's.\n"
    )
    return _section(f"Real texts by {what}", heads, rows, note)


def _calibration(metrics: Mapping[str, Any]) -> list[str]:
    points = ((100 * point["ordinary_flagged"], point["threshold"]) for point in metrics["operating_points"])
    limits = [f"| {flagged:g} % | {threshold:.4f} |" for flagged, threshold in points]
    over = metrics["threshold_over"]
    note = "" if over == "ordinary ads" else f"No collection is marked as ordinary ads: shares are of {over}.\n"
    lines = _section("Thresholds", (f"{over} flagged", "score"), limits, note)

    rows = []
    for way, found in metrics["calibration"].items():
        parts = {"all real texts": found["real"]} if "real" in found else {}
        for name, measured in {**parts, **found["by_language"]}.items():
            rows.append(f"| {name} | {WAYS[way]} | {measured['rows']} | {measured['calibration_error']:.3f} |")
    pictures = " ".join(f"![{name}](plots/{name}.svg)" for name in ("reliability", "precision_recall", *WAYS))
    heads = ("language", "held out", "texts", "expected calibration error")
    return lines + _section("Calibration on real texts", heads, rows, f"{pictures}\n")


def _invented(invented: Mapping[str, Any]) -> list[str]:
    note = (
        "Texts invented for lurewatch say more than real ones do. They show what the reading gets wrong, and not how\n"
        "the model does on what people send.\n"
    )
    rows, families = [], []
    for way, models in invented.items():
        ours, plain = (models[model] for model in MODELS)
        for name, own in ours["pairs"].items():
            other = plain["pairs"].get(name, {"won": 0, "of": 0})
            rows.append(
                f"| {name.replace('_', ' ')} | {WAYS[way]} | {own['won'] / own['of']:.3f} | "
                f"{other['won'] / max(1, other['of']):.3f} | {own['of']} |"
            )
        for name, own in ours["by_family"].items():
            sides = " | ".join(_number(own.get(side)) for side in ("auc", "found", "flagged"))
            families.append(f"| {name} | {WAYS[way]} | {own['rows']} | {sides} |")
    pairs = ("dangerous twin above the lawful one", "held out", "this model", "plain recipe", "pairs")
    return [
        *_section("Diagnosis on invented texts", pairs, rows, note),
        *_table(("collections", "held out", "texts", "AUC", "found", "flagged"), families),
    ]


def _counterfactuals(metrics: Mapping[str, Any]) -> list[str]:
    found = metrics.get("counterfactuals")
    if not found:
        return []
    rows = []
    for part in ("swaps", "perturbations"):
        for name, shift in found[part].items():
            shares = " | ".join(_number(shift.get(key)) for key in ("sides_changed", "still_flagged"))
            rows.append(f"| {name.replace('_', ' ')} | {shift['texts']} | {shift['mean_change']:.2f} | {shares} |")
    note = (
        "How far log-odds move (1 is a factor of 2.7 in the odds), and how many texts change sides of the threshold,\n"
        "when only this changes. A swap of who or where should move nothing.\n"
    )
    heads = ("changed", "texts", "mean move", "changed sides", "flagged ones that stay flagged")
    lines = _section("Counterfactuals", heads, rows, note)
    away = sorted(found["languages"]["by"].items(), key=lambda item: float(item[1]["mean_direction"]))
    return [
        *lines,
        f"The same six offers in {len(away)} languages lie {found['languages']['spread']:.2f} around their means in",
        f"log-odds; lowest in {away[0][0]}, highest in {away[-1][0]}.",
        "",
    ]


def _learnt_from(training: Mapping[str, Any], taxonomy_version: str) -> list[str]:
    lines = ["## What it learnt from", "", f"Estimator: `{training['estimator']}`. Taxonomy: `{taxonomy_version}`.", ""]
    for words, is_real in (("Real texts", True), ("Invented texts", False)):
        of_sort = [dataset for dataset in training["datasets"] if dataset["real"] is is_real]
        count = sum(sum(dataset["kinds"].values()) for dataset in of_sort)
        lines += [f"{words}: {count:,} in {len(of_sort)} collections.", ""]
        for dataset in of_sort:
            kinds = ", ".join(f"{number} {kind}" for kind, number in dataset["kinds"].items())
            about = f"{kinds}. {dataset['notes']} Licence: {dataset['licence']}."
            lines.append(f"- **{dataset['title']}** (`{dataset['name']}`): {about}")
        lines += [""] if of_sort else []
    if training["absent"]:
        lines += [f"Not on the machine that trained it, so left out: {', '.join(training['absent'])}.", ""]
    return [*lines, f"Seed {training['seed']}. Checksums of every file stand in `manifest.json`.", ""]


def _section(title: str, heads: Iterable[str], rows: Iterable[str], note: str = "") -> list[str]:
    table = _table(heads, rows)
    return [f"## {title}", "", *([note] if note else []), *table] if table else []


def _table(heads: Iterable[str], rows: Iterable[str]) -> list[str]:
    names, body = [*heads], [*rows]
    if not body:
        return []
    return ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names), *body, ""]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


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
