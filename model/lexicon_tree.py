"""The tree of a lexicon: made once a plan, with arrays, level by level."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.folding import BREAK, CLAUSE, SPACE, code_points
from model.text.characters import Kinds, Places
from model.lexicon import (
    ENDS,
    HAS_REST,
    HAS_ROW,
    LAST,
    LATIN,
    LOOK,
    NONE,
    ROW,
    THREE,
    Lexicon,
    Symbols,
    three_of,
)  # fmt: skip

__all__ = ["make_lexicon"]

_SIZE: Final = 0x110000

_MANY: Final = 4
"""A node with more children than this has a row."""

_Numbers = npt.NDArray[np.int64]


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
    marks = tree.letter | ENDS * ((tree.word >= 0) & (tree.rest == 0)) | HAS_REST * (tree.rest > 0)
    marks[tree.first[1:][np.diff(tree.first) > 0] - 1] |= LAST
    marks[np.diff(tree.first) > _MANY] |= HAS_ROW
    roots = _roots(tree, int(symbols[SPACE]), len(alphabet) + 1)
    return Lexicon(
        symbols,
        np.where(roots >= 0, to[roots], NONE).astype(np.int32),
        _pairs(tree, to, roots),
        np.stack([marks, child, tree.word], axis=1)[order].ravel().astype(np.int32),
        rows.ravel(),
        firsts.astype(np.int32),
        np.array([letter for rest in rests for letter in rest], dtype=np.uint16),
        np.array([len(alphabet) + 1], dtype=np.int32),
        _inside(words, symbols, len(alphabet) + 1),
    )


def _inside(words: Sequence[str], symbols: Symbols, count: int) -> Kinds:
    """For each three Latin letters, hashed, whether a word may begin with them; shorter ones begin with any."""
    inside = np.zeros(THREE, dtype=np.uint8)
    every = np.arange(count)
    for beginning in {word[:3] for word in words if ord(word[0]) < LATIN and word[0] != chr(SPACE)}:
        known = symbols.take(code_points(beginning)).astype(np.int64)
        first, second, third = (*known, *[every[:, None], every][len(known) - 3 :]) if len(known) < 3 else known
        inside[three_of(first, second, third)] = 1
    return inside


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
    levels, children = [(nothing, nothing + NONE, nothing)], []
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
        levels.append((keys % base, np.where((more == 0) | (rest > 0), there[first], NONE), rest))
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
    child = np.where(counts > 0, to[tree.first[:-1]], NONE)
    wide = np.flatnonzero(counts > _MANY)
    rows = np.zeros((len(wide), ROW), dtype=np.uint8)
    for row, node in zip(rows, wide.tolist(), strict=True):
        its = tree.letter[tree.first[node] : tree.first[node + 1]]
        its = its[its < ROW]  # the first ones: they are in order
        row[its] = np.arange(1, len(its) + 1)
    firsts = child[wide]
    child[wide] = np.arange(len(wide))
    return child, rows, firsts


def _roots(tree: _Tree, space: int, count: int) -> _Numbers:
    """The nodes, by their numbers in the tree."""
    roots = np.full(2 * count, NONE)
    for node in range(tree.first[0], tree.first[1]):
        roots[tree.letter[node]] = node
        if tree.letter[node] == space:
            its = np.arange(tree.first[node], tree.first[node + 1])
            roots[count + tree.letter[its]] = its
    return roots


def _pairs(tree: _Tree, to: _Numbers, roots: _Numbers) -> Places:
    pairs = np.full((2, ROW, ROW), NONE, dtype=np.int32)
    for of_first, those in zip(pairs, roots.reshape(2, -1), strict=True):
        for row, node in zip(of_first, those[:ROW].tolist(), strict=False):
            if node < 0:
                continue
            if tree.word[node] >= 0 or tree.rest[node]:
                row[:] = LOOK
                continue
            its = np.arange(tree.first[node], tree.first[node + 1])
            its = its[tree.letter[its] < ROW]
            row[tree.letter[its]] = to[its]
    return pairs.ravel()
