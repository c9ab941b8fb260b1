"""The lines of texts that are others out of disguise: they alone are read a second time."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

import numpy as np

from model.disguise import undisguise
from model.folding import Lines, code_points, fold_texts
from model.together import Together

__all__ = ["ChangedLines", "changed_lines"]


class ChangedLines:
    """The lines of texts that are others out of disguise."""

    def __init__(self, its: Together, suspects: Iterable[int]) -> None:
        self._where: list[tuple[int, int]] = []
        said: list[str] = []
        for number in suspects:
            text = its.whole[its.starts[number] : its.starts[number + 1]]
            cleared = undisguise(text)
            for start, end in changed_lines(text, cleared):
                self._where.append((its.starts[number] + start, its.starts[number] + end))
                said.append(cleared[start:end])
        self._said = "".join(said)

    def __bool__(self) -> bool:
        return bool(self._where)

    def hold(self, at: int) -> bool:
        """Whether one of the lines, which are in order, holds a place."""
        number = bisect_right(self._where, (at + 1,)) - 1
        return number >= 0 and at < self._where[number][1]

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
