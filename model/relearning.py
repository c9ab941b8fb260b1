"""Models fitted on a labelled set itself: anew after each batch for a simulation, fold by fold for doubtful labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from model.classifier import kind_probabilities
from model.evaluation import held_out_logits
from model.features import SignReader
from model.fitting import Design, Recipe, build_design, fit_classifier, read_logits
from model.labels import LabelledAd
from model.reading import EvidenceReader
from model.simulation import Doubles, Learn
from model.taxonomy import load_taxonomy

__all__ = ["held_out_kinds", "learner_of"]


def learner_of(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int) -> Learn:
    """What gives every row's log-odds from a classifier fitted on some of them; the rows are read once."""
    design = _design(rows, taxonomy_folder)

    def learn(read: Sequence[int]) -> Doubles:
        fitted = fit_classifier(design, np.array(read), Recipe(), {}, seed=seed, heads=("act",))
        return read_logits(fitted, design, np.arange(len(rows)))["act"]

    return learn


def held_out_kinds(rows: Sequence[LabelledAd], taxonomy_folder: Path, *, seed: int) -> Doubles:
    """Probabilities of the kinds of every row, from models that saw nothing of its group."""
    return kind_probabilities(held_out_logits(_design(rows, taxonomy_folder), Recipe(), {}, seed=seed).logits)


def _design(rows: Sequence[LabelledAd], taxonomy_folder: Path) -> Design:
    taxonomy = load_taxonomy(taxonomy_folder)
    return build_design(rows, EvidenceReader(taxonomy).read, SignReader(taxonomy))
