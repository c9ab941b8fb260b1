"""Plain recipe: the baseline of character n-grams and a logistic regression.

It has no taxonomy, no offer facts and no calibration. Measured on the same rows and folds, it shows what these add on
real texts, and where they take away.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from model.assessment import KINDS
from model.datasets.labels import LabelledAd, row_weights
from model.evaluation.cross_validation import Fold, Learnt, can_learn, kinds_of, run_folds, take
from model.evaluation.metrics import Doubles
from model.text.folding import ad_text

PlainSize = tuple[int, int]
"""The least number of texts that hold an n-gram, and the most n-grams."""

NEAR_COPIES: Final[PlainSize] = (2, 400_000)
SOURCES: Final[PlainSize] = (3, 250_000)
"""Where whole sources are left out, fewer n-grams: those of few texts are a channel's own."""

_GRAMS: Final[dict[str, Any]] = {"analyzer": "char", "ngram_range": (2, 5)}


def plain_recipe(size: PlainSize = NEAR_COPIES) -> Pipeline:
    """The recipe as a pipeline; ``sample_weight`` goes to ``classifier``."""
    grams = TfidfVectorizer(**_GRAMS, sublinear_tf=True, min_df=size[0], max_features=size[1])
    return Pipeline([("text", FunctionTransformer(_texts)), ("tfidf", grams), ("classifier", _regression())])


plain_weights: Final = partial(row_weights, emphasis={"real": 4})
"""One over the root of how many rows share its collection and kind, four times that for real short texts."""


class PlainCounts:
    """The n-grams of all rows, counted once for all folds; each fold takes the columns that it would have found.

    Counting takes half of the recipe's time, and folds share nearly all of it. A test holds this to ``plain_recipe``.
    """

    def __init__(self, ads: Sequence[Any], size: PlainSize = NEAR_COPIES) -> None:
        """``size`` is the least that a fold will ask for: an n-gram of one text is in no fold's model."""
        try:
            self._counts = CountVectorizer(**_GRAMS, min_df=size[0], dtype=np.int32).fit_transform(_texts(ads))
        except ValueError:  # no n-gram stands in two texts: nearly all may be counted ones
            self._counts = csr_matrix(np.zeros((len(ads), 0), dtype=np.int32))

    def held_out_kinds(
        self,
        rows: Sequence[LabelledAd],
        folds: Sequence[Fold],
        size: PlainSize,
        *,
        on_fold: Callable[[], None] = lambda: None,
    ) -> Doubles:
        """Probabilities of the kinds by the plain recipe, as ``cross_validation.held_out_kinds`` gives them.

        It takes texts alone: counted ones it neither learns from nor scores. Not a number where too few are left.
        """
        texts = np.flatnonzero([row.counted is None for row in rows])
        folds = [
            replace(fold, held_out=np.intersect1d(fold.held_out, texts), training=np.intersect1d(fold.training, texts))
            for fold in folds
        ]
        folds = [fold for fold in folds if can_learn(rows, fold)]
        tasks = ((self._counts, fold, size, Learnt.of(take(rows, fold.training), plain_weights)) for fold in folds)
        return run_folds(_fit_and_score, tasks, rows, folds, on_fold=on_fold)


def _fit_and_score(counts: Any, fold: Fold, size: PlainSize, learnt: Learnt) -> Doubles:
    rows = counts[fold.training]
    least, most = size
    columns = np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= least)
    if not len(columns):
        return np.full((len(fold.held_out), len(KINDS)), np.nan)
    if len(columns) > most:
        # Without ``kind``, as scikit-learn sorts: of equally frequent n-grams it takes the same.
        often = np.asarray(rows.sum(axis=0)).ravel()[columns]
        columns = np.sort(columns[(-often).argsort()[:most]])
    tfidf = TfidfTransformer(sublinear_tf=True)
    fitted = _regression().fit(
        tfidf.fit_transform(rows[:, columns]), np.array(learnt.kinds), sample_weight=learnt.weights
    )
    return kinds_of(fitted, tfidf.transform(counts[fold.held_out][:, columns]))


def _regression() -> LogisticRegression:
    # Seven steps of Newton's reach what takes L-BFGS, scikit-learn's usual solver, 180. Stopped at its usual 100, AUC
    # of EMSCAD was 0.715, 0.728 or 0.748 by precision and machine; where the regression stands still it is 0.715.
    return LogisticRegression(C=10, solver="newton-cg")


def _texts(ads: Sequence[Any]) -> list[str]:
    return [ad_text(read.ad) for read in ads]
