"""Classifier of four kinds by three binary heads, the first of which is the score."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from model.assessment import KINDS

HeadName = Literal["act", "trafficking", "legitimate"]
HEADS: Final[tuple[HeadName, ...]] = ("act", "trafficking", "legitimate")
"""Would a reviewer act; if so, is it trafficking rather than fraud; if not, is it a lawful ad rather than no ad."""

LIMIT: Final = 20.0
"""Log-odds are held within it: nothing is surer than one in half a thousand million."""

Doubles = npt.NDArray[np.float64]
Line = tuple[float, float]


class KindClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Probabilities of the kinds of ``model.assessment.KINDS``.

    Three binary estimators share the work: whether a reviewer would act; of those to act on, which are trafficking; of
    the others, which are lawful ads. So the score's log-odds are one linear sum wherever the estimator is linear.
    ``lines`` calibrate each head's log-odds, see ``fit_lines``. ``heads_`` are the fitted heads; a number where the
    training rows of a head were all of one sort.
    """

    def __init__(self, estimator: Any = None, lines: dict[str, Line] | None = None) -> None:
        self.estimator = estimator
        self.lines = lines

    def fit(self, X: Any, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fits the three heads; ``y`` holds names of kinds, or their places among the sorted names of all four kinds.

        ``cross_val_predict`` encodes names so for ``predict_proba`` and ``decision_function``, but counts only those
        that are there: without all four nobody could say which kind a number stands for.
        """
        labels = np.asarray(y)
        if labels.dtype.kind in "iu" and (found := len(np.unique(labels))) < len(KINDS):
            raise ValueError(f"labels are numbers of {found} kinds; expected all {len(KINDS)}, or names of kinds")
        weight = np.ones(len(labels)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.classes_ = np.unique(labels)
        self.heads_: dict[str, Any] = {}
        for name, (rows, positive) in head_targets(_names(labels)).items():
            if positive.all() or not positive.any():
                self.heads_[name] = LIMIT if len(positive) and positive.all() else -LIMIT
                continue
            head = clone(self.estimator) if self.estimator is not None else default_estimator()
            head.fit(X[rows], positive, sample_weight=weight[rows])
            if hasattr(head, "coef_"):
                head.coef_ = head.coef_.astype(np.float32)
            self.heads_[name] = head
        return self

    def head_logits(self, X: Any) -> dict[HeadName, Doubles]:
        """Log-odds of each head for each row, with Platt's line."""
        check_is_fitted(self)
        found: dict[HeadName, Doubles] = {}
        for name in HEADS:
            head = self.heads_[name]
            raw = np.full(X.shape[0], head) if isinstance(head, float) else _log_odds(head, X)
            slope, offset = self.line(name)
            found[name] = np.clip(slope * raw + offset, -LIMIT, LIMIT)
        return found

    def decision_function(self, X: Any) -> Doubles:
        """Log-odds that a reviewer would act, of shape (n_ads,)."""
        return self.head_logits(X)["act"]

    def predict_proba(self, X: Any) -> Doubles:
        """Probabilities in the order of ``classes_``, of shape (n_ads, n_classes)."""
        found = kind_probabilities(self.head_logits(X))
        return found[:, [KINDS.index(name) for name in _names(self.classes_).tolist()]]

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable kind of each row, of shape (n_ads,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def line(self, name: str) -> Line:
        """Slope and offset that calibrate a head's log-odds; 1 and 0 where it is not calibrated."""
        return (self.lines or {}).get(name, (1.0, 0.0))


def default_estimator() -> LogisticRegression:
    """The estimator of each head; C of 20 found a little more on real texts than 10. With a tenth of the tolerance no
    log-odds of 1,661 real texts moved by more than 0.0003."""
    return LogisticRegression(C=20.0, solver="liblinear", dual=True, max_iter=1_000, tol=1e-2, random_state=0)


def head_targets(y: npt.ArrayLike) -> dict[HeadName, tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]:
    """For each head the rows that it learns from, and which of them are positive."""
    kinds = np.asarray(y)
    act = np.isin(kinds, KINDS[:2])
    rows = {"act": np.arange(len(kinds)), "trafficking": np.flatnonzero(act), "legitimate": np.flatnonzero(~act)}
    positive = {"act": act, "trafficking": kinds == KINDS[0], "legitimate": kinds == KINDS[2]}
    return {name: (rows[name], positive[name][rows[name]]) for name in HEADS}


def fit_step(logits: Doubles, acted_on: npt.ArrayLike, feature: npt.ArrayLike) -> float:
    """By how much log-odds of texts that have a feature must move to be as true as those of texts without it.

    By logistic regression on both, in units of the log-odds as they are. 0 where the log-odds tell nothing.
    """
    columns = np.column_stack([logits, np.asarray(feature, dtype=np.float64)])
    slope, step = LogisticRegression(C=1e6).fit(columns, np.asarray(acted_on)).coef_[0].tolist()
    return step / slope if slope > 0 else 0.0


def fit_lines(logits: Mapping[HeadName, Doubles], y: npt.ArrayLike) -> dict[str, Line]:
    """The lines that calibrate held-out log-odds of the heads, by logistic regression (Platt, 1999)."""
    lines: dict[str, Line] = {}
    for name, (rows, positive) in head_targets(y).items():
        if positive.all() or not positive.any():
            continue
        fitted = LogisticRegression(C=1e6).fit(logits[name][rows, None], positive)
        slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
        # Held-out log-odds that order rows the wrong way round are set to their mean, and not turned round.
        mean = positive.mean()
        lines[name] = (slope, offset) if slope > 0 else (0.0, float(np.log(mean / (1 - mean))))
    return lines


def kind_probabilities(logits: Mapping[HeadName, Doubles]) -> Doubles:
    """Probabilities in the order of ``KINDS`` along the last axis; they sum to 1, and the first two to the score."""
    act, trafficking, legitimate = (sigmoid(logits[name]) for name in HEADS)
    rest = sigmoid(-np.asarray(logits["act"]))
    return np.stack([act * trafficking, act * (1 - trafficking), rest * legitimate, rest * (1 - legitimate)], axis=-1)


def heads_of(probabilities: Doubles) -> dict[HeadName, Doubles]:
    """The heads' log-odds from probabilities in the order of ``KINDS``: the way back from ``kind_probabilities``."""
    logs = np.log(np.maximum(probabilities, np.exp(-2 * LIMIT)))
    both = [np.log(np.maximum(side.sum(axis=1), 1e-12)) for side in (probabilities[:, :2], probabilities[:, 2:])]
    return {"act": both[0] - both[1], "trafficking": logs[:, 0] - logs[:, 1], "legitimate": logs[:, 2] - logs[:, 3]}


def sigmoid(logits: Doubles) -> Doubles:
    """Probabilities of log-odds, which are held within ``LIMIT`` first."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -LIMIT, LIMIT))))


def _names(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array(sorted(KINDS))[labels] if labels.dtype.kind in "iu" else labels


def _log_odds(head: Any, X: Any) -> Doubles:
    if hasattr(head, "decision_function"):
        return np.asarray(head.decision_function(X), dtype=float)
    probability = np.clip(head.predict_proba(X)[:, 1], 1e-9, 1 - 1e-9)
    return np.asarray(np.log(probability / (1 - probability)))
