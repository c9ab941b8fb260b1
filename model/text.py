"""The views of a text that matching works on, with offsets back into the original.

Evidence points into the text as collected; matching works on a folded copy: words in one case, without accents,
invisible characters or look-alike forms, each pair of neighbouring words parted by exactly one separator. The fold is
table look-up over arrays, so it is linear and costs the same for every script.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from model import letters
from model.disguise import undisguise

__all__ = ["BREAK", "CLAUSE", "SPACE", "Folded", "fold", "views"]

SPACE: Final = " "
CLAUSE: Final = ","
BREAK: Final = "\n"
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

_SEPARATORS: Final = SPACE + CLAUSE + BREAK

_Array = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and the way back. It begins and ends with a space, so that every word has one on both sides."""

    text: str
    marked: str
    """The same text, letter for letter, with its accents kept: ``bán`` and ``bạn`` are both ``ban`` in ``text``."""

    original: str
    suspect: bool
    """Whether the text has letters of two scripts in one word, digits inside words, or single letters in a row."""

    index: npt.NDArray[np.intp] = field(repr=False)
    """For each character of ``text``, where in ``original`` it came from."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` lies in the original, without the separators around it.

        Accents and invisible characters that belong to the last letter are taken along.
        """
        text = self.text
        while start < end and text[start] in _SEPARATORS:
            start += 1
        while end > start and text[end - 1] in _SEPARATORS:
            end -= 1
        if start >= end:
            here = int(self.index[start]) if start < len(self.index) else len(self.original)
            return here, here
        return int(self.index[start]), self._end(end)

    def _end(self, end: int) -> int:
        """Where in the original the letter before ``end`` is over: its repetitions, accents and invisible parts too."""
        original, last = self.original, int(self.index[end - 1]) + 1
        limit = int(self.index[end]) if end < len(self.index) else len(original)
        letter = original[last - 1].casefold()
        while last < limit and letter.isalpha() and original[last].casefold() == letter:
            last += 1
        tail = letters.TRAILING.match(original, last)
        return tail.end() if tail else last

    def position(self, at: int) -> int:
        """Where in ``text`` the original's character ``at`` went, or the first one after it that is there."""
        found = int(np.searchsorted(self.index, at))
        return found + 1 if found + 1 < len(self.text) and self.text[found] in _SEPARATORS else found


def fold(text: str) -> Folded:
    """The plain view: what the text says, however it is typed."""
    return _fold(text, text)


def views(text: str) -> Iterator[Folded]:
    """The plain view, and where letters are disguised also the view without the disguise."""
    plain = fold(text)
    yield plain
    if plain.suspect:
        cleared = undisguise(text)
        if cleared != text:
            yield _fold(cleared, text)


def _fold(text: str, original: str) -> Folded:
    """``text`` must have the length of ``original``: a disguise is taken off letter by letter."""
    tables = letters.tables()
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds = tables.kind[codes]
    index = np.arange(len(codes), dtype=np.intp)
    if (kinds == letters.MANY).any():
        codes, index = _spelt_out(codes, kinds, index)
        kinds = tables.kind[codes]
    kept = kinds != letters.DROPPED
    codes, kinds, index = codes[kept], kinds[kept], index[kept]
    plain = tables.plain[codes]
    kinds = _with_number_marks(kinds)
    again = _repeated(plain, kinds)
    if again.any():
        stay = ~again
        codes, kinds, index, plain = codes[stay], kinds[stay], index[stay], plain[stay]
    return _laid_out(codes, plain, kinds, index, original)


def _spelt_out(
    codes: _Array, kinds: npt.NDArray[np.uint8], index: npt.NDArray[np.intp]
) -> tuple[_Array, npt.NDArray[np.intp]]:
    """Characters that stand for several (ligatures, ``㎏``, ``ß``) written as those several."""
    tables = letters.tables()
    many = kinds == letters.MANY
    counts = np.ones(len(codes), dtype=np.intp)
    counts[many] = tables.many_length[codes[many]]
    out = np.repeat(codes, counts)
    first = np.cumsum(counts) - counts
    for at, code in zip(first[many].tolist(), codes[many].tolist(), strict=True):
        spelling = tables.many[code]
        out[at : at + len(spelling)] = spelling
    return out, np.repeat(index, counts)


def _with_number_marks(kinds: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A full stop or comma between two digits belongs to the number; elsewhere it ends a sentence or a clause."""
    dots = np.flatnonzero((kinds == letters.DOT) | (kinds == letters.COMMA))
    if not len(dots):
        return kinds
    padded = np.concatenate(([0], kinds, [0]))
    inside = (padded[dots] == letters.DIGIT) & (padded[dots + 2] == letters.DIGIT)
    out = kinds.copy()
    out[dots] = np.where(inside, letters.DIGIT, np.where(kinds[dots] == letters.DOT, letters.ENDS, letters.PAUSES))
    return out


def _repeated(plain: _Array, kinds: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Letters that repeat the one before: ``gooood`` and ``good`` both read ``god``, in texts and in phrases alike."""
    again = np.zeros(len(plain), dtype=np.bool_)
    if len(plain) > 1:
        again[1:] = (plain[1:] == plain[:-1]) & (kinds[1:] == kinds[:-1])
        again &= (kinds == letters.LATIN) | (kinds == letters.CYRILLIC_OR_GREEK)
    return again


def _laid_out(
    codes: _Array, plain: _Array, kinds: npt.NDArray[np.uint8], index: npt.NDArray[np.intp], original: str
) -> Folded:
    """Words side by side with one separator between neighbours, the strongest of those that stood there."""
    at = np.flatnonzero(kinds >= letters.FIRST_SOLID)
    if not len(at):
        here = np.zeros(1, dtype=np.intp)
        return Folded(SPACE, SPACE, original, False, here)
    group = letters.GROUP[kinds[at]]
    ends, pauses = np.cumsum(kinds == letters.ENDS), np.cumsum(kinds == letters.PAUSES)
    apart = at[1:] - at[:-1] > 1
    between = np.where(
        ends[at[1:]] > ends[at[:-1]],
        ord(BREAK),
        np.where(pauses[at[1:]] > pauses[at[:-1]], ord(CLAUSE), np.where(apart | _parts(group), ord(SPACE), 0)),
    )
    lead = np.concatenate(([ord(SPACE)], between)).astype(np.uint32)
    where = np.cumsum(lead > 0) + np.arange(len(at))
    out = np.full(int(where[-1]) + 2, ord(SPACE), dtype=np.uint32)
    back = np.zeros(len(out), dtype=np.intp)
    separated = lead > 0
    out[where[separated] - 1] = lead[separated]
    back[where[separated] - 1] = index[at[separated]]
    back[where], back[-1] = index[at], len(original)
    marked = out.copy()
    out[where], marked[where] = plain[at], letters.tables().marked[codes[at]]
    suspect = _is_suspect(kinds[at], group, lead, apart)
    return Folded(_string(out), _string(marked), original, suspect, back)


def _parts(group: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Where two neighbours are of different sorts, as in ``10tr`` or ``月薪5000USD``, or one is a sign."""
    apart: npt.NDArray[np.bool_] = (group[1:] != group[:-1]) | (group[1:] == letters.GROUP[letters.SIGN])
    return apart


def _is_suspect(
    kinds: npt.NDArray[np.uint8], group: npt.NDArray[np.uint8], lead: _Array, apart: npt.NDArray[np.bool_]
) -> bool:
    word = group == letters.GROUP[letters.LATIN]
    latin = kinds == letters.LATIN
    if (kinds == letters.CYRILLIC_OR_GREEK).any() and latin.any():
        return True
    if _has_inside(word, apart):
        return True
    alone = word[:-1] & (lead[:-1] > 0) & (lead[1:] > 0)
    return bool((alone[:-2] & alone[1:-1] & alone[2:]).any())


def _has_inside(word: npt.NDArray[np.bool_], apart: npt.NDArray[np.bool_]) -> bool:
    """Whether up to three digits or signs stand between two letters, with no space around them."""
    for width in (1, 2, 3):
        found = word[: -width - 1] & word[width + 1 :]
        for step in range(1, width + 1):
            found = found & ~word[step : step - width - 1]
        for step in range(width + 1):
            found = found & ~apart[step : len(apart) - width + step]
        if found.any():
            return True
    return False


def _string(codes: _Array) -> str:
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
