"""Words to be found in folded texts, as a tree of their letters: a letter each step, all words at once."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.folding import code_points
from model.letters import Places

__all__ = ["Lexicon", "child_of", "make_lexicon", "node_of", "word_at"]

_SIZE: Final = 0x110000
_SPACE: Final = " "
_NONE: Final = -1

_ROW: Final = 128
"""Letters that a row has room for, the most frequent ones; behind them stands the first child."""

_MANY: Final = 4
"""A node with more children than this has a row."""

# A node is two numbers: its last letter, with these marks; and its first child, or where its row begins.
_LETTERS: Final = 0xFFFF
_LAST: Final = 1 << 16
"""It is the last child."""

_ENDS: Final = 1 << 17
"""Words end at it."""

_HAS_ROW: Final = 1 << 18

Symbols = npt.NDArray[np.uint16]
_Numbers = npt.NDArray[np.int64]


class Lexicon(NamedTuple):
    """A tree whose nodes are beginnings of words. A node's children lie side by side, in the order of their letters;
    behind them lies all that begins with the first, then what begins with the next: a word's end is near its beginning,
    and most of what is read lies close to the processor."""

    symbols: Symbols
    """For each code point its number among the letters of all words, the most frequent first; 0 if no word has it."""

    roots: Places
    """For each letter the node of words that begin with it; and after these, of words that begin with a space and it. -1
    where there are none."""

    nodes: Places
    rows: Places
    """For nodes with many children, the child for each of the most frequent letters."""

    words: Places
    """For each node the first word that ends there, if any does."""

    count: Places
    """Of letters."""


def node_of(lexicon: Lexicon, code: int, spaced: bool) -> int:
    """The node of words that begin with a letter, or with a space and it; below zero where there are none."""
    symbol = lexicon.symbols[code]
    return lexicon.roots[lexicon.count[0] + symbol if spaced else symbol]


def word_at(lexicon: Lexicon, node: int) -> int:
    """The first of the words that end at a node; below zero where none does."""
    return lexicon.words[node] if lexicon.nodes[2 * node] & _ENDS else _NONE


def child_of(lexicon: Lexicon, node: int, code: int) -> int:
    """The node one letter on; below zero where there is none."""
    symbol, child = lexicon.symbols[code], lexicon.nodes[2 * node + 1]
    if not symbol or child < 0:
        return _NONE
    if lexicon.nodes[2 * node] & _HAS_ROW:
        if symbol < _ROW:
            return lexicon.rows[child + symbol]
        child = lexicon.rows[child + _ROW]
    while True:
        its = lexicon.nodes[2 * child]
        if its & _LETTERS >= symbol:
            return child if its & _LETTERS == symbol else _NONE
        if its & _LAST:
            return _NONE
        child += 1


def make_lexicon(words: Sequence[str]) -> Lexicon:
    """A lexicon of words, in order; equal ones may follow each other."""
    alphabet, times = np.unique(code_points("".join(words)), return_counts=True)
    symbols = np.zeros(_SIZE, dtype=np.uint16)
    symbols[alphabet[np.argsort(-times, kind="stable")]] = np.arange(1, len(alphabet) + 1)
    letter, ends, first = _levels(words, symbols)
    order = _by_nearness(first.tolist())
    to = np.empty(len(order) + 1, dtype=np.int64)
    to[order] = np.arange(len(order))
    counts = np.diff(first)
    is_last = np.zeros(len(order), dtype=np.bool_)
    is_last[first[1:] - 1] = True
    child = np.where(counts > 0, to[np.minimum(first[:-1], len(order) - 1)], _NONE)
    wide = np.flatnonzero(counts > _MANY)
    rows = np.full((len(wide), _ROW + 1), _NONE)
    for row, node in zip(rows, wide.tolist(), strict=True):
        its = np.arange(first[node], first[node + 1])
        row[letter[its][letter[its] < _ROW]] = to[its[letter[its] < _ROW]]
        row[_ROW] = child[node]
    child[wide] = np.arange(len(wide)) * (_ROW + 1)
    marks = letter | _LAST * is_last | _ENDS * (ends >= 0)
    marks[wide] |= _HAS_ROW
    nodes = np.stack([marks, child], axis=1)[order]
    count = len(alphabet) + 1
    starts, spaced = np.full(count, _NONE), np.full(count, _NONE)
    begun = np.arange(first[0], first[1])
    starts[letter[begun]] = to[begun]
    space = begun[letter[begun] == symbols[ord(_SPACE)]]
    for node in space.tolist():
        its = np.arange(first[node], first[node + 1])
        spaced[letter[its]] = to[its]
    return Lexicon(
        symbols,
        np.concatenate([starts, spaced]).astype(np.int32),
        nodes.ravel().astype(np.int32),
        rows.ravel().astype(np.int32),
        ends[order].astype(np.int32),
        np.array([count], dtype=np.int32),
    )


def _levels(words: Sequence[str], symbols: Symbols) -> tuple[_Numbers, _Numbers, _Numbers]:
    """For each node, level by level, its last letter, the first word that ends there, and its first child; and where the
    children of another would begin."""
    lengths = np.array([len(word) for word in words])
    said = np.zeros((len(words), int(lengths.max())), dtype=np.int64)
    said[np.arange(said.shape[1]) < lengths[:, None]] = symbols.take(code_points("".join(words)))
    base = int(said.max()) + 1
    letters, ends, children = [np.zeros(1, dtype=np.int64)], [np.full(1, _NONE)], []
    holders, count = np.zeros(len(words), dtype=np.int64), 1
    for depth in range(said.shape[1]):
        there = np.flatnonzero(lengths > depth)
        keys, first, its = np.unique(holders[there] * base + said[there, depth], return_index=True, return_inverse=True)
        above = np.arange(count - len(letters[-1]), count)
        children.append(count + np.searchsorted(keys // base, above))
        letters.append(keys % base)
        ends.append(np.where(lengths[there[first]] == depth + 1, there[first], _NONE))
        holders[there] = count + its
        count += len(keys)
    children.append(np.full(len(letters[-1]) + 1, count))
    return np.concatenate(letters), np.concatenate(ends), np.concatenate(children)


def _by_nearness(first: list[int]) -> list[int]:
    """The nodes in the order in which they lie; ``first`` says where the children of each begin."""
    order, waiting = [0], [0]
    while waiting:
        node = waiting.pop()
        children = range(first[node], first[node + 1])
        order += children
        waiting += reversed(children)
    return order
