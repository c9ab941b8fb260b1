"""Fits the second look: on what the first look says of rows that it was not fitted on, and on their mean vectors.

Only rows near or above where the second look begins are learnt from: it never sees others, and vectors are dear.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.assessment import KINDS
from model.classifier.heads import HEADS, Doubles, HeadName
from model.embedding.encoder import Embedder, Vectors
from model.datasets.labels import LabelledAd, acts, row_weights, twin_pairs
from model.evaluation.metrics import threshold_at
from model.embedding.reranker import SecondHead, mean_vectors

__all__ = ["Near", "SecondRecipe", "find_near", "fit_second", "vectors_of"]

_Places = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondRecipe:
    """The choices that training the second look makes; docs/model.md says what else was measured."""

    looked_at: float = 0.04
    """The share of ordinary ads that the first look passes on."""

    learnt_from: float = 0.06
    """The share of ordinary ads above whose first logit rows are learnt from."""

    meaning_scale: float = 0.25
    """The length of a vector, each number standardised, beside the first look's logit."""

    looseness: float = 1.0
    """Inverse of the L2 penalty, ``C``."""

    twin_weight: float = 5.0


_TRUST_SCALE: Final = 1 / 3
_CONSTANT: Final = 3.0
"""So large that the penalty leaves trust and constant nearly free."""

_NEXT_TO_NOTHING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Near:
    """The rows that the second look is learnt from and measured on."""

    places: _Places
    """Among all rows; in order."""

    vectors: Vectors
    """Their mean vectors."""

    looks_from: float
    """The first look's calibrated logit that this share of ordinary ads lies above."""


def find_near(
    rows: Sequence[LabelledAd],
    first: Doubles,
    embedder: Embedder,
    recipe: SecondRecipe,
    *,
    plain: _Flags,
    ruled: _Flags,
) -> Near:
    """The rows that the first look, calibrated, says could matter; ``plain`` marks ordinary ads, ``ruled`` those that
    meet a rule and are left to the first look."""
    reference = first[plain] if plain.any() else first
    places = np.flatnonzero((first >= threshold_at(reference, recipe.learnt_from)) & ~ruled)
    return Near(places, vectors_of(rows, places, embedder), threshold_at(reference, recipe.looked_at))


def vectors_of(rows: Sequence[LabelledAd], places: _Places, embedder: Embedder) -> Vectors:
    """The mean vector of each row; near-duplicates, twins apart, share that of the first of them."""
    first: dict[str, int] = {}
    keys = [rows[place].group if rows[place].twins is None else str(place) for place in places.tolist()]
    for key, place in zip(keys, places.tolist(), strict=True):
        first.setdefault(key, place)
    numbers = {key: number for number, key in enumerate(first)}
    made = mean_vectors(embedder, [rows[place].ad for place in first.values()])
    return made[[numbers[key] for key in keys]]


def fit_second(
    rows: Sequence[LabelledAd],
    first: Mapping[HeadName, Doubles],
    vectors: Vectors,
    emphasis: Mapping[str, float],
    recipe: SecondRecipe,
    *,
    heads: Sequence[HeadName] = HEADS,
) -> dict[HeadName, SecondHead]:
    """A second head for each, not yet calibrated; ``first`` are held-out logits of these rows."""
    act, kind = np.array(acts(rows)), np.array([KINDS.index(row.kind) for row in rows])
    weights = np.array(row_weights(rows, emphasis))
    asked: dict[HeadName, tuple[_Flags, _Flags]] = {
        "act": (np.ones(len(rows), dtype=np.bool_), act),
        "trafficking": (act, kind == 0),
        "legitimate": (~act, kind == 2),
    }
    found: dict[HeadName, SecondHead] = {}
    for name in heads:
        places = np.flatnonzero(asked[name][0])
        some = [rows[place] for place in places.tolist()]
        table = _Table(some, first[name][places], vectors[places], asked[name][1][places], weights[places])
        found[name] = _fit_head(table, recipe)
    return found


class _Table(NamedTuple):
    """The rows that one head is about, and what it is to learn of them."""

    rows: Sequence[LabelledAd]
    first: Doubles
    vectors: Vectors
    truth: _Flags
    weights: Doubles


def _fit_head(table: _Table, recipe: SecondRecipe) -> SecondHead:
    """One head. With one class alone there is nothing to learn: the first look stands."""
    from sklearn.linear_model import LogisticRegression

    size = table.vectors.shape[1]
    if len(set(table.truth.tolist())) < 2:
        return SecondHead(trust=1.0, meaning=np.zeros(size, dtype=np.float32), offset=0.0)
    centre, spread = table.vectors.mean(axis=0), table.vectors.std(axis=0) + _NEXT_TO_NOTHING
    scale = recipe.meaning_scale / (np.sqrt(size) * spread)
    meant = (table.vectors - centre) * scale
    matrix = np.hstack([table.first[:, None] * _TRUST_SCALE, meant, np.full((len(meant), 1), _CONSTANT)])
    matrix, truth, weights = _with_twins(matrix, table, recipe.twin_weight)
    fitted = LogisticRegression(C=recipe.looseness, fit_intercept=False, max_iter=2_000)
    trust, *meaning, constant = fitted.fit(matrix, truth, sample_weight=weights).coef_[0].tolist()
    weight = np.array(meaning) * scale
    return SecondHead(
        trust=trust * _TRUST_SCALE,
        meaning=weight.astype(np.float32),
        offset=float(constant * _CONSTANT - centre @ weight),
    )


def _with_twins(matrix: Doubles, table: _Table, twin_weight: float) -> tuple[Doubles, _Flags, Doubles]:
    """The rows, and for each pair of twins of different truth the difference of the two, as the first look has it."""
    pairs = np.array(twin_pairs(table.rows, table.truth.tolist()), dtype=np.int64).reshape(-1, 2)
    if not len(pairs) or not twin_weight:
        return matrix, table.truth, table.weights
    forward = np.arange(len(pairs)) % 2 == 0
    differences = np.where(forward, 1.0, -1.0)[:, None] * (matrix[pairs[:, 0]] - matrix[pairs[:, 1]])
    return (
        np.vstack([matrix, differences]),
        np.concatenate([table.truth, forward]),
        np.concatenate([table.weights, np.full(len(pairs), twin_weight)]),
    )
