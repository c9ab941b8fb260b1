"""Short ways of looking for contacts find what the long ways find. Every number and name is invented."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract import links
from crawler.extract.contact_words import ContactWords, load_contact_words
from crawler.extract.contacts import spot_contacts
from crawler.extract.phones import _CANDIDATE, _MARK
from crawler.extract.word_pattern import _PLAIN, LETTER, WordFinder, plain, word_pattern

WORDS = load_contact_words()
LISTS = {
    "names": [*WORDS.kinds, "in line", "hot line", "飞机票", "ออนไลน์"],
    "digits": list(WORDS.digits),
    "odd": ["+v", "a-b", "x 1", "é", "1x", "...", "w/a", "ab cd ef"],
}
FINDERS = {name: (WordFinder(words), re.compile(word_pattern(words))) for name, words in LISTS.items()}
LONG_CANDIDATE = re.compile(
    rf"(?:[+(]|\d(?<![\d@_]\d)(?<!{LETTER}\d)|o(?<![\w@]o)(?=[\doli])|0(?<=[^\W\d_]0)(?=\d))"
    rf"(?<![\d@_][+(])[+(]?(?:{_MARK}{{0,4}}[\doli]){{6,40}}(?![\d@])"
)

PIECES = st.one_of(
    st.sampled_from(sorted({word for words in LISTS.values() for word in words})),
    st.sampled_from(
        [
            *(
                " ",
                "  ",
                "\n",
                ".",
                ",",
                "-",
                "@",
                "/",
                "(",
                ")",
                "[",
                "]",
                "+",
                "_",
                "o",
                "l",
                "i",
                "0",
                "²",
                "\u0301",
            ),
            *("baker", "招聘", "ร้าน", "ဝ", "İ", "ß", "Ω", "hr", "0900000001", "+84", "(0)", "１２", "٣٤"),
            *("hr@bakery.example", "hr (at) bakery (dot) example", "hr at bakery dot example", "hr[at]bakery.example"),
            *("https://bakery.example/a", "www.bakery.example", "t.me/bake_shop", "zalo.me/0900000001", "://", "www."),
            *("bake_shop.t.me", ".me/", "facebook.com/bakery", "m.me/bakery", "tg://resolve?domain=bake_shop", "chấm"),
        ]
    ),
    st.text(max_size=3),
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES, max_size=25).map(" ".join)


@settings(deadline=None, max_examples=500)
@given(TEXTS, st.sampled_from(sorted(FINDERS)))
def test_a_finder_of_words_finds_what_their_pattern_finds(text: str, name: str) -> None:
    finder, pattern = FINDERS[name]
    line = plain(text)
    there = [found.span() for found in pattern.finditer(line)]
    assert [found.span() for found in finder.finditer(line)] == there
    assert finder.count_at_most(line) >= len(there)


@settings(deadline=None, max_examples=300)
@given(TEXTS | st.text(alphabet=st.characters(max_codepoint=127)))
def test_a_text_in_ascii_is_made_plain_as_any_other(text: str) -> None:
    character_by_character = "".join(_PLAIN[ord(char)] for char in text)
    if text.isascii():
        assert plain(text) == character_by_character


@settings(deadline=None, max_examples=500)
@given(TEXTS)
def test_numbers_may_begin_where_they_always_did(text: str) -> None:
    line = plain(text)
    assert [one.span() for one in _CANDIDATE.finditer(line)] == [one.span() for one in LONG_CANDIDATE.finditer(line)]


def long_patterns(line: str) -> tuple[re.Pattern[str], ...]:
    return (links._with_hosts(), links._NAMED_HOST)


@settings(deadline=None, max_examples=500)
@given(TEXTS)
def test_contacts_are_the_same_without_any_short_way(text: str) -> None:
    found = spot_contacts(text, "VN", source_country="KH")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_patterns", long_patterns)
        patch.setattr("crawler.extract.contacts.load_contact_words", lambda: _Long(WORDS))
        patch.setattr(WordFinder, "finditer", lambda self, line: self._pattern.finditer(line))
        patch.setattr(WordFinder, "count_at_most", lambda self, line: len(line))
        assert spot_contacts(text, "VN", source_country="KH") == found


class _Long:
    """The words, with the one pattern for all mail addresses."""

    def __init__(self, words: ContactWords) -> None:
        self._words = words

    def __getattr__(self, name: str) -> object:
        return getattr(self._words, "mail" if name == "mail_sign" else name)
