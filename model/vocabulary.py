"""Finds each of many words in an outline, with arrays: a night's ads hold a hundred thousand of them.

A word is looked up by its first letters wherever a word of the text begins, and compared letter by letter up to the
sixteenth. So whatever is there is found, and seldom a little more.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.lists import Flags, Numbers, Runs

__all__ = ["Found", "Vocabulary"]

_Letters = npt.NDArray[np.uint64]

_LENGTHS: Final = (1, 2, 3, 4, 6, 8)
"""Words are looked up by so many of their first letters, as many as they have ..."""

_LONGER: Final = (12, 16)
"""... and those that have more, where the first eight are there, by more."""

_BITS: Final = (8, 16, 17, 18, 18, 18, 17, 17)
"""In tables of so many bits, in the same order: few of the places are taken, and so few other words meet one."""

_COARSER: Final = 2
"""Which words a place is taken by is listed in smaller tables, of so many bits less."""

_INSIDE: Final = 4
"""By so many letters, words are looked up that may begin inside a word of the text."""

_INSIDE_BITS: Final = 15

_EIGHT: Final = 5
_COMPARED: Final = 16
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio of 2**64: it spreads what differs little."""

_SPREAD_FOUR: Final = np.uint32(0x9E3779B1)
_SPREAD_MORE: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_MASKS: Final = np.array([(1 << 8 * length) - 1 for length in range(9)], dtype=np.uint64)
_FIRST_MASKS: Final = _MASKS.take(np.minimum(np.arange(256), 8))
_SECOND_MASKS: Final = _MASKS.take(np.clip(np.arange(256) - 8, 0, 8))
"""By a word's length, which of its first eight letters, and of its second, are compared."""

_SPACE, _BREAK_AND_SPACE = 0x20, np.uint64(0x200A)
_FIRST_LETTER, _NO_LETTER = 0x61, (0x7F, 0xFF)
_DIGITS, _UNSPACED = (0x30, 0x39), (0x41, 0x5A)
"""How a digit begins, and a letter of a script without spaces."""


class Found(NamedTuple):
    """The words found in an outline, in no order."""

    line: "Line"
    words: Numbers
    tokens: Numbers
    """For each, the number of the text's word that it begins in."""

    @property
    def sentences(self) -> Numbers:
        """For each, the number of its sentence."""
        return self.line.sentences.take(self.tokens)


class Line:
    """An outline and where its words are."""

    def __init__(self, line: bytes) -> None:
        self.text = line
        self._padded = line + bytes(_COMPARED + 8)
        self.starts: Numbers = np.flatnonzero(np.frombuffer(line, dtype=np.uint8)[:-1] == _SPACE) + 1
        self.first, self.second = self.letters(self.starts)
        self._is_break: Flags = self.first & _MASKS[2] == _BREAK_AND_SPACE
        self.sentences: Numbers = np.cumsum(self._is_break)
        """For each of the text's words, the number of its sentence, from 0."""

    @property
    def sentence_count(self) -> int:
        return int(self.sentences[-1]) + 1 if len(self.sentences) else 1

    def letters(self, at: Numbers) -> tuple[_Letters, _Letters]:
        """The eight letters from each place on, and the eight after them."""
        windows: _Letters = np.ndarray(len(self._padded) - 7, dtype="<u8", buffer=self._padded, strides=(1,))
        return windows.take(at), windows.take(at + 8)

    def slots_inside(self) -> Iterator[tuple[int, Numbers]]:
        """Where words are looked up that begin at every fourth place; in turn from each of the first four places on,
        since arrays are quick only where their numbers lie in steps of their size."""
        length = len(self.text) // _INSIDE * _INSIDE + _INSIDE
        for by in range(_INSIDE):
            yield by, _slots_inside(np.frombuffer(self._padded[by : by + length], dtype="<u4"))

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
        letter, after = self.first & _MASKS[1], (self.first >> np.uint64(8)) & _MASKS[1]
        digit = (letter >= _DIGITS[0]) & (letter <= _DIGITS[1]) & (after == _SPACE)
        unspaced = (letter >= _UNSPACED[0]) & (letter <= _UNSPACED[1])
        goes_on = np.zeros(len(digit), dtype=np.bool_)
        goes_on[1:] = (digit[1:] & digit[:-1]) | (unspaced[1:] & unspaced[:-1])
        return np.cumsum(~goes_on)

    def letters_in_a_row(self) -> list[int]:
        """The numbers of sentences with letters that stand alone side by side: they may be a word in disguise."""
        if not len(self.first):
            return []
        pairs = (self.first & _MASKS[2]).astype(np.uint16)
        letter = pairs.astype(np.uint8)
        single = (
            (pairs >> 8 == _SPACE) & (letter >= _FIRST_LETTER) & (letter != _NO_LETTER[0]) & (letter != _NO_LETTER[1])
        )
        spoken = np.flatnonzero(~self._is_break)
        single = single.take(spoken)
        row = np.flatnonzero(single[:-2] & single[1:-1] & single[2:])
        return np.unique(self.sentences.take(spoken.take(row + 2))).tolist() if len(row) else []


class Vocabulary:
    """Words to be found. One that begins with a space begins where a word of the text does, any other anywhere."""

    def __init__(self, words: Iterable[bytes]) -> None:
        whole, inner = _told_apart(words)
        sizes = _sizes(whole)
        slots = [_slots(*_letters_of(its), kind) for kind, its in enumerate(sizes)]
        orders = [np.argsort(its, kind="stable").tolist() for its in slots]
        sizes = [[its[at] for at in order] for its, order in zip(sizes, orders, strict=True)]
        self.words = [b" " + word for its in sizes for word in its] + inner
        """In the order of the numbers that they are found by: what is looked up together lies together."""

        before = np.cumsum([0, *map(len, sizes)])
        self._tables = [_Table(its, kind, first) for kind, (its, first) in enumerate(zip(slots, before, strict=False))]
        longer = [word for its in sizes[_EIGHT + 1 :] for word in its]
        self._tables[_EIGHT].begun[_slots(*_letters_of(longer), _EIGHT)] = True
        self._inside = _Inside(inner, int(before[-1]))
        self._first, self._second = _letters_of([word for its in sizes for word in its] + inner)
        self._lengths = np.array([len(word) - (word[:1] == b" ") for word in self.words], dtype=np.uint8)

    def find(self, text: bytes) -> Found:
        """Each word that is in an outline."""
        line = Line(text)
        found = (*self._find_whole(line), *self._find_inside(line))
        return Found(line, np.concatenate([words for words, _ in found]), np.concatenate([at for _, at in found]))

    def _find_whole(self, line: Line) -> Iterator[tuple[Numbers, Numbers]]:
        first, second, among = line.first, line.second, None
        for kind, table in enumerate(self._tables):
            slots = _slots(first, second, kind)
            at = np.flatnonzero(table.begun.take(slots))
            place, words = table.listed.of(slots.take(at) >> _COARSER)
            words, places = self._fitting(words, at.take(place), first, second if kind >= _EIGHT else None)
            yield words, places if among is None else among.take(places)
            if kind == _EIGHT:  # the others have these eight too
                first, second, among = first.take(at), second.take(at), at

    def _find_inside(self, line: Line) -> Iterator[tuple[Numbers, Numbers]]:
        its = self._inside
        at = np.concatenate([np.flatnonzero(its.begun.take(slots)) * _INSIDE + by for by, slots in line.slots_inside()])
        if len(at):
            first, second = line.letters(at)
            place, words = its.listed.of(_slots_inside(first.astype(np.uint32)))
            words, place = self._fitting(words, place, first, second)
            yield words, line.tokens_at(at.take(place))
        for number, word in its.short:
            if len(at := line.places_of(word)):
                yield np.full(len(at), number), line.tokens_at(at)

    def _fitting(
        self, words: Numbers, places: Numbers, first: _Letters, second: _Letters | None
    ) -> tuple[Numbers, Numbers]:
        """Those whose letters are there."""
        masks = _FIRST_MASKS.take(self._lengths.take(words))
        fits = np.flatnonzero((first.take(places) ^ self._first.take(words)) & masks == 0)
        words, places = words.take(fits), places.take(fits)
        if second is None:
            return words, places
        masks = _SECOND_MASKS.take(self._lengths.take(words))
        fits = np.flatnonzero((second.take(places) ^ self._second.take(words)) & masks == 0)
        return words.take(fits), places.take(fits)


class _Table:
    """Where words are looked up by their first letters."""

    def __init__(self, slots: Numbers, kind: int, first: int) -> None:
        self.begun: Flags = np.bincount(slots, minlength=1 << _BITS[kind]) > 0
        self.listed = Runs(slots >> _COARSER, 1 << _BITS[kind] - _COARSER, first)


class _Inside:
    """Where words are looked up that may begin inside a word of the text."""

    def __init__(self, words: list[bytes], first: int) -> None:
        self.short = [(number, word) for number, word in enumerate(words, first) if len(word) < _INSIDE]
        slots = _slots_inside(_letters_of([word for word in words if len(word) >= _INSIDE])[0].astype(np.uint32))
        self.begun: Flags = np.bincount(slots, minlength=1 << _INSIDE_BITS) > 0
        self.listed = Runs(slots, 1 << _INSIDE_BITS, first)


def _told_apart(words: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Words that begin where a word of the text does, without the space before them; and the others, in the order of
    their slots, short ones last."""
    words = sorted(words)
    inner = [word for word in words if word[:1] != b" "]
    long = [word for word in inner if len(word) >= _INSIDE]
    order = np.argsort(_slots_inside(_letters_of(long)[0].astype(np.uint32)), kind="stable")
    short = [word for word in inner if len(word) < _INSIDE]
    return [word[1:] for word in words if word[:1] == b" "], [*(long[at] for at in order.tolist()), *short]


def _sizes(words: Iterable[bytes]) -> list[list[bytes]]:
    """The words by how many of their letters they are looked up by."""
    lengths = (*_LENGTHS, *_LONGER)
    sizes: list[list[bytes]] = [[] for _ in lengths]
    for word in words:
        sizes[bisect_right(lengths, len(word)) - 1].append(word)
    return sizes


def _letters_of(words: Iterable[bytes]) -> tuple[_Letters, _Letters]:
    """The first eight letters of each word, and the next eight."""
    said = b"".join(word[:_COMPARED].ljust(_COMPARED, b"\0") for word in words)
    first, second = np.frombuffer(said, dtype="<u8").reshape(-1, 2).T.astype(np.uint64)
    return first, second


def _slots(first: _Letters, second: _Letters, kind: int) -> Numbers:
    """Where in the table of a length words are looked up that begin with some letters."""
    length = (*_LENGTHS, *_LONGER)[kind]
    keys = first & _MASKS[min(length, 8)]
    if length > 8:
        keys ^= (second & _MASKS[length - 8]) * _SPREAD_MORE
    keys *= _SPREAD
    keys >>= np.uint64(64 - _BITS[kind])
    slots: Numbers = keys.view(np.int64)
    return slots


def _slots_inside(letters: npt.NDArray[np.uint32]) -> Numbers:
    keys = letters * _SPREAD_FOUR
    keys >>= np.uint32(32 - _INSIDE_BITS)
    return keys.astype(np.intp)
