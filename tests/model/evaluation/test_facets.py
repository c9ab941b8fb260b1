"""What figures are parted by, how far texts lie from what was learnt, and what a night brings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from model.evaluation.drift import measure_drift, measure_mix
from model.evaluation.facets import exploitation_of, meant_for, part_rows, sector_of
from model.classifier.features import SignReader
from model.classifier.fitting import Recipe, build_design
from model.datasets.labels import LabelledAd
from model.evaluation.nights import measure_nights
from model.reading.reader import EvidenceReader
from model.taxonomy.loader import load_taxonomy
from model.evaluation.time_order import measure_later
from small_model import LAWFUL, LURES

SHARES = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), min_size=1).map(
    lambda counts: {part: count / sum(counts.values()) for part, count in counts.items()}
)


def row(text="Work", *, kind="legitimate", language="en", number=0, **fields):
    ad = make_ad(ad_id=f"a:{number}", title="", description=text, language=language)
    return LabelledAd(
        **{"ad": ad, "kind": kind, "dataset": "d", "sort": "s", "genre": "board", "group": f"g{number}", **fields}
    )


@pytest.mark.parametrize(
    ("text", "language", "sector"),
    [
        ("Deckhands for a fishing vessel", "en", "agriculture_and_fishing"),
        ("Tuyển công nhân nhà máy may, đóng gói", "vi", "factory_and_warehouse"),
        ("Lowongan kurir dan sopir", "id", "security_and_driving"),
        ("รับพนักงานเสิร์ฟร้านอาหาร", "th", "hospitality"),
        ("招客服打字员", "zh", "online_and_sales"),
        ("Нужна сиделка, няня", "ru", "domestic_and_care"),
        ("Hello there", "en", "unknown"),
    ],
)
def test_a_sector_is_read_from_what_an_ad_is_about(text, language, sector):
    assert sector_of(row(text, language=language)) == sector


@pytest.mark.parametrize(
    ("word", "family"),
    [("", "none said"), ("none", "none said"), ("scam compound (forced criminality)", "forced_criminality"),
     ("debt_bondage_farm", "debt_bondage"), ("hostess_debt", "sexual_exploitation"), ("visa_fee", "fee_fraud"),
     ("something else", "other")],
)  # fmt: skip
def test_a_collections_own_word_belongs_to_a_family(word, family):
    assert exploitation_of(row(exploitation=word)) == family


@pytest.mark.parametrize(("tag", "language"), [("en-KE", "en"), ("zh-Hant", "zh"), ("km", "km"), (None, "unknown")])
def test_figures_by_language_are_of_all_its_countries_and_scripts(tag, language):
    parts = part_rows([row(language=tag)])
    assert (parts["language"], parts["variety"]) == ([language], [tag or "unknown"])


def test_a_collections_word_for_whom_an_offer_is_meant_goes_before_the_text():
    assert meant_for(row("Women wanted", target="young men")) == "men"
    assert meant_for(row("Women wanted")) == "women"
    assert {"sector", "meant_for", "exploitation"} <= part_rows([row()]).keys()


@given(SHARES, SHARES)
def test_drift_is_none_from_itself_all_from_nothing_in_common_and_the_same_both_ways(one, other):
    there, back, itself = (
        measure_drift({"x": a}, {"x": b})["x"]["distance"] for a, b in ((one, other), (other, one), (one, one))
    )
    assert there == pytest.approx(back)
    assert itself == pytest.approx(0)
    assert 0 <= there <= 1 + 1e-9
    if not one.keys() & other.keys():
        assert there == pytest.approx(1)


def test_drift_names_what_moved_most():
    learnt = measure_mix([row(number=n) for n in range(10)], np.full(10, 0.05))
    here = measure_mix([row(number=n, language="km" if n < 6 else "en") for n in range(10)], np.full(10, 0.95))
    drift = measure_drift(learnt, here)
    assert {one["part"] for one in drift["language"]["moved"]} == {"en", "km"}
    assert drift["language"]["moved"][0]["here"] in (0.4, 0.6)
    assert (drift["score"]["distance"], drift["genre"]["distance"]) == (1, 0)
    assert measure_drift({}, here) == {}, "a model that does not say what it learnt from"


def test_a_night_is_as_good_as_its_ranking():
    truth = np.arange(300) < 60
    groups = [f"g{number}" for number in range(300)]
    best = measure_nights(truth, np.where(truth, 1.0, 0.0), groups, seed=1)
    assert best["precision_at_50"]["value"] == best["recall_at_100"]["low"] == 1
    none = measure_nights(truth, np.zeros(300), groups, seed=1)
    assert none["precision_at_50"]["value"] == pytest.approx(50 / 2000, abs=0.01), "equal scores are no ranking"
    assert none == measure_nights(truth, np.zeros(300), groups, seed=1)
    assert measure_nights(truth[:60], np.zeros(60), groups[:60], seed=1) is None


def test_what_came_later_is_measured_by_what_was_earlier(small_project):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        row(
            f"{(LURES if lure else LAWFUL)[number % 4]} Desk {number}",
            kind="trafficking_recruitment" if lure else "legitimate",
            number=2 * number + lure,
            dated=start + timedelta(days=number) if number >= 10 else None,
        )
        for number in range(40)
        for lure in (0, 1)
    ]
    taxonomy = load_taxonomy(small_project.taxonomy)
    design = build_design(rows, EvidenceReader(taxonomy).read, SignReader(taxonomy))
    half, quarter = measure_later(design, Recipe(), {}, frozenset({"d"}), seed=1)
    assert (half["since"][:10], half["rows"], quarter["rows"]) == ("2026-01-26", 30, 16)
    assert half["auc"] == 1
    undated = build_design(rows[:20], EvidenceReader(taxonomy).read, SignReader(taxonomy))
    assert measure_later(undated, Recipe(), {}, frozenset(), seed=1) == []
