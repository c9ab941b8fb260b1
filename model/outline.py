"""The outline of a text: bytes that say roughly what letters are there, made in some microseconds.

An outline loses much (accents, case, most of what tells two Chinese characters apart) but never parts what a folded
text has together: where words stand side by side in a folded text, their outlines stand side by side in its outline.
So whatever is not in the outline is not in the text, and only what is there need be looked at closely.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from model import letters
from model.text import BREAK as BREAK_SIGN
from model.text import Folded, fold

__all__ = ["BREAK", "LETTERS", "Outline", "outline", "outline_of_folded"]

BREAK: Final = b"\n"
"""Parts sentences and lines; all else is parted by single spaces."""

LETTERS: Final = rb"[a-~\x80-\xfe]"
"""What stands for a letter of a script with spaces, as a regular expression."""

_FIRST_LETTER, _LAST_LATIN, _FIRST_CYRILLIC = 0x61, 0x7E, 0xDF
_SPACED: Final = letters.LATIN >> letters.SORT_BITS
_STOP: Final = b"  ."
"""A full stop after a digit or a space, as the table writes it: it may be part of a number."""

_DOT: Final = b" . "
_END: Final = b" \n "

_UNCLEAR: Final = b"\xff"
"""Stands for a character that is spelt out as many."""

_LETTER, _DROPPED, _INNER, _UNSPACED = 1, 3, 8, ord(" ")
"""The last of a character's four bytes: of a letter, of what is dropped, of a digit or sign, and of a letter of a
script without spaces. Anything else that is shorter than four bytes ends with a zero."""

_PASSED: Final = bytes([_DROPPED])
_INSIDE: Final = bytes([_INNER, _UNSPACED])
_PLAIN: Final = bytes([_LETTER])
_MARKERS: Final = bytes((0, _LETTER, _DROPPED, _INNER))
_BESIDE_DROPPED: Final = (bytes([_INNER - _DROPPED]), bytes([_UNSPACED - _DROPPED]))
_LEAVES_LETTERS: Final = (bytes([_INNER - _LETTER]), bytes([_UNSPACED - _LETTER]))
"""Steps from one last byte to the next; no other neighbours are as far apart."""


class Outline:
    """What the cheap pass works on."""

    __slots__ = ("_folded", "_looks", "_split", "line")

    def __init__(
        self, line: bytes, looks: bytes = b"", folded: Folded | None = None, split: Sequence[int] = ()
    ) -> None:
        self.line = line
        """Begins and ends with a space; never twice the same byte side by side."""

        self._looks, self._folded = looks, folded
        self._split = split
        """Where letters of a script without spaces are parted one by one."""

    def is_suspect(self) -> bool:
        """Whether letters may be in disguise; single letters in a row are for the reader of the line to notice."""
        if self._folded:
            return self._folded.suspect
        return bool(self._split) or _has_inside(self._looks[3::4]) or _has_two_scripts(self.line)

    @property
    def is_folded(self) -> bool:
        """Whether the text has characters of which only its folding tells what they stand for."""
        return self._folded is not None

    def suspects(self, starts: Sequence[int]) -> Iterator[int]:
        """Which of several texts that are outlined as one is suspect; ``starts`` says where each begins, and ends with
        where another would."""
        if self._folded:
            yield from (0,) if self._folded.suspect else ()
            return
        yield from (bisect_right(starts, at) - 1 for at in self._split)
        sorts, steps = self._looks[3::4], _steps(self._looks[3::4])
        if any(step in steps for step in _BESIDE_DROPPED):
            yield from (at for at, (start, end) in enumerate(pairwise(starts)) if _has_inside(sorts[start:end]))
        else:
            yield from (bisect_right(starts, at) - 1 for at in _leaves_letters(sorts) if _letter_follows(sorts, at + 2))
        if _has_two_scripts(self.line):
            kinds = np.frombuffer(self._looks, dtype="<u4")
            for at, (start, end) in enumerate(pairwise(starts)):
                if _has_two_scripts(kinds[start:end].tobytes().translate(None, _MARKERS)):
                    yield at

    def is_surely_suspect(self, start: int, end: int) -> bool:
        """Whether folding will find a text from here to there suspect too: its letters may make folding it needless."""
        if any(start <= at < end for at in self._split):
            return True
        sorts = self._looks[4 * start + 3 : 4 * end : 4].translate(None, _PASSED)
        return any(sorts[at + 1 : at + 5].lstrip(_INSIDE)[:1] == _PLAIN for at in _leaves_letters(sorts))

    def sentences(self) -> list[int]:
        """Where in the text each sentence of the line begins; each goes on to where the next one begins."""
        if self._folded:
            text, index = self._folded.text, self._folded.index
            return [0, *(int(index[at]) for at, letter in enumerate(text) if letter == BREAK_SIGN)]
        looks = np.frombuffer(self._looks, dtype="<u4")
        kept = np.flatnonzero(looks >> 24 != _DROPPED) if _PASSED in self._looks[3::4] else None
        looks = looks if kept is None else looks.take(kept)
        ends, stops = looks == _packed(_END), looks == _packed(_DOT)
        stops[1:] &= looks[:-1] >> 24 == _LETTER  # elsewhere it may be part of a number
        at = np.flatnonzero(ends | stops)
        return [0, *((at if kept is None else kept.take(at)) + 1).tolist()]


def outline(text: str) -> Outline:
    """The outline of a text."""
    seen = _looks().take(_codes(text), mode="clip")
    looks = seen.tobytes()
    written = looks.translate(None, _MARKERS)
    if _UNCLEAR in written:
        folded = fold(text)
        return Outline(outline_of_folded(folded.text), folded=folded)
    line = _without_repeats(b" " + written.replace(_STOP, b" ").replace(b".", BREAK) + b" ")
    has_unspaced = not text.isascii() and bool((seen >> 24 == _UNSPACED).any())
    split = [where.start() for where in letters.SPLIT_UNSPACED.finditer(text)] if has_unspaced else ()
    return Outline(line, looks, split=split)


def outline_of_folded(text: str) -> bytes:
    """The line of a text that is folded already, or of some of its words; sentence for sentence."""
    written = _looks().take(_codes(text), mode="clip").tobytes().translate(None, _MARKERS)
    return _without_repeats(written.replace(b".", b" "))


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _without_repeats(line: bytes) -> bytes:
    there = np.frombuffer(line, dtype=np.uint8)
    after = there[1:]
    rest: bytes = after[after != there[:-1]].tobytes()
    return line[:1] + rest


def _has_inside(sorts: bytes) -> bool:
    """Whether up to three digits or signs stand between two letters, with no gap around them."""
    steps = _steps(sorts)
    if _BESIDE_DROPPED[0] in steps or _BESIDE_DROPPED[1] in steps:
        sorts = sorts.translate(None, _PASSED)
    return any(_letter_follows(sorts, at + 2) for at in _leaves_letters(sorts))


def _leaves_letters(sorts: bytes) -> Iterator[int]:
    """Where the last letter is before a digit, a sign or a letter of a script without spaces."""
    steps = _steps(sorts)
    for step in _LEAVES_LETTERS:
        at = steps.find(step)
        while at >= 0:
            yield at
            at = steps.find(step, at + 1)


def _steps(sorts: bytes) -> bytes:
    there = np.frombuffer(sorts, dtype=np.uint8)
    return (there[1:] - there[:-1]).tobytes()


def _letter_follows(sorts: bytes, start: int) -> bool:
    """A full stop or comma may be part of a number; no other gap is passed over."""
    for at in range(start, min(start + 3, len(sorts))):
        if sorts[at] == _LETTER:
            return True
        if not sorts[at] and sorts[at - 1 : at + 2] != b"\x08\0\x08":
            break
    return False


def _has_two_scripts(line: bytes) -> bool:
    if line.isascii():
        return False
    seen = np.frombuffer(line, dtype=np.uint8)
    if int(seen.max()) < _FIRST_CYRILLIC:
        return False
    return bool(((seen >= _FIRST_LETTER) & (seen <= _LAST_LATIN)).any())


@cache
def _looks() -> npt.NDArray[np.uint32]:
    """Code point -> the bytes that stand for it."""
    tables = letters.tables()
    code = tables.plain
    kind, folded = tables.kind, tables.kind.take(code)
    spaced = (kind >> letters.SORT_BITS == _SPACED) & (folded >> letters.SORT_BITS == _SPACED)
    kind = np.where(spaced, folded, kind)  # accented Greek is Greek
    looks = np.full(len(kind), ord(" "), dtype=np.uint32)
    looks[kind == letters.DROPPED] = _DROPPED << 24
    looks[kind == letters.DOT] = _packed(_DOT)
    looks[kind == letters.ENDS] = _packed(_END)
    for sort, byte in (
        (letters.LATIN, np.where(code < 0x7B, code, 0x7B + code % 4)),
        (letters.CYRILLIC_OR_GREEK, _FIRST_CYRILLIC + code % 0x20),
        (letters.OTHER_SPACED, 0x80 + code % 0x5F),
    ):
        looks[kind == sort] = byte[kind == sort] | _LETTER << 24
    for sort, byte in (
        (letters.DIGIT, 0x30 + code % 0x10 % 10),  # the ASCII digits as they are
        (letters.SIGN, np.where(code < 0x80, code, 0x3A + code % 6)),
    ):
        looks[kind == sort] = _packed(b" \0 ") | byte[kind == sort] << 8 | _INNER << 24
    unspaced = kind == letters.UNSPACED
    looks[unspaced] = (_packed(b" \0\0 ") | (0x41 + code // 0x5F % 26) << 8 | (0x80 + code % 0x5F) << 16)[unspaced]
    for many, spelling in tables.many.items():
        looks[many] = _spelt(looks[list(spelling)])
    return looks


def _spelt(looks: npt.NDArray[np.uint32]) -> int:
    """Some letters stay clear, and so does an ellipsis; what else is spelt out is for folding to say."""
    sorts = set((looks >> 24).tolist())
    if sorts == {_LETTER} and len(looks) <= 3:
        return _packed(bytes((looks & 0xFF).tolist())) | _LETTER << 24
    return int(looks[0]) if sorts == {0} and len(set(looks.tolist())) == 1 else _packed(_UNCLEAR)


def _packed(look: bytes) -> int:
    return int.from_bytes(look, "little")
