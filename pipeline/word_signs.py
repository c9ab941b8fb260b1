"""Texts as rows of signs, one for each word, and how much of one row stands in another.

A changed word spoils all shingles around it. Words in order tell a copy with some words changed, which still has nearly
all of the shorter text, from two ads that merely share some paragraphs.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq

__all__ = ["word_signs", "words_shared"]

_SPACE: Final = ord(" ")
_UNSPACED: Final = 0x0E00
"""From here on nearly all scripts are written without spaces; where one is not, shorter words do no harm."""

_FIRST, _COUNT = 0x100, 0xD000
"""Signs are ordinary characters, so that a text of them takes two bytes a word."""

_LEAST_LENGTH: Final = 0.5
"""A text is no copy of one that is more than twice as long: it may stand there beside others."""

_FACTOR: Final = 0x9E3779B97F4A7C15
_PLACES: Final = np.array([pow(_FACTOR, at + 1, 1 << 64) for at in range(64)], dtype=np.uint64)

Codes = npt.NDArray[np.uint32]
Ends = npt.NDArray[np.intp]


def word_signs(codes: Codes, ends: Ends) -> list[str]:
    """A sign for each word of each text, of texts that lie one after another and end where ``ends`` says."""
    solid = np.flatnonzero(codes != _SPACE)
    begins = _begins(codes)[solid]
    if not len(solid):
        return [""] * len(ends)
    first = np.flatnonzero(begins)
    place = np.arange(len(solid)) - np.repeat(first, np.diff(first, append=len(solid)))
    letters = (codes[solid].astype(np.uint64) + np.uint64(1)) * _PLACES[place % len(_PLACES)]
    letters ^= letters >> np.uint64(29)
    sums = np.add.reduceat(letters, first) * np.uint64(0xBF58476D1CE4E5B9)
    signs = ((sums >> np.uint64(40)) % np.uint64(_COUNT) + np.uint64(_FIRST)).astype("<u2")
    whole = signs.tobytes().decode("utf-16-le")
    stops = np.searchsorted(solid[first], ends).tolist()
    return [whole[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


def _begins(codes: Codes) -> npt.NDArray[np.bool_]:
    """Where words begin: behind spaces, and in scripts without them where two letters meet of which their hash says so:
    a change then moves the words around it alone."""
    begins = np.ones(len(codes), dtype=np.bool_)
    before = codes[:-1]
    begins[1:] = before == _SPACE
    unspaced = codes[1:] >= _UNSPACED
    if unspaced.any():
        mixed = (before * np.uint32(0x9E3779B1)) ^ (codes[1:] * np.uint32(0x85EBCA77))
        begins[1:] |= unspaced & ((mixed >> np.uint32(16)) % np.uint32(3) == 0)
    return begins


def words_shared(one: str, other: str) -> float:
    """The share of the shorter text's words that stand in the other in the same order; 0 where it is much longer."""
    short, long = sorted((len(one), len(other)))
    if not short or short < long * _LEAST_LENGTH:
        return 0.0
    return float(LCSseq.similarity(one, other)) / short
