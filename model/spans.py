"""What several texts seem to show, as arrays: what is done to all of it at once takes little longer than what is done
to one."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from model.text.characters import Places

__all__ = ["Chosen", "Spans"]

Chosen = npt.NDArray[np.bool_]


class Spans(NamedTuple):
    """Pieces of texts that were taken together, each with what it shows and the language of the pattern that found it,
    by their numbers in the plan."""

    start: Places
    end: Places
    indicator: Places
    language: Places

    def chosen(self, those: Chosen) -> Self:
        """Some of them, in their order."""
        return self._replace(**{name: its[those] for name, its in self._asdict().items()})

    def beside(self, others: Self) -> Self:
        """These, and others behind them."""
        return self._replace(
            **{name: np.concatenate(pair) for name, *pair in zip(self._fields, self, others, strict=True)}
        )

    def in_reading_order(self, rank: Places) -> Self:
        """By start, end and indicator; of those that agree in all of it the one of the lowest rank."""
        order = np.lexsort((rank, self.indicator, self.end, self.start))
        its = self._replace(**{name: column[order] for name, column in self._asdict().items()})
        differ = np.diff(its.start).astype(bool) | np.diff(its.end).astype(bool) | np.diff(its.indicator).astype(bool)
        return its.chosen(np.append(np.ones(1, dtype=np.bool_), differ)) if len(order) else its
