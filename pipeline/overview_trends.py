"""Trends as shares with their uncertainty: of a month's ads, what share has each value of a facet. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from model.evaluation.metrics import wilson

__all__ = [
    "FEWEST", "MonthCell", "MonthShare", "Share", "Side", "TrendRow", "month_shares", "rows_of", "share_of",
]  # fmt: skip

Side = Literal["flagged", "confirmed"]

FEWEST: Final = 5
"""Cases below which a cell is hidden: what so few have in common could point at one advertiser."""


MonthCell = tuple[str, Sequence[str], int]
"""A month, the values that some of its cases have, and how many cases these are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, and where the true share lies 19 times in 20."""

    count: int
    of: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthShare:
    """One cell of a trend."""

    month: str
    share: Share | None
    """None where it is hidden, or the month has no cases."""

    is_hidden: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendRow:
    """One value through the months, oldest first."""

    value: str
    months: tuple[MonthShare, ...]


def share_of(count: int, of: int) -> Share | None:
    """The share with its Wilson interval; None of nothing."""
    if not of:
        return None
    low, high = wilson(count / of, of)
    return Share(count=count, of=of, share=count / of, low=max(0.0, low), high=min(1.0, high))


def month_shares(cells: Iterable[MonthCell], months: Sequence[str], *, most: int) -> tuple[TrendRow, ...]:
    """A row for each of the commonest values that five cases have.

    A case of several values counts with each of them, so that shares may add up to more than one.
    """
    totals, found = _counted(cells)
    whole = Counter[str]()
    for (value, _), count in found.items():
        whole[value] += count
    values = sorted((value for value in whole if whole[value] >= FEWEST), key=lambda value: (-whole[value], value))
    return _rows(values[:most], totals, found, months)


def rows_of(values: Sequence[str], cells: Iterable[MonthCell], months: Sequence[str]) -> tuple[TrendRow, ...]:
    """A row for each of these values, however many cases have it."""
    return _rows(values, *_counted(cells), months)


def _counted(cells: Iterable[MonthCell]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    totals, found = Counter[str](), Counter[tuple[str, str]]()
    for month, values, count in cells:
        totals[month] += count
        for value in values:
            found[value, month] += count
    return totals, found


def _rows(
    values: Sequence[str], totals: Counter[str], found: Counter[tuple[str, str]], months: Sequence[str]
) -> tuple[TrendRow, ...]:
    return tuple(
        TrendRow(value=value, months=tuple(_cell(month, found[value, month], totals[month]) for month in months))
        for value in values
    )


def _cell(month: str, count: int, of: int) -> MonthShare:
    is_hidden = of > 0 and count < FEWEST
    return MonthShare(month=month, share=None if is_hidden else share_of(count, of), is_hidden=is_hidden)
