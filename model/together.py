"""Texts taken together as one: with arrays, doing a thing to many takes little longer than doing it to one."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

import numpy as np

from model.lists import Numbers
from model.outline import Outline, outline

__all__ = ["MOST_READ", "Together"]

MOST_READ: Final = 100_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""

_MUCH: Final = 400_000
"""Characters; texts that are longer together are read one by one."""


class Together:
    """Some texts, one after another, each with the end of a line."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = [text[:MOST_READ] for text in texts]
        self.whole = "\n".join([*self.texts, ""])
        self.starts = [0, *accumulate(len(text) + 1 for text in self.texts)]
        """Where each begins in the whole, and where another would."""

        self.line: Outline = outline(self.whole if len(self.texts) == 1 or len(self.whole) < _MUCH else "")

    def parts(self) -> "list[Together]":
        """The same texts in as many lots as they are to be read in: few have letters that only folding tells, and are
        read alone; all are, where they are long."""
        if len(self.texts) == 1 or not (self.line.is_folded or len(self.whole) >= _MUCH):
            return [self]
        if len(self.whole) >= _MUCH:
            return [Together([text]) for text in self.texts]
        lots: list[list[str]] = [[]]
        for text in self.texts:
            if outline(text).is_folded:
                lots += [[text], []]
            else:
                lots[-1].append(text)
        return [Together(lot) for lot in lots if lot]

    def number_of(self, place: int) -> int:
        """The number of the text that holds a place of the whole."""
        return bisect_right(self.starts, place) - 1

    def numbers_of(self, places: Numbers | list[int]) -> Numbers:
        """The same for many."""
        return np.searchsorted(self.starts, places, side="right") - 1
