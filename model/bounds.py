"""What texts could show at most: much cheaper than reading them, and never less than the reading finds."""

from collections.abc import Sequence

import numpy as np

from model.changed_lines import ChangedLines
from model.glancing import Glancer
from model.lists import Flags
from model.together import Together

__all__ = ["Bounds"]


class Bounds:
    """Tells the indicators that texts could show."""

    def __init__(self, glancer: Glancer, keys: Sequence[str]) -> None:
        """``keys`` are the indicators' of the patterns that are glanced for, in their order."""
        self._glancer = glancer
        self._keys = list(dict.fromkeys(keys))
        numbers = {key: number for number, key in enumerate(self._keys)}
        self._of_pattern = np.array([numbers[key] for key in keys], dtype=np.intp)

    def of(self, texts: Together) -> list[frozenset[str]]:
        """For each text the indicators that it could show."""
        return [self._named(row) for row in self._table(texts)]

    def _named(self, row: Flags) -> frozenset[str]:
        keys = self._keys
        return frozenset([keys[number] for number in row.nonzero()[0].tolist()])

    def _table(self, texts: Together) -> Flags:
        """A row a text, a column an indicator."""
        table = np.zeros((len(texts.texts), len(self._keys)), dtype=np.bool_)
        noticed = self._glancer.notice(texts.line.line)
        first_places = np.array(texts.line.sentences())
        numbers = texts.numbers_of(first_places)
        table[numbers.take(noticed.sentences), self._of_pattern.take(noticed.patterns)] = True
        suspects = {*numbers.take(noticed.in_a_row).tolist(), *texts.line.suspects(texts.starts)}
        if suspects:
            self._add_disguised(table, texts, ChangedLines(texts.whole, texts.starts, texts.line, suspects))
        return table

    def _add_disguised(self, table: Flags, texts: Together, changed: ChangedLines) -> None:
        if changed.lines:
            noticed = self._glancer.notice(changed.line.line)
            places = np.array(changed.places_of_sentences())
            table[texts.numbers_of(places).take(noticed.sentences), self._of_pattern.take(noticed.patterns)] = True
