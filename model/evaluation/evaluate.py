"""How well the model does, by the only kinds of test that count: on blocks and on whole collections it never saw.

Texts that share long passages, and twins, stay on one side of every split; a random split is never made, because it
measures memory.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from model.assessment import KINDS
from model.classifier.calibration import calibration_lines
from model.classifier.heads import HEADS, HeadName, kind_probabilities, sigmoid
from model.evaluation.drift import measure_mix
from model.evaluation.facets import part_rows
from model.classifier.fitting import Design, Recipe, fit_classifier, read_logits
from model.datasets.labels import LabelledAd, acts
from model.evaluation.metrics import (
    auc,
    average_precision,
    brier,
    calibration_error,
    discovery,
    found_after,
    intervals,
    precision_among,
    recall_among,
    saved_work,
    share_above,
    threshold_at,
)
from model.evaluation.nights import measure_nights
from model.evaluation.side_by_side import side_by_side
from model.evaluation.slices import slices, twins_in_order

__all__ = [
    "DRAWS", "FLAGGED", "FOLDS", "MANY", "Held", "LookAway", "evaluate", "first_look_figures", "fold_numbers",
    "held_out_logits", "logits_away", "measure_away", "measure_headline",
]  # fmt: skip

FOLDS: Final = 5
FLAGGED: Final = (0.005, 0.02)
"""Shares of ordinary ads that may be flagged: the operating points."""

MANY: Final = 2_000
"""Rows from which on folds are worth processes of their own."""

DRAWS: Final = 200
_ENOUGH: Final = 100
"""Rows of a language below which its calibration is not worth a number."""

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Emphasis = dict[str, float]
LookAway = Callable[[Doubles, Flags, Flags], Doubles]
"""What both looks say by the first's logits; the rows outside and the ordinary ads for the threshold are marked."""


@dataclass(frozen=True, slots=True)
class Held:
    """What models said of rows whose block they had not seen."""

    raw: dict[HeadName, Doubles]
    """Logits before calibration."""

    logits: dict[HeadName, Doubles]
    """Logits on a line fitted on the other folds."""


def held_out_logits(design: Design, recipe: Recipe, emphasis: Emphasis, *, seed: int) -> Held:
    """Logits of every row from a model, and a calibration, that saw nothing of its block."""
    folds = fold_numbers(design.rows, seed)
    raw: dict[HeadName, Doubles] = {name: np.zeros(len(design.rows)) for name in HEADS}

    def read_away(fold: int) -> dict[HeadName, Doubles]:
        fitted = fit_classifier(design, np.flatnonzero(folds != fold), recipe, emphasis, seed=seed)
        return read_logits(fitted, design, np.flatnonzero(folds == fold))

    for fold, read in enumerate(side_by_side(read_away, range(FOLDS), is_long=len(design.rows) > MANY)):
        for name, values in read.items():
            raw[name][folds == fold] = values
    logits = {name: values.copy() for name, values in raw.items()}
    for fold in range(FOLDS):
        near, away = np.flatnonzero(folds != fold), folds == fold
        lines = calibration_lines({n: v[near] for n, v in raw.items()}, [design.rows[i] for i in near])
        for name, (slope, offset) in lines.items():
            logits[name][away] = slope * raw[name][away] + offset
    return Held(raw, logits)


def evaluate(
    rows: Sequence[LabelledAd],
    logits: Mapping[HeadName, Doubles],
    ordinary: frozenset[str],
    *,
    seed: int,
    limits: Mapping[float, float] | None = None,
) -> dict[str, Any]:
    """Everything ``metrics.json`` says of rows that the model had not seen, by their calibrated logits.

    ``limits``: the threshold for each share of ``FLAGGED``, where the rows' own ordinary ads are not to set it.
    """
    score = sigmoid(logits["act"])
    truth = np.array(acts(rows))
    plain = np.array([row.dataset in ordinary for row in rows])
    headline = measure_headline(rows, truth, score, plain, limits)
    everything = np.arange(len(rows))
    value = headline(everything)
    spread = intervals(headline, [row.held_with for row in rows], draws=DRAWS, seed=seed)
    limit = limits[FLAGGED[-1]] if limits else threshold_at(score[plain], FLAGGED[-1]) if plain.any() else None
    return {
        "headline": {
            name: {"value": figure, "low": spread[name][0], "high": spread[name][1]}
            for name, figure in value.items()
            if figure is not None
        },
        "operating_points": _operating_points(score[plain]),
        "by": {name: _by(values, truth, score, limit) for name, values in part_rows(rows).items()},
        "nights": measure_nights(truth, score, [row.group for row in rows], seed=seed),
        "mix": measure_mix(rows, score),
        "kinds": _kinds(rows, logits),
        "rows": len(rows),
        "acted_on": float(truth.mean()),
    }


def first_look_figures(
    rows: Sequence[LabelledAd], logits: Mapping[HeadName, Doubles], ordinary: frozenset[str]
) -> dict[str, Any]:
    """The headline and the thresholds of the first look alone: what an installation without embeddings gets."""
    score, plain = sigmoid(logits["act"]), np.array([row.dataset in ordinary for row in rows])
    headline = measure_headline(rows, np.array(acts(rows)), score, plain)(np.arange(len(rows)))
    return {
        "headline": {name: {"value": figure} for name, figure in headline.items() if figure is not None},
        "operating_points": _operating_points(score[plain]),
    }


def _operating_points(score: Doubles) -> list[dict[str, float]]:
    """The threshold for each share of ordinary ads that may be flagged; none where there are no ordinary ads."""
    return [{"ordinary_flagged": share, "threshold": threshold_at(score, share)} for share in FLAGGED if len(score)]


def logits_away(design: Design, outside: Flags, recipe: Recipe, emphasis: Mapping[str, float], *, seed: int) -> Doubles:
    """The score's logit of every row, not calibrated, from a model that saw neither the rows outside, nor any of their
    blocks, nor the fold whose ordinary ads set its threshold."""
    rows = design.rows
    theirs_too = {row.held_with for row, is_outside in zip(rows, outside, strict=True) if is_outside}
    spared = fold_numbers(rows, seed) == 0
    seen = np.flatnonzero(~np.array([row.held_with in theirs_too for row in rows]) & ~spared)
    fitted = fit_classifier(design, seen, recipe, emphasis, seed=seed, heads=("act",))
    return read_logits(fitted, design, np.arange(len(rows)))["act"]


def measure_away(
    rows: Sequence[LabelledAd],
    outside: Flags,
    logit: Doubles,
    ordinary: frozenset[str],
    *,
    seed: int,
    look: LookAway | None = None,
) -> dict[str, Any]:
    """How a model that never saw these rows does on them, by what ``logits_away`` gave.

    Its threshold comes from ordinary ads of the other rows that it did not see either. ``look`` is the second look.
    """
    plain = np.array([row.dataset in ordinary for row in rows]) & (fold_numbers(rows, seed) == 0) & ~outside
    if look is not None and plain.any():
        logit = look(logit, outside, plain)
    places = np.flatnonzero(outside)
    theirs = [rows[place] for place in places.tolist()]
    truth, score = np.array(acts(theirs)), logit[places]
    found: dict[str, Any] = {"rows": len(theirs), "auc": auc(truth, score), "ap": average_precision(truth, score)}
    found.update(twins_in_order(theirs, truth, score))
    if plain.any():
        for share in FLAGGED:
            limit = threshold_at(logit[plain], share)
            found[f"flagged_at_{share:g}"] = {
                name: share_above(score[where], limit) for name, where in slices(theirs, truth).items() if where.any()
            }
    return found


def fold_numbers(rows: Sequence[LabelledAd], seed: int) -> Places:
    """A fold for each row, the same for all rows of a block, whatever else there is."""
    return np.array(
        [
            int.from_bytes(hashlib.blake2b(f"{seed}:{row.held_with}".encode(), digest_size=4).digest()) % FOLDS
            for row in rows
        ]
    )


def measure_headline(
    rows: Sequence[LabelledAd], truth: Flags, score: Doubles, plain: Flags, limits: Mapping[float, float] | None = None
) -> Callable[[Places], dict[str, float | None]]:
    """What gives the headline figures of some of the rows, by their places."""
    where = slices(rows, truth)
    group = np.array([row.group for row in rows])
    emscad = np.array([row.dataset == "emscad" for row in rows])
    contrast = np.array([row.twins is not None for row in rows])

    def measure(picked: Places) -> dict[str, float | None]:
        true, said, usual = truth[picked], score[picked], plain[picked]
        found: dict[str, float | None] = {
            "auc": auc(true, said),
            "average_precision": average_precision(true, said),
            "brier": brier(true, said),
            "calibration_error": calibration_error(true, said),
            "precision_at_50": precision_among(true, said, 50),
            "recall_at_100": recall_among(true, said, 100),
            "saved_work_at_0.95": saved_work(true, said),
            "found_after_0.1": found_after(true, said),
            "time_to_discovery": discovery(true, said),
        }
        for name, mask in (("emscad", emscad[picked]), ("contrast", contrast[picked])):
            found[f"{name}_auc"] = auc(true[mask], said[mask])
            found[f"{name}_average_precision"] = average_precision(true[mask], said[mask])
        templates = picked[emscad[picked]]
        firsts = np.unique(group[templates], return_index=True)[1]
        found["emscad_auc_one_per_template"] = auc(truth[templates[firsts]], score[templates[firsts]])
        found.update(twins_in_order([rows[place] for place in picked], true, said))
        if limits or usual.any():
            for share in FLAGGED:
                limit = limits[share] if limits else threshold_at(said[usual], share)
                for name, mask in where.items():
                    found[f"{name}_at_{share:g}"] = share_above(said[mask[picked]], limit)
        return found

    return measure


def _by(
    names: Sequence[str], truth: Flags, score: Doubles, limit: float | None
) -> dict[str, dict[str, float | int | None]]:
    found = {}
    for name in sorted(set(names)):
        where = np.array([other == name for other in names])
        true, said = truth[where], score[where]
        found[name] = {
            "rows": int(where.sum()),
            "acted_on": int(true.sum()),
            "auc": auc(true, said),
            "average_precision": average_precision(true, said),
            "calibration_error": calibration_error(true, said) if where.sum() >= _ENOUGH else None,
            "recall_at_0.02": share_above(said[true], limit) if limit is not None else None,
            "alarm_at_0.02": share_above(said[~true], limit) if limit is not None else None,
        }
    return found


def _kinds(rows: Sequence[LabelledAd], logits: Mapping[HeadName, Doubles]) -> dict[str, dict[str, int]]:
    """The likeliest kind against the true one, as counts."""
    likeliest = kind_probabilities(logits).argmax(axis=1)
    table: dict[str, dict[str, int]] = {kind: dict.fromkeys(KINDS, 0) for kind in KINDS}
    for row, place in zip(rows, likeliest.tolist(), strict=True):
        table[row.kind][KINDS[place]] += 1
    return table
