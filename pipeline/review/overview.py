"""Figures of the overview, from one reading of the store."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, get_args

from pipeline.review.recall import Band, Recall, estimate_recall
from pipeline.review.trends import (
    FEWEST,
    MonthCell,
    Share,
    ShiftRow,
    Side,
    TrendRow,
    month_shares,
    months_until,
    read_shift,
    share_of,
)
from pipeline.store.queue.case_filter import Lane
from pipeline.store.statistics import BatchHealth, JudgedCases, Statistics, TrendCell, VersionSpan

__all__ = ["AGES", "FACETS", "PERIODS", "Overview", "Precision", "read_overview"]

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
