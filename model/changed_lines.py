"""The lines of texts that are others out of disguise: they alone are read a second time."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from model.disguise import undisguise
from model.outline import Outline, outline
from model.text import Pieces, fold

__all__ = ["Candidates", "ChangedLines", "NumberedPieces", "changed_lines", "holder", "joined"]

Candidates = list[tuple[int, int]]
"""The place of a pattern among those looked for, and the number of a sentence or a line that may hold it."""

NumberedPieces = dict[int, tuple[int, int]]
"""From where to where in all texts sentences or lines go, by their numbers; in order."""


class ChangedLines:
    """The lines of texts that are others out of disguise."""

    def __init__(self, whole: str, starts: list[int], line: Outline, suspects: Iterable[int]) -> None:
        self.lines: list[tuple[int, int]] = []
        """From where to where in all texts each goes."""

        self._said: list[str] = []
        for number in sorted(suspects):
            start, end = starts[number], starts[number + 1]
            text = whole[start:end]
            cleared = undisguise(text)
            changed = changed_lines(text, cleared)
            if changed and (line.is_surely_suspect(start, end) or fold(text).suspect):
                self.lines += [(start + first, start + last) for first, last in changed]
                self._said += [cleared[first:last] for first, last in changed]
        self._was, self._is = joined(whole, self.lines), "".join(self._said)
        self.line = outline(self._is)

    def places_of_sentences(self) -> list[int]:
        """Where in all texts each sentence of the lines out of disguise begins."""
        starts = list(accumulate(map(len, self._said), initial=0))
        numbers = [min(bisect_right(starts, at), len(self.lines)) - 1 for at in self.line.sentences()]
        return [self.lines[number][0] for number in numbers]

    def to_read(self, candidates: Candidates, showing: list[int]) -> tuple[list[str], NumberedPieces, Candidates]:
        """What the lines say that could show something new, or do as they are written; where they are; and what could
        be in which of them. ``candidates`` are those of all lines' sentences, ``showing`` places of others."""
        ends = [*self.line.sentences(), len(self._is)]
        starts = list(accumulate(map(len, self._said), initial=0))
        new = {
            (place, bisect_right(starts, ends[number]) - 1): None
            for place, number in candidates
            if self._is[ends[number] : ends[number + 1]] != self._was[ends[number] : ends[number + 1]]
        }
        numbers = {number for _, number in new}.union(holder(self.lines, at) for at in showing) - {-1}
        return (
            [self._said[number] for number in sorted(numbers)],
            {number: self.lines[number] for number in sorted(numbers)},
            list(new),
        )


def changed_lines(text: str, cleared: str) -> Pieces:
    """Where the lines are that are no longer as they were: what may be found in the others may be found in ``text``
    too."""
    if text == cleared:
        return []
    lines = text.split("\n")
    ends = list(accumulate(len(line) + 1 for line in lines))
    return [
        (end - len(line) - 1, min(end, len(text)))
        for line, now, end in zip(lines, cleared.split("\n"), ends, strict=True)
        if line != now
    ]


def joined(text: str, pieces: Pieces) -> str:
    """What the pieces say, one after another."""
    return "".join([text[start:end] for start, end in pieces])


def holder(pieces: Pieces, at: int) -> int:
    """Which of the pieces, which are in order, holds a place; -1 if none."""
    number = bisect_right(pieces, (at + 1,)) - 1
    return number if number >= 0 and at < pieces[number][1] else -1
