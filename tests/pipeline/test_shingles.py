"""What texts are compared by: the same whatever stands beside them, and as a plain reading of them has it."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from interpreted import interpret
from model import cutting
from model.cutting import WIDTH, cut_letters
from model.folding import code_points
from pipeline.shingles import shingle_all

ALL_BITS = (1 << 64) - 1
FACTOR = 0x9E3779B97F4A7C15

FOLDED = st.lists(st.text("ab0 .,9\n中ส한", max_size=12).map(lambda text: f"{text} "), max_size=4)
"""Folded texts, each with its separator behind."""

TEXTS = st.lists(
    st.text("abcdefgh 09.,@\n\u0430\u0435中ส", max_size=40).map(lambda text: f"{text}. A harbour office seeks clerks"),
    min_size=1, max_size=5,
)  # fmt: skip


def given_to_kernel(texts):
    codes = code_points("".join(texts))
    return codes, np.cumsum([0, *map(len, texts)], dtype=np.int32)


def plain_letters(text: str) -> str:
    """Each number, marks and gaps in it included, as one 0."""
    said = re.sub(r"[,\n]", " ", text[:-1])
    said = re.sub(r"[0-9.]+", "0", said)
    said = re.sub(r" +", " ", said)
    return re.sub(r"0(?: 0)+", "0", said) + text[-1]


def plain_hashes(letters: str) -> list[int]:
    wide = [ord(letter) for letter in letters for _ in range(2 if "\u2e80" <= letter < "\ua000" else 1)]
    found = []
    for at in range(len(wide) - WIDTH + 1):
        total = sum((code + 1) * pow(FACTOR, WIDTH - 1 - place) for place, code in enumerate(wide[at : at + WIDTH]))
        total &= ALL_BITS
        total = ((total ^ (total >> 31)) * 0xBF58476D1CE4E5B9) & ALL_BITS
        found.append(total ^ (total >> 29))
    return found


@settings(deadline=None)  # machine code may have to be made first
@given(FOLDED)
def test_letters_and_shingles_are_as_a_plain_reading_has_them(texts):
    cut = cut_letters(*given_to_kernel(texts))
    start = hashes = 0
    for text, end, last in zip(texts, cut.code_ends.tolist(), cut.hash_ends.tolist(), strict=True):
        letters = plain_letters(text)
        assert cut.codes[start:end].tolist() == list(map(ord, letters))
        assert cut.hashes[hashes:last].tolist() == plain_hashes(letters)
        start, hashes = end, last


@settings(deadline=None)
@given(FOLDED)
def test_words_have_equal_signs_where_they_are_equal(texts):
    cut = cut_letters(*given_to_kernel(texts))
    spaced = [re.sub("[\u0e00-\uffff]", "a", text) for text in texts]
    plain = cut_letters(*given_to_kernel(spaced))
    words = [word for text in spaced for word in plain_letters(text).split()]
    assert len(set(plain.signs.tolist())) == len(set(words))
    assert len(plain.signs) == len(words) <= len(cut.signs)


@settings(deadline=None, max_examples=30)
@given(FOLDED)
def test_machine_code_does_what_is_written(texts):
    codes, starts = given_to_kernel(texts)
    made = cut_letters(codes, starts)
    room = cutting._room(len(codes), len(texts))
    interpret(cutting._cut, cutting._Given(codes, starts), cutting._NUMBERS, *room, len(texts))
    for one, other in zip(made, cutting._filled(room[0]), strict=True):
        assert one.tolist() == other.tolist()


@settings(deadline=None, max_examples=30)
@given(TEXTS)
def test_a_text_is_cut_the_same_whatever_stands_beside_it(texts):
    ads = [make_ad(title="", description=text) for text in texts]
    alone = [shingle_all([ad])[0] for ad in ads]
    for beside, one in zip(shingle_all([*ads, make_ad(title="", description="")]), alone, strict=False):
        assert (beside.key, beside.words) == (one.key, one.words)
        assert beside.hashes.tolist() == one.hashes.tolist()
