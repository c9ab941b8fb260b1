"""Fits the classifier: scikit-learn's logistic regression over sparse rows.

scikit-learn and SciPy are loaded when something is fitted, never when an ad is scored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from model.assessment import KINDS
from model.classifier.heads import HEADS, Classifier, Doubles, Head, HeadName
from model.classifier.features import GramCounter, SignReader, fold_ad
from model.classifier.grams import BUCKETS, read_grams
from model.datasets.labels import LabelledAd, acts, row_weights, twin_pairs
from model.embedding.reranker_fitting import SecondRecipe
from model.steps import RARITY_STEPS, WEIGHT_STEPS, stepped

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from crawler.ad import JobAd
    from model.assessment import Evidence

__all__ = ["Design", "Recipe", "build_design", "fit_classifier", "read_logits", "weighed"]

_ROUNDS: Final = 2
_CLOSE: Final = 0.1
"""When the dual is solved well enough; a tenth of it changed no figure."""

_NEXT_TO_NOTHING: Final = 0.02
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The choices that training makes; each was measured on groups left out, and docs/model.md says what else was."""

    looseness: float = 3.0
    """Inverse of the L2 penalty, ``C``."""

    twin_weight: float = 5.0
    """Weight of each pair of a lure and its lawful twin, whatever their genres: the lure must score higher."""

    sign_scale: float = 1.0
    """How large a sign is beside the whole of the words, which have length 1."""

    intercept_scale: float = 3.0

    second: SecondRecipe = field(default_factory=SecondRecipe)


@dataclass(frozen=True, slots=True)
class Design:
    """The training rows as arrays: n-grams counted once, whatever fold or weighting comes after."""

    rows: tuple[LabelledAd, ...]
    counts: "csr_array[np.float32]"
    """Rows by buckets, each ``1 + log(count)``."""

    signs: npt.NDArray[np.float32]
    sign_names: tuple[str, ...]
    directions: npt.NDArray[np.int8]
    """Which way each sign may move the score."""


def build_design(
    rows: Sequence[LabelledAd], read: "Callable[[Iterable[JobAd]], Iterable[tuple[Evidence, ...]]]", signs: SignReader
) -> Design:
    """All rows read once; ``read`` gives the evidence of ads in their order."""
    from scipy.sparse import csr_array

    counter, found = GramCounter(), []
    for row in rows:
        bucket = read_grams(fold_ad(row.ad).text).bucket
        kinds, first = np.unique(bucket, return_index=True)
        found.append((kinds.astype(np.int32), (1.0 + np.log(counter.count(bucket)[first])).astype(np.float32)))
    ends = np.cumsum([0, *(len(kinds) for kinds, _ in found)])
    buckets, values = (np.concatenate(column) for column in zip(*found, strict=True))
    counts = csr_array((values, buckets, ends.astype(np.int32)), shape=(len(rows), BUCKETS))
    evidence = read(row.ad for row in rows)
    shown = [signs.read(its, row.facts) for its, row in zip(evidence, rows, strict=True)]
    return Design(tuple(rows), counts, np.stack(shown), signs.names, signs.directions)


def fit_classifier(
    design: Design,
    picked: _Places,
    recipe: Recipe,
    emphasis: Mapping[str, float],
    *,
    seed: int,
    heads: tuple[HeadName, ...] = HEADS,
) -> Classifier:
    """A classifier fitted on the picked rows, not yet calibrated; with the score's head alone where that will do."""
    rows = [design.rows[place] for place in picked]
    rarity = _rarity(design.counts[picked])
    matrix = _matrix(design, picked, rarity, recipe)
    weights = np.array(row_weights(rows, emphasis))
    act = np.array(acts(rows))
    kind = np.array([KINDS.index(row.kind) for row in rows])
    shown = _with_twins(matrix, act, weights, rows, recipe)
    fitted = {"act": _fit_score(*shown, directions=design.directions, recipe=recipe, seed=seed)}
    for name, where, truth in (("trafficking", act, kind == 0), ("legitimate", ~act, kind == 2)):
        if name in heads:
            fitted[name] = _fit_head(matrix[where], truth[where], weights[where], recipe, seed)
    return Classifier(
        sign_names=design.sign_names, rarity=rarity, heads={name: fitted[name] for name in heads if name in fitted}
    )


def read_logits(classifier: Classifier, design: Design, picked: _Places) -> dict[HeadName, Doubles]:
    """Each head's logit for the picked rows: what ``Classifier.logit`` gives ad by ad."""
    matrix = weighed(design.counts[picked], classifier.rarity)
    signs = design.signs[picked].astype(np.float64)
    return {
        name: head.base + head.slope * (matrix @ head.grams.astype(np.float64) + signs @ head.signs.astype(np.float64))
        for name, head in classifier.heads.items()
    }


def _rarity(counts: "csr_array[np.float32]") -> npt.NDArray[np.float32]:
    seen = np.bincount(counts.indices, minlength=BUCKETS)
    return stepped(np.log((1 + counts.shape[0]) / (1 + seen)) + 1.0, RARITY_STEPS)


def weighed(counts: "csr_array[np.float32]", rarity: npt.NDArray[np.float32]) -> "csr_array[np.float64]":
    """The same arithmetic as ``Classifier.weigh``."""
    weighed = counts.astype(np.float64)
    weighed.data *= rarity[weighed.indices].astype(np.float64)
    lengths = np.diff(weighed.indptr)
    squares = np.add.reduceat(np.append(weighed.data**2, 0.0), weighed.indptr[:-1]) * (lengths > 0)
    weighed.data /= np.repeat(np.sqrt(np.maximum(squares, 1e-12)), lengths)
    return weighed


def _matrix(
    design: Design, picked: _Places, rarity: npt.NDArray[np.float32], recipe: Recipe
) -> "csr_array[np.float64]":
    """Words, signs and a constant side by side; the constant is large so that the penalty leaves it nearly free."""
    from scipy.sparse import csr_array, hstack

    constant = np.full((len(picked), 1), recipe.intercept_scale)
    signs = csr_array(design.signs[picked].astype(np.float64) * recipe.sign_scale)
    return csr_array(hstack([weighed(design.counts[picked], rarity), signs, csr_array(constant)]))


def _with_twins(
    matrix: "csr_array[np.float64]",
    act: npt.NDArray[np.bool_],
    weights: Doubles,
    rows: Sequence[LabelledAd],
    recipe: Recipe,
) -> "tuple[csr_array[np.float64], npt.NDArray[np.bool_], Doubles]":
    """The rows, and for each pair of twins the difference of the two, labelled by which came first.

    What twins share, and what only parts a chat from a board, cancels out in the difference: what is left to learn
    from is what makes the one dangerous.
    """
    from scipy.sparse import csr_array, diags_array, vstack

    pairs = np.array(twin_pairs(rows, act.tolist()), dtype=np.int64).reshape(-1, 2)
    if not len(pairs) or not recipe.twin_weight:
        return matrix, act, weights
    forward = np.arange(len(pairs)) % 2 == 0
    differences = diags_array(np.where(forward, 1.0, -1.0)) @ (matrix[pairs[:, 0]] - matrix[pairs[:, 1]])
    return (
        csr_array(vstack([matrix, differences])),
        np.concatenate([act, forward]),
        np.concatenate([weights, np.full(len(pairs), recipe.twin_weight)]),
    )


def _fit_score(
    matrix: "csr_array[np.float64]",
    truth: npt.NDArray[np.bool_],
    weights: Doubles,
    *,
    directions: npt.NDArray[np.int8],
    recipe: Recipe,
    seed: int,
) -> Head:
    """The score's head: no indicator of risk lowers it and none that mitigates raises it.

    Signs that come out the wrong way round, because few rows show them or others say the same, are set to nothing and
    the rest is fitted again.
    """
    from scipy.sparse import csr_array, diags_array

    kept = np.ones(matrix.shape[1])
    place = slice(BUCKETS, BUCKETS + len(directions))
    for _ in range(_ROUNDS):
        head = _fit_head(csr_array(matrix @ diags_array(kept)), truth, weights, recipe, seed)
        wrong = head.signs * directions < -_NEXT_TO_NOTHING
        if not wrong.any():
            break
        kept[place][wrong] = 0.0
    return replace(head, signs=np.where(head.signs * directions < 0, np.float32(0), head.signs))


def _fit_head(
    matrix: "csr_array[np.float64]", truth: npt.NDArray[np.bool_], weights: Doubles, recipe: Recipe, seed: int
) -> Head:
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    if truth.all() or not truth.any():  # one class alone: its share is all that can be learnt
        odds = (truth.sum() + 0.5) / ((~truth).sum() + 0.5)
        return Head(
            intercept=float(np.log(odds)),
            signs=np.zeros(matrix.shape[1] - BUCKETS - 1, dtype=np.float32),
            grams=np.zeros(BUCKETS, dtype=np.float32),
        )
    # Only what some row has is fitted: most buckets are empty when there are few rows.
    seen, columns = np.unique(matrix.indices, return_inverse=True)
    small = csr_array((matrix.data, columns.astype(np.int32), matrix.indptr.astype(np.int32)))
    # There are far more buckets than rows: the dual reaches a better fit in a third of the time.
    fitted = LogisticRegression(
        C=recipe.looseness, solver="liblinear", dual=True, tol=_CLOSE, fit_intercept=False, max_iter=1000,
        random_state=seed,
    ).fit(small, truth, sample_weight=weights)  # fmt: skip
    weight = np.zeros(matrix.shape[1])
    weight[seen] = fitted.coef_[0]
    return Head(
        intercept=float(weight[-1] * recipe.intercept_scale),
        signs=(weight[BUCKETS:-1] * recipe.sign_scale).astype(np.float32),
        grams=stepped(weight[:BUCKETS], WEIGHT_STEPS),
    )
