"""Models fitted on a labelled set: anew after each batch for a simulation, fold by fold for doubtful labels."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from model.classifier.pipeline import build_classifier
from model.datasets.labels import LabelledAd, row_weights
from model.evaluation.compare import Judge
from model.evaluation.cross_validation import fit_classifier, held_out_kinds, kinds_of, log_odds, read_rows, take
from model.evaluation.figures import AT
from model.evaluation.metrics import Doubles
from model.evaluation.splits import near_copy_folds
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy
from model.training.label_errors import Doubt, contradictions, suspected_errors
from model.training.simulation import Learn, Plan, simulate

__all__ = ["doubtful_labels", "learner_of", "simulate_with", "unseen_kinds"]


def simulate_with(
    rows: Sequence[LabelledAd], plan: Plan, *, model: Path | None, taxonomy_folder: Path
) -> dict[str, Any]:
    """A simulation that begins with the model in a folder and its threshold, or with none."""
    judge = Judge(model) if model else None
    if judge:
        plan = replace(plan, limit=judge.limits.get(AT, 0.0))
    found = simulate(
        rows,
        plan,
        first=judge.scores(rows) if judge else None,
        learn=learner_of(rows, taxonomy_folder) if plan.retrain_every else None,
    )
    return {"model_version": judge.model.version if judge else None, **found}


def doubtful_labels(
    rows: Sequence[LabelledAd], *, model: Path | None, taxonomy_folder: Path, seed: int
) -> tuple[Doubt, ...]:
    """Labels that deserve a second look. ``model`` must not have learnt them; None asks models that are fitted on the
    rows themselves with each row's cluster held out."""
    kinds = Judge(model).kinds(rows) if model else unseen_kinds(rows, taxonomy_folder, seed=seed)
    return (*contradictions(rows), *suspected_errors(rows, kinds))


def learner_of(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, estimator: BaseEstimator | None = None) -> Learn:
    """What gives every row's log-odds from a classifier fitted on some of them; the rows are read once."""
    taxonomy = load_taxonomy(taxonomy_folder)
    ads = read_rows(AdReader.from_taxonomy(taxonomy), rows)
    estimator = build_classifier(taxonomy) if estimator is None else estimator

    def learn(read: Sequence[int]) -> Doubles:
        places = np.array(read, dtype=np.int64)
        some = take(rows, places)
        weights = np.array(row_weights(some, {}), dtype=np.float64)
        kinds, groups = [row.kind for row in some], [row.held_with for row in some]
        return log_odds(kinds_of(fit_classifier(estimator, take(ads, places), kinds, weights, groups), ads))

    return learn


def unseen_kinds(
    rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int, estimator: BaseEstimator | None = None
) -> Doubles:
    """Probabilities of the kinds of every row, from models that saw nothing of its cluster."""
    taxonomy = load_taxonomy(taxonomy_folder)
    return held_out_kinds(
        build_classifier(taxonomy) if estimator is None else estimator,
        read_rows(AdReader.from_taxonomy(taxonomy), rows),
        rows,
        near_copy_folds(rows, frozenset(), seed=seed),
        weigh=lambda some: row_weights(some, {}),
    )
