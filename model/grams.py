"""Hashed n-grams of folded texts: of characters inside words, and of words; each with the place it stands in.

Hashing is arithmetic over arrays of code points, a whole chunk of texts at once, so that the first look at an ad costs
a fraction of a millisecond and needs no vocabulary: a model keeps numbers, never a word of what it was trained on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["BUCKETS", "CHAR_BUCKETS", "WORD_BUCKETS", "Grams", "read_grams"]

CHAR_BUCKETS: Final = 1 << 18
WORD_BUCKETS: Final = 1 << 17
BUCKETS: Final = CHAR_BUCKETS + WORD_BUCKETS
"""Character n-grams fill the first buckets, word n-grams the rest."""

CHAR_SIZES: Final = (2, 3, 4, 5)
LONGEST_WORD: Final = 24
"""Longer runs are sentences of scripts that do not part words; the n-grams of their characters stand for them."""

_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xD6E8FEB86659FD93)
_SHIFT: Final = np.uint64(32)
_SPACE: Final = np.uint64(32)
_ZERO: Final = np.uint64(48)

_Hashes = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grams:
    """Every occurrence of every n-gram in a chunk of texts, laid end to end."""

    bucket: npt.NDArray[np.int64]
    start: _Places
    end: _Places
    text: _Places
    """Which text of the chunk the occurrence stands in."""

    offsets: _Places
    """Where each text begins in the chunk, and the end of the last; ``start - offsets[text]`` is a place in a text."""


def read_grams(texts: Sequence[str]) -> Grams:
    """The n-grams of folded texts, which begin and end with a separator and have one between neighbouring words."""
    codes, offsets = _laid_end_to_end(texts)
    gap = codes == _SPACE
    pieces = [_char_grams(codes, gap, size) for size in CHAR_SIZES]
    pieces += _word_grams(codes, gap)
    bucket = np.concatenate([piece[0] for piece in pieces])
    start = np.concatenate([piece[1] for piece in pieces])
    end = np.concatenate([piece[2] for piece in pieces])
    text = np.searchsorted(offsets, start, side="right") - 1
    return Grams(bucket, start, end, text, offsets)


def _laid_end_to_end(texts: Sequence[str]) -> tuple[_Hashes, _Places]:
    joined = "".join(texts).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(joined, dtype="<u4").astype(np.uint64)
    codes[(codes >= 48) & (codes < 58)] = _ZERO  # how long a number is tells more than which it is
    codes[(codes == 10) | (codes == 44)] = _SPACE  # a comma or a line's end parts words, and no more
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return codes, offsets


def _char_grams(codes: _Hashes, gap: npt.NDArray[np.bool_], size: int) -> tuple[_Places, _Places, _Places]:
    """N-grams inside one word and the separators around it."""
    count = len(codes) - size + 1
    if count <= 0:
        return _nothing()
    hashes = np.full(count, size, dtype=np.uint64)
    for step in range(size):
        hashes = (hashes ^ codes[step : step + count]) * _PRIME
    inside = ~(gap[:count] & gap[1 : 1 + count]) if size == 2 else np.ones(count, dtype=np.bool_)
    for step in range(1, size - 1):
        inside &= ~gap[step : step + count]
    start = np.flatnonzero(inside)
    return _bucket(hashes[start], CHAR_BUCKETS, 0), start, start + size


def _word_grams(codes: _Hashes, gap: npt.NDArray[np.bool_]) -> list[tuple[_Places, _Places, _Places]]:
    """Words, and pairs of neighbouring words."""
    solid = np.concatenate(([False], ~gap, [False]))
    start, end = np.flatnonzero(solid[1:] & ~solid[:-1]), np.flatnonzero(~solid[1:] & solid[:-1])
    if not len(start):
        return [_nothing()]
    begun = np.cumsum(solid[1:-1] & ~solid[:-2])
    place = (np.arange(len(codes)) - start[np.maximum(begun - 1, 0)]).astype(np.uint64)
    letters = np.where(gap, np.uint64(0), _mixed((codes + place * _MIX) * _PRIME))
    words = np.add.reduceat(letters, start)
    short = end - start <= LONGEST_WORD
    beside = short[:-1] & short[1:] & (start[1:] - end[:-1] == 1)
    pairs = words[:-1] * _PRIME + words[1:]
    return [
        (_bucket(words[short], WORD_BUCKETS, CHAR_BUCKETS), start[short], end[short]),
        (_bucket(pairs[beside], WORD_BUCKETS, CHAR_BUCKETS), start[:-1][beside], end[1:][beside]),
    ]


def _mixed(hashes: _Hashes) -> _Hashes:
    hashes = (hashes ^ (hashes >> _SHIFT)) * _MIX
    return hashes ^ (hashes >> _SHIFT)


def _bucket(hashes: _Hashes, buckets: int, first: int) -> _Places:
    return (_mixed(hashes) & np.uint64(buckets - 1)).astype(np.int64) + first


def _nothing() -> tuple[_Places, _Places, _Places]:
    none = np.zeros(0, dtype=np.int64)
    return none, none, none
