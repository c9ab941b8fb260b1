"""Beginnings of an element's text, by its first letters as by all of it."""

from html import escape

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from crawler.extract.html_document import Beginnings, short_text
from crawler.extract.text import fold
from crawler.extract.visible.words import load_words

STARTS = load_words().apply
PIECES = st.one_of(
    st.sampled_from(STARTS),
    st.sampled_from(STARTS).map(str.upper),
    st.sampled_from(STARTS).map(lambda word: word[:2]),
    st.sampled_from([" ", "\n\t", "\u0301", "\u200b", "ﬁ", "u", "ư", "A", "Ａ", " " * 300, "\u200b", "…", "1", "Å"]),
    st.text(max_size=4),
)


@settings(deadline=None, max_examples=600)
@given(st.lists(PIECES, min_size=1, max_size=5), st.sampled_from([60, 300]))
def test_no_text_that_begins_with_a_word_is_passed_over(pieces: list[str], longest: int) -> None:
    inside = "".join(f"<i>{escape(piece)}</i>" if place % 2 else escape(piece) for place, piece in enumerate(pieces))
    element = html.fragment_fromstring(f"<p>{inside}</p>".replace("\x00", ""), parser=html.HTMLParser(encoding="utf-8"))
    if fold(short_text(element, longest)).startswith(STARTS):
        assert Beginnings(STARTS).may_head(element, longest)


def test_most_other_texts_are_passed_over_at_once() -> None:
    others = ("Category 7", "Another ad of the board", "Về chúng tôi", "ร้านเบเกอรี่", "About us", "", "  ")
    passed = [one for one in others if not Beginnings(STARTS).may_head(html.fragment_fromstring(f"<p>{one}</p>"), 60)]
    assert len(passed) >= 5
