import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.evaluation.evaluate import FOLDS, fold_numbers
from model.datasets.labels import LabelledAd
from model.evaluation.metrics import (
    auc,
    average_precision,
    brier,
    calibration_error,
    intervals,
    share_above,
    threshold_at,
)  # fmt: skip
from model.evaluation.slices import slices, twins_in_order

SCORES = st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30)


def row(kind, genre="board", group="g", twins=None, dataset="d", sort="s"):
    return LabelledAd(ad=make_ad(), kind=kind, dataset=dataset, sort=sort, genre=genre, group=group, twins=twins)


@settings(deadline=None)
@given(SCORES)
def test_ranking_measures_agree_with_scikit_learn(pairs):
    from sklearn import metrics

    truth, score = np.array([one for one, _ in pairs]), np.array([float(two) for _, two in pairs])
    if truth.all() or not truth.any():
        assert auc(truth, score) is None
        return
    assert auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))


def test_calibration_error_is_the_distance_between_what_was_said_and_what_was():
    truth = np.array([True, False, False, False])
    assert calibration_error(truth, np.full(4, 0.25)) == 0
    assert calibration_error(truth, np.full(4, 0.75)) == pytest.approx(0.5)
    assert brier(truth, np.full(4, 0.5)) == 0.25


def test_a_threshold_lets_the_asked_share_through():
    score = np.arange(1000) / 1000
    assert share_above(score, threshold_at(score, 0.02)) == pytest.approx(0.02)
    assert share_above(np.zeros(0), 0.5) is None


def test_a_group_never_stands_on_both_sides():
    rows = [row("legitimate", group=f"g{number % 40}") for number in range(200)]
    folds = fold_numbers(rows, 1)
    assert len({(one.group, int(fold)) for one, fold in zip(rows, folds, strict=True)}) == 40
    assert set(folds.tolist()) == set(range(FOLDS))
    assert folds[:100].tolist() == fold_numbers(rows[:100], 1).tolist(), "whatever other rows there are"


def test_twins_are_compared_within_and_across_genres():
    rows = [
        row(kind, genre, group=group, twins=group)
        for group in ("a", "b")
        for genre in ("chat", "board")
        for kind in ("job_fraud", "legitimate")
    ]
    truth = np.array([one.kind == "job_fraud" for one in rows])
    score = np.array([3, 1, 2, 4, 3, 1, 2, 1.5])
    assert twins_in_order(rows, truth, score) == {
        "twins_chat": 1.0, "twins_board": 0.5, "twins_board_over_chat": 1.0,
    }  # fmt: skip


def test_slices_part_what_must_be_found_from_what_must_be_left_alone():
    rows = [
        row("trafficking_recruitment", "quoted", sort="verbatim_ad"),
        row("legitimate", "quoted", sort="legit_migrant_job"),
        row("not_an_ad", "news", sort="warning"),
        row("not_an_ad", "chat", sort="ordinary_message"),
        row("job_fraud", dataset="emscad"),
        row("job_fraud", dataset="elsewhere"),
    ]
    found = slices(rows, np.array([True, False, False, False, True, True]))
    assert {name: np.flatnonzero(where).tolist() for name, where in found.items() if where.any()} == {
        "found_whole_lures": [0], "found_quoted_lures": [0], "found_frauds_outside_emscad": [5],
        "found_emscad_frauds": [4], "alarm_quoted_look_alikes": [1], "alarm_warnings_and_news": [2],
        "alarm_ordinary_messages": [3],
    }  # fmt: skip


def test_an_interval_is_drawn_over_groups_and_repeats_with_its_seed():
    value = np.repeat([0.0, 1.0, 1.0, 1.0], 25)
    groups = [str(number // 25) for number in range(100)]
    low, high = intervals(lambda at: {"mean": float(value[at].mean())}, groups, draws=100, seed=1)["mean"]
    assert low <= 0.5 < 0.75 < high, "four groups tell little, however many rows they have"
    assert intervals(lambda at: {"mean": float(value[at].mean())}, groups, draws=100, seed=1)["mean"] == (low, high)


def test_metrics_hold_headlines_operating_points_and_collections_left_out(small_project):
    metrics = json.loads((small_project.model / "metrics.json").read_text())
    assert {"value", "low", "high"} == metrics["headline"]["auc"].keys()
    assert [one["ordinary_flagged"] for one in metrics["operating_points"]] == [0.005, 0.02]
    assert all(0 < one["threshold"] < 1 for one in metrics["operating_points"])
    assert metrics["headline"]["twins_board_over_chat"]["value"] > 0.5
    assert {"contrast", "contrast alone", "texts", "board", "emscad"} == metrics["left_out"].keys()
    assert metrics["left_out"]["contrast alone"] == metrics["left_out"]["contrast"], "it has no kin"
    parts = {"language", "variety", "dataset", "genre", "kind", "exploitation", "sector", "meant_for"}
    assert parts == metrics["by"].keys()
    assert set(metrics["by"]["meant_for"]) <= {"men", "women", "either"}
    assert 0 <= metrics["nights"]["precision_at_50"]["low"] <= metrics["nights"]["precision_at_50"]["high"] <= 1
    assert metrics["later"] == [], "no collection has dates"
    assert "board_over_chat_lawful" in metrics["genre_probe"]
    assert "collection_told" in metrics["genre_probe"]
