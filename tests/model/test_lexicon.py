"""A lexicon finds each of its words wherever it is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from model.folding import code_points
from model.lexicon import first_word, may_begin, next_word, word_at
from model.lexicon_tree import make_lexicon

WORD = st.text("abc费ก", min_size=1, max_size=5)
KEYS = st.lists(st.builds(lambda left, word, right: left + word + right, *[st.sampled_from(["", " "]), WORD] * 1, st.sampled_from(["", " ", " b", " b "])), min_size=1, max_size=12)  # fmt: skip  # noqa: E501


def found(words: list[str], text: str) -> set[tuple[int, str]]:
    lexicon = make_lexicon(words)
    said = lexicon.symbols.take(code_points(text))
    there = set()
    for at in range(len(text) - 1):
        node, after = first_word(lexicon, said, at, len(text) - 1, text[at] == " ")
        while node >= 0:
            there.add((at, words[word_at(lexicon, node)]))
            assert text[at:after] == words[word_at(lexicon, node)]
            node, after = next_word(lexicon, said, node, after, len(text) - 1)
    return there


@settings(deadline=None)
@given(KEYS, st.lists(st.text("abc费ก", min_size=1, max_size=6), max_size=6))
def test_each_word_is_found_wherever_it_is(words: list[str], said: list[str]) -> None:
    words, text = sorted(words), f" {' '.join(said)} "
    assert found(words, text) == {
        (at, word) for word in words for at in range(len(text) - 1) if text.startswith(word, at)
    }


@settings(deadline=None)
@given(st.lists(st.text("abcde費", min_size=1, max_size=5), min_size=1, max_size=12), st.text("abcde ", max_size=20))
def test_where_no_word_may_begin_none_begins(words: list[str], said: str) -> None:
    words, text = sorted(words), f" {said} "
    lexicon = make_lexicon(words)
    symbols = lexicon.symbols.take(code_points(text))
    begins = {at for at, _ in found(words, text)}
    assert begins <= {at for at in range(len(text) - 1) if may_begin(lexicon, symbols, at, len(text) - 1)}


def test_a_node_with_many_children_tells_frequent_letters_and_rare_ones() -> None:
    letters = [chr(0x4E00 + number) for number in range(300)]
    words = sorted([*(f" a{letter}" for letter in letters), *(f" a{letter}{letter}" for letter in letters[:50])])
    assert found(words, " " + " ".join(f"a{letter}" for letter in letters)) == {
        (3 * number, f" a{letter}") for number, letter in enumerate(letters)
    }
