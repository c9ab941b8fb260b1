import pytest

from builders import make_ad
from model.datasets.labels import LabelledAd, acts, near_duplicate_key, row_weights


def row(kind="legitimate", dataset="a board", sort="board_ad"):
    return LabelledAd(ad=make_ad(), kind=kind, dataset=dataset, sort=sort, genre="board", group="one")


def test_a_reviewer_acts_on_trafficking_and_on_fraud_and_on_nothing_else():
    kinds = ("trafficking_recruitment", "job_fraud", "legitimate", "not_an_ad")
    assert acts(row(kind) for kind in kinds) == [True, True, False, False]


def test_a_large_collection_counts_for_more_than_a_small_one_but_not_in_proportion():
    large, small = [row(dataset="large") for _ in range(100)], [row(dataset="small") for _ in range(4)]
    weights = row_weights(large + small, {})
    assert sum(weights[:100]) / sum(weights[100:]) == pytest.approx(5.0)
    assert abs(sum(weights) / len(weights) - 1) < 1e-9


def test_kinds_of_a_collection_are_weighed_apart():
    many, few = [row("job_fraud") for _ in range(64)], [row("legitimate", sort=str(n)) for n in range(4)]
    weights = row_weights(many + few, {})
    assert weights[64] == pytest.approx(4 * weights[0])


def test_emphasis_multiplies_the_weight_of_a_collection():
    weights = row_weights([row(dataset="a"), row(dataset="b")], {"a": 3.0})
    assert weights[0] == 3 * weights[1]


def test_ads_to_act_on_get_no_more_than_their_share_in_nature():
    rows = [*(row("job_fraud") for _ in range(49)), *(row() for _ in range(36)), row("not_an_ad"), row(dataset="b")]
    weights = row_weights(rows, {}, {"a board": 0.05, "b": None})
    assert sum(weights[:49]) / sum(weights[:86]) == pytest.approx(0.05)
    assert sum(weights[49:85]) / weights[85] == pytest.approx(6.0), "kinds of lawful rows keep their proportion"
    assert weights[86] == pytest.approx(7 * weights[0]), "other collections are as they were"
    assert row_weights(rows, {}, {"a board": 0.9}) == row_weights(rows, {}), "never less than without"


def test_a_template_filled_in_with_other_numbers_is_a_near_duplicate():
    assert near_duplicate_key("Call 555 0100, pay 900!") == near_duplicate_key("call 5550199 – PAY 1,200")
    assert near_duplicate_key("Call now") != near_duplicate_key("Come now")
