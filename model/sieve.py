"""A sieve for what the cheap pass noticed in many texts at once: with arrays, and letting through a little too much.

Of each word of a sentence the first letters are put into one of some bins. Where none of the words that a pattern needs
besides its anchor has its letters there, the pattern is not in the sentence.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["Sieve", "first_letters", "make_sieve"]

_BITS: Final = 11
_BINS: Final = 1 << _BITS
_ALWAYS: Final = 0
"""The bin for what could be anywhere."""

_SPREAD: Final = np.uint32(2_654_435_761)
"""Knuth's multiplier: the golden ratio of 2**32."""

_SPACE: Final = 0x20
_BREAK: Final = 0x0A

_Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sieve:
    """Lists of numbers, one after another: those of ``n`` go from ``offsets[n]`` to ``offsets[n + 1]``."""

    pattern_offsets: _Numbers
    patterns: _Numbers
    """For each anchor's word, the patterns that it is a notice of."""

    bin_offsets: _Numbers
    bins: _Numbers
    """For each pattern, the bins of the words that must be there besides."""

    def sift(self, line: bytes, words: list[int], ends: list[int]) -> list[tuple[int, int]]:
        """Which pattern could be in which sentence of a line, counted from 0; in order. ``words`` are the words of
        anchors that were noticed, and ``ends`` where."""
        if not words:
            return []
        breaks = np.flatnonzero(np.frombuffer(line, dtype=np.uint8) == _BREAK)
        numbers = np.array(words, dtype=np.intp)
        hits, patterns = _listed(self.pattern_offsets, self.patterns, numbers)
        sentences = breaks.searchsorted(np.array(ends, dtype=np.intp)).take(hits)
        asked, bins = _listed(self.bin_offsets, self.bins, patterns)
        there = _full_bins(line, len(breaks) + 1).take((sentences << _BITS).take(asked) + bins)
        firsts = np.flatnonzero(np.concatenate(([True], asked[1:] != asked[:-1])))
        stays = np.logical_or.reduceat(there, firsts)
        patterns, sentences = np.divmod(
            np.unique(patterns[stays] * (len(breaks) + 1) + sentences[stays]), len(breaks) + 1
        )
        return list(zip(patterns.tolist(), sentences.tolist(), strict=True))


def _listed(offsets: _Numbers, values: _Numbers, numbers: _Numbers) -> tuple[_Numbers, _Numbers]:
    """All values of some numbers, each with the place of its number."""
    begins = offsets.take(numbers)
    counts = offsets.take(numbers + 1) - begins
    place = np.repeat(np.arange(len(numbers)), counts)
    moved = begins - (np.cumsum(counts) - counts)
    return place, values.take(np.arange(len(place)) + moved.take(place))


def _full_bins(line: bytes, sentences: int) -> npt.NDArray[np.bool_]:
    """For each sentence, bin by bin, whether a word has its first letters there."""
    padded = line + b"    "
    letters = np.ndarray(len(padded) - 3, dtype="<u4", buffer=padded, strides=(1,))
    spaces = np.flatnonzero(np.frombuffer(line, dtype=np.uint8) == _SPACE)
    keys = letters[spaces + 1]
    short, middle = keys & 0xFF00 == _SPACE << 8, keys & 0xFF0000 == _SPACE << 16
    keys = np.where(short, keys & 0xFFFF, np.where(middle, keys & 0xFFFFFF, keys))
    number = np.cumsum(keys & 0xFF == _BREAK)
    full = np.zeros(sentences << _BITS, dtype=np.bool_)
    full[(number << _BITS) + _bins(keys)] = True
    full[_ALWAYS::_BINS] = True
    return full


def _bins(keys: npt.NDArray[np.uint32]) -> _Numbers:
    bins: _Numbers = np.maximum((keys * _SPREAD) >> np.uint32(32 - _BITS), 1).astype(np.intp)
    return bins


def first_letters(line: bytes) -> Counter[int]:
    """How often a word begins with four letters, or with fewer and a space, as a number."""
    return Counter(key for token in line.split() if (key := _key(token + b" ")) is not None)


def make_sieve(noticed: Sequence[Iterable[int]], needed: Iterable[Sequence[bytes]], common: Counter[int]) -> Sieve:
    """The sieve for the patterns that each anchor's word is a notice of, and the words of which each pattern needs one
    besides; ``common`` says how often first letters are met."""
    bins = [sorted({_bin(word, common) for word in words}) for words in needed]
    return Sieve(*_in_one([list(its) for its in noticed]), *_in_one(bins))


def _in_one(lists: Sequence[Sequence[int]]) -> tuple[_Numbers, _Numbers]:
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.intp)
    return offsets, np.array([number for its in lists for number in its], dtype=np.intp)


def _bin(word: bytes, common: Counter[int]) -> int:
    """That of the letters that are met least, of all that follow a space in the word."""
    keys = [key for at in range(len(word)) if word[at] == _SPACE and (key := _key(word[at + 1 :])) is not None]
    if not keys:
        return _ALWAYS
    return int(_bins(np.array([min(keys, key=lambda key: common[key])], dtype=np.uint32))[0])


def _key(token: bytes) -> int | None:
    """The letters as a number; None where there are too few to tell."""
    word, space, _ = token[:4].partition(b" ")
    return int.from_bytes(word + space, "little") if space or len(word) == 4 else None
