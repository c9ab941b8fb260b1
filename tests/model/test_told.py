"""Texts whose words are counted together are read as they are one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.language.identify import read_without_guessing, words_of_ascii
from crawler.language.scripts import code_points, scripts_of
from crawler.language.words import cues_of
from interpreted import interpret
from model import told

WORDS = sorted(word for word in cues_of("latin").words if word.isascii())[::40]
WORD = st.sampled_from(WORDS) | st.text("abcdeo", min_size=1, max_size=6)
TEXT = st.lists(
    WORD | st.sampled_from(["–", "“", "•", "2,000", "x@y.example", "#tag", "Ward's", "🙂"]), max_size=40
).map(" ".join)


def close(one, other):
    return (one.language, one.script, one.is_sure) == (other.language, other.script, other.is_sure) and (
        one.letters == pytest.approx(other.letters)
    )


@settings(deadline=None, max_examples=200)
@given(st.lists(TEXT, max_size=5))
def test_texts_are_read_together_as_they_are_one_by_one(texts):
    words = [words_of_ascii(text) for text in texts]
    letters, scores = told._scored(words)
    for its, count, row in zip(words, letters, scores, strict=True):
        assert count == len(its) - its.count(b" ")
        assert row.tolist() == pytest.approx(cues_of("latin").by_words(its.decode("ascii").split()))
    for text, reading in zip(texts, told.read_together(words), strict=True):
        apart = read_without_guessing(text)
        # Where a language is just about far enough ahead of the next, rounding decides.
        assert close(reading, apart) or None in {reading.language, apart.language}


def test_a_plain_text_is_told_its_language():
    texts = [
        "We are looking for a driver who will work with the team",
        "Kami mencari sopir yang akan bekerja di gudang",
    ]
    assert [one.language for one in told.read_together([*map(words_of_ascii, texts)])] == ["en", "id"]


@settings(deadline=None, max_examples=30)
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_machine_code_does_what_is_written(texts):
    said = b" ".join([*map(words_of_ascii, texts), b""])
    starts = np.array([0, len(said)], dtype=np.int32)
    known, places = told._known_words()
    languages = len(cues_of("latin").languages)
    found = []
    for run in (told._score, lambda *its: interpret(told._score, *its)):
        letters, scores = np.zeros(1), np.zeros((1, languages))
        count = run(
            known, places, np.frombuffer(said, dtype=np.uint8), starts, 1, letters, flat := scores.ravel(), languages
        )
        found.append((count, letters.tolist(), flat.tolist()))
    assert found[0] == found[1]


def test_a_text_has_letters_beyond_ascii_or_none_that_reading_it_apart_would_see():
    for code in range(128, 0x30000):
        sign = chr(code)
        if words_of_ascii(sign) is not None:
            assert not scripts_of(code_points(sign.lower())).any(), hex(code)
            assert read_without_guessing(f"{sign} the work of all those who are there {sign}").language == "en"


@pytest.mark.parametrize("text", ["năm", "Å", "ｗｏｒｋ", "работа", "招聘", "\u212aelvin"])
def test_other_letters_are_left_to_the_whole_reading(text):
    assert words_of_ascii(text) is None
