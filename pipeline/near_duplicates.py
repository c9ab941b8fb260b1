"""Which texts are near-duplicates, judged by their signatures alone.

Texts that agree in a band of their signatures are compared. Those that nearly agree are alike at once. Of the others it
counts what they agree in: a passage that stands in many otherwise unlike texts, an employer's paragraph or a board's
footer, says little about whether two of them are one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from pipeline.signatures import BANDS, SLOTS, Keys, Signatures

__all__ = ["Pairs", "Passages", "meeting", "plain_likeness"]

WINDOW: Final = 8
"""With how many neighbours a text is compared in each band. Where more agree they are sorted by their further bands, so
that near-duplicates stand side by side, and work stays linear however often a passage was copied."""

RARE: Final = 8
"""A passage in so many unlike texts counts in full."""

_BEFORE_ALL: Final = 100
"""As many texts are taken to have been there before the first: of a handful, nothing is known to be common."""

_EACH: Final = 4
"""Every fourth slot is counted."""

_CHUNK: Final = 16_384
_FIRST_BITS: Final = 18
_FILTER_BITS: Final = 21
_MOST_COUNTED: Final = 65_535

Rows = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two rows a pair, the lower one first."""

    left: Rows
    right: Rows

    def __len__(self) -> int:
        return len(self.left)

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Pairs":
        """The chosen ones."""
        return Pairs(self.left[chosen], self.right[chosen])

    def chunks(self) -> Iterator[tuple[slice, Rows, Rows]]:
        """A few at a time, so that their signatures fit into the processor's cache and into memory."""
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield part, self.left[part], self.right[part]


def meeting(keys: Keys, order: npt.NDArray[np.int64], *, since: int) -> Pairs:
    """The pairs of rows that agree in a band, of which one at least is row ``since`` or later.

    ``order`` sorts rows by what they say, so that which neighbours meet does not hang on when they came.
    """
    everything = np.argsort(order, kind="stable") if not since else None
    found = [_meeting_in(keys, band, order, since, everything) for band in range(BANDS)]
    packed = np.unique(np.concatenate(found))
    count = max(1, len(keys))
    return Pairs((packed // count).astype(np.intp), (packed % count).astype(np.intp))


def _meeting_in(keys: Keys, band: int, order: Numbers, since: int, everything: Rows | None) -> Numbers:
    """Pairs as one number each: ``lower * count + higher``."""
    column = np.ascontiguousarray(keys[:, band])
    rows = everything
    if rows is None:
        rows = _with_company(column, since)
        rows = rows[np.argsort(order[rows], kind="stable")]
    rows = rows[np.argsort(column[rows], kind="stable")]
    rows = _like_beside_like(rows, column[rows], keys, band)
    sorted_keys = column[rows]
    found = [np.empty(0, dtype=np.int64)]
    for step in range(1, min(WINDOW, len(rows) - 1) + 1):
        at = np.flatnonzero(sorted_keys[step:] == sorted_keys[:-step])
        if not len(at):
            break
        one, other = rows[at], rows[at + step]
        low, high = np.minimum(one, other), np.maximum(one, other)
        met = high >= since
        found.append(low[met].astype(np.int64) * len(keys) + high[met])
    return np.concatenate(found)


def _like_beside_like(rows: Rows, sorted_keys: npt.NDArray[np.uint32], keys: Keys, band: int) -> Rows:
    """The rows with those of which more agree than are compared sorted by their further bands."""
    reach = WINDOW + 1
    far = np.flatnonzero(sorted_keys[reach:] == sorted_keys[:-reach])
    if not len(far):
        return rows
    crowded = np.zeros(len(rows), dtype=np.bool_)
    for step in range(reach + 1):
        crowded[far + step] = True
    at = np.flatnonzero(crowded)
    some = rows[at]
    further = [keys[some, (band + step) % BANDS] for step in (3, 2, 1)]
    out = rows.copy()
    out[at] = some[np.lexsort((*further, sorted_keys[at]))]
    return out


def _with_company(column: npt.NDArray[np.uint32], since: int) -> Rows:
    """The rows whose key a row from ``since`` on has, these included."""
    fresh = np.unique(column[since:])
    if not len(fresh):
        return np.empty(0, dtype=np.intp)
    # Nearly all kept rows are ruled out by their last bits, in a table that fits into the processor's cache.
    there = np.zeros(1 << _FILTER_BITS, dtype=np.bool_)
    mask = np.uint32(len(there) - 1)
    there[fresh & mask] = True
    kept = np.flatnonzero(there[column[:since] & mask])
    places = np.minimum(np.searchsorted(fresh, column[kept]), len(fresh) - 1)
    return np.append(kept[fresh[places] == column[kept]], np.arange(since, len(column)))


def plain_likeness(signatures: Signatures, pairs: Pairs) -> Shares:
    """For each pair the share of slots that agree: an unbiased estimate of their shingles' Jaccard index."""
    out = np.empty(len(pairs), dtype=np.float32)
    for part, left, right in pairs.chunks():
        out[part] = (signatures[left] == signatures[right]).mean(axis=1)
    return out


class Passages:
    """How many unlike texts a sampled shingle was met in: a table that grows, in which two may share a count."""

    def __init__(self) -> None:
        self._bits = _FIRST_BITS
        self._counts = np.zeros(1 << self._bits, dtype=np.uint16)
        self._rows = np.empty(0, dtype=np.intp)

    def count(self, signatures: Signatures, rows: Rows) -> None:
        """Take in those rows of all signatures, of texts that are unlike each other and all counted before."""
        self._rows = np.append(self._rows, rows)
        while len(self._rows) * SLOTS // _EACH > 1 << self._bits:
            self._bits += 1
        if len(self._counts) < 1 << self._bits:
            self._bits += 1
            self._counts = np.zeros(1 << self._bits, dtype=np.uint16)
            rows = self._rows
        for start in range(0, len(rows), _CHUNK):
            places = np.sort(self._places(signatures[rows[start : start + _CHUNK]]), axis=None)
            first = np.flatnonzero(np.append(True, places[1:] != places[:-1]))
            places, times = places[first], np.diff(first, append=len(places))
            self._counts[places] = np.minimum(self._counts[places] + times, _MOST_COUNTED)

    def shared(self, signatures: Signatures, sizes: Numbers, pairs: Pairs) -> Shares:
        """For each pair how much of the shorter text, by weight, stands in the other; 0 where little of both does.

        The shorter one's share, because a copy that lost sentences still is one, while two ads with a paragraph in
        common each go on in their own way.
        """
        out = np.empty(len(pairs), dtype=np.float32)
        for part, left, right in pairs.chunks():
            one, other = signatures[left], signatures[right]
            weights, others = self._weights(one), self._weights(other)
            agree = one[:, ::_EACH] == other[:, ::_EACH]
            both = weights + others
            alike = (both * agree).sum(axis=1) / both.sum(axis=1)
            weight, its = sizes[left] * weights.mean(axis=1), sizes[right] * others.mean(axis=1)
            out[part] = np.minimum(alike * (weight + its) / (1 + alike) / np.minimum(weight, its), 1.0)
        return out

    def _weights(self, signatures: Signatures) -> Shares:
        """What agreement in each counted slot says: less, the more of all texts have it."""
        met = self._counts[self._places(signatures)].astype(np.float32)
        every = len(self._rows) + _BEFORE_ALL
        return np.square(np.log(every / np.maximum(met, RARE), dtype=np.float32))

    def _places(self, signatures: Signatures) -> npt.NDArray[np.uint32]:
        slots = np.arange(0, SLOTS, _EACH, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)
        mixed = (signatures[:, ::_EACH].astype(np.uint64) ^ slots) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> np.uint64(64 - self._bits)).astype(np.uint32)
