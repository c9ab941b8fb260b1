"""Short ways give what the long ways give, whatever they are asked. Every number, name and address is invented."""

import re
from copy import copy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOON
from crawler.extract import urls as scope
from crawler.extract.fields import contacts
from crawler.extract.fields.contacts import spot_contacts
from crawler.extract.fields.lexicon import load_contact_words
from crawler.extract.fields.phones import _CANDIDATE, _MARK
from crawler.extract.vocabulary import _PLAIN, LETTER, plain
from crawler.history.crawl_state import CrawlState
from crawler.language import identify
from crawling import source

WORDS = load_contact_words()
LISTS = {
    "names": [*WORDS.kinds, "in line", "hot line", "飞机票", "ออนไลน์"],
    "digits": list(WORDS.digits),
    "odd": ["+v", "a-b", "x 1", "é", "1x", "...", "w/a", "ab cd ef"],
}
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


@settings(deadline=None, max_examples=300)
@given(TEXTS | st.text(alphabet=st.characters(max_codepoint=127)))
def test_a_text_in_ascii_is_made_plain_as_any_other(text: str) -> None:
    character_by_character = "".join(chr(_PLAIN[ord(char)]) for char in text)
    if text.isascii():
        assert plain(text) == character_by_character


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_numbers_may_begin_where_they_always_did(text: str) -> None:
    line = plain(text)
    assert [one.span() for one in _CANDIDATE.finditer(line)] == [one.span() for one in LONG_CANDIDATE.finditer(line)]


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_contacts_are_the_same_without_any_short_way(text: str) -> None:
    found = spot_contacts(text, "VN", source_country="KH")
    with pytest.MonkeyPatch.context() as patch:
        words = copy(WORDS)
        words.link_host_end = re.compile("")
        patch.setattr(contacts, "load_contact_words", lambda: words)
        assert spot_contacts(text, "VN", source_country="KH") == found


ADDRESSES = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTP://", "ftp://", "mailto:", "//", ""]),
        st.sampled_from(
            ["board.example", "127.0.0.1", "xn--bcher-kva.example", "a@board.example", "BOARD.example", "büro.example"]
        ),
        st.sampled_from(["", ":8000", ":80", ":0", ":99999", ":x"]),
        st.sampled_from(["", "/"]),
        st.text(alphabet="abAZ09/_.~-%?=&#;, é\t", max_size=12),
    ),
)


@settings(deadline=None, max_examples=300)
@given(ADDRESSES)
def test_an_address_of_a_local_source_comes_back_from_memory_as_it_is_asked_for(url: str) -> None:
    from_here = source("http://127.0.0.1:8000/")
    memory = CrawlState(source=from_here, now=NOON)
    assert scope.why_foreign(url, from_here.sites) or memory.address_of(memory.key(url)) == url


def test_the_model_of_languages_says_the_same_unpacked_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUREWATCH_CACHE", str(tmp_path))
    texts = ("Wir suchen Verstärkung für die Backstube.", "Se busca ayudante de cocina", "cần tuyển gấp", "", "ลูกเรือ")
    rankings = []
    for _ in range(2):  # made, then read from the cache
        identify._identifier.cache_clear()
        rankings.append([identify._identifier().rank(text) for text in texts])
    identify._identifier.cache_clear()
    assert rankings[0] == rankings[1]
    assert [file.name.partition("-")[0] for file in tmp_path.iterdir()] == ["py3langid"]
