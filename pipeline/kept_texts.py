"""The texts that campaigns are made of: a key and a signature each, in arrays that grow."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.shingles import Shingled
from pipeline.signatures import BANDS, SLOTS, Keys, Signatures, band_keys, sign

__all__ = ["KeptTexts"]

Numbers = npt.NDArray[np.int64]

_GROWTH = 1.25
"""Doubling would hold three times the signatures for a moment."""


class KeptTexts:
    """Different texts, numbered in the order in which they came; what reads the same has one number."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        self._count = 0
        self._signatures = np.empty((0, SLOTS), dtype=np.uint32)
        self._bands = np.empty((0, BANDS), dtype=np.uint32)
        self._order = np.empty(0, dtype=np.int64)
        self._sizes = np.empty(0, dtype=np.int64)
        self._words: list[str] = []

    def __len__(self) -> int:
        return self._count

    @property
    def signatures(self) -> Signatures:
        """A row a text."""
        return self._signatures[: self._count]

    @property
    def bands(self) -> Keys:
        """A row a text."""
        return self._bands[: self._count]

    @property
    def words(self) -> Sequence[str]:
        """The words of each text, as signs."""
        return self._words

    @property
    def sizes(self) -> Numbers:
        """How many shingles each text has."""
        return self._sizes[: self._count]

    @property
    def keys(self) -> Numbers:
        """A number a text: sorts texts by what they say."""
        return self._order[: self._count]

    def take_in(self, texts: Sequence[Shingled]) -> list[int]:
        """The number of each text; the new ones are signed and kept."""
        fresh = {text.key: text for text in texts if text.key not in self._rows}
        hashes = [text.hashes for text in fresh.values()]
        words = [text.words for text in fresh.values()]
        self.keep(list(fresh), [len(each) for each in hashes], sign(hashes), words)
        return [self._rows[text.key] for text in texts]

    def keep(self, keys: Sequence[int], sizes: Sequence[int], signatures: Signatures, words: Sequence[str]) -> None:
        """Take in texts that were signed before and are not here yet."""
        first, self._count = self._count, self._count + len(keys)
        self._grow()
        self._rows.update(zip(keys, range(first, self._count), strict=True))
        self._signatures[first : self._count] = signatures
        self._bands[first : self._count] = band_keys(signatures)
        self._order[first : self._count] = keys
        self._sizes[first : self._count] = sizes
        self._words.extend(words)

    def forget(self, number: int) -> None:
        """Keep nothing of a text: what comes later does not meet it."""
        del self._rows[int(self._order[number])]
        self._signatures[number] = self._bands[number] = 0
        self._words[number] = ""

    def reserve(self, more: int) -> None:
        """Make room for so many more at once."""
        if self._count + more > len(self._order):
            self._resize(self._count + more)

    def _grow(self) -> None:
        if self._count > len(self._order):
            self._resize(max(self._count, int(len(self._order) * _GROWTH), 1_024))

    def _resize(self, size: int) -> None:
        self._signatures = _grown(self._signatures, size)
        self._bands = _grown(self._bands, size)
        more = np.zeros(size - len(self._order), dtype=np.int64)
        self._order = np.concatenate([self._order, more])
        self._sizes = np.concatenate([self._sizes, more])


def _grown(table: Signatures, size: int) -> Signatures:
    out = np.zeros((size, table.shape[1]), dtype=table.dtype)
    out[: len(table)] = table
    return out
