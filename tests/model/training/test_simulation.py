"""Replays of a labelled set: every row is read once, whatever the order, and a better order finds more, sooner."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import LAWFUL, LURES

from builders import make_ad
from model.datasets.labels import LabelledAd, acts
from model.training.label_errors import learner_of, simulate_with
from model.training.simulation import (
    STRATEGIES,
    Plan,
    choose_order,
    draw_recall,
    first_of_each,
    interleave,
    order_figures,
    replay,
    simulate,
)

SHARES = {"risk": 0.85, "uncertain": 0.05, "random": 0.1}
PLAN = Plan(capacity=50, shares=SHARES)


def rows_of(count):
    def row(number, lure):
        word = "".join(chr(97 + (number * step) % 26) for step in (1, 3, 7, 9, 11))
        text = f"{word} {(LURES if lure else LAWFUL)[number % 4]}"
        kind = "trafficking_recruitment" if lure else "legitimate"
        ad = make_ad(ad_id=f"a:{number}", title="", description=text)
        return LabelledAd(ad=ad, kind=kind, dataset="d", sort="s", genre="board", group=f"g{number}")

    return [row(number, number % 10 == 0) for number in range(count)]


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(-5, 5), st.sampled_from("abcdef")), min_size=1, max_size=80),
    st.sampled_from(STRATEGIES),
    st.one_of(st.none(), st.integers(1, 60)),
    st.integers(0, 5),
)
def test_every_row_is_read_once_whatever_the_strategy(rows, strategy, retrain_every, seed):
    truth, logits, keys = (np.array(column) for column in zip(*rows, strict=True))
    plan = Plan(capacity=50, shares=SHARES, retrain_every=retrain_every)
    learn = lambda read: np.where(np.isin(np.arange(len(truth)), read), 1.0, logits)
    order = replay(truth, list(keys), strategy, plan, first=logits, learn=learn, seed=seed)
    assert sorted(order) == list(range(len(rows)))
    assert order == replay(truth, list(keys), strategy, plan, first=logits, learn=learn, seed=seed)


@given(st.lists(st.sampled_from("abcde")), st.sets(st.sampled_from("abcde")))
def test_one_of_each_near_duplicate_comes_before_any_second_one(keys, known):
    order = first_of_each(range(len(keys)), keys, known=frozenset(known))
    new = len(set(keys) - known)
    assert sorted(order) == list(range(len(keys)))
    assert Counter(keys[place] for place in order[:new]) == Counter(set(keys) - known)


@given(st.integers(1, 200))
def test_shares_are_kept_at_every_point_of_a_night(size):
    queues = {"risk": range(1000), "uncertain": range(1000, 2000), "random": range(2000, 3000)}
    order = interleave(queues, SHARES)[:size]
    for name, queue in queues.items():
        assert abs(sum(one in queue for one in order) - SHARES[name] * size) < 1.5
    assert len(set(interleave(queues, SHARES))) == 3000


def test_a_thing_in_two_queues_is_given_once_and_an_empty_queue_leaves_its_share_to_others():
    assert interleave({"risk": [1, 2, 3], "random": [3, 2]}, {"risk": 0.5, "random": 0.5}) == [1, 3, 2]
    assert interleave({"risk": [1, 2], "random": []}, {"risk": 0.1, "random": 0.9}) == [1, 2]


def test_each_strategy_begins_where_it_should():
    logits, keys = np.array([3.0, 2.9, 0.1, -2.0]), ["a", "a", "b", "c"]
    begun = {
        one: choose_order(one, logits, keys, limit=0, shares={}, generator=np.random.default_rng(1))
        for one in ("risk", "uncertain", "diverse")
    }
    assert begun == {"risk": [0, 1, 2, 3], "uncertain": [2, 3, 1, 0], "diverse": [0, 2, 3, 1]}


def test_figures_of_an_order_are_those_of_a_ranking():
    best = np.arange(1000) < 100
    figures = order_figures(best, 100)
    assert figures["saved_work_at_0.95"] == pytest.approx(1 - 0.095 - 0.05)
    assert (figures["found_after_0.1"], figures["time_to_discovery"]) == (1, pytest.approx(0.0505))
    assert (figures["precision_at_50"], figures["recall_at_100"], figures["nights_until_0.95"]) == (1, 1, 1)
    spread = order_figures(np.arange(1000) % 10 == 0, 100)
    assert spread["precision_at_50"] == pytest.approx(0.1)
    assert spread["recall_at_100_first_night"] == pytest.approx(0.1)
    assert spread["nights_until_0.95"] == 10


def test_a_good_model_beats_chance_and_a_bad_one_does_not():
    rows = rows_of(200)
    truth = np.array(acts(rows))
    found = {
        name: simulate(rows, PLAN, first=np.where(truth, sign, -sign) * 1.0, learn=None)["strategies"]
        for name, sign in (("good", 2), ("bad", -2))
    }
    figure = "saved_work_at_0.95"
    assert found["good"]["risk"]["figures"][figure]["value"] > 0.8
    assert found["bad"]["risk"]["figures"][figure]["value"] < found["bad"]["random"]["figures"][figure]["low"]
    assert found["good"]["mix"]["figures"][figure]["value"] < found["good"]["risk"]["figures"][figure]["value"]
    assert found["good"]["risk"]["curve"][0] == (0, 0)
    assert found["good"]["risk"]["curve"][-1] == (1, 1)


def test_ties_are_not_decided_by_the_order_of_the_file():
    rows = sorted(rows_of(400), key=lambda row: row.kind, reverse=True)
    found = simulate(rows, Plan(shares=SHARES, strategies=("risk",)), first=np.zeros(400), learn=None)
    assert abs(found["strategies"]["risk"]["figures"]["found_after_0.1"]["value"] - 0.1) < 0.08


def test_without_a_model_it_learns_from_what_is_read(small_project):
    rows = rows_of(300)
    learn = learner_of(rows, small_project.taxonomy)
    plan = Plan(capacity=50, retrain_every=50, shares=SHARES, strategies=("risk", "random"), seeds=(1,))
    found = simulate(rows, plan, first=None, learn=learn)["strategies"]
    assert found["risk"]["figures"]["saved_work_at_0.95"]["value"] > 0.5
    assert found["random"]["figures"]["saved_work_at_0.95"]["value"] < 0.3


def test_a_replay_counts_the_real_texts_that_the_model_had_learnt_before(small_project, small_rows):
    plan = Plan(shares=SHARES, strategies=("risk",), seeds=(1,))
    given = {"model": small_project.model, "taxonomy_folder": small_project.taxonomy}
    assert simulate_with(small_rows, plan, **given)["learnt_before"] == sum(row.real for row in small_rows) > 0
    assert simulate_with(rows_of(20), plan, **given)["learnt_before"] == 0


def test_a_saved_model_is_replayed_at_its_own_threshold_and_twice_the_same(small_project):
    rows = rows_of(120)
    plan = Plan(capacity=50, retrain_every=60, shares=SHARES, seeds=(1, 2))
    again = [
        simulate_with(rows, plan, model=small_project.model, taxonomy_folder=small_project.taxonomy) for _ in range(2)
    ]
    assert again[0] == again[1]
    assert again[0]["model_version"] == small_project.model.name
    assert again[0]["strategies"].keys() == set(STRATEGIES)
    svg = draw_recall(again[0]).svg
    assert all(f">{name}<" in svg for name in (*STRATEGIES, "best possible"))
