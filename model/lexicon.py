"""Words to be found in folded texts, as a tree of their letters: a letter each step, all words at once."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import put_in
from model.text.characters import Kinds, Places

__all__ = [
    "ENDS", "HAS_REST", "HAS_ROW", "LAST", "LATIN", "LOOK", "NONE", "ROW", "THREE", "Lexicon", "Symbols", "first_word",
    "may_begin", "next_word", "three_of", "word_at",
]  # fmt: skip

NONE: Final = -1
LOOK: Final = -2

ROW: Final = 128
"""Letters that a row has room for, the most frequent ones."""

LATIN: Final = 0x0250
"""The first letter that is not Latin."""

THREE: Final = 1 << 13
"""Places for what is known of three letters."""

# A node is three numbers: its last letter, with marks; its first child, or its row, or where its rest begins; and
# the first word that ends there, or with its rest.
_MARKS, _GOES_TO, _WORD, _NODE = 0, 1, 2, 3
_LETTERS: Final = 0xFFFF
LAST: Final = 1 << 16
"""It is the last child."""

ENDS: Final = 1 << 17
"""Words end at it."""

HAS_ROW: Final = 1 << 18
HAS_REST: Final = 1 << 19
"""One word alone begins like this: what it goes on with stands apart."""

Symbols = npt.NDArray[np.uint16]


class Lexicon(NamedTuple):
    """A tree whose nodes are beginnings of words. A node's children lie side by side, in the order of their letters;
    behind them lies all that begins with the first, then what begins with the next: a word's end is near its beginning,
    and most of what is read lies close to the processor."""

    symbols: Symbols
    """For each code point its number among the letters of all words, the most frequent first; 0 if no word has it. All
    separators are spaces."""

    roots: Places
    """For each letter the node of words that begin with it; and after these, of words that begin with a space and it.
    -1 where there are none."""

    pairs: Places
    """For each two of the most frequent letters the node of words that begin with them, and after these, of words that
    begin with a space and them; -1 where there are none, -2 where a word ends at the first already. Most places of a
    text begin no word, and this says so at once."""

    nodes: Places
    """What belongs to a node lies in one place: the most of the time is spent waiting for memory."""

    rows: Kinds
    """For nodes with many children, which of them has each of the most frequent letters, counted from one; 0 for
    none."""

    firsts: Places
    """For each row the first child."""

    rests: Symbols
    """How many letters a word goes on with that no other begins like, and which."""

    letters: Places
    """How many there are."""

    inside: Kinds
    """For each ``THREE`` Latin letters, hashed, whether a word may begin with them that no space begins. Such words are
    few, and most places of a text are within another word."""


@put_in
def may_begin(lexicon: Lexicon, said: Symbols, at: int, end: int) -> bool:
    """False where no word begins at a Latin letter within a word of a text."""
    return at + 2 > end or lexicon.inside[three_of(said[at], said[at + 1], said[at + 2])] != 0


@put_in
def three_of(first: int, second: int, third: int) -> int:
    """The place of three letters, by their symbols, in what is noted of ``THREE``."""
    return (first + 37 * second + 1369 * third) & (THREE - 1)


@put_in
def first_word(lexicon: Lexicon, said: Symbols, at: int, end: int, spaced: bool) -> tuple[int, int]:
    """The node of the shortest word that begins at a place, or with a space there, and goes no farther than ``end``,
    and the place behind it; a node below zero where there is none. ``said`` is a text in the lexicon's symbols."""
    after = at + 2 if spaced else at + 1
    symbol = said[after - 1]
    if after <= end:
        second = said[after]
        if symbol < ROW and second < ROW:
            node = lexicon.pairs[((ROW if spaced else 0) + symbol) * ROW + second]
            if node != LOOK:
                return _on_to_word(lexicon, said, node, after + 1, end)
    return _on_to_word(lexicon, said, lexicon.roots[lexicon.letters[0] + symbol if spaced else symbol], after, end)


@put_in
def next_word(lexicon: Lexicon, said: Symbols, node: int, after: int, end: int) -> tuple[int, int]:
    """The same of the next longer word, after one that ends at a node and before a place."""
    if after > end or lexicon.nodes[_NODE * node + _MARKS] & HAS_REST:
        return NONE, after
    return _on_to_word(lexicon, said, _child(lexicon, node, said[after]), after + 1, end)


@put_in
def word_at(lexicon: Lexicon, node: int) -> int:
    """The first word that ends at a node, or with its rest."""
    return int(lexicon.nodes[_NODE * node + _WORD])


@put_in
def _on_to_word(lexicon: Lexicon, said: Symbols, node: int, after: int, end: int) -> tuple[int, int]:
    """Goes on from a node to one at which words end."""
    while node >= 0:
        marks = lexicon.nodes[_NODE * node + _MARKS]
        if marks & ENDS:
            return node, after
        if marks & HAS_REST:
            rest = lexicon.nodes[_NODE * node + _GOES_TO]
            length = lexicon.rests[rest] + 0
            if after + length > end + 1:
                return NONE, after
            for step in range(length):
                if said[after + step] != lexicon.rests[rest + 1 + step]:
                    return NONE, after
            return node, after + length
        if after > end:
            return NONE, after
        node = _child(lexicon, node, said[after])
        after += 1
    return NONE, after


@put_in
def _child(lexicon: Lexicon, node: int, symbol: int) -> int:
    """The node one letter on; below zero where there is none."""
    child = lexicon.nodes[_NODE * node + _GOES_TO]
    if not symbol or child < 0:
        return NONE
    if lexicon.nodes[_NODE * node + _MARKS] & HAS_ROW:
        first = lexicon.firsts[child]
        if symbol < ROW:
            which = lexicon.rows[ROW * child + symbol]
            return int(first + which - 1) if which else NONE
        child = first
    while True:
        its = lexicon.nodes[_NODE * child + _MARKS]
        if its & _LETTERS >= symbol:
            return child if its & _LETTERS == symbol else NONE
        if its & LAST:
            return NONE
        child += 1
