"""Kinds by three heads: probabilities, calibration, and whatever scikit-learn expects of a classifier."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from model.assessment import KINDS
from model.classifier.kinds import (
    HEADS,
    LIMIT,
    QUESTIONS,
    KindClassifier,
    answers_in,
    answers_of,
    default_estimator,
    fit_lines,
    head_targets,
    kind_probabilities,
    shares_of,
    sigmoid,
)  # fmt: skip

GENERATOR = np.random.default_rng(7)
Y = np.array([KINDS[number % 4] for number in range(120)])
X = GENERATOR.normal(size=(120, 6)) + np.array([[2.0 * (kind == KINDS[at % 4]) for at in range(6)] for kind in Y])

ESTIMATORS = {
    "none given": None,
    "logistic regression": LogisticRegression(),
    "gradient descent": SGDClassifier(loss="log_loss", random_state=0),
    "a tree, without coef_": DecisionTreeClassifier(max_depth=3, random_state=0),
}
estimators = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)


@estimators
def test_probabilities_sum_to_one_and_the_first_two_kinds_to_the_score(estimator):
    fitted = KindClassifier(estimator).fit(X, Y)
    found = fitted.predict_proba(X)
    assert found.shape == (120, 4)
    assert np.allclose(found.sum(axis=1), 1)
    assert ((found > 0) & (found < 1)).all()
    act = found[:, [fitted.classes_.tolist().index(kind) for kind in KINDS[:2]]].sum(axis=1)
    assert np.allclose(act, sigmoid(fitted.decision_function(X)))
    assert (fitted.predict(X) == Y).mean() > 0.7


@estimators
def test_places_among_the_sorted_names_teach_what_the_names_teach(estimator):
    named = KindClassifier(estimator).fit(X, Y)
    numbered = KindClassifier(estimator).fit(X, np.array([sorted(KINDS).index(kind) for kind in Y]))
    assert np.array_equal(named.predict_proba(X), numbered.predict_proba(X))
    assert named.classes_.tolist() == sorted(KINDS)
    assert numbered.predict(X).tolist() == [sorted(KINDS).index(kind) for kind in named.predict(X)]


@pytest.mark.parametrize("method", ["predict_proba", "decision_function", "predict"])
def test_it_is_cross_validated_by_scikit_learn(method):
    found = cross_val_predict(KindClassifier(), X, Y, cv=4, method=method)
    assert found.shape == {"predict_proba": (120, 4)}.get(method, (120,))


def test_a_row_of_weight_two_counts_as_two_rows():
    twice = KindClassifier(LogisticRegression(tol=1e-8)).fit(np.vstack([X, X[:40]]), np.append(Y, Y[:40]))
    weights = np.where(np.arange(120) < 40, 2.0, 1.0)
    heavy = KindClassifier(LogisticRegression(tol=1e-8)).fit(X, Y, sample_weight=weights)
    assert np.allclose(twice.predict_proba(X), heavy.predict_proba(X), atol=1e-4)


def test_a_row_without_weight_teaches_nothing():
    others = KINDS[1] != Y
    weighed = KindClassifier(DecisionTreeClassifier(max_depth=3, random_state=0)).fit(X, Y, others.astype(float))
    without = KindClassifier(DecisionTreeClassifier(max_depth=3, random_state=0)).fit(X[others], Y[others])
    assert np.allclose(weighed.decision_function(X), without.decision_function(X))


def test_it_is_cloned_and_set_as_any_other_estimator():
    classifier = KindClassifier(LogisticRegression(C=2.0), lines={"act": (2.0, 1.0)}).fit(X, Y)
    copy = clone(classifier)
    assert copy.get_params()["estimator__C"] == 2.0
    assert copy.get_params()["lines"] == {"act": (2.0, 1.0)}
    assert copy.set_params(estimator__C=0.5, lines=None).get_params()["estimator__C"] == 0.5
    assert classifier.estimator.C == 2.0
    with pytest.raises(NotFittedError):
        copy.predict_proba(X)


@pytest.mark.parametrize(
    ("kinds", "against_lawful", "against_no_ad", "trafficking"),
    [
        (KINDS[2:], -LIMIT, -LIMIT, -LIMIT),
        (KINDS[:2], LIMIT, LIMIT, None),
        (KINDS[1:3], None, LIMIT, -LIMIT),
        (KINDS[:1], LIMIT, LIMIT, LIMIT),
    ],
)
def test_a_head_whose_rows_are_of_one_sort_says_always_the_same(kinds, against_lawful, against_no_ad, trafficking):
    rows = np.isin(Y, kinds)
    fitted = KindClassifier().fit(X[rows], Y[rows])
    logits = fitted.head_logits(X)
    for name, expected in zip(HEADS, (against_lawful, against_no_ad, trafficking), strict=True):
        if expected is None:
            assert len(set(logits[name].tolist())) > 1
        else:
            assert set(logits[name].tolist()) == {expected}
    # Kinds that were not learnt have no column; what they would have had is next to nothing.
    assert fitted.predict_proba(X).shape == (120, len(kinds))
    assert set(fitted.predict(X[rows])) <= set(kinds)


def test_calibration_bends_each_answers_log_odds_by_its_line():
    fitted = KindClassifier().fit(X, Y)
    heads = fitted.head_logits(X)
    plain, bent = fitted.calibrated(heads), fitted.set_params(lines={"act": (0.5, -1.0)}).calibrated(heads)
    assert np.allclose(bent["act"], 0.5 * plain["act"] - 1.0)
    assert np.array_equal(bent["legitimate"], plain["legitimate"])


def test_log_odds_are_held_within_the_limit():
    sure = KindClassifier(lines=dict.fromkeys(QUESTIONS, (1e6, 0.0))).fit(X, Y)
    assert np.abs(sure.decision_function(X)).max() == LIMIT
    assert ((sure.predict_proba(X) > 0) & (sure.predict_proba(X) < 1)).all()


def test_each_head_learns_from_the_rows_that_it_decides_about():
    targets = head_targets(KINDS)
    assert {name: (rows.tolist(), positive.tolist()) for name, (rows, positive) in targets.items()} == {
        "against_lawful": ([0, 1, 2], [True, True, False]),
        "against_no_ad": ([0, 1, 3], [True, True, False]),
        "trafficking": ([0, 1], [True, False]),
    }


LOGITS = st.floats(-LIMIT / 2, LIMIT / 2)


ROWS_OF_LOGITS = st.lists(st.tuples(LOGITS, LOGITS, LOGITS), min_size=1, max_size=9)


@given(ROWS_OF_LOGITS)
def test_answers_in_kinds_are_the_way_back_from_kinds_of_answers(rows):
    answers = dict(zip(QUESTIONS, np.array(rows).T, strict=True))
    kinds = kind_probabilities(answers)
    assert np.allclose(kinds.sum(axis=1), 1)
    for name, found in answers_in(kinds).items():
        assert np.allclose(found, answers[name], atol=1e-6)


@given(ROWS_OF_LOGITS)
def test_odds_between_two_kinds_are_those_of_the_head_that_compares_them(rows):
    heads = dict(zip(HEADS, np.array(rows).T, strict=True))
    trafficking, fraud, lawful, no_ad = kind_probabilities(answers_of(heads)).T
    assert np.allclose(np.log((trafficking + fraud) / lawful), heads["against_lawful"], atol=1e-6)
    assert np.allclose(np.log((trafficking + fraud) / no_ad), heads["against_no_ad"], atol=1e-6)


@given(ROWS_OF_LOGITS)
def test_the_score_is_the_sum_of_its_heads_by_their_shares_less_the_entropy_of_these(rows):
    lawful, no_ad, _ = np.array(rows).T
    heads = dict(zip(HEADS, np.array(rows).T, strict=True))
    shares = shares_of(heads)
    assert np.allclose(shares.sum(axis=1), 1)
    entropy = -(shares * np.log(shares)).sum(axis=1)
    parts = shares[:, 0] * lawful + shares[:, 1] * no_ad - entropy
    assert np.allclose(answers_of(heads)["act"], parts, atol=1e-6)


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=9))
def test_answers_in_any_probabilities_are_numbers(rows):
    assert all(np.isfinite(found).all() for found in answers_in(np.array(rows)).values())


def test_lines_undo_what_was_bent():
    honest = GENERATOR.normal(0, 2, 20_000)
    kinds = np.where(GENERATOR.random(20_000) < sigmoid(honest), "job_fraud", "legitimate")
    lines = fit_lines(dict.fromkeys(QUESTIONS, 2 * honest + 1), kinds)
    assert lines["act"] == (pytest.approx(0.5, abs=0.05), pytest.approx(-0.5, abs=0.1))
    assert lines.keys() == {"act"}, "rows of one sort teach no line"


def test_a_head_that_orders_held_out_rows_the_wrong_way_round_says_how_many_there_are_and_no_more():
    kinds = np.array(["job_fraud"] * 30 + ["legitimate"] * 90)
    wrong = np.where(kinds == "job_fraud", -1.0, 1.0) + GENERATOR.normal(0, 0.5, 120)
    assert fit_lines(dict.fromkeys(QUESTIONS, wrong), kinds)["act"] == (0.0, pytest.approx(math.log(1 / 3)))


def test_what_is_given_where_nothing_is_chosen_is_a_logistic_regression():
    assert isinstance(KindClassifier().fit(X, Y).heads_["against_lawful"], LogisticRegression)
    assert default_estimator().get_params() == KindClassifier().fit(X, Y).heads_["against_lawful"].get_params()


def test_numbers_of_some_kinds_alone_are_refused():
    """``cross_val_predict`` counts the kinds that are there: 0 would be another kind than in a fold with all four."""
    some = KINDS[1] != Y
    with pytest.raises(ValueError, match="numbers of 3 kinds; expected all 4, or names"):
        KindClassifier().fit(X[some], np.unique(Y[some], return_inverse=True)[1])
    assert KindClassifier().fit(X[some], Y[some]).predict_proba(X).shape == (120, 3)
