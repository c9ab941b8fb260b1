"""Finds each of many words in an outline, with arrays: a night's ads hold a hundred thousand of them.

A word is looked up by its first letters wherever a word of the text begins, and compared letter by letter up to the
sixteenth. So whatever is there is found, and seldom a little more.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.line import COMPARED, INSIDE, MASKS, Letters, Line
from model.lists import Flags, Numbers, Runs

__all__ = ["Found", "Vocabulary"]

_LENGTHS: Final = (1, 2, 3, 4, 6, 8)
"""Words are looked up by so many of their first letters, as many as they have ..."""

_LONGER: Final = (12, 16)
"""... and those that have more, where the first eight are there, by more."""

_BITS: Final = (8, 16, 17, 18, 18, 18, 17, 17)
"""In tables of so many bits, in the same order: few of the places are taken, and so few other words meet one."""

_COARSER: Final = 2
"""Which words a place is taken by is listed in smaller tables, of so many bits less."""

_INSIDE_BITS: Final = 15

_EIGHT: Final = 5
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio of 2**64: it spreads what differs little."""

_SPREAD_FOUR: Final = np.uint32(0x9E3779B1)
_SPREAD_MORE: Final = np.uint64(0xC2B2AE3D27D4EB4F)
_FIRST_MASKS: Final = MASKS.take(np.minimum(np.arange(256), 8))
_SECOND_MASKS: Final = MASKS.take(np.clip(np.arange(256) - 8, 0, 8))
"""By a word's length, which of its first eight letters, and of its second, are compared."""


class Found(NamedTuple):
    """The words found in an outline, in no order."""

    line: Line
    words: Numbers
    tokens: Numbers
    """For each, the number of the text's word that it begins in."""

    @property
    def sentences(self) -> Numbers:
        """For each, the number of its sentence."""
        return self.line.sentences.take(self.tokens)


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
        self._lengths = np.array([min(len(word.removeprefix(b" ")), COMPARED) for word in self.words], dtype=np.uint8)

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
        inside = ((by, _slots_inside(letters)) for by, letters in line.fours())
        at = np.concatenate([np.flatnonzero(its.begun.take(slots)) * INSIDE + by for by, slots in inside])
        if len(at):
            first, second = line.letters(at)
            place, words = its.listed.of(_slots_inside(first.astype(np.uint32)))
            words, place = self._fitting(words, place, first, second)
            yield words, line.tokens_at(at.take(place))
        for number, word in its.short:
            if len(at := line.places_of(word)):
                yield np.full(len(at), number), line.tokens_at(at)

    def _fitting(
        self, words: Numbers, places: Numbers, first: Letters, second: Letters | None
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
        self.short = [(number, word) for number, word in enumerate(words, first) if len(word) < INSIDE]
        slots = _slots_inside(_letters_of([word for word in words if len(word) >= INSIDE])[0].astype(np.uint32))
        self.begun: Flags = np.bincount(slots, minlength=1 << _INSIDE_BITS) > 0
        self.listed = Runs(slots, 1 << _INSIDE_BITS, first)


def _told_apart(words: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Words that begin where a word of the text does, without the space before them; and the others, in the order of
    their slots, short ones last."""
    words = sorted(words)
    inner = [word for word in words if word[:1] != b" "]
    long = [word for word in inner if len(word) >= INSIDE]
    order = np.argsort(_slots_inside(_letters_of(long)[0].astype(np.uint32)), kind="stable")
    short = [word for word in inner if len(word) < INSIDE]
    return [word[1:] for word in words if word[:1] == b" "], [*(long[at] for at in order.tolist()), *short]


def _sizes(words: Iterable[bytes]) -> list[list[bytes]]:
    """The words by how many of their letters they are looked up by."""
    lengths = (*_LENGTHS, *_LONGER)
    sizes: list[list[bytes]] = [[] for _ in lengths]
    for word in words:
        sizes[bisect_right(lengths, len(word)) - 1].append(word)
    return sizes


def _letters_of(words: Iterable[bytes]) -> tuple[Letters, Letters]:
    """The first eight letters of each word, and the next eight."""
    said = b"".join(word[:COMPARED].ljust(COMPARED, b"\0") for word in words)
    first, second = np.frombuffer(said, dtype="<u8").reshape(-1, 2).T.astype(np.uint64)
    return first, second


def _slots(first: Letters, second: Letters, kind: int) -> Numbers:
    """Where in the table of a length words are looked up that begin with some letters."""
    length = (*_LENGTHS, *_LONGER)[kind]
    keys = first & MASKS[min(length, 8)]
    if length > 8:
        keys ^= (second & MASKS[length - 8]) * _SPREAD_MORE
    keys *= _SPREAD
    keys >>= np.uint64(64 - _BITS[kind])
    slots: Numbers = keys.view(np.int64)
    return slots


def _slots_inside(letters: npt.NDArray[np.uint32]) -> Numbers:
    keys = letters * _SPREAD_FOUR
    keys >>= np.uint32(32 - _INSIDE_BITS)
    return keys.astype(np.intp)
