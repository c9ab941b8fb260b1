"""Measurement of an estimator on held-out rows, beside the plain recipe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, clone

from model.assessment import KINDS
from model.classifier.kinds import fit_lines, heads_of
from model.datasets.catalogue import DatasetCard
from model.datasets.labels import LabelledAd, acts, row_weights
from model.evaluation.cross_validation import held_out_kinds, log_odds
from model.evaluation.figures import AT, RealFigures, calibration, is_worse, measure_invented, operating_points
from model.evaluation.metrics import Doubles
from model.evaluation.plain_recipe import NEAR_COPIES, SOURCES, PlainCounts
from model.evaluation.splits import Fold, near_copy_folds, source_folds

__all__ = ["Collections", "Scores", "calibrated", "folds_of", "held_out_scores", "measure"]

HeldOut = Mapping[str, Mapping[str, Doubles]]
"""Probabilities of ``KINDS``, by way of holding out and model; not a number where a row was not held out."""

Scores = Mapping[str, Mapping[str, Doubles]]
"""Log-odds that a reviewer would act, likewise."""

_SIZES: Final = {"sources_left_out": SOURCES, "near_copies_held_out": NEAR_COPIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collections:
    cards: Sequence[DatasetCard]

    @property
    def ordinary(self) -> frozenset[str]:
        return frozenset(card.name for card in self.cards if card.ordinary)

    @property
    def alone(self) -> frozenset[str]:
        return frozenset(card.name for card in self.cards if card.alone and not card.real)

    @property
    def families(self) -> dict[str, str]:
        return {card.name: card.family or card.name for card in self.cards}

    def weigh(self, rows: Sequence[LabelledAd]) -> list[float]:
        return row_weights(rows, {card.name: card.emphasis for card in self.cards})


def folds_of(rows: Sequence[LabelledAd], collections: Collections, *, seed: int) -> dict[str, list[Fold]]:
    return {
        "sources_left_out": source_folds(rows, collections.ordinary, alone=collections.alone),
        "near_copies_held_out": near_copy_folds(rows, collections.ordinary, seed=seed),
    }


def held_out_scores(
    estimator: BaseEstimator,
    ads: Sequence[Any],
    rows: Sequence[LabelledAd],
    collections: Collections,
    *,
    folds: Mapping[str, Sequence[Fold]],
    on_fold: Callable[[str], None] = lambda _model: None,
) -> HeldOut:
    """What the estimator and the plain recipe say of held-out rows; ``ads`` are the rows as the estimator reads them.

    ``on_fold`` is called with ``model`` or ``plain_recipe`` as each fold ends.
    """
    counts = PlainCounts(rows)
    found: dict[str, dict[str, Doubles]] = {}
    for way, some in folds.items():
        ours = held_out_kinds(estimator, ads, rows, some, weigh=collections.weigh, on_fold=lambda: on_fold("model"))
        plain = counts.held_out_kinds(rows, some, _SIZES[way], on_fold=lambda: on_fold("plain_recipe"))
        found[way] = {"model": ours, "plain_recipe": plain}
    return found


def calibrated(estimator: BaseEstimator, held_out: HeldOut, rows: Sequence[LabelledAd]) -> tuple[BaseEstimator, Scores]:
    """The estimator, set to be calibrated on what its models said of near-copies held out, and the calibrated scores.

    Real texts alone calibrate it, where there are any. An estimator without our last step stays as it is.
    """
    scores = {way: {name: log_odds(kinds) for name, kinds in models.items()} for way, models in held_out.items()}
    if "kinds__lines" not in estimator.get_params():
        return estimator, scores
    near = held_out["near_copies_held_out"]["model"]
    measured = ~np.isnan(near[:, 0])
    kinds = np.array([row.kind for row in rows])
    real = measured & np.array([row.real for row in rows], dtype=np.bool_)
    chosen = real if len(set(kinds[real].tolist())) == len(KINDS) else measured
    lines = fit_lines(heads_of(near[chosen]), kinds[chosen])
    slope, offset = lines.get("act", (1.0, 0.0))
    for models in scores.values():
        models["model"] = slope * models["model"] + offset
    return clone(estimator).set_params(kinds__lines=lines), scores


def measure(
    rows: Sequence[LabelledAd],
    scores: Scores,
    collections: Collections,
    *,
    folds: Mapping[str, Sequence[Fold]],
    seed: int,
) -> dict[str, Any]:
    """What ``metrics.json`` says, real texts first; the caller, who has the trained model, adds counterfactuals."""
    figures = RealFigures(rows, collections.ordinary, seed=seed)
    real: dict[str, Any] = {}
    worse: list[dict[str, Any]] = []
    for way, models in scores.items():
        apart = figures.compare(models["model"], models["plain_recipe"])
        real[way] = {
            **{name: figures.measure(score) for name, score in models.items()},
            "difference": apart,
            "folds": [list(fold.sources) for fold in folds[way] if fold.sources] or len(folds[way]),
        }
        worse += [{"way": way, "figure": name, **figure} for name, figure in apart.items() if is_worse(name, figure)]
    near = scores["near_copies_held_out"]
    return {
        "rows": len(rows),
        "acted_on": float(np.mean(acts(rows))),
        "real": real | {"worse_than_plain": worse},
        "invented": {
            way: {
                name: measure_invented(rows, score, figures.limits(score).get(AT), collections.families)
                for name, score in models.items()
            }
            for way, models in scores.items()
        },
        # Of the folds that hold out near-copies: their models learnt from most of what the final one learns from, and
        # from no board whose ads set the threshold.
        "operating_points": operating_points(figures.threshold, near["model"]),
        "threshold_over": figures.threshold.of,
        "calibration": {way: calibration(rows, models["model"]) for way, models in scores.items()},
    }
