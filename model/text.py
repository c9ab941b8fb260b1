"""The views of a text that matching works on, with offsets back into the original.

Evidence points into the text as collected; matching works on a folded copy: words in one case, without accents,
invisible characters or look-alike forms, each pair of neighbouring words parted by exactly one separator. The fold is
table look-up over arrays, so it is linear and costs the same for every script; what only a full reading needs is made
when it is asked for.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from model import letters
from model.disguise import undisguise
from model.folding import (
    Codes,
    Kinds,
    Places,
    has_inside,
    has_single_letters,
    parted,
    spelt_out,
    with_number_marks,
    with_separators,
    without_repeats,
)  # fmt: skip

__all__ = ["BREAK", "CLAUSE", "SEPARATORS", "SPACE", "Folded", "Pieces", "fold", "fold_pieces", "has_accents", "views"]

SPACE: Final = " "
CLAUSE: Final = ","
BREAK: Final = "\n"
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

SEPARATORS: Final = SPACE + CLAUSE + BREAK
_WRITTEN: Final = np.array([ord(c) for c in (SPACE, SPACE, CLAUSE, CLAUSE, BREAK, BREAK)], dtype=np.uint32)
"""The strongest kind in a gap -> the separator that stands for it."""

_MARKED_SHARE: Final = 0.04
"""From this share of accented letters on, a text counts as written with accents (Vietnamese has a quarter)."""

_NOTHING_MORE: Final = frozenset(("", " ", "\n", ".", ","))
"""What surely is not a part of the letter before it; met most often."""

Pieces = Sequence[tuple[int, int]]


class Folded:
    """A folded text and the way back. It begins and ends with a space, so that every word has one on both sides."""

    __slots__ = ("_codes", "_come_from", "_index", "_marked", "_places", "_starts", "original", "suspect", "text")

    def __init__(
        self,
        *,
        text: str,
        original: str,
        suspect: bool,
        codes: Codes,
        places: Places,
        come_from: Places,
        starts: Sequence[int],
    ) -> None:
        """``places`` are those of the text's characters in ``codes``, a separator having that of what follows it;
        ``come_from`` is where in the original each of the codes was, ``starts`` where each of its texts begins."""
        self._starts = starts
        self.text = text
        self.original = original
        self.suspect = suspect
        """Whether the text has letters of two scripts in one word, digits inside words, or single letters in a row."""
        self._codes, self._places, self._come_from = codes, places, come_from
        self._marked: str | None = None
        self._index: Places | None = None

    @property
    def marked(self) -> str:
        """The same text, letter for letter, with its accents kept: ``bán`` and ``bạn`` are both ``ban`` in ``text``."""
        if self._marked is None:
            self._marked = self._with_accents()
        return self._marked

    @property
    def index(self) -> Places:
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
        if original[last : last + 1] in _NOTHING_MORE:
            return last
        limit = int(self.index[end]) if end < len(self.index) else len(original)
        letter = original[last - 1].casefold()
        while last < limit and letter.isalpha() and original[last].casefold() == letter:
            last += 1
        tail = letters.TRAILING.match(original, last)
        return tail.end() if tail else last

    def holder(self, at: int) -> tuple[int, int]:
        """From where to where the text goes that holds a character of the original, which may be several texts."""
        number = bisect_right(self._starts, at)
        return self._starts[number - 1], self._starts[number] if number < len(self._starts) else len(self.original)

    def positions(self, places: Iterable[int]) -> list[int]:
        """Where in ``text`` characters of the original went, or the first ones after them that are there."""
        last = len(self.text) - 1
        return [
            at + 1 if at < last and self.text[at] in SEPARATORS else at
            for at in self.index.searchsorted(list(places)).tolist()
        ]


def fold(text: str, *, original: str | None = None) -> Folded:
    """What the text says, however it is typed. ``original`` is what offsets point into where ``text`` is a copy of it
    with the letters put right, one for one."""
    return _fold(text, text if original is None else original, np.arange(len(text)), (0,))


def fold_pieces(said: str, pieces: Pieces, *, original: str, starts: Sequence[int]) -> Folded:
    """What pieces of an original say, from where to where each, in their order; letters may be put right, one for one.
    The original may be several texts one after another: ``starts`` says where each begins."""
    begins = np.array([start for start, _ in pieces])
    lengths = np.array([end for _, end in pieces]) - begins
    moved = begins - (np.cumsum(lengths) - lengths)
    return _fold(said, original, np.arange(len(said)) + np.repeat(moved, lengths), starts)


def has_accents(text: str) -> bool:
    """Whether the text is written with accents, judged by some hundred of its characters."""
    if text.isascii():
        return False
    some = _as_codes(text[:: max(1, len(text) // 500)])
    tables = letters.tables()
    marked = np.count_nonzero(tables.plain.take(some, mode="clip") != tables.marked.take(some, mode="clip"))
    return int(marked) > _MARKED_SHARE * len(some)


def views(text: str) -> Iterator[Folded]:
    """The plain view, and where letters are disguised also the view without the disguise."""
    plain = fold(text)
    yield plain
    if plain.suspect:
        cleared = undisguise(text)
        if cleared != text:
            yield fold(cleared, original=text)


def _fold(text: str, original: str, come_from: Places, starts: Sequence[int]) -> Folded:
    """``come_from`` is where in ``original`` each character of ``text`` stands, ``starts`` where its texts begin."""
    tables = letters.tables()
    codes = _as_codes(text)
    kinds = tables.kind.take(codes, mode="clip")
    there = kinds.tobytes()  # searched as bytes: what a text does not hold costs it next to nothing
    if letters.MANY in there:
        codes, come_from = spelt_out(codes, kinds, come_from)
        kinds = tables.kind.take(codes, mode="clip")
        there = kinds.tobytes()
    if letters.DROPPED in there:
        kept = kinds != letters.DROPPED
        codes, kinds, come_from = codes[kept], kinds[kept], come_from[kept]
        there = kinds.tobytes()
    kinds = with_number_marks(kinds, there)
    plain = tables.plain.take(codes, mode="clip")
    solid = kinds >= letters.FIRST_SOLID
    at = np.flatnonzero(without_repeats(solid, plain, kinds))
    if not len(at):
        return Folded(
            text=SPACE,
            original=original,
            suspect=False,
            codes=codes[:0],
            places=at,
            come_from=come_from[:0],
            starts=starts,
        )
    sorts: Kinds = kinds >> np.uint8(letters.SORT_BITS)
    gaps, met = parted(kinds, solid, sorts)
    lead = gaps.take(at)
    lead[0] = letters.GAP
    separated = np.flatnonzero(lead != 0)
    before = separated + np.arange(len(separated))
    places = with_separators(at, separated, before)
    out = np.empty(len(places) + 1, dtype=np.uint32)
    out[:-1] = plain.take(places)
    out[before] = _WRITTEN.take(lead.take(separated))
    out[-1] = ord(SPACE)
    two_scripts = letters.CYRILLIC_OR_GREEK in there and letters.LATIN in there
    suspect = two_scripts or has_inside(sorts, met) or has_single_letters(sorts, at, separated)
    suspect = suspect or (letters.UNSPACED in there and letters.SPLIT_UNSPACED.search(text) is not None)
    said = _string(out)
    return Folded(
        text=said,
        original=original,
        suspect=suspect,
        codes=codes,
        places=places,
        come_from=come_from,
        starts=starts,
    )


def _as_codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)


def _string(codes: Codes) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")
