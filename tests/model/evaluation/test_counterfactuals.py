"""The same offer told otherwise: what is swapped, spoilt or told in another language, and what is said of it."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import make_ad
from model.datasets.labels import LabelledAd
from model.evaluation.counterfactuals import MOST, PERTURBATIONS, measure_counterfactuals, read_tellings, swap_words
from model.evaluation.facets import named_genders

WORDS = st.lists(st.sampled_from(["girls", "BOYS", "Cambodia", "portugal", "work", "and", "Maria", "Thai"]), max_size=9)


def row(number, text, kind="legitimate", language="en"):
    ad = make_ad(ad_id=f"a:{number}", title="", description=text, language=language)
    return LabelledAd(ad=ad, kind=kind, dataset="d", sort="s", genre="chat", group=f"g{number}")


@given(WORDS, st.sampled_from(["country", "nationality", "gender", "name"]))
def test_swapping_twice_gives_the_text_back(words, what):
    text = " ".join(words)
    assert swap_words(swap_words(text, what, "en"), what, "en") == text


def test_a_swap_keeps_capitals_and_leaves_parts_of_words_alone():
    assert swap_words("WOMEN and men, boyfriend", "gender", "en") == "MEN and women, boyfriend"
    assert swap_words("ไปกัมพูชา", "country", "th") == "ไปโปรตุเกส", "no spaces are needed where none are set"


@pytest.mark.parametrize(
    ("text", "language", "meant"),
    [
        ("Women 18-30, men need not apply", "en", "either"),
        ("Chỉ tuyển nữ, trẻ", "vi", "women"),
        ("Dicari pria", "id", "men"),
        ("招女生", "zh", "women"),
        ("A manager", "en", "either"),
        ("Work", None, "either"),
    ],
)
def test_whom_a_text_names_is_read_in_its_language(text, language, meant):
    assert named_genders(text, language) == meant


def test_every_offer_is_told_in_every_language_and_half_are_acted_on():
    rows = read_tellings()
    assert len(set(Counter(one.group for one in rows).values())) == 1
    assert {one.kind for one in rows} == {"trafficking_recruitment", "legitimate"}
    assert len({one.ad.language for one in rows}) == 12


@given(st.text(max_size=300), st.integers())
def test_a_perturbation_never_fails_and_repeats_with_its_seed(text, seed):
    for change in PERTURBATIONS.values():
        assert change(text, Random(seed)) == change(text, Random(seed))


def test_what_moves_a_score_is_said_and_what_does_not_is_zero():
    """A model that counts capitals sees no difference where women become men, and all where a text is shouted."""
    rows = [
        row(n, f"Women wanted for work number {n}, call us now", "job_fraud" if n % 2 else "legitimate")
        for n in range(100)
    ]

    def capitals(some):
        return np.array([sum(map(str.isupper, one.ad.description)) - 5.0 for one in some])

    found = measure_counterfactuals(rows, capitals, limit=0.0, seed=1)
    swap, shouted = found["swaps"]["gender"], found["perturbations"]["capitals"]
    assert (swap["texts"], swap["mean_change"], swap["sides_changed"]) == (MOST, 0.0, 0.0)
    assert shouted["mean_change"] > 20
    assert shouted["sides_changed"] == shouted["newly_flagged"] == 1.0
    assert "country" not in found["swaps"], "no text names one"
    assert set(found["languages"]["by"]) == {one.ad.language for one in read_tellings()}
    assert found == measure_counterfactuals(rows, capitals, limit=0.0, seed=1)
