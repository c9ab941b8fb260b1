"""Hashed n-grams of folded texts: of characters inside words, and of words; each with the place it stands in.

Hashing is arithmetic over arrays of code points and needs no vocabulary: a model keeps numbers, never a word of what it
was trained on. ``model.worth`` does the same for many texts at once, where only their sum is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["BUCKETS", "CHAR_BUCKETS", "LONGEST_WORD", "MIX", "PRIME", "WORD_BUCKETS", "Grams", "read_grams"]

CHAR_BUCKETS: Final = 1 << 17
WORD_BUCKETS: Final = 1 << 16
BUCKETS: Final = CHAR_BUCKETS + WORD_BUCKETS
"""Character n-grams fill the first buckets, word n-grams the rest."""

CHAR_SIZES: Final = (2, 4)
"""With 3 and 5 beside them no figure on collections that were left out was better, and reading took half as long again.
"""

LONGEST_WORD: Final = 24
"""Longer runs are sentences of scripts that do not part words; the n-grams of their characters stand for them."""

PRIME: Final = 0x9E3779B1
MIX: Final = 0x85EBCA6B
_SPACE: Final = 32
_ZERO: Final = 48

_Hashes = npt.NDArray[np.uint32]
_Flags = npt.NDArray[np.bool_]
_Places = npt.NDArray[np.int64]

_NOTHING: Final = (np.zeros(0, dtype=np.int64),) * 3


@dataclass(frozen=True, slots=True)
class Grams:
    """Every occurrence of every n-gram in a text: its bucket, and the stretch of the text that it covers."""

    bucket: _Places
    start: _Places
    end: _Places


def read_grams(text: str) -> Grams:
    """The n-grams of a folded text, which begins and ends with a separator and has one between neighbouring words."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    codes[(codes >= 48) & (codes < 58)] = _ZERO  # how long a number is tells more than which it is
    codes[(codes == 10) | (codes == 44)] = _SPACE  # a comma or a line's end parts words, and no more
    gap = codes == _SPACE
    pieces = [_NOTHING, *_char_grams(codes, gap), *_word_grams(codes, gap)]
    bucket, start, end = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return Grams(bucket, start, end)


def _char_grams(codes: _Hashes, gap: _Flags) -> Iterator[tuple[_Places, _Places, _Places]]:
    """N-grams inside one word and the separators around it; each size is hashed on from the one before."""
    hashes = codes * np.uint32(PRIME)
    inside = np.ones(len(codes), dtype=np.bool_)
    for size in range(2, max(CHAR_SIZES) + 1):
        count = len(codes) - size + 1
        if count <= 0:
            return
        hashes = (hashes[:count] ^ codes[size - 1 :]) * np.uint32(PRIME)
        inside = inside[:count] & ~gap[size - 2 : size - 2 + count] if size > 2 else inside[:count]
        if size in CHAR_SIZES:
            start = np.flatnonzero(inside if size > 2 else ~(gap[:count] & gap[1:]))
            yield _bucket(hashes[start], CHAR_BUCKETS, 0), start, start + size


def _word_grams(codes: _Hashes, gap: _Flags) -> Iterator[tuple[_Places, _Places, _Places]]:
    """Words, and pairs of neighbouring words."""
    solid = np.concatenate(([False], ~gap, [False]))
    start, end = np.flatnonzero(solid[1:] & ~solid[:-1]), np.flatnonzero(~solid[1:] & solid[:-1])
    if not len(start):
        return
    begun = np.cumsum(solid[1:-1] & ~solid[:-2])
    place = (np.arange(len(codes)) - start[np.maximum(begun - 1, 0)]).astype(np.uint32)
    letters = np.where(gap, np.uint32(0), _mixed((codes + place * np.uint32(MIX)) * np.uint32(PRIME)))
    words = np.add.reduceat(letters, start, dtype=np.uint32)
    short = end - start <= LONGEST_WORD
    beside = short[:-1] & short[1:] & (start[1:] - end[:-1] == 1)
    pairs = words[:-1] * np.uint32(PRIME) + words[1:]
    yield _bucket(words[short], WORD_BUCKETS, CHAR_BUCKETS), start[short], end[short]
    yield _bucket(pairs[beside], WORD_BUCKETS, CHAR_BUCKETS), start[:-1][beside], end[1:][beside]


def _mixed(hashes: _Hashes) -> _Hashes:
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(MIX)
    return hashes ^ (hashes >> np.uint32(13))


def _bucket(hashes: _Hashes, buckets: int, first: int) -> _Places:
    return (_mixed(hashes) & np.uint32(buckets - 1)).astype(np.int64) + first
