"""The views of a text that matching works on, with offsets back into the original.

Evidence points into the text as collected; matching works on a folded copy: words in one case, without accents,
invisible characters or look-alike forms, each pair of neighbouring words parted by exactly one separator. The fold is
table look-up over arrays, so it is linear and costs the same for every script; what only a full reading needs is made
when it is asked for.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from model import folding
from model.text import characters as letters
from model.text.disguise import undisguise
from model.folding import Lines, code_points, fold_texts
from model.text.characters import Codes
from model.together import Together

__all__ = ["BREAK", "CLAUSE", "SEPARATORS", "SPACE", "Folded", "end_of", "fold", "fold_together", "views"]

SPACE, CLAUSE, BREAK = map(chr, (folding.SPACE, folding.CLAUSE, folding.BREAK))
"""The separators of a folded text, weakest first: inside a clause, between clauses, between sentences or lines."""

SEPARATORS: Final = SPACE + CLAUSE + BREAK

_NOTHING_MORE: Final = frozenset(("", " ", "\n", ".", ","))
"""What surely is not a part of the letter before it; met most often."""


class Folded:
    """A folded text and the way back. It begins and ends with a space, so that every word has one on both sides."""

    def __init__(self, lines: Lines, original: str) -> None:
        self._accented = lines.accented
        self.text = _string(lines.text)
        self.original = original
        self.suspects = frozenset(lines.suspect.nonzero()[0].tolist())
        """Which of the texts have letters of two scripts, digits inside words, or single letters in a row."""
        self.edges = lines.edges
        """Where in ``text`` each of the texts begins."""
        self.index = lines.origin
        """For each character of ``text``, where in ``original`` it came from."""

    @property
    def suspect(self) -> bool:
        """Whether letters may be in disguise."""
        return bool(self.suspects)

    @cached_property
    def marked(self) -> str:
        """The same text, letter for letter, with its accents kept: ``bán`` and ``bạn`` are both ``ban`` in ``text``."""
        return _string(self._accented)

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
        limit = int(self.index[end]) if end < len(self.index) else len(self.original)
        return int(self.index[start]), end_of(self.original, int(self.index[end - 1]) + 1, limit)


def end_of(original: str, last: int, limit: int) -> int:
    """Where the letter before ``last`` is over: its repetitions, to ``limit``, accents and invisible parts too."""
    if original[last : last + 1] in _NOTHING_MORE:
        return last
    letter = original[last - 1].casefold()
    while last < limit and letter.isalpha() and original[last].casefold() == letter:
        last += 1
    tail = letters.TRAILING.match(original, last)
    return tail.end() if tail else last


def fold(text: str, *, original: str | None = None) -> Folded:
    """What the text says, however it is typed. ``original`` is what offsets point into where ``text`` is a copy of it
    with the letters put right, one for one."""
    return Folded(fold_texts(code_points(text), (0, len(text))), text if original is None else original)


def fold_together(texts: Sequence[str]) -> Folded:
    """What several texts say, each with the end of a line behind it."""
    together = Together(texts)
    return Folded(together.lines, together.whole)


def views(text: str) -> Iterator[Folded]:
    """The plain view, and where letters are disguised also the view without the disguise."""
    plain = fold(text)
    yield plain
    if plain.suspect:
        cleared = undisguise(text)
        if cleared != text:
            yield fold(cleared, original=text)


def _string(codes: Codes) -> str:
    return codes.astype("<u4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")
