"""Texts taken together as one: what is done to many at once takes little longer than what is done to one."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Final

import numpy as np

from model.changed_lines import ChangedLines
from model.folding import Given, Lines, code_points, fold_texts

__all__ = ["MOST_READ", "Together", "in_lots", "take_together"]

MOST_READ: Final = 100_000
"""Characters looked at, many times those of the longest ad: no text, however long, holds up the others."""

_MUCH: Final = 1_000_000
"""Characters that are taken together."""


class Together:
    """Some texts, one after another, each with the end of a line."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.whole = "\n".join([*texts, ""])
        self.starts = [0, *accumulate(len(text) + 1 for text in texts)]
        """Where each begins in the whole, and where another would."""

        self.given = Given(code_points(self.whole), np.array(self.starts, dtype=np.int32))

    @cached_property
    def lines(self) -> Lines:
        """What they say."""
        return fold_texts(self.given.codes, self.starts)

    @cached_property
    def suspects(self) -> list[int]:
        """The numbers of the texts that may be in disguise."""
        suspects: list[int] = self.lines.suspect.nonzero()[0].tolist()
        return suspects

    @cached_property
    def changed(self) -> ChangedLines:
        """The lines that are others out of disguise."""
        return ChangedLines(self.whole, self.given, self.suspects)

    def number_of(self, place: int) -> int:
        """The number of the text that holds a place of the whole."""
        return bisect_right(self.starts, place) - 1


def take_together(texts: Iterable[str]) -> Together | None:
    """All texts in one lot; None where they are too much for that, or one is longer than what is read of it."""
    texts = list(texts)
    fits = all(len(text) <= MOST_READ for text in texts) and sum(map(len, texts)) < _MUCH
    return Together(texts) if fits else None


def in_lots(texts: Iterable[str]) -> Iterator[Together]:
    """Texts in as many lots as they are to be read in: as far as they are read, and not too much at once."""
    lot: list[str] = []
    size = 0
    for text in texts:
        lot.append(text[:MOST_READ])
        size += len(lot[-1])
        if size >= _MUCH:
            yield Together(lot)
            lot, size = [], 0
    if lot:
        yield Together(lot)
