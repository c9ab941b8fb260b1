"""Words to be found in folded texts, as a tree of their letters: a letter each step, all words at once."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import put_in
from model.folding import BREAK, CLAUSE, SPACE, code_points
from model.letters import Kinds, Places

__all__ = ["Lexicon", "Symbols", "first_word", "make_lexicon", "next_word", "word_at"]

_SIZE: Final = 0x110000
_NONE: Final = -1
_LOOK: Final = -2

_ROW: Final = 128
"""Letters that a row has room for, the most frequent ones."""

_MANY: Final = 4
"""A node with more children than this has a row."""

# A node is three numbers: its last letter, with these marks; its first child, or its row, or where its rest begins; and
# the first word that ends there, or with its rest.
_MARKS, _GOES_TO, _WORD, _NODE = 0, 1, 2, 3
_LETTERS: Final = 0xFFFF
_LAST: Final = 1 << 16
"""It is the last child."""

_ENDS: Final = 1 << 17
"""Words end at it."""

_HAS_ROW: Final = 1 << 18
_HAS_REST: Final = 1 << 19
"""One word alone begins like this: what it goes on with stands apart."""

Symbols = npt.NDArray[np.uint16]
_Numbers = npt.NDArray[np.int64]


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


@put_in
def first_word(lexicon: Lexicon, said: Symbols, at: int, end: int, spaced: bool) -> tuple[int, int]:
    """The node of the shortest word that begins at a place, or with a space there, and goes no farther than ``end``,
    and the place behind it; a node below zero where there is none. ``said`` is a text in the lexicon's symbols."""
    after = at + 2 if spaced else at + 1
    symbol = said[after - 1]
    if after <= end:
        second = said[after]
        if symbol < _ROW and second < _ROW:
            node = lexicon.pairs[((_ROW if spaced else 0) + symbol) * _ROW + second]
            if node != _LOOK:
                return _on_to_word(lexicon, said, node, after + 1, end)
    return _on_to_word(lexicon, said, lexicon.roots[lexicon.letters[0] + symbol if spaced else symbol], after, end)


@put_in
def next_word(lexicon: Lexicon, said: Symbols, node: int, after: int, end: int) -> tuple[int, int]:
    """The same of the next longer word, after one that ends at a node and before a place."""
    if after > end or lexicon.nodes[_NODE * node + _MARKS] & _HAS_REST:
        return _NONE, after
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
        if marks & _ENDS:
            return node, after
        if marks & _HAS_REST:
            rest = lexicon.nodes[_NODE * node + _GOES_TO]
            length = lexicon.rests[rest] + 0
            if after + length > end + 1:
                return _NONE, after
            for step in range(length):
                if said[after + step] != lexicon.rests[rest + 1 + step]:
                    return _NONE, after
            return node, after + length
        if after > end:
            return _NONE, after
        node = _child(lexicon, node, said[after])
        after += 1
    return _NONE, after


@put_in
def _child(lexicon: Lexicon, node: int, symbol: int) -> int:
    """The node one letter on; below zero where there is none."""
    child = lexicon.nodes[_NODE * node + _GOES_TO]
    if not symbol or child < 0:
        return _NONE
    if lexicon.nodes[_NODE * node + _MARKS] & _HAS_ROW:
        first = lexicon.firsts[child]
        if symbol < _ROW:
            which = lexicon.rows[_ROW * child + symbol]
            return int(first + which - 1) if which else _NONE
        child = first
    while True:
        its = lexicon.nodes[_NODE * child + _MARKS]
        if its & _LETTERS >= symbol:
            return child if its & _LETTERS == symbol else _NONE
        if its & _LAST:
            return _NONE
        child += 1


class _Tree(NamedTuple):
    """For each node, level by level, its last letter, the first word that ends there or with its rest, the letters of
    this rest, and its first child; and where the children of another would begin."""

    letter: _Numbers
    word: _Numbers
    rest: _Numbers
    first: _Numbers


def make_lexicon(words: Sequence[str]) -> Lexicon:
    """A lexicon of words, in order; equal ones may follow each other."""
    alphabet, times = np.unique(code_points("".join(words)), return_counts=True)
    symbols = np.zeros(_SIZE, dtype=np.uint16)
    symbols[alphabet[np.argsort(-times, kind="stable")]] = np.arange(1, len(alphabet) + 1)
    symbols[[CLAUSE, BREAK]] = symbols[SPACE]
    tree = _tree(words, symbols)
    order = _by_nearness(tree.first.tolist())
    to = np.empty(len(order) + 1, dtype=np.int64)
    to[order] = np.arange(len(order))
    child, rows, firsts = _with_rows(tree, to)
    resting = np.flatnonzero(tree.rest)
    rests = [
        [len(rest), *rest] for rest in (_rest(words[tree.word[at]], int(tree.rest[at]), symbols) for at in resting)
    ]
    child[resting] = np.cumsum([0, *map(len, rests)])[:-1]
    marks = tree.letter | _ENDS * ((tree.word >= 0) & (tree.rest == 0)) | _HAS_REST * (tree.rest > 0)
    marks[tree.first[1:][np.diff(tree.first) > 0] - 1] |= _LAST
    marks[np.diff(tree.first) > _MANY] |= _HAS_ROW
    roots = _roots(tree, int(symbols[SPACE]), len(alphabet) + 1)
    return Lexicon(
        symbols,
        np.where(roots >= 0, to[roots], _NONE).astype(np.int32),
        _pairs(tree, to, roots),
        np.stack([marks, child, tree.word], axis=1)[order].ravel().astype(np.int32),
        rows.ravel(),
        firsts.astype(np.int32),
        np.array([letter for rest in rests for letter in rest], dtype=np.uint16),
        np.array([len(alphabet) + 1], dtype=np.int32),
    )


def _rest(word: str, count: int, symbols: Symbols) -> list[int]:
    rest: list[int] = symbols.take(code_points(word[-count:])).tolist()
    return rest


def _tree(words: Sequence[str], symbols: Symbols) -> _Tree:
    lengths = np.array([len(word) for word in words])
    said = np.zeros((len(words), int(lengths.max())), dtype=np.int64)
    said[np.arange(said.shape[1]) < lengths[:, None]] = symbols.take(code_points("".join(words)))
    is_new = np.array([True, *(one != other for one, other in zip(words[1:], words, strict=False))])
    base = int(said.max()) + 1
    nothing = np.zeros(1, dtype=np.int64)
    levels, children = [(nothing, nothing + _NONE, nothing)], []
    holders, there, count = np.zeros(len(words), dtype=np.int64), np.arange(len(words)), 1
    for depth in range(said.shape[1] + 1):
        there = there[lengths[there] > depth]
        keys, first, its = np.unique(
            holders[there] * base + said[there, min(depth, said.shape[1] - 1)], return_index=True, return_inverse=True
        )
        children.append(count + np.searchsorted(keys // base, np.arange(count - len(levels[-1][0]), count)))
        if not len(keys):
            break
        more = lengths[there[first]] - depth - 1
        is_alone = np.bincount(its, weights=is_new[there]) == 1
        rest = (
            np.where(is_alone, more, 0) if depth else np.zeros_like(more)
        )  # words are looked up by their first letter
        levels.append((keys % base, np.where((more == 0) | (rest > 0), there[first], _NONE), rest))
        holders[there] = count + its
        there = there[rest[its] == 0]
        count += len(keys)
    letter, word, rest = (np.concatenate(column) for column in zip(*levels, strict=True))
    return _Tree(letter, word, rest, np.concatenate([*children, [count]]))


def _by_nearness(first: list[int]) -> list[int]:
    """The nodes in the order in which they lie; ``first`` says where the children of each begin."""
    order, waiting = [0], [0]
    while waiting:
        node = waiting.pop()
        children = range(first[node], first[node + 1])
        order += children
        waiting += reversed(children)
    return order


def _with_rows(tree: _Tree, to: _Numbers) -> tuple[_Numbers, Kinds, _Numbers]:
    """For each node its first child, or its row; the rows, and the first child for each. ``to`` says where each node
    lies."""
    counts = np.diff(tree.first)
    child = np.where(counts > 0, to[tree.first[:-1]], _NONE)
    wide = np.flatnonzero(counts > _MANY)
    rows = np.zeros((len(wide), _ROW), dtype=np.uint8)
    for row, node in zip(rows, wide.tolist(), strict=True):
        its = tree.letter[tree.first[node] : tree.first[node + 1]]
        its = its[its < _ROW]  # the first ones: they are in order
        row[its] = np.arange(1, len(its) + 1)
    firsts = child[wide]
    child[wide] = np.arange(len(wide))
    return child, rows, firsts


def _roots(tree: _Tree, space: int, count: int) -> _Numbers:
    """The nodes, by their numbers in the tree."""
    roots = np.full(2 * count, _NONE)
    for node in range(tree.first[0], tree.first[1]):
        roots[tree.letter[node]] = node
        if tree.letter[node] == space:
            its = np.arange(tree.first[node], tree.first[node + 1])
            roots[count + tree.letter[its]] = its
    return roots


def _pairs(tree: _Tree, to: _Numbers, roots: _Numbers) -> Places:
    pairs = np.full((2, _ROW, _ROW), _NONE, dtype=np.int32)
    for of_first, those in zip(pairs, roots.reshape(2, -1), strict=True):
        for row, node in zip(of_first, those[:_ROW].tolist(), strict=False):
            if node < 0:
                continue
            if tree.word[node] >= 0 or tree.rest[node]:
                row[:] = _LOOK
                continue
            its = np.arange(tree.first[node], tree.first[node + 1])
            its = its[tree.letter[its] < _ROW]
            row[tree.letter[its]] = to[its]
    return pairs.ravel()
