"""Clusters: texts that share long passages, directly or through others.

What near-duplicate detection calls a near-duplicate cluster and the study of text reuse a reuse cluster: two texts are
linked where their shingles agree by some level (Jaccard index), and what is linked is one (single linkage). A cluster
is wider than a campaign: an employer's paragraph is enough. It decides nothing; it says what must not stand on both
sides of a split, and where a template has been.

What is found is exact, so that it does not hang on the order of the texts, one more text joins and never parts, and a
cluster at a higher level lies inside one at a lower level.
"""

import sys
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from model.cutting import Cut
from model.meeting import WHOLE, Index, Numbers, Places, Texts, join_pairs, join_rest
from model.training.shingles import cut_texts

__all__ = ["LEVEL", "Clusters"]

LEVEL: Final = 0.13
"""Where EMSCAD's groups of duplicates are found again (decision 0060); at half of it long texts are one chain."""

_COMMON: Final = 256
"""A shingle of more texts is compared only where the rarer ones leave it open."""

_FACTORS: Final = tuple(pow(0x9E3779B1, turn, 1 << 32) for turn in range(1, 65))
"""So often at most texts are laid side by side by a random one of their shingles: copies nearly always meet at once."""

_FEW: Final = 500
"""Where so few of them, one of this, were joined, the next round is left out."""

_LOT: Final = 1_000_000
"""Characters that are cut together."""

_BITS: Final = 32
_LOW: Final = (1 << _BITS) - 1
_HIGH: Final = _LOW << _BITS
_BLANK: Final = np.array([ord(" ")], dtype=np.uint32).tobytes()

Packed = npt.NDArray[np.uint64]


class Clusters:
    """Texts, ready to be clustered at any level."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._count, packed = _shingles_of(texts)
        hashes, numbers = _halves(packed)
        self._sizes = np.bincount(numbers, minlength=self._count).astype(np.int32)
        times = np.diff(np.flatnonzero(_differ(hashes)), append=len(packed))
        shared = times > 1
        self._times, ranks = _by_rarity(times[shared])
        packed = numbers[np.repeat(shared, times)].astype(np.uint64)
        packed <<= np.uint64(_BITS)
        packed |= np.repeat(ranks, times[shared])
        packed.sort()
        numbers, shingles = _halves(packed)
        self._shingles = shingles.copy()
        self._starts = np.append(0, np.cumsum(np.bincount(numbers, minlength=self._count)))
        common = numbers[self._shingles >= np.searchsorted(self._times, _COMMON, "right")]
        self._common = np.bincount(common, minlength=self._count)

    def at(self, level: float, *, joined: Sequence[Hashable] | None = None) -> list[int]:
        """For each text the number of the first text of its cluster. Texts with equal names in ``joined`` are one
        from the beginning."""
        part = round(level * WHOLE)
        texts = self._texts(part, range(self._count) if joined is None else _firsts(joined))
        for left, right in self._neighbours():
            if join_pairs(texts, left, right, len(left), part) * _FEW < self._count:
                break
        _find_roots(texts.parents)
        # The largest cluster first: no text of it is counted against any then.
        order = np.lexsort((texts.parents, -np.bincount(texts.parents)[texts.parents])).astype(np.int32)
        bounds = np.append(np.flatnonzero(_differ(texts.parents[order])), self._count)
        join_rest(texts, self._index(), order, bounds, len(bounds) - 1, part)
        _find_roots(texts.parents)
        found: list[int] = texts.parents.tolist()
        return found

    def _texts(self, part: int, parents: Sequence[int]) -> Texts:
        # Two texts that agree share at least their level's part of each: were all of it common in both, nothing of it
        # would be counted.
        most = np.maximum((part * self._sizes.astype(np.int64) + WHOLE - 1) // WHOLE - 1, 0)
        tails = self._starts[1:] - np.minimum(self._common, most)
        return Texts(self._shingles, self._starts, tails, self._sizes, np.array(parents, dtype=np.int32))

    def _neighbours(self) -> Iterator[tuple[Numbers, Numbers]]:
        """Pairs of texts that may well agree, found at once: the rest takes much longer where copies are not joined."""
        some = np.flatnonzero(np.diff(self._starts)).astype(np.int32)
        for factor in _FACTORS if len(some) else ():
            mixed = self._shingles.astype(np.uint32) * np.uint32(factor)
            keys = np.minimum.reduceat(mixed, self._starts[some])
            order = np.lexsort((self._sizes[some], keys))
            same = ~_differ(keys[order])[1:]
            yield some[order[:-1][same]], some[order[1:][same]]

    def _index(self) -> Index:
        begins = np.append(0, np.cumsum(self._times)).astype(np.int64)
        counts, met = np.zeros(self._count, dtype=np.int32), np.zeros(self._count, dtype=np.int32)
        return Index(np.zeros(len(self._shingles), dtype=np.int32), begins, begins.copy(), counts, met)


def _shingles_of(texts: Iterable[str]) -> tuple[int, Packed]:
    """How many texts there are, and each shingle of each once: its hash, and below it the text's number; sorted.

    32 bits of the hash are kept: two texts of 2,000 shingles have one in common by chance once in a thousand times.
    """
    found, count = [np.empty(0, dtype=np.uint64)], 0
    for lot in _lots(texts):
        cut = cut_texts(lot)
        numbers = np.repeat(np.arange(count, count + len(lot), dtype=np.uint64), np.diff(cut.hash_ends, prepend=0))
        found += [_once(cut.hashes & np.uint64(_HIGH) | numbers), _too_short(cut, count)]
        count += len(lot)
    return count, _once(np.concatenate(found))


def _lots(texts: Iterable[str]) -> Iterator[list[str]]:
    lot: list[str] = []
    size = 0
    for text in texts:
        lot.append(text)
        size += len(text)
        if size >= _LOT:
            yield lot
            lot, size = [], 0
    if lot:
        yield lot


def _once(packed: Packed) -> Packed:
    """The numbers in rising order, each once; several times as fast as what numpy has for it."""
    packed.sort()
    return packed[_differ(packed)]


def _too_short(cut: Cut, count: int) -> Packed:
    """For each text that is too short for a shingle, but says something, its letters as one."""
    found = []
    for number in np.flatnonzero(np.diff(cut.hash_ends, prepend=0) == 0).tolist():
        said = cut.codes[cut.code_ends[number - 1] if number else 0 : cut.code_ends[number]].tobytes()
        if said.strip(_BLANK):
            found.append(crc32(said) << _BITS | count + number)
    return np.array(found, dtype=np.uint64)


def _halves(packed: Packed) -> tuple[Numbers, Numbers]:
    """What stands above and what below in each number; no copies, which would take as much memory again."""
    low, high = packed.view(np.int32).reshape(-1, 2).T
    return (high, low) if sys.byteorder == "little" else (low, high)


def _by_rarity(times: Places) -> tuple[Places, Packed]:
    """Numbers of occurrences in rising order, and the place of each in it."""
    order = np.argsort(times, kind="stable")
    ranks = np.empty(len(times), dtype=np.uint64)
    ranks[order] = np.arange(len(times), dtype=np.uint64)
    return times[order], ranks


def _differ(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which values are not the one before."""
    differ = np.ones(len(values), dtype=np.bool_)
    np.not_equal(values[1:], values[:-1], out=differ[1:])
    return differ


def _firsts(names: Sequence[Hashable]) -> list[int]:
    """For each name its first place."""
    first: dict[Hashable, int] = {}
    return [first.setdefault(name, place) for place, name in enumerate(names)]


def _find_roots(parents: Numbers) -> None:
    """Has every text know the first of its cluster."""
    while (parents[parents] != parents).any():
        parents[:] = parents[parents]
