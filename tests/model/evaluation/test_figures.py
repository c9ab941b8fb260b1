"""Figures on real texts: slices, thresholds by board, worse than the plain recipe; pairs of invented twins."""

import numpy as np
import pytest

from builders import make_ad
from model.datasets.counted import CountedText
from model.datasets.labels import LabelledAd, acts
from model.evaluation.figures import RealFigures, Threshold, calibration, is_worse, name_of, operating_points, pairs_won
from model.evaluation.real_slices import PAIRS, SLICES, masks

ORDINARY = {"board", "other-board"}


def row(number, kind="job_fraud", *, dataset="real", sort="scam", genre="chat", language="en", real=True, **fields):
    ad = make_ad(ad_id=f"{dataset}:{number}", language=language)
    return LabelledAd(
        ad=ad, kind=kind, dataset=dataset, sort=sort, genre=genre, group=f"{dataset}:{number}", source=dataset,
        real=real, **fields,
    )  # fmt: skip


def world():
    rows = [row(n) for n in range(40)]
    rows += [row(n, "legitimate", sort="legit_informal") for n in range(40, 80)]
    rows += [row(n, "not_an_ad", sort="message") for n in range(80, 100)]
    for board, count in (("board", 200), ("other-board", 50)):
        rows += [row(n, "legitimate", dataset=board, sort="ordinary_job_ad", genre="board") for n in range(count)]
    return rows


def test_each_sort_of_real_texts_is_in_one_slice_of_its_own():
    counted = CountedText(np.array([3], dtype=np.int32), {})
    sorts = {
        "scams": row(0), "lures": row(0, "trafficking_recruitment", sort="lure"),
        "informal_offers": row(0, "legitimate", sort="legit_informal"),
        "work_messages": row(0, "not_an_ad", sort="message"),
        "warnings": row(0, "not_an_ad", sort="awareness"),
        "look_alikes": row(0, "legitimate", dataset="lures", sort="legit_migrant_job", genre="quoted"),
        "quoted_frauds": row(0, dataset="lures", sort="money_mule", genre="quoted"),
        "messages_vi": row(0, "not_an_ad", dataset="messages-vi", sort="other_spam", language="vi"),
        "chat_offers": row(0, "legitimate", dataset="telegram-ru", sort="lawful_offer"),
        "chat_spam": row(0, "not_an_ad", dataset="telegram-ru", sort="other_spam", language="ru"),
        "emscad_frauds": row(0, dataset="emscad", sort="board_ad", genre="board"),
        "further_dangerous": row(0, dataset="further", counted=counted),
        "further_offers": row(0, "legitimate", dataset="further", sort="offer", counted=counted),
        "further_others": row(0, "not_an_ad", dataset="further", sort="spam", counted=counted),
        "further_ads": row(0, "legitimate", dataset="further", sort="ad", genre="board", counted=counted),
        "other_dangerous": row(0, dataset="ours", sort="job_fraud", genre="board"),
        "other_lawful": row(0, "legitimate", dataset="ours", sort="legitimate", genre="board"),
    }  # fmt: skip
    found = masks([*sorts.values(), row(0, real=False)], ORDINARY)
    names = [[name for name, mask in found.items() if mask[place]] for place in range(len(sorts) + 1)]
    assert names == [*([name] for name in sorts), []], "invented texts are in none"
    whole = masks([row(0, "trafficking_recruitment", dataset="lures", sort="verbatim_ad", genre="quoted")], ORDINARY)
    assert {name for name, mask in whole.items() if mask[0]} == {"whole_lures", "quoted_lures"}


def test_a_word_of_a_table_puts_nothing_to_act_on_among_what_should_not_be_flagged():
    found = masks([row(0, sort=sort, language="vi") for sort in ("message", "other_spam", "awareness")], ORDINARY)
    assert {name for name, mask in found.items() if mask.any()} == {"scams"}


def test_thresholds_are_shares_of_boards_that_weigh_the_same():
    rows = world()
    score = np.arange(len(rows), dtype=float)
    found = RealFigures(rows, ORDINARY, seed=1).measure(score)
    shares = {name: board["0.02"]["value"] for name, board in found["boards"].items()}
    assert shares == {"board": 0.0, "other-board": pytest.approx(0.04)}
    assert found["threshold_over"] == "ordinary ads"
    assert [point["ordinary_flagged"] for point in operating_points(Threshold.over(rows, ORDINARY), score)] == [
        0.005, 0.01, 0.02, 0.05,
    ]  # fmt: skip


def test_known_frauds_of_an_ordinary_board_set_no_threshold_and_are_to_be_found():
    frauds = [row(n, dataset="board", sort="job_fraud", genre="board") for n in range(900, 915)]
    rows = [*world(), *frauds]
    score = np.array(acts(rows)) * 9.0 + np.arange(len(rows)) / 1000
    found = RealFigures(rows, ORDINARY, seed=1).measure(score)
    assert found["slices"]["other_dangerous"]["0.005"] == found["slices"]["other_dangerous"]["0.1"]
    assert found["slices"]["other_dangerous"]["0.02"]["found"] == 15
    assert found["boards"]["board"]["0.02"]["of"] == 200


def test_without_ordinary_ads_lawful_texts_set_the_threshold_and_it_is_said():
    rows = world()
    assert Threshold.over(rows, frozenset()).of == "real lawful texts"
    invented = [row(n, kind, real=False) for n in range(9) for kind in ("job_fraud", "legitimate")]
    threshold = Threshold.over(invented, frozenset())
    assert (threshold.of, threshold.rows.sum()) == ("lawful texts", 9)
    assert threshold.at(np.full(18, np.nan), 0.02) is None


def test_what_is_worse_than_the_plain_recipe_beyond_the_interval_is_named():
    rows = world()
    good = np.array(acts(rows)) * 4.0 - 2 + np.random.default_rng(1).normal(0, 0.3, len(rows))
    bad = good.copy()
    bad[:30], bad[40:60] = -3, 3
    figures = RealFigures(rows, ORDINARY, seed=1)
    apart = figures.compare(bad, good)
    assert {name for name, one in apart.items() if is_worse(name, one)} == {
        "scams", "informal_offers", "auc_sent_over_informal_offers", "auc_sent_over_work_messages",
    }  # fmt: skip
    assert apart["scams"]["value"] == pytest.approx(-30 / 40, abs=0.05)
    assert not any(is_worse(name, one) for name, one in figures.compare(good, bad).items())
    assert all(one["value"] == one["low"] == one["high"] == 0 for one in figures.compare(good, good).values())


def test_few_clusters_say_nothing_of_a_difference():
    rows = world() + [row(n, "trafficking_recruitment", sort="lure", cluster="one") for n in range(30)]
    good = np.array(acts(rows)) * 4.0 - 2
    bad = good.copy()
    bad[-30:] = -3
    assert "scams" in (apart := RealFigures(rows, ORDINARY, seed=1).compare(bad, good))
    assert "lures" not in apart, "of one cluster every draw is the same"


def test_rows_that_were_not_held_out_are_passed_over():
    rows = world()
    score = np.array(acts(rows)) * 2.0 - 1
    score[:10] = np.nan
    found = RealFigures(rows, ORDINARY, seed=1).measure(score)
    assert found["slices"]["scams"]["0.02"]["of"] == 30
    assert found["auc"]["sent_over_informal_offers"]["value"] == 1
    assert found["by_language"]["en"]["found"]["of"] == 30
    assert calibration(rows, score)["by_language"]["en"]["rows"] == len(rows) - 10


def test_every_slice_and_pair_has_words_for_the_card():
    assert all(name_of(one.key) == one.title for one in SLICES)
    assert "AUC" not in name_of("auc_emscad")
    assert all("_" not in name_of(f"auc_{name}") for name in PAIRS)


def test_twins_are_compared_within_and_across_genres():
    rows = [
        row(f"{group}{genre}{kind}", kind, genre=genre, real=False, twins=group)
        for group in ("a", "b")
        for genre in ("chat", "board")
        for kind in ("job_fraud", "legitimate")
    ]
    rows = [LabelledAd(**{**{name: getattr(one, name) for name in one.__slots__}, "group": one.twins}) for one in rows]
    assert pairs_won(rows, np.array([3, 1, 2, 4, 3, 1, 2, 1.5])) == {
        "chat": {"won": 2, "of": 2}, "board": {"won": 1, "of": 2}, "board_over_chat": {"won": 2, "of": 2},
        "within_genre": {"won": 3, "of": 4},
    }  # fmt: skip
