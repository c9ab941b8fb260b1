"""An outline never parts what a folded text has together."""

from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import letters
from model.outline import outline, outline_of_folded
from model.text import BREAK, CLAUSE, SPACE, fold, views

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=100)
NASTY = st.text(
    st.sampled_from("aAàbвкoо0 1@.,\n\t\x00\u200b\u0301'\ud800ﬁß㎏½㎡①ｗİǅ한ก็ำ中が🙂ا۝!$5…"), max_size=40
)  # fmt: skip


def test_a_letter_looks_like_what_it_is_folded_to() -> None:
    """Else words of a folded text would not be found in the outline of the text."""
    tables = letters.tables()
    there = (tables.kind >= letters.FIRST_SOLID) & (tables.kind.take(tables.plain) >= letters.FIRST_SOLID)
    wrong = [chr(code) for code in np.flatnonzero(there) if _look(chr(code)) != _look(chr(tables.plain[code]))]
    assert wrong == []


def _look(letter: str) -> bytes:
    return outline_of_folded(letter)


@settings(deadline=None)  # tables are made at first use
@given(st.one_of(ANY_TEXT, NASTY))
def test_words_side_by_side_in_a_sentence_are_side_by_side_in_its_outline(text: str) -> None:
    line = outline(text).line
    for sentence in fold(text).text.split(BREAK):
        for first in range(0, len(sentence), 3):
            words = sentence[first : first + 7].replace(CLAUSE, SPACE)
            assert outline_of_folded(words) in line


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, NASTY))
def test_each_sentence_of_an_outline_is_that_of_its_part_of_the_text(text: str) -> None:
    seen = outline(text)
    starts = [*seen.sentences(), len(text)]
    assert starts[0] == 0
    for sentence, (start, end) in zip(seen.line.split(b"\n"), pairwise(starts), strict=True):
        for words in fold(text[start:end]).text.replace(CLAUSE, SPACE).split(BREAK):
            assert outline_of_folded(words).strip() in sentence


@settings(deadline=None)
@given(st.lists(st.one_of(ANY_TEXT, NASTY), min_size=1, max_size=4))
def test_which_of_several_texts_is_suspect_is_known(texts: list[str]) -> None:
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    seen = outline("\n".join([*texts, ""]))
    suspects = set(seen.suspects(starts))
    if seen.is_folded:
        assert suspects == ({0} if seen.is_suspect() else set())
        return
    for number, (text, (start, end)) in enumerate(zip(texts, pairwise(starts), strict=True)):
        assert number in suspects or not outline(text).is_suspect()
        assert fold(text).suspect or not seen.is_surely_suspect(start, end)


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, NASTY))
def test_the_outline_of_a_folded_text_has_its_sentences(text: str) -> None:
    folded = fold(text).text
    assert outline_of_folded(folded).count(b"\n") == folded.count(BREAK)


@settings(deadline=None)
@given(st.one_of(ANY_TEXT, NASTY))
def test_what_may_be_in_disguise_is_suspect(text: str) -> None:
    in_a_row = any(len(set(map(len, fold(text).text.split()[at : at + 3])) - {1}) == 0 for at in range(len(text)))
    if len(list(views(text))) > 1 and not in_a_row:
        assert outline(text).is_suspect()


@pytest.mark.parametrize("text", ["B2B sales", "pаper", "name@host", "a'5b", "covid1.5x"])
def test_digits_signs_and_other_scripts_inside_words_are_suspect(text: str) -> None:
    assert outline(text).is_suspect()


@pytest.mark.parametrize("text", ["10tr a month", "don't", "room 5 beds", "end.5 begins", "月薪USD"])
def test_what_is_usual_is_not_suspect(text: str) -> None:
    assert not outline(text).is_suspect()
