"""An outline and where its words are, as arrays."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from model.lists import Flags, Numbers

__all__ = ["COMPARED", "INSIDE", "MASKS", "Letters", "Line"]

Letters = npt.NDArray[np.uint64]
"""Eight letters in each number, the first of them lowest."""

COMPARED: Final = 16
"""So many letters of a word are compared."""

INSIDE: Final = 4
"""By so many letters, words are looked up that may begin inside a word of the text."""

MASKS: Final = np.array([(1 << 8 * length) - 1 for length in range(9)], dtype=np.uint64)
"""For each number of letters, what keeps the first so many of eight."""

_SPACE, _BREAK_AND_SPACE = 0x20, np.uint64(0x200A)
_FIRST_LETTER, _NO_LETTER = 0x61, (0x7F, 0xFF)
_DIGITS, _UNSPACED = (0x30, 0x39), (0x41, 0x5A)
"""How a digit begins, and a letter of a script without spaces."""


class Line:
    """An outline and where its words are."""

    def __init__(self, line: bytes) -> None:
        self.text = line
        self._padded = line + bytes(COMPARED + 8)
        self.starts: Numbers = np.flatnonzero(np.frombuffer(line, dtype=np.uint8)[:-1] == _SPACE) + 1
        self.first, self.second = self.letters(self.starts)
        self._is_break: Flags = self.first & MASKS[2] == _BREAK_AND_SPACE
        self.sentences: Numbers = np.cumsum(self._is_break)
        """For each of the text's words, the number of its sentence, from 0."""

    @property
    def sentence_count(self) -> int:
        return int(self.sentences[-1]) + 1 if len(self.sentences) else 1

    def letters(self, at: Numbers) -> tuple[Letters, Letters]:
        """The eight letters from each place on, and the eight after them."""
        windows: Letters = np.ndarray(len(self._padded) - 7, dtype="<u8", buffer=self._padded, strides=(1,))
        return windows.take(at), windows.take(at + 8)

    def fours(self) -> Iterator[tuple[int, npt.NDArray[np.uint32]]]:
        """The four letters from each place on: every fourth place, in turn from each of the first four on, since arrays
        are quick only where their numbers lie in steps of their size."""
        length = len(self.text) // INSIDE * INSIDE + INSIDE
        for by in range(INSIDE):
            yield by, np.frombuffer(self._padded[by : by + length], dtype="<u4")

    def places_of(self, word: bytes) -> Numbers:
        """Where a short word is."""
        text = np.frombuffer(self._padded, dtype=np.uint8)
        there = text[: len(self.text)] == word[0]
        for by, letter in enumerate(word[1:], 1):
            there &= text[by : by + len(self.text)] == letter
        return np.flatnonzero(there)

    def tokens_at(self, places: Numbers) -> Numbers:
        """The numbers of the words that hold places."""
        return np.maximum(self.starts.searchsorted(places, side="right") - 1, 0)

    @cached_property
    def folded_words(self) -> Numbers:
        """For each of the text's words, how many of its folding there are up to it: digits, or letters of a script
        without spaces, that stand side by side are one there."""
        letter, after = self.first & MASKS[1], (self.first >> np.uint64(8)) & MASKS[1]
        digit = (letter >= _DIGITS[0]) & (letter <= _DIGITS[1]) & (after == _SPACE)
        unspaced = (letter >= _UNSPACED[0]) & (letter <= _UNSPACED[1])
        goes_on = np.zeros(len(digit), dtype=np.bool_)
        goes_on[1:] = (digit[1:] & digit[:-1]) | (unspaced[1:] & unspaced[:-1])
        return np.cumsum(~goes_on)

    def letters_in_a_row(self) -> list[int]:
        """The numbers of sentences with letters that stand alone side by side: they may be a word in disguise."""
        if not len(self.first):
            return []
        pairs = (self.first & MASKS[2]).astype(np.uint16)
        letter = pairs.astype(np.uint8)
        single = (
            (pairs >> 8 == _SPACE) & (letter >= _FIRST_LETTER) & (letter != _NO_LETTER[0]) & (letter != _NO_LETTER[1])
        )
        spoken = np.flatnonzero(~self._is_break)
        single = single.take(spoken)
        row = np.flatnonzero(single[:-2] & single[1:-1] & single[2:])
        return np.unique(self.sentences.take(spoken.take(row + 2))).tolist() if len(row) else []
