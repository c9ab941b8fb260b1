"""The shift that prevention workers report, as far as ads can show it: whom offers address, what they hint at, what
schooling they ask for and by what they are answered, and whether that has moved. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from model.evaluation.metrics import wilson
from pipeline.overview_trends import MonthCell, MonthShare, TrendRow, rows_of

__all__ = ["SHIFT", "ShiftRow", "newcombe", "read_shift"]

SHIFT: Final[Mapping[str, tuple[str, ...]]] = {
    "addressed": ("men", "women"),
    "exploitation": ("forced_labour", "forced_criminality", "sexual_exploitation"),
    "schooling": ("higher", "secondary", "none_needed"),
    "reached": ("messenger", "other"),
}
"""Of each facet the values that are followed."""

_SURE: Final = NormalDist().inv_cdf(1 - 0.05 / (2 * sum(map(len, SHIFT.values()))))
"""Standard errors of an interval with which all of these together are right 19 times in 20 (Bonferroni)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One value through the months, and how its share has moved."""

    facet: str
    row: TrendRow
    first: MonthShare | None
    """The earliest month in which it is told; None where it is in fewer than two."""

    last: MonthShare | None
    points: tuple[float, float, float] | None
    """How much the share has risen from the first to the last, with an interval that is wide enough for all rows."""


def read_shift(cells: Mapping[str, Sequence[MonthCell]], months: Sequence[str]) -> tuple[ShiftRow, ...]:
    """A row for each value that is followed."""
    return tuple(
        _moved(facet, row) for facet, values in SHIFT.items() for row in rows_of(values, cells.get(facet, ()), months)
    )


def _moved(facet: str, row: TrendRow) -> ShiftRow:
    told = [cell for cell in row.months if cell.share]
    if len(told) < 2:
        return ShiftRow(facet=facet, row=row, first=None, last=None, points=None)
    one, two = told[0].share, told[-1].share
    assert one is not None and two is not None  # noqa: PT018 - these are told
    low, high = newcombe(two.share, two.of, one.share, one.of, errors=_SURE)
    return ShiftRow(facet=facet, row=row, first=told[0], last=told[-1], points=(two.share - one.share, low, high))


def newcombe(
    share: float, count: float, other: float, other_count: float, *, errors: float = 1.96
) -> tuple[float, float]:
    """The interval of how much a share is above another one, from the two Wilson intervals (Newcombe, 1998)."""
    low, high = wilson(share, count, errors=errors)
    other_low, other_high = wilson(other, other_count, errors=errors)
    distance = share - other
    return (
        distance - math.hypot(share - low, other_high - other),
        distance + math.hypot(high - share, other - other_low),
    )
