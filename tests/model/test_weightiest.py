"""The weightiest words of ads are those that adding up letter by letter gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.compiled import Kernel
from model.folding import code_points, fold_texts
from model.classifier.grams import BUCKETS
from model.weightiest import weigh_words
from model.worth import Texts, Worth, share_out

HEADS, HEAD = 3, 1
WORDS = st.sampled_from(["pay", "pay,", "Pay.", "trip", "招聘客服月薪", "招聘", "หนี้สิน", "ការងារ", "e", "\n", "ậ"])
SAID = st.text(max_size=20) | st.lists(WORDS, max_size=12).map(" ".join)
PAIRS = st.lists(st.tuples(SAID, SAID), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def worth():
    random = np.random.default_rng(5)
    rarity = random.uniform(1, 9, BUCKETS).astype(np.float32)
    return Worth(rarity, random.normal(size=(BUCKETS, HEADS)).astype(np.float32))


def texts_of(pairs):
    said = [text for pair in pairs for text in pair]
    starts = np.cumsum([0, *(len(text) + 1 for text in said)]).tolist()
    lines = fold_texts(code_points("\n".join([*said, ""])), starts)
    edges = np.append(lines.edges, len(lines.text)).astype(np.int32)
    return Texts(lines.text, edges, len(lines.text), len(pairs), 2)


def columns(found, most):
    shown = np.minimum(found.many, most)
    there = np.arange(len(found.start)) % most < shown.repeat(most)
    return [its[there].tolist() for its in found[:3]], found.many.tolist(), found.rest.tolist()


@settings(deadline=None, max_examples=100)
@given(PAIRS, st.integers(1, 5))
def test_words_and_the_rest_add_up_to_what_the_ad_is_worth(worth, pairs, most):
    texts = texts_of(pairs)
    found = weigh_words(worth, texts, range(len(pairs)), HEAD, most)
    whole = worth.of(texts.codes, texts.edges, 2)[:, HEAD]
    value = found.value.reshape(-1, most)
    for ad, count in enumerate(found.many):
        assert value[ad, :count].sum() + found.rest[ad] == pytest.approx(whole[ad], abs=1e-6)
        sizes = np.abs(value[ad, :count])
        assert (np.diff(sizes) <= 1e-12).all()
        assert count > most or found.rest[ad] == 0


@settings(deadline=None, max_examples=100)
@given(PAIRS)
def test_a_word_stands_for_all_its_equals_and_is_named_where_it_stands_first(worth, pairs):
    texts, most = texts_of(pairs), 200
    found = weigh_words(worth, texts, range(len(pairs)), HEAD, most)
    known, board = (one.arrays for one in worth.known_and_board(texts.length))
    for ad in range(len(pairs)):
        letters = np.zeros(texts.length + 2)
        share_out(known, board, texts, ad, letters, HEAD)
        its = slice(ad * most, ad * most + found.many[ad])
        spans = list(zip(found.start[its].tolist(), found.over[its].tolist(), strict=True))
        said = ["".join(map(chr, texts.codes[start:over])) for start, over in spans]
        assert len(set(said)) == len(said)
        assert not any(letter in " ,\n" for word in said for letter in word)
        start, end = texts.edges[2 * ad], texts.edges[2 * ad + 2]
        solid = [at for at, code in enumerate(texts.codes[start:end]) if chr(code) not in " ,\n"]
        assert bool(said) == bool(solid)
        assert found.value[its].sum() == pytest.approx(letters[solid].sum(), abs=1e-9)


def test_some_ads_of_many_are_asked_about_in_any_order(worth):
    texts = texts_of([("a b", "c d e"), ("f", "g h"), ("b a", "i")])
    every = [columns(weigh_words(worth, texts, [ad], HEAD, 9), 9) for ad in range(3)]
    some = columns(weigh_words(worth, texts, [2, 0], HEAD, 9), 9)
    assert some[0] == [one + other for one, other in zip(every[2][0], every[0][0], strict=True)]


@settings(deadline=None, max_examples=40)
@given(PAIRS, st.integers(1, 4))
def test_machine_code_does_what_is_written(worth, pairs, most):
    texts, ads = texts_of(pairs), range(len(pairs))
    by_machine = columns(weigh_words(worth, texts, ads, HEAD, most), most)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Kernel, "__call__", _as_written)
        as_written = columns(weigh_words(worth, texts, ads, HEAD, most), most)
    assert as_written[1] == by_machine[1]
    assert as_written[0][:2] == by_machine[0][:2]
    assert as_written[0][2] == pytest.approx(by_machine[0][2])
    assert as_written[2] == pytest.approx(by_machine[2], abs=1e-9)


def _as_written(kernel, *arguments):
    """Over arrays: lists of all buckets would take a second each time. What overflows is cut off as it should be."""
    with np.errstate(over="ignore"):
        return kernel.function(*(getattr(one, "arrays", one) for one in arguments))
