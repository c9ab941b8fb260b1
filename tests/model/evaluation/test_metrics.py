"""Measures hold against scikit-learn's, and intervals widen with clusters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.evaluation.metrics import (
    auc,
    calibration_error,
    cluster_draws,
    clustered_share,
    effective_size,
    spread,
    weighted_auc,
    weighted_precision,
    weighted_threshold,
)

SCORES = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), min_size=2, max_size=30)


@settings(deadline=None)
@given(SCORES)
def test_ranking_measures_agree_with_scikit_learn(rows):
    from sklearn import metrics

    truth, score, weight = (np.array(column) for column in zip(*rows, strict=True))
    score = score.astype(float)
    if truth.all() or not truth.any():
        assert auc(truth, score) is None
        return
    assert auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    precision = weighted_precision(truth, score, np.ones((1, len(truth))))
    assert precision[0] == pytest.approx(metrics.average_precision_score(truth, score))
    drawn = weight[None].astype(float)
    if weight[truth].any() and weight[~truth].any():
        plain = metrics.roc_auc_score(truth, score, sample_weight=weight)
        assert weighted_auc(truth, score, drawn)[0] == pytest.approx(plain)
        plain = metrics.average_precision_score(truth, score, sample_weight=weight)
        assert weighted_precision(truth, score, drawn)[0] == pytest.approx(plain)
    else:
        assert np.isnan(weighted_auc(truth, score, drawn)[0])


def test_calibration_error_is_the_distance_between_what_was_said_and_what_was():
    truth = np.array([True, False, False, False])
    assert calibration_error(truth, np.full(4, 0.25)) == 0
    assert calibration_error(truth, np.full(4, 0.75)) == pytest.approx(0.5)


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4)), min_size=1, max_size=40),
    st.sampled_from([0.005, 0.02, 0.5]),
)
def test_a_threshold_lets_no_more_than_the_asked_share_through_and_the_next_lower_one_would(rows, share):
    score, weight = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    limit = weighted_threshold(score, weight, share)
    assert weight[score > limit].sum() <= share * weight.sum() + 1e-6
    lower = score[score < limit]
    if len(lower):
        assert weight[score > lower.max()].sum() > share * weight.sum()


def test_a_board_of_many_ads_weighs_as_much_as_one_of_few():
    score = np.array([*np.linspace(0, 1, 1000), *np.linspace(2, 3, 10)])
    weight = np.array([1 / 1000] * 1000 + [1 / 10] * 10)
    assert weighted_threshold(score, weight, 0.5) < 2 + 1 / 9
    assert weighted_threshold(score, np.ones(1010), 0.5) < 1


def test_copies_of_one_text_tell_little_more_than_the_text():
    flags = np.repeat([0.0, 1.0, 1.0, 1.0], 25)
    copies = [number // 25 for number in range(100)]
    assert effective_size(flags, copies) <= 4
    assert effective_size(flags, range(100)) == pytest.approx(100, rel=0.02)
    wide, narrow = (clustered_share(flags > 0, names) for names in (copies, range(100)))
    assert (wide["value"], wide["found"], wide["of"]) == (0.75, 75, 100)
    assert wide["low"] < narrow["low"] < 0.75 < narrow["high"] < wide["high"]
    assert clustered_share(np.ones(100, dtype=bool), copies)["low"] < 0.6, "four texts, all found"


def test_an_interval_is_drawn_over_clusters_and_repeats_with_its_seed():
    value, clusters = np.repeat([0.0, 1.0, 1.0, 1.0], 25), [number // 25 for number in range(100)]
    draws = cluster_draws(clusters, seed=1)
    assert {len(set(draw[:25])) for draw in draws} == {1}, "a cluster is drawn as a whole"
    mean = lambda weights: weights @ value / weights.sum(axis=1)
    found = spread(mean, draws)
    assert found["low"] <= 0.5 < found["value"] < found["high"]
    assert spread(mean, cluster_draws(clusters, seed=1)) == found
