"""Meeting: kernels that join texts which share enough of their shingles.

Each text's shingles are numbers, the rarest first. A text is counted against all before it by lists of who has which
shingle, but for its commonest ones: these are few enough to be compared only where what was counted leaves it open. So
what is found is exact, and what most texts share costs next to nothing.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import Kernel
from model.training.shingles import LEAST_SHINGLES

__all__ = ["WHOLE", "Index", "Texts", "join_pairs", "join_rest", "root_of"]

WHOLE: Final = 1000
"""A level is so many parts of this."""

_LEAST: Final = LEAST_SHINGLES
_NONE: Final = (1 << 31) - 1

Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


class Texts(NamedTuple):
    """Texts as sets of shingles, and which of them are joined."""

    shingles: Numbers
    """Those that several texts have, text after text, the rarest first."""

    starts: Places
    """Where each text's begin, and where another's would."""

    tails: Places
    """Where its common ones begin."""

    sizes: Numbers
    """How many it has, its own among them."""

    parents: Numbers
    """For each text another of its cluster, or itself: a tree whose root stands for the cluster."""


class Index(NamedTuple):
    """Which texts have a shingle, and room to count in."""

    entries: Numbers
    begins: Places
    ends: Places
    """Where the entries of each shingle begin and, so far, end."""

    counts: Numbers
    met: Numbers


def _join_given(texts: Texts, left: Numbers, right: Numbers, pairs: int, level: int) -> int:
    """Joins those of the pairs that agree."""
    joined = 0
    for pair in range(pairs):
        if root_of(texts.parents, left[pair]) != root_of(texts.parents, right[pair]):
            start, other = texts.starts[left[pair]], texts.starts[right[pair]]
            joined += _join_if_alike(texts, left[pair], right[pair], start, other, 0, level)
    return joined


def _join_others(texts: Texts, index: Index, order: Numbers, bounds: Places, clusters: int, level: int) -> int:
    """Joins all texts that agree. ``order`` has them cluster by cluster, as ``bounds`` parts it: those that are joined
    already are not counted against each other, so that a template with many copies costs no more than they do."""
    joined = 0
    for cluster in range(clusters):
        for place in range(bounds[cluster], bounds[cluster + 1]):
            joined += _join_to_earlier(texts, index, order[place], level)
        for place in range(bounds[cluster], bounds[cluster + 1]):
            _enter(texts, index, order[place])
    return joined


def _join_to_earlier(texts: Texts, index: Index, text: int, level: int) -> int:
    joined = 0
    for place in range(_count_shared(texts, index, text)):
        other = index.met[place]
        shared = index.counts[other]
        index.counts[other] = 0
        most = max(texts.starts[text + 1] - texts.tails[text], texts.starts[other + 1] - texts.tails[other])
        if shared + most < _asked(texts, text, other, level):
            continue
        if root_of(texts.parents, text) != root_of(texts.parents, other):
            # Every shingle below the border was counted.
            border = min(_first_common(texts, text), _first_common(texts, other))
            mine, its = _place_of(texts, text, border), _place_of(texts, other, border)
            joined += _join_if_alike(texts, text, other, mine, its, shared, level)
    return joined


def _asked(texts: Texts, one: int, other: int, level: int) -> int:
    """How many shingles two texts must share."""
    both = texts.sizes[one] + texts.sizes[other]
    return int((level * both + WHOLE + level - 1) // (WHOLE + level))


def _count_shared(texts: Texts, index: Index, text: int) -> int:
    """How many texts share shingles with this one that are common in neither; ``index`` gets which, and how many."""
    met = 0
    for place in range(texts.starts[text], texts.tails[text]):
        shingle = texts.shingles[place]
        for entry in range(index.begins[shingle], index.ends[shingle]):
            other = index.entries[entry]
            if index.counts[other] == 0:
                index.met[met] = other
                met += 1
            index.counts[other] += 1
    return met


def _enter(texts: Texts, index: Index, text: int) -> int:
    for place in range(texts.starts[text], texts.tails[text]):
        shingle = texts.shingles[place]
        index.entries[index.ends[shingle]] = text
        index.ends[shingle] += 1
    return 0


def _first_common(texts: Texts, text: int) -> int:
    place = texts.tails[text]
    return int(texts.shingles[place]) if place < texts.starts[text + 1] else _NONE


def _place_of(texts: Texts, text: int, shingle: int) -> int:
    """Where the first of a text's shingles that is not below this one stands."""
    low, high = int(texts.starts[text]), int(texts.starts[text + 1])
    while low < high:
        middle = (low + high) // 2
        if texts.shingles[middle] < shingle:
            low = middle + 1
        else:
            high = middle
    return low


def _join_if_alike(texts: Texts, one: int, other: int, mine: int, its: int, shared: int, level: int) -> int:
    """1 where two texts are joined: they share ``shared`` shingles and what is equal from two places on."""
    both, asked = texts.sizes[one] + texts.sizes[other], _asked(texts, one, other, level)
    end, its_end = texts.starts[one + 1], texts.starts[other + 1]
    while mine < end and its < its_end and shared + min(end - mine, its_end - its) >= asked:
        if texts.shingles[mine] == texts.shingles[its]:
            shared += 1
            mine += 1
            its += 1
        elif texts.shingles[mine] < texts.shingles[its]:
            mine += 1
        else:
            its += 1
    # A few words in common are no passage, unless the texts are hardly longer.
    if shared < asked or (shared < _LEAST and 3 * shared < both):
        return 0
    first, second = root_of(texts.parents, one), root_of(texts.parents, other)
    texts.parents[max(first, second)] = min(first, second)
    return 1


def root_of(parents: Numbers, text: int) -> int:
    """The text that stands for the cluster of one: its first."""
    while parents[text] != text:
        parents[text] = parents[parents[text]]
        text = parents[text]
    return int(text)


join_pairs = Kernel(_join_given)
join_rest = Kernel(_join_others)
