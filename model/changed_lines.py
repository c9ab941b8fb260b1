"""The lines of texts that are others out of disguise: they alone are read a second time."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from model import letters
from model.compiled import Kernel, Lasting
from model.disguise import undisguise
from model.folding import BREAK, Lines, code_points, fold_texts
from model.letters import Codes, Places, Tables
from model.spans import Chosen
from model.together import Together

__all__ = ["ChangedLines", "changed_lines"]


_FOREIGN: Final = -1
_ROW: Final = 3
"""So many letters alone may be a word that is split."""

_UNDERSCORE: Final = 0x5F


class ChangedLines:
    """The lines of texts that are others out of disguise."""

    def __init__(self, its: Together, suspects: Iterable[int]) -> None:
        self._where: list[tuple[int, int]] = []
        said: list[str] = []
        found = np.empty(len(its.whole) + 1, dtype=np.int32)
        given = Lasting(letters.tables()), Lasting(its.given.codes), Lasting(found)
        for number in suspects:
            start, end = its.starts[number], its.starts[number + 1]
            count = _suspect(*given, start, end)
            for first, last in [(start, end)] if count == _FOREIGN else _lines_of(its.whole, found[:count].tolist()):
                text = its.whole[first:last]
                cleared = undisguise(text)
                for begins, ends in changed_lines(text, cleared):
                    self._where.append((first + begins, first + ends))
                    said.append(cleared[begins:ends])
        self._said = "".join(said)

    def __bool__(self) -> bool:
        return bool(self._where)

    def hold(self, at: int) -> bool:
        """Whether one of the lines, which are in order, holds a place."""
        number = bisect_right(self._where, (at + 1,)) - 1
        return number >= 0 and at < self._where[number][1]

    def hold_each(self, places: Places) -> Chosen:
        """The same of many."""
        starts, ends = np.array(self._where, dtype=np.int32).T
        number = starts.searchsorted(places, side="right") - 1
        held: Chosen = (number >= 0) & (places < ends[number])
        return held

    @cached_property
    def lines(self) -> Lines:
        """What they say out of disguise; its origin leads to where they are."""
        lines = fold_texts(code_points(self._said), (0, len(self._said)))
        begins = np.array([start for start, _ in self._where])
        lengths = np.array([end - start for start, end in self._where])
        moved = np.append(np.repeat(begins - (np.cumsum(lengths) - lengths), lengths), 0)
        origin = lines.origin + moved.take(lines.origin)
        origin[-1] = self._where[-1][1]
        return lines._replace(origin=origin.astype(np.int32))


def changed_lines(text: str, cleared: str) -> list[tuple[int, int]]:
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


def _lines_of(text: str, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The lines that hold places, which are in order, each with its end."""
    end = 0
    for at in places:
        if at >= end:
            start, end = text.rfind("\n", 0, at) + 1, text.index("\n", at) + 1
            yield start, end


def _suspect_places(tables: Tables, codes: Codes, found: Places, start: int, end: int) -> int:
    """Fills ``found`` with a place in each line that could be another out of disguise, and some more; how many. All
    could be, where letters of scripts stand that have twins in others: ``_FOREIGN``."""
    count, row = 0, 0
    for at in range(start, end):
        traits = tables.traits[codes[at]]
        if traits & letters.FOREIGN:
            return _FOREIGN
        if traits & letters.LIKE_A_LETTER and at > start and _stands_inside(tables, codes, at, end):
            found[count] = at
            count += 1
        if codes[at] == BREAK:
            row = 0
        elif traits & letters.IN_WORD:
            row = row + 1 if _is_alone(tables, codes, at, start, end) else 0
            if row >= _ROW:
                found[count] = at
                count += 1
    return count


def _is_alone(tables: Tables, codes: Codes, at: int, start: int, end: int) -> bool:
    """Whether a letter stands between no others; its marks may be signs that split a word."""
    return (
        _is_letter(tables, codes[at])
        and not (at > start and _is_letter(tables, codes[at - 1]))
        and not (at + 1 < end and _is_letter(tables, codes[at + 1]))
    )


def _is_letter(tables: Tables, code: int) -> bool:
    return bool(tables.traits[code] & letters.IN_WORD and tables.kind[code] != letters.DIGIT and code != _UNDERSCORE)


def _stands_inside(tables: Tables, codes: Codes, at: int, end: int) -> bool:
    """Whether what may stand for a letter has one before it and another soon after."""
    if not _is_letter(tables, codes[at - 1]):
        return False
    for after in range(at + 1, min(at + 4, end)):
        if _is_letter(tables, codes[after]):
            return True
    return False


_suspect = Kernel(_suspect_places)
