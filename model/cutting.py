"""Cutting: a kernel that goes over the folded letters of texts and writes what they are compared by.

Numbers and the gaps in them become one sign each; the letters that are left give a hash for each stretch of them, and a
sign for each word.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import Kernel, Lasting

__all__ = ["WIDTH", "Cut", "cut_letters"]

WIDTH: Final = 8
"""Letters of a shingle; a Han or kana character counts for two."""

_SPACE, _COMMA, _BREAK, _NUMBER = 0x20, 0x2C, 0x0A, 0x30
_NINE, _DOT = 0x39, 0x2E

_UNSPACED: Final = 0x0E00
"""From here on nearly all scripts are written without spaces; where one is not, shorter words do no harm."""

_PLACES: Final = 64

# Where in ``Numbers.some`` what lies.
_ONE, _ALL_BITS, _FACTOR, _HIGHEST, _MIXING, _BEFORE, _BEHIND, _HALF, _PART, _FIRST, _COUNT = range(11)

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Signs = npt.NDArray[np.uint16]
Ends = npt.NDArray[np.int32]


class Numbers(NamedTuple):
    """What hashes are made with: a kernel that wrote these itself would take them for numbers with a sign."""

    some: Hashes
    """See the names of its places."""

    powers: Hashes
    """What a letter is multiplied by, by its place in a word."""


class _Given(NamedTuple):
    """Folded texts one after another."""

    codes: Codes
    starts: Ends
    """Where each begins, and where another would."""


class Cut(NamedTuple):
    """What texts are compared by, those of each text behind those of the text before."""

    codes: Codes
    """Their letters, each text with a space behind."""

    code_ends: Ends
    hashes: Hashes
    """Shingles in reading order; none reaches over the end of its text."""

    hash_ends: Ends
    signs: Signs
    """A sign a word."""

    sign_ends: Ends


def cut_letters(codes: Codes, starts: Ends) -> Cut:
    """What folded texts are compared by; ``starts`` ends with where another would begin."""
    cut, wide = _room(len(codes), len(starts) - 1)
    _cut(_Given(codes, starts), _NUMBERS, cut, wide, len(starts) - 1)
    return _filled(cut)


def _room(most: int, texts: int) -> tuple[Cut, Codes]:
    """Arrays for what so many letters of so many texts can come to at most."""
    code_ends, hash_ends, sign_ends = (np.zeros(texts, dtype=np.int32) for _ in range(3))
    codes, hashes = np.zeros(most, dtype=np.uint32), np.zeros(2 * most, dtype=np.uint64)
    cut = Cut(codes, code_ends, hashes, hash_ends, np.zeros(most, dtype=np.uint16), sign_ends)
    return cut, np.zeros(2 * most + WIDTH, dtype=np.uint32)


def _filled(cut: Cut) -> Cut:
    """Without the room that was left over."""
    codes, hashes, signs = (int(ends[-1]) if len(ends) else 0 for ends in (cut.code_ends, cut.hash_ends, cut.sign_ends))
    return cut._replace(codes=cut.codes[:codes], hashes=cut.hashes[:hashes], signs=cut.signs[:signs])


def _cut_texts(given: _Given, numbers: Numbers, cut: Cut, wide: Codes, texts: int) -> int:
    """Fills ``cut``; ``wide`` is room to write in."""
    length, hashes, signs = 0, 0, 0
    for text in range(texts):
        first = length
        length = _write_letters(given, cut.codes, given.starts[text], given.starts[text + 1], first)
        hashes = _write_hashes(numbers, cut, wide, first, length, hashes)
        signs = _write_signs(numbers, cut, first, length, signs)
        cut.code_ends[text] = length
        cut.hash_ends[text] = hashes
        cut.sign_ends[text] = signs
    return length


def _write_letters(given: _Given, out: Codes, start: int, end: int, first: int) -> int:
    """The letters of a text with each number, marks and gaps inside it included, as one sign; where they end."""
    length, last = first, 0
    for at in range(start, end):
        code = int(given.codes[at])
        if code == _BREAK or code == _COMMA:
            code = _SPACE
        elif _NUMBER <= code <= _NINE or code == _DOT:
            code = _NUMBER
        is_end = at == end - 1
        if code == last and (code == _NUMBER or code == _SPACE) and not is_end:
            continue
        last = code
        # "+84 90 123" and "0901 23": how a number is grouped is no difference either.
        if code == _NUMBER and length - first > 1 and out[length - 1] == _SPACE and out[length - 2] == _NUMBER:
            length -= 1
        else:
            out[length] = code
            length += 1
    return length


def _write_hashes(numbers: Numbers, cut: Cut, wide: Codes, first: int, end: int, place: int) -> int:
    """A hash for each stretch of ``WIDTH`` letters, from ``place`` on; where the next would stand."""
    one, all_bits = numbers.some[_ONE], numbers.some[_ALL_BITS]
    factor, highest, mixing = numbers.some[_FACTOR], numbers.some[_HIGHEST], numbers.some[_MIXING]
    rolled = one - one
    for at in range(_spread(cut.codes, wide, first, end)):
        if at >= WIDTH:
            rolled = (rolled - (wide[at - WIDTH] + one) * highest) & all_bits
        rolled = (rolled * factor + wide[at] + one) & all_bits
        if at >= WIDTH - 1:
            mixed = ((rolled ^ (rolled >> 31)) * mixing) & all_bits
            cut.hashes[place] = mixed ^ (mixed >> 29)
            place += 1
    return place


def _spread(codes: Codes, wide: Codes, first: int, end: int) -> int:
    """Letters with wide characters twice, so that a shingle holds about as much meaning in every script; how many."""
    count = 0
    for at in range(first, end):
        code = codes[at]
        wide[count] = code
        count += 1
        if 0x2E80 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or 0x20000 <= code < 0x32000:
            wide[count] = code
            count += 1
    return count


def _write_signs(numbers: Numbers, cut: Cut, first: int, end: int, place: int) -> int:
    """A sign for each word, from ``place`` on; where the next would stand.

    In scripts without spaces, words are cut where two letters meet of which their hash says so: a change then moves the
    words around it alone.
    """
    one, all_bits = numbers.some[_ONE], numbers.some[_ALL_BITS]
    total, letters = one - one, 0
    for at in range(first, end):
        code = cut.codes[at]
        if letters and (code == _SPACE or (code >= _UNSPACED and _part(numbers, cut.codes[at - 1], code))):
            cut.signs[place] = _sign(numbers, total)
            place += 1
            total, letters = one - one, 0
        if code != _SPACE:
            added = ((code + one) * numbers.powers[letters % _PLACES]) & all_bits
            total = (total + (added ^ (added >> 29))) & all_bits
            letters += 1
    if letters:
        cut.signs[place] = _sign(numbers, total)
        place += 1
    return place


def _sign(numbers: Numbers, total: int) -> int:
    """The sign of a word whose letters add up so."""
    mixed = (total * numbers.some[_MIXING]) & numbers.some[_ALL_BITS]
    return (mixed >> 40) % numbers.some[_COUNT] + numbers.some[_FIRST]  # type: ignore[no-any-return]


def _part(numbers: Numbers, before: int, code: int) -> bool:
    """Whether a word of a script without spaces begins between two letters."""
    mixed = ((before * numbers.some[_BEFORE]) ^ (code * numbers.some[_BEHIND])) & numbers.some[_HALF]
    return bool((mixed >> 16) % numbers.some[_PART] == 0)


def _numbers() -> Numbers:
    base = 0x9E3779B97F4A7C15
    some = (
        1, (1 << 64) - 1, base, pow(base, WIDTH - 1, 1 << 64), 0xBF58476D1CE4E5B9,
        0x9E3779B1, 0x85EBCA77, (1 << 32) - 1, 3,
        0x100, 0xD000,  # signs are ordinary characters, so that a text of them takes two bytes a word
    )  # fmt: skip
    powers = [pow(base, place + 1, 1 << 64) for place in range(_PLACES)]
    return Numbers(np.array(some, dtype=np.uint64), np.array(powers, dtype=np.uint64))


_NUMBERS: Final = Lasting(_numbers())
_cut = Kernel(_cut_texts)
