"""How far found groups agree with known ones."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from math import comb
from typing import NamedTuple


class Agreement(NamedTuple):
    """Over pairs: the share of the known that is found, the share of the found that is known, and the adjusted Rand index."""

    recall: float
    precision: float
    rand: float


def agreement(known: Sequence[Hashable], found: Sequence[Hashable]) -> Agreement:
    right, asked, given = (pairs(some) for some in (zip(known, found, strict=True), known, found))
    chance = asked * given / comb(len(known), 2)
    return Agreement(right / asked, right / given, (right - chance) / ((asked + given) / 2 - chance))


def pairs(names: Iterable[Hashable]) -> int:
    """How many pairs have one name."""
    return sum(comb(count, 2) for count in Counter(names).values())
