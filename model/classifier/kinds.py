"""Classifier of four kinds by three binary heads, two of which make the score."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from model.assessment import KINDS

HeadName = Literal["against_lawful", "against_no_ad", "trafficking"]
HEADS: Final[tuple[HeadName, ...]] = ("against_lawful", "against_no_ad", "trafficking")
"""What each learns to tell: ads to act on from lawful ads, and from what is no ad; trafficking from fraud."""

SCORING: Final = HEADS[:2]

Question = Literal["act", "trafficking", "legitimate"]
QUESTIONS: Final[tuple[Question, ...]] = ("act", "trafficking", "legitimate")
"""Would a reviewer act; if so, is it trafficking rather than fraud; if not, is it a lawful ad rather than no ad."""

LIMIT: Final = 20.0
"""Log-odds are held within it: nothing is surer than one in half a thousand million."""

Doubles = npt.NDArray[np.float64]
Line = tuple[float, float]


class KindClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Probabilities of the kinds of ``model.assessment.KINDS``.

    Three binary estimators share the work (``HEADS``). The first two are the regressions of a multinomial model, fitted
    one by one (Begg and Gray, 1984, Biometrika 71). ``lines`` calibrate the answers to ``QUESTIONS`` (``fit_lines``).
    ``heads_`` are the fitted heads; a number where the training rows of a head were all of one sort.
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
        """Log-odds of each head for each row, as fitted."""
        check_is_fitted(self)
        return {name: _log_odds(self.heads_[name], X) for name in HEADS}

    def calibrated(self, heads: Mapping[HeadName, Doubles]) -> dict[Question, Doubles]:
        """Log-odds of each answer by those of the heads, with Platt's line."""
        lines = ((name, logits, *self.line(name)) for name, logits in answers_of(heads).items())
        return {name: np.clip(slope * logits + offset, -LIMIT, LIMIT) for name, logits, slope, offset in lines}

    def decision_function(self, X: Any) -> Doubles:
        """Log-odds that a reviewer would act, of shape (n_ads,)."""
        return self.calibrated(self.head_logits(X))["act"]

    def predict_proba(self, X: Any) -> Doubles:
        """Probabilities in the order of ``classes_``, of shape (n_ads, n_classes)."""
        found = kind_probabilities(self.calibrated(self.head_logits(X)))
        return found[:, [KINDS.index(name) for name in _names(self.classes_).tolist()]]

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable kind of each row, of shape (n_ads,)."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def line(self, name: str) -> Line:
        """Slope and offset that calibrate an answer's log-odds; 1 and 0 where it is not calibrated."""
        return (self.lines or {}).get(name, (1.0, 0.0))


def default_estimator() -> LogisticRegression:
    """The estimator of each head; C of 20 found a little more on real texts than 10. With a tenth of the tolerance no
    log-odds of 1,661 real texts moved by more than 0.0003."""
    return LogisticRegression(C=20.0, solver="liblinear", dual=True, max_iter=1_000, tol=1e-2, random_state=0)


def head_targets(y: npt.ArrayLike) -> dict[HeadName, tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]]:
    """For each head the rows that it learns from, and which of them are positive."""
    act, lawful, trafficking = _masks(y)
    asked = ((act | lawful, act), (~lawful, act), (act, trafficking))
    return {name: (np.flatnonzero(rows), yes[rows]) for name, (rows, yes) in zip(HEADS, asked, strict=True)}


def answers_of(heads: Mapping[HeadName, Doubles]) -> dict[Question, Doubles]:
    """Log-odds of the answers: odds to act are 1 over the sum of the odds of both others against what is to act on."""
    lawful, no_ad = heads["against_lawful"], heads["against_no_ad"]
    act = np.asarray(-np.logaddexp(-lawful, -no_ad))
    return {"act": act, "trafficking": heads["trafficking"], "legitimate": no_ad - lawful}


def shares_of(heads: Mapping[HeadName, Doubles]) -> Doubles:
    """What each of ``SCORING`` counts for, of shape (n_ads, 2): how probable it is that an ad, if it is nothing to act
    on, is a lawful ad, or no ad. Log-odds to act are the heads' sum so weighed, less the entropy of the shares."""
    lawful = sigmoid(heads["against_no_ad"] - heads["against_lawful"])
    return np.stack([lawful, 1 - lawful], axis=1)


def fit_lines(logits: Mapping[Question, Doubles], y: npt.ArrayLike) -> dict[str, Line]:
    """The lines that calibrate held-out log-odds of the answers, by logistic regression (Platt, 1999)."""
    act, lawful, trafficking = _masks(y)
    asked = ((act | ~act, act), (act, trafficking), (~act, lawful))
    lines: dict[str, Line] = {}
    for name, (rows, yes) in zip(QUESTIONS, asked, strict=True):
        positive = yes[rows]
        if positive.all() or not positive.any():
            continue
        fitted = LogisticRegression(C=1e6).fit(logits[name][rows, None], positive)
        slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
        # Held-out log-odds that order rows the wrong way round are set to their mean, and not turned round.
        mean = positive.mean()
        lines[name] = (slope, offset) if slope > 0 else (0.0, float(np.log(mean / (1 - mean))))
    return lines


def kind_probabilities(answers: Mapping[Question, Doubles]) -> Doubles:
    """Probabilities in the order of ``KINDS`` along the last axis; they sum to 1, and the first two to the score."""
    act, trafficking, legitimate = (sigmoid(answers[name]) for name in QUESTIONS)
    rest = sigmoid(-np.asarray(answers["act"]))
    return np.stack([act * trafficking, act * (1 - trafficking), rest * legitimate, rest * (1 - legitimate)], axis=-1)


def answers_in(probabilities: Doubles) -> dict[Question, Doubles]:
    """The way back from ``kind_probabilities``: log-odds of the answers."""
    logs = np.log(np.maximum(probabilities, np.exp(-2 * LIMIT)))
    both = [np.log(np.maximum(side.sum(axis=1), 1e-12)) for side in (probabilities[:, :2], probabilities[:, 2:])]
    return {"act": both[0] - both[1], "trafficking": logs[:, 0] - logs[:, 1], "legitimate": logs[:, 2] - logs[:, 3]}


def sigmoid(logits: Doubles) -> Doubles:
    """Probabilities of log-odds, which are held within ``LIMIT`` first."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -LIMIT, LIMIT))))


def _masks(y: npt.ArrayLike) -> tuple[npt.NDArray[np.bool_], ...]:
    kinds = np.asarray(y)
    return np.isin(kinds, KINDS[:2]), kinds == KINDS[2], kinds == KINDS[0]


def _names(labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.array(sorted(KINDS))[labels] if labels.dtype.kind in "iu" else labels


def _log_odds(head: Any, X: Any) -> Doubles:
    if isinstance(head, float):
        return np.full(X.shape[0], head)
    if hasattr(head, "decision_function"):
        return np.asarray(head.decision_function(X), dtype=float)
    probability = np.clip(head.predict_proba(X)[:, 1], 1e-9, 1 - 1e-9)
    return np.asarray(np.log(probability / (1 - probability)))
