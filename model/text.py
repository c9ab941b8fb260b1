"""The views of a text that matching works on, with offsets back into the original.

Evidence points into the text as collected; matching works on a folded copy: words in one case, without accents,
invisible characters or look-alike forms, each pair of neighbouring words parted by exactly one separator. The fold is
table look-up over arrays, so it is linear and costs the same for every script; what only a full reading needs is made
when it is asked for.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from model import letters
from model.disguise import undisguise

__all__ = ["BREAK", "CLAUSE", "SEPARATORS", "SPACE", "Folded", "fold", "views"]

SPACE: Final = " "
CLAUSE: Final = ","
BREAK: Final = "\n"
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

SEPARATORS: Final = SPACE + CLAUSE + BREAK
_WRITTEN: Final = np.array([ord(c) for c in (SPACE, SPACE, CLAUSE, CLAUSE, BREAK, BREAK)], dtype=np.uint32)
"""The strongest kind in a gap -> the separator that stands for it."""

_NUMBER_MARKS: Final = tuple(bytes((letters.DIGIT, mark, letters.DIGIT)) for mark in (letters.DOT, letters.COMMA))
_WORD: Final = letters.LATIN >> letters.SORT_BITS
_SIGN: Final = letters.SIGN >> letters.SORT_BITS
_FIRST_SORT: Final = letters.FIRST_SOLID >> letters.SORT_BITS

_Codes = npt.NDArray[np.uint32]
_Kinds = npt.NDArray[np.uint8]
_Places = npt.NDArray[np.intp]
_Flags = npt.NDArray[np.bool_]


class Folded:
    """A folded text and the way back. It begins and ends with a space, so that every word has one on both sides."""

    __slots__ = ("_codes", "_come_from", "_index", "_marked", "_places", "original", "suspect", "text")

    def __init__(self, *, text: str, original: str, suspect: bool, codes: _Codes, places: _Places, come_from: _Places):
        """``places`` are those of the text's characters in ``codes``, a separator having that of what follows it;
        ``come_from`` is where in the original each of the codes was."""
        self.text = text
        self.original = original
        self.suspect = suspect
        """Whether the text has letters of two scripts in one word, digits inside words, or single letters in a row."""
        self._codes, self._places, self._come_from = codes, places, come_from
        self._marked: str | None = None
        self._index: _Places | None = None

    @property
    def marked(self) -> str:
        """The same text, letter for letter, with its accents kept: ``bán`` and ``bạn`` are both ``ban`` in ``text``."""
        if self._marked is None:
            self._marked = self._with_accents()
        return self._marked

    @property
    def index(self) -> _Places:
        """For each character of ``text``, where in ``original`` it came from."""
        if self._index is None:
            self._index = np.append(self._come_from.take(self._places), len(self.original))
        return self._index

    def _with_accents(self) -> str:
        if not len(self._codes) or int(self._codes.max()) < 0x80:
            return self.text
        out = _as_codes(self.text).copy()
        solid = (out != ord(SPACE)) & (out != ord(CLAUSE)) & (out != ord(BREAK))
        at = np.flatnonzero(solid)
        out[at] = letters.tables().marked.take(self._codes.take(self._places.take(at)))
        return _string(out)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``text[start:end]`` lies in the original, without the separators around it.

        Accents and invisible characters that belong to the last letter are taken along.
        """
        text = self.text
        while start < end and text[start] in SEPARATORS:
            start += 1
        while end > start and text[end - 1] in SEPARATORS:
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
        found = int(self.index.searchsorted(at))
        return found + 1 if found + 1 < len(self.text) and self.text[found] in SEPARATORS else found


def fold(text: str, *, original: str | None = None) -> Folded:
    """What the text says, however it is typed. ``original`` is what offsets point into where ``text`` is a copy of it
    with the letters put right, one for one."""
    return _fold(text, text if original is None else original)


def views(text: str) -> Iterator[Folded]:
    """The plain view, and where letters are disguised also the view without the disguise."""
    plain = fold(text)
    yield plain
    if plain.suspect:
        cleared = undisguise(text)
        if cleared != text:
            yield fold(cleared, original=text)


def _fold(text: str, original: str) -> Folded:
    """``text`` must have the length of ``original``: a disguise is taken off letter by letter."""
    tables = letters.tables()
    codes = _as_codes(text)
    kinds = tables.kind.take(codes, mode="clip")
    come_from = np.arange(len(codes), dtype=np.intp)
    there = kinds.tobytes()  # searched as bytes: what a text does not hold costs it next to nothing
    if letters.MANY in there:
        codes, come_from = _spelt_out(codes, kinds, come_from)
        kinds = tables.kind.take(codes, mode="clip")
        there = kinds.tobytes()
    if letters.DROPPED in there:
        kept = kinds != letters.DROPPED
        codes, kinds, come_from = codes[kept], kinds[kept], come_from[kept]
        there = kinds.tobytes()
    if any(mark in there for mark in _NUMBER_MARKS):
        kinds = _with_number_marks(kinds)
    plain = tables.plain.take(codes, mode="clip")
    solid = kinds >= letters.FIRST_SOLID
    at = np.flatnonzero(_without_repeats(solid, plain, kinds))
    if not len(at):
        return Folded(text=SPACE, original=original, suspect=False, codes=codes[:0], places=at, come_from=come_from[:0])
    sorts: _Kinds = kinds >> np.uint8(letters.SORT_BITS)
    parted, met = _parted(kinds, solid, sorts)
    lead = parted.take(at)
    lead[0] = letters.GAP
    separated = np.flatnonzero(lead != 0)
    before = separated + np.arange(len(separated))
    places = _with_separators(at, separated, before)
    out = np.empty(len(places) + 1, dtype=np.uint32)
    out[:-1] = plain.take(places)
    out[before] = _WRITTEN.take(lead.take(separated))
    out[-1] = ord(SPACE)
    two_scripts = letters.CYRILLIC_OR_GREEK in there and letters.LATIN in there
    suspect = two_scripts or _has_inside(sorts, met) or _has_single_letters(sorts, at, separated)
    said = _string(out)
    return Folded(text=said, original=original, suspect=suspect, codes=codes, places=places, come_from=come_from)


def _as_codes(text: str) -> _Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _spelt_out(codes: _Codes, kinds: _Kinds, come_from: _Places) -> tuple[_Codes, _Places]:
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
    return out, np.repeat(come_from, counts)


def _with_number_marks(kinds: _Kinds) -> _Kinds:
    """A full stop or comma between two digits belongs to the number."""
    digit = kinds == letters.DIGIT
    between = np.flatnonzero(digit[:-2] & digit[2:] & ~digit[1:-1]) + 1
    if not len(between):
        return kinds
    mark = kinds[between]
    inside = between[(mark == letters.DOT) | (mark == letters.COMMA)]
    kinds = kinds.copy()
    kinds[inside] = letters.DIGIT
    return kinds


def _without_repeats(solid: _Flags, plain: _Codes, kinds: _Kinds) -> _Flags:
    """What stands in the folded text: ``gooood`` and ``good`` both read ``god``, in texts and in phrases alike."""
    stays = solid.copy()
    once = plain[1:] != plain[:-1]
    once |= (kinds[1:] != letters.LATIN) & (kinds[1:] != letters.CYRILLIC_OR_GREEK)
    stays[1:] &= once
    return stays


def _parted(kinds: _Kinds, solid: _Flags, sorts: _Kinds) -> tuple[_Kinds, _Places]:
    """For each place the strongest kind that parts it from what is before, 0 where nothing does; and the places where
    two sorts of letters meet with nothing in between, as in ``10tr`` or ``月薪5000USD``."""
    parted = np.zeros(len(kinds) + 1, dtype=np.uint8)
    edges = np.flatnonzero(solid[1:] != solid[:-1]) + 1
    if len(edges):  # gaps and words take turns; a gap before the first word parts nothing
        first = 0 if solid[0] else 1
        strongest = np.maximum.reduceat(kinds, edges)
        after = edges[first + 1 :: 2]
        parted[after] = strongest[first::2][: len(after)]
    meets = sorts[1:] != sorts[:-1]
    meets |= sorts[1:] == _SIGN
    meets &= solid[1:]
    meets &= solid[:-1]
    met = np.flatnonzero(meets) + 1
    parted[met] = letters.GAP
    return parted, met


def _with_separators(at: _Places, separated: _Places, before: _Places) -> _Places:
    """The places with each separated one twice, the first time for its separator."""
    places = np.empty(len(at) + len(separated), dtype=np.intp)
    words = np.ones(len(places), dtype=np.bool_)
    words[before] = False
    places[words] = at
    places[before] = at.take(separated)
    return places


def _has_inside(sorts: _Kinds, met: _Places) -> bool:
    """Whether up to three digits or signs stand between two letters, with no space around them."""
    out = met[(sorts.take(met - 1) == _WORD) & (sorts.take(met) != _WORD)]
    if not len(out):
        return False
    there = sorts.tobytes()
    return any(_letter_follows(there[place + 1 : place + 4]) for place in out.tolist())


def _letter_follows(sorts: bytes) -> bool:
    """Whether a letter comes before any gap."""
    for sort in sorts:
        if sort == _WORD:
            return True
        if sort < _FIRST_SORT:
            return False
    return False


def _has_single_letters(sorts: _Kinds, at: _Places, separated: _Places) -> bool:
    """Whether three letters of a script with spaces stand alone side by side, as in ``K P C``."""
    row = separated[:-3][separated[3:] - separated[:-3] == 3] if len(separated) > 3 else separated[:0]
    if len(separated) > 2 and separated[-3] == len(at) - 3:
        row = np.append(row, separated[-3])
    return any((sorts[at[first : first + 3]] == _WORD).all() for first in row.tolist())


def _string(codes: _Codes) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")
