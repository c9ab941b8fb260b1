"""Figures of the overview: shares with intervals, trends, estimated recall.

The shift is the one that prevention workers report, as far as ads can show it: whom offers address, what they hint at,
which schooling they ask for, and by which services they are answered.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import NormalDist
from typing import Final, Literal, get_args

from model.evaluation.metrics import clopper_pearson, wilson
from pipeline.store.queue.case_filter import Lane
from pipeline.store.statistics import AuditNight, BatchHealth, JudgedCases, Statistics, VersionSpan

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
class TrendRow:
    """One value through the months, oldest first."""

    value: str
    shares: Mapping[str, Share | None]
    """By month, of those that have cases; None where it is hidden."""

    @property
    def published(self) -> list[tuple[str, Share]]:
        """The months of which the share is not hidden, with it."""
        return [(month, share) for month, share in self.shares.items() if share]


def month_before(month: str) -> str:
    """The month before a month such as ``2026-01``."""
    return f"{date.fromisoformat(f'{month}-01') - timedelta(days=1):%Y-%m}"


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


def published_share(count: int, of: int) -> Share | None:
    """The same, but nothing of fewer than five."""
    return share_of(count, of) if of >= FEWEST else None


def month_shares(
    cells: Iterable[MonthCell], months: Sequence[str], *, values: Sequence[str] = (), most: int = 0
) -> tuple[TrendRow, ...]:
    """A row for each of these values, however many cases have it, or for each of the commonest that five cases have.

    A case of several values counts with each of them, so that shares may add up to more than one.
    """
    totals, found, whole = Counter[str](), Counter[tuple[str, str]](), Counter[str]()
    for month, shown, count in cells:
        totals[month] += count
        for value in shown:
            found[value, month] += count
            whole[value] += count
    common = sorted((value for value in whole if whole[value] >= FEWEST), key=lambda value: (-whole[value], value))
    rows = []
    for value in values or common[:most]:
        counts = {month: found[value, month] for month in months if totals[month]}
        shares = {month: share_of(count, totals[month]) if count >= FEWEST else None for month, count in counts.items()}
        rows.append(TrendRow(value=value, shares=shares))
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
    points: tuple[float, float, float] | None
    """How much the share has risen from its first published month to the last, with an interval that is wide enough for
    all rows; None where there are fewer than two."""


def read_shift(cells: Mapping[str, Sequence[MonthCell]], months: Sequence[str]) -> tuple[ShiftRow, ...]:
    """A row for each value that is followed."""
    rows = []
    for facet, values in SHIFT.items():
        for row in month_shares(cells.get(facet, ()), months, values=values):
            points = None
            if len(row.published) > 1:
                (_first, start), *_between, (_last, end) = row.published
                points = (
                    end.share - start.share, *newcombe(end.share, end.of, start.share, start.of, errors=_SURE)
                )  # fmt: skip
            rows.append(ShiftRow(facet=facet, row=row, points=points))
    return tuple(rows)


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


LEAST_AUDITED: Final = 30
"""Audit cases that must be decided before anything is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that is not known exactly, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What is known of the lures of a period."""

    standing: Literal["told", "too_few", "no_lures"]
    """``too_few`` where too little of the audit is decided, or nothing of what was flagged, or the interval is wide."""

    drawn: int
    decided: int
    """Of the drawn."""

    unflagged: int
    shown: Estimate | None
    """Lures among the flagged; None while nothing flagged is decided."""

    missed: Estimate | None
    """Lures among the unflagged; None while nothing of the audit is decided."""

    share: Estimate | None
    """Of all lures the share that was shown; None where one of the two is, and where no lure was found."""


def estimate_recall(bands: Sequence[JudgedCases], nights: Sequence[AuditNight]) -> Recall:
    """A stratified estimate: lures among the flagged, over these and the lures among the unflagged.

    The flagged are strata by reason and tenth of the score. Their lures are counted; cases still to be decided count by
    the precision of their stratum, with the variance of such a forecast, and as all or nothing where it has none. The
    unflagged are a stratum that the audit samples: each drawn text stands for as many as its night had unflagged texts
    per drawn one (Hájek's weights; the draw is by rank of a hash, each text as likely as any other). Their share of
    lures has a Clopper-Pearson interval over the sample's effective size (Korn and Graubard, 1998), which holds with no
    lure found as well, where a bootstrap would say that none was missed. The two intervals are joined at their worst,
    so that the result is rather too wide than too narrow.
    """
    drawn, decided = sum(night.drawn for night in nights), sum(night.decided for night in nights)
    unflagged = sum(night.unflagged for night in nights)
    is_open = any(band.cases > band.decided for band in bands)
    confidence = 0.975 if is_open else 0.95  # of each of two intervals, so that both hold at once (Bonferroni)
    shown, missed = _shown(bands, confidence), _missed(nights, confidence)
    share = None
    if shown and missed:
        share = Estimate(
            value=_part(shown.value, missed.value),
            low=_part(shown.low, missed.high),
            high=_part(shown.high, missed.low),
        )
    if share is None or decided < min(LEAST_AUDITED, unflagged):
        standing: Literal["told", "too_few", "no_lures"] = "too_few"
    elif shown and missed and shown.value + missed.value == 0:
        standing, share = "no_lures", None
    else:
        standing = "told" if share.high - share.low <= 0.5 else "too_few"  # wider says too little
    return Recall(
        standing=standing, drawn=drawn, decided=decided, unflagged=unflagged, shown=shown, missed=missed, share=share
    )


def _shown(bands: Sequence[JudgedCases], confidence: float) -> Estimate | None:
    decided, known = sum(band.decided for band in bands), sum(band.lures for band in bands)
    waiting = sum(band.cases - band.decided for band in bands)
    if waiting and decided < 5:  # too few to forecast anything of the others
        return None
    value, unknown, variance = float(known), 0, 0.0
    for band in bands:
        left = band.cases - band.decided
        if not band.decided:
            value, unknown = value + left * known / max(decided, 1), unknown + left
            continue
        value += left * band.lures / band.decided
        # Never 0 or 1: three lures of three do not say that the fourth is one.
        share = (band.lures + 1) / (band.decided + 2)
        variance += left * share * (1 - share) * (left + band.decided) / band.decided
    wide = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(variance) + unknown
    return Estimate(value=value, low=max(known, value - wide), high=min(known + waiting, value + wide))


def _missed(nights: Sequence[AuditNight], confidence: float) -> Estimate | None:
    known = [night for night in nights if night.decided]
    unflagged = sum(night.unflagged for night in nights)
    if not known:
        return None if unflagged else Estimate(value=0.0, low=0.0, high=0.0)
    weighted = [(night.unflagged / night.drawn, night) for night in known]
    # What awaits a second opinion is taken for no lure at the low end and for a lure at the high one: those that one
    # person took for lures are exactly what is awaited, so leaving them out would make the model look better.
    judged = sum(weight * (night.decided + night.awaiting) for weight, night in weighted)
    size = judged**2 / sum(weight**2 * (night.decided + night.awaiting) for weight, night in weighted)
    decided = sum(weight * night.decided for weight, night in weighted)
    lures = sum(weight * night.lures for weight, night in weighted)
    suspected = sum(weight * (night.lures + night.awaiting) for weight, night in weighted)
    low, _ = clopper_pearson(lures / judged, size, confidence=confidence)
    _, high = clopper_pearson(suspected / judged, size, confidence=confidence)
    found = sum(night.lures for night in known)
    return Estimate(
        value=max(found, lures / decided * unflagged),
        low=max(found, low * unflagged),
        high=min(high * unflagged, unflagged - sum(night.decided - night.lures for night in known)),
    )


def _part(share: float, rest: float) -> float:
    return share / (share + rest) if share + rest else 1.0


PERIODS: Final = (30, 90, 365)
"""Days that the overview can look back."""

AGES: Final = (1, 7, 30)
"""Days below which a waiting case counts as so old; the last column is older."""

FACETS: Final = (
    "addressed", "exploitation", "schooling", "reached", "kind", "country", "sector", "language",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    days: int
    side: Side
    waiting: Mapping[Lane, tuple[int, ...]]
    """By lane, a number for each age."""

    decided: int
    """Decisions of the whole period."""

    decisions: tuple[tuple[str, int], ...]
    """Of each day of the period, at most the last thirty, the oldest first."""

    precision: tuple[tuple[int, int, Share | None], ...]
    """Tenths of the score, the cases of each, and of those that are decided the share that was confirmed; None where
    fewer than five are."""

    confirmed: Share | None
    """Of all decided flagged cases; None where fewer than five are decided."""

    recall: Recall
    months: tuple[str, ...]
    trends: Mapping[str, tuple[TrendRow, ...]]
    shift: tuple[ShiftRow, ...]
    sources: tuple[BatchHealth, ...]
    versions: tuple[VersionSpan, ...]

    @property
    def to_review(self) -> tuple[int, ...]:
        """Cases to review by age, as every page counts them: those that await a second opinion are not among them."""
        counted = (numbers for lane, numbers in self.waiting.items() if lane != "second_opinion")
        return tuple(map(sum, zip(*counted, strict=True)))


def read_overview(statistics: Statistics, *, days: int, side: Side, now: datetime) -> Overview:
    """The overview of the last days; trends go back half a year at least."""
    since, months = now - timedelta(days=days), months_until(f"{now:%Y-%m}", 12 if days > 180 else 6)
    judged = statistics.judged_cases(since=since)
    ages = statistics.waiting_by_age(now=now, days=AGES)
    start = datetime.fromisoformat(f"{months[0]}-01T00:00:00+00:00")
    cells: defaultdict[str, list[MonthCell]] = defaultdict(list)
    for cell in statistics.trend_cells(since=start):
        values = cell.value.split(",") if cell.facet == "exploitation" else (cell.value,)
        cells[cell.facet].append((cell.month, values, cell.flagged if side == "flagged" else cell.confirmed))
    made = statistics.decisions_by_day(since=since)
    tenths: defaultdict[int, list[JudgedCases]] = defaultdict(list)
    for each in judged:
        tenths[each.tenth].append(each)
    dates = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in range(min(days, 30) - 1, -1, -1)]
    return Overview(
        days=days,
        side=side,
        waiting={lane: tuple(ages.get((lane, age), 0) for age in range(len(AGES) + 1)) for lane in get_args(Lane)},
        decided=sum(made.values()),
        decisions=tuple((day, made.get(day, 0)) for day in dates),
        precision=tuple(
            (tenth, sum(each.cases for each in alike), _confirmed(alike))
            for tenth, alike in sorted(tenths.items(), reverse=True)
        ),
        confirmed=_confirmed(judged),
        recall=estimate_recall(judged, statistics.audit_nights(since=since)),
        months=months,
        # The map shows every country that five cases name.
        trends={facet: month_shares(cells[facet], months, most=60 if facet == "country" else 8) for facet in FACETS},
        shift=read_shift(cells, months),
        sources=statistics.batch_health(since=since),
        versions=statistics.version_spans(),
    )


def _confirmed(judged: Sequence[JudgedCases]) -> Share | None:
    return published_share(sum(each.lures for each in judged), sum(each.decided for each in judged))
