"""Figures of the overview: shares with intervals, trends through months, and the shift between them.

The shift is the one that prevention workers report, as far as ads can show it: whom offers address, what they hint at,
which schooling they ask for, and by which services they are answered.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from types import MappingProxyType
from typing import Final, Literal, get_args

from model.evaluation.metrics import wilson
from pipeline.review.recall import Band, Recall, estimate_recall
from pipeline.store.queue.case_filter import Lane
from pipeline.store.statistics import BatchHealth, JudgedCases, Statistics, TrendCell, VersionSpan

__all__ = [
    "AGES", "FACETS", "FEWEST", "PERIODS", "SHIFT", "MonthCell", "MonthShare", "Overview", "Precision", "Share",
    "ShiftRow", "Side", "TrendRow", "month_before", "month_shares", "months_until", "newcombe", "read_overview",
    "read_shift", "rows_of", "share_of",
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


def month_before(month: str) -> str:
    """The month before a month such as ``2026-01``."""
    count = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{count // 12:04}-{count % 12 + 1:02}"


def months_until(last: str, count: int) -> tuple[str, ...]:
    """So many months up to a month such as ``2026-01``, the oldest first."""
    months = [last]
    while len(months) < count:
        months.append(month_before(months[-1]))
    return tuple(reversed(months))


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
    rows = []
    for value in values:
        cells = []
        for month in months:
            count, of = found[value, month], totals[month]
            is_hidden = of > 0 and count < FEWEST
            share = None if is_hidden else share_of(count, of)
            cells.append(MonthShare(month=month, share=share, is_hidden=is_hidden))
        rows.append(TrendRow(value=value, months=tuple(cells)))
    return tuple(rows)


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
    """The earliest month in which it is given; None where it is in fewer than two."""

    last: MonthShare | None
    points: tuple[float, float, float] | None
    """How much the share has risen from the first to the last, with an interval that is wide enough for all rows."""


def read_shift(cells: Mapping[str, Sequence[MonthCell]], months: Sequence[str]) -> tuple[ShiftRow, ...]:
    """A row for each value that is followed."""
    return tuple(
        _moved(facet, row) for facet, values in SHIFT.items() for row in rows_of(values, cells.get(facet, ()), months)
    )


def _moved(facet: str, row: TrendRow) -> ShiftRow:
    measured = [cell for cell in row.months if cell.share]
    if len(measured) < 2:
        return ShiftRow(facet=facet, row=row, first=None, last=None, points=None)
    start, end = measured[0].share, measured[-1].share
    assert start is not None and end is not None  # noqa: PT018 - these were measured
    low, high = newcombe(end.share, end.of, start.share, start.of, errors=_SURE)
    return ShiftRow(
        facet=facet, row=row, first=measured[0], last=measured[-1], points=(end.share - start.share, low, high)
    )


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


PERIODS: Final = (30, 90, 365)
"""Days that the overview can look back."""

AGES: Final = (1, 7, 30)
"""Days below which a waiting case counts as so old; the last column is older."""

FACETS: Final = (
    "addressed", "exploitation", "schooling", "reached", "kind", "country", "sector", "language",
)  # fmt: skip

_MOST: Final = MappingProxyType({"country": 60})
"""Values of one facet, where they are not eight: the map shows every country that five cases name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Of the decided cases of one tenth of the score, the share that was confirmed."""

    tenth: int
    cases: int
    share: Share | None
    """None where fewer than five are decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All that the page shows."""

    days: int
    side: Side
    waiting: Mapping[Lane, tuple[int, ...]]
    """By lane, a number for each age."""

    decisions: tuple[tuple[str, int], ...]
    """Of each day of the period, at most the last thirty, the oldest first."""

    precision: tuple[Precision, ...]
    confirmed: Share | None
    """Of all decided flagged cases; None where fewer than five are decided."""

    recall: Recall
    months: tuple[str, ...]
    trends: Mapping[str, tuple[TrendRow, ...]]
    shift: tuple[ShiftRow, ...]
    sources: tuple[BatchHealth, ...]
    versions: tuple[VersionSpan, ...]


def read_overview(statistics: Statistics, *, days: int, side: Side, now: datetime) -> Overview:
    """The overview of the last days; trends go back half a year at least."""
    since, months = now - timedelta(days=days), months_until(f"{now:%Y-%m}", 12 if days > 180 else 6)
    judged = statistics.judged_cases(since=since)
    bands = [Band(cases=each.cases, decided=each.decided, lures=each.lures) for each in judged]
    ages = statistics.waiting_by_age(now=now, days=AGES)
    start = datetime.fromisoformat(f"{months[0]}-01T00:00:00+00:00")
    cells = _by_facet(statistics.trend_cells(since=start), side)
    made, decided = statistics.decisions_by_day(since=since), sum(each.decided for each in judged)
    dates = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(min(days, 30) - 1, -1, -1)]
    return Overview(
        days=days,
        side=side,
        waiting={lane: tuple(ages.get((lane, age), 0) for age in range(len(AGES) + 1)) for lane in get_args(Lane)},
        decisions=tuple((date, made.get(date, 0)) for date in dates),
        precision=_precision(judged),
        confirmed=share_of(sum(each.lures for each in judged), decided) if decided >= FEWEST else None,
        recall=estimate_recall(bands, statistics.audit_nights(since=since)),
        months=months,
        trends={facet: month_shares(cells[facet], months, most=_MOST.get(facet, 8)) for facet in FACETS},
        shift=read_shift(cells, months),
        sources=statistics.batch_health(since=since),
        versions=statistics.version_spans(),
    )


def _precision(judged: Iterable[JudgedCases]) -> tuple[Precision, ...]:
    cases, decided, lures = Counter[int](), Counter[int](), Counter[int]()
    for each in judged:
        cases[each.tenth] += each.cases
        decided[each.tenth] += each.decided
        lures[each.tenth] += each.lures
    return tuple(
        Precision(
            tenth=tenth, cases=cases[tenth],
            share=share_of(lures[tenth], decided[tenth]) if decided[tenth] >= FEWEST else None,
        )
        for tenth in sorted(cases, reverse=True)
    )  # fmt: skip


def _by_facet(cells: Iterable[TrendCell], side: Side) -> Mapping[str, Sequence[MonthCell]]:
    found: defaultdict[str, list[MonthCell]] = defaultdict(list)
    for cell in cells:
        count = cell.flagged if side == "flagged" else cell.confirmed
        values = cell.value.split(",") if cell.facet == "exploitation" else (cell.value,)
        found[cell.facet].append((cell.month, values, count))
    return found
