"""What texts are compared by: the same whatever stands beside them, and as a plain reading of them has it."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from builders import make_ad
from model.text.shingles import WIDTH, cut_letters, shingle_texts
from pipeline.linking.near_duplicates import shingle_all

ALL_BITS = (1 << 64) - 1
FACTOR = 0x9E3779B97F4A7C15

LETTERS = st.lists(st.text("ab0 中ส한𠀀", max_size=12).map(lambda text: f"{text.strip()} "), max_size=4)
"""Folded letters of texts, each with a space behind."""

TEXTS = st.lists(
    st.text("abcdefgh 09.,@\n\u0430\u0435中ส", max_size=40).map(lambda text: f"{text}. A harbour office seeks clerks"),
    min_size=1, max_size=5,
)  # fmt: skip


def plain_hashes(letters: str) -> list[int]:
    wide = [
        ord(letter)
        for letter in letters
        for _ in range(2 if "\u2e80" <= letter < "\ua000" or letter >= "\U00020000" else 1)
    ]
    found = []
    for at in range(len(wide) - WIDTH + 1):
        total = sum((code + 1) * pow(FACTOR, WIDTH - 1 - place) for place, code in enumerate(wide[at : at + WIDTH]))
        total &= ALL_BITS
        total = ((total ^ (total >> 31)) * 0xBF58476D1CE4E5B9) & ALL_BITS
        found.append(total ^ (total >> 29))
    return found


@given(LETTERS)
def test_shingles_are_as_a_plain_reading_has_them(letters):
    assert [text.hashes.tolist() for text in cut_letters(letters)] == [plain_hashes(text) for text in letters]


@given(LETTERS)
def test_words_have_equal_signs_where_they_are_equal(letters):
    spaced = [re.sub("[\u0e00-\U00030000]", "a", text) for text in letters]
    words = [word for text in spaced for word in text.split()]
    signs = "".join(text.words for text in cut_letters(spaced))
    assert len(signs) == len(words)
    # Two words may have one sign by chance.
    assert len(set(words)) - 1 <= len(set(signs)) <= len(set(words))
    assert dict(zip(words, signs, strict=True)) == dict(zip(words[::-1], signs[::-1], strict=True))
    assert len("".join(text.words for text in cut_letters(letters))) >= sum(len(text.split()) for text in letters)


@settings(deadline=None)
@given(TEXTS)
def test_a_text_is_cut_the_same_whatever_stands_beside_it(texts):
    ads = [make_ad(title="", description=text) for text in texts]
    alone = [shingle_all([ad])[0] for ad in ads]
    for beside, one in zip(shingle_all([*ads, make_ad(title="", description="")]), alone, strict=False):
        assert (beside.key, beside.words) == (one.key, one.words)
        assert beside.hashes.tolist() == one.hashes.tolist()


def test_another_number_account_or_disguise_makes_no_other_text():
    one, other = shingle_texts(
        [
            "Packers wanted, 350 a day. Call 0900 000 123 or @lan_hr, https://jobs.example/a",
            "Pаckers wanted, 1,200.50 a day. Call 84 900000999 or @minh.9, www.other.example",
        ]
    )
    assert one.letters == other.letters


def test_a_line_in_disguise_does_not_stand_for_the_whole_text():
    line = "J o i n the t e a m of p a c k e r s today"
    one, other = shingle_texts(
        [f"Gardener for a hotel in the old town\n{line}", f"Forklift driver, night shift\n{line}"]
    )
    assert one.letters != other.letters
    assert one.letters.startswith("gardener for a hotel")
    assert one.letters.endswith("the team of packers today ")


def test_nothing_is_cut_of_nothing():
    assert shingle_texts([]) == []
    (empty,) = shingle_texts([" \n"])
    assert (empty.letters, empty.hashes.tolist(), empty.words) == ("", [], "")
