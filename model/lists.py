"""Many lists of numbers in two arrays, looked up for many numbers at once."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Flags", "Lists", "Numbers", "Runs", "as_lists"]

Numbers = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]
Kept = npt.NDArray[np.int32]


class Lists(NamedTuple):
    """The list of ``n`` goes from ``offsets[n]`` to ``offsets[n + 1]``."""

    offsets: Kept
    values: Kept

    def of(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """All values of some numbers, each behind the place of its number among them."""
        place, at = _spread(self.offsets.take(numbers).astype(np.intp), self.offsets.take(numbers + 1))
        return place, self.values.take(at).astype(np.intp)

    def any_of(self, flags: Flags, numbers: Numbers) -> Flags:
        """For each of some numbers, whether any of its values is flagged; none of the lists may be empty."""
        begins = self.offsets.take(numbers).astype(np.intp)
        counts = self.offsets.take(numbers + 1) - begins
        return np.logical_or.reduceat(flags, np.cumsum(counts) - counts)


class Runs:
    """For each slot the numbers that have it, which follow each other: those of the first slot from ``first`` on."""

    def __init__(self, slots: Numbers, count: int, first: int) -> None:
        """``slots`` are in order."""
        self._offsets = (np.concatenate(([0], np.cumsum(np.bincount(slots, minlength=count)))) + first).astype(np.int32)

    def of(self, slots: Numbers) -> tuple[Numbers, Numbers]:
        """All numbers of some slots, each behind the place of its slot among them."""
        return _spread(self._offsets.take(slots).astype(np.intp), self._offsets.take(slots + 1))


def _spread(begins: Numbers, ends: Numbers | Kept) -> tuple[Numbers, Numbers]:
    """All numbers from some on to others, each behind the place of its run."""
    counts = ends - begins
    before = np.cumsum(counts)
    total = int(before[-1]) if len(before) else 0
    place = np.repeat(np.arange(len(counts)), counts)
    numbers = (begins - before + counts).take(place)
    numbers += np.arange(total)
    return place, numbers


def as_lists(lists: Sequence[Iterable[int]]) -> Lists:
    """Many lists as two arrays."""
    made = [list(its) for its in lists]
    offsets = np.cumsum([0, *map(len, made)], dtype=np.int32)
    return Lists(offsets, np.fromiter(chain.from_iterable(made), dtype=np.int32, count=int(offsets[-1])))
