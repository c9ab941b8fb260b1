"""Has the model learnt the offer, or where it was found? Two looks at what its weight rests on."""

from typing import Any, Final

import numpy as np

from model.classifier.heads import Classifier, Doubles
from model.evaluation.evaluate import FOLDS, fold_numbers
from model.classifier.fitting import Design, weighed
from model.datasets.labels import acts
from model.evaluation.metrics import auc

__all__ = ["probe_genre"]

_WEIGHTIEST: Final = 2000


def probe_genre(design: Design, logit: Doubles, classifier: Classifier, *, seed: int) -> dict[str, Any]:
    """By held-out logits, whether chats and boards score apart though the offers are the same; and how well the
    collection of a lawful ad can be told from the buckets that carry most weight (0.5 and the share of the largest
    collection are the floors).
    """
    rows = design.rows
    act = np.array(acts(rows))
    twin = np.array([row.twins is not None for row in rows], dtype=np.bool_)
    board = np.array([row.genre == "board" for row in rows], dtype=np.bool_)
    return {
        "board_over_chat_lawful": auc(board[twin & ~act], logit[twin & ~act]),
        "board_over_chat_dangerous": auc(board[twin & act], logit[twin & act]),
        **_tell_collection(design, classifier, seed),
    }


def _tell_collection(design: Design, classifier: Classifier, seed: int) -> dict[str, float]:
    from scipy.sparse import csr_array, diags_array
    from sklearn.linear_model import LogisticRegression

    lawful = np.flatnonzero(np.array([row.kind == "legitimate" for row in design.rows]))
    weights = classifier.heads["act"].grams.astype(np.float64)
    weightiest = np.sort(np.argsort(-np.abs(weights), kind="stable")[:_WEIGHTIEST])
    matrix = csr_array(
        weighed(design.counts[lawful], classifier.rarity)[:, weightiest] @ diags_array(weights[weightiest])
    )
    names = np.array([design.rows[place].dataset for place in lawful])
    away = fold_numbers([design.rows[place] for place in lawful], seed) < FOLDS // 2
    if len(set(names[~away].tolist())) < 2 or not away.any():
        return {}  # one collection alone: there is nothing to tell apart
    largest = float(np.max(np.unique(names[away], return_counts=True)[1]) / away.sum())
    told: Doubles = LogisticRegression(C=100.0, max_iter=1_000).fit(matrix[~away], names[~away]).predict(matrix[away])
    return {"collection_told": float(np.mean(told == names[away])), "largest_collection": largest}
