"""Trends of the overview: panels, shares in words, the shift between months."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from model.chart import Chart
from pipeline.review.figures import SHIFT, Overview, Share, ShiftRow, TrendRow, newcombe
from pipeline.store.statistics import UNKNOWN
from pipeline.web.charts import draw_months, side_by_side
from pipeline.web.i18n import WORDS, _, value_words, word, written_month, written_points, written_share

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """A named share as a bar beside its figure."""

    name: str
    share: float
    low: float | None = None
    high: float | None = None
    before: float | None = None
    """The share that it is compared with."""

    words: str
    link: Mapping[str, str] | None = None
    """The filter of the queue that shows the cases behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One topic: a finding in words, bars or a chart, and the numbers."""

    key: str
    title: str
    finding: str = ""
    """What there is to see, in a sentence, where the page does not say it of its own."""

    bars: tuple[BarRow, ...] = ()
    svg: str | None
    """The chart as it is exported; None where there is nothing to draw."""

    is_drawn: bool = False
    """Whether the page shows the chart: from two points up. Below that, bars and words say all."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    """The table on the page; the first of each row names it."""

    file_columns: tuple[str, ...]
    file_rows: tuple[tuple[Cell, ...], ...]
    """The numbers as they are, hidden ones empty."""


def _named(facet: str, value: str) -> str:
    return _("not said") if value == UNKNOWN else value_words(facet, value) or value.replace("_", " ")


def numbers_of(share: Share | None) -> tuple[Cell, ...]:
    """The share as a file holds it; empty cells where it is hidden."""
    return (share.of, share.count, share.share, share.low, share.high) if share else (None,) * 5


def cell_words(row: TrendRow, month: str) -> str:
    """The share of a month as the page's table says it."""
    return written_share(row.shares[month]) if month in row.shares else "–"


def share_words(share: Share | None) -> str:
    """The share with its interval, in per cent."""
    return written_share(share) if share else "–"


def share_bar(name: str, share: Share) -> BarRow:
    """The share as a bar with its interval."""
    return BarRow(name=name, share=share.share, low=share.low, high=share.high, words=share_words(share))


def shift_panel(overview: Overview) -> Panel:
    """Whom offers address, what they hint at, what schooling they ask for and by what they are answered."""
    title = _("Has recruitment shifted?")
    is_empty = not any(each.row.published for each in overview.shift)
    charts = [_draw(facet, (each.row for each in overview.shift if each.facet == facet), overview) for facet in SHIFT]
    return Panel(
        key="shift",
        title=title,
        svg=None if is_empty else side_by_side(title, charts).svg,
        columns=("", _("First month"), _("Last month"), _("Change, in points"), _("Result")),
        rows=tuple(map(_row, overview.shift)),
        is_drawn=any(each.points for each in overview.shift),
        file_columns=("facet", "value", "month", "of", "count", "share", "low", "high"),
        file_rows=tuple(
            (each.facet, each.row.value, month, *numbers_of(each.row.shares.get(month)))
            for each in overview.shift
            for month in overview.months
        ),
    )


def shift_claims(overview: Overview) -> Iterator[tuple[str, Sequence[BarRow], str]]:
    """Each shift that prevention workers report, with the newest shares of these ads and what they say of it."""
    for facet, title in WORDS["claim"].items():
        bars, newest, moved = [], dict[str, Share](), []
        for each in overview.shift:
            shares = [share for _month, share in each.row.published]
            if each.facet != facet or not shares:
                continue
            words, before = _named(facet, each.row.value), shares[0].share if shares[1:] else None
            bars.append(replace(share_bar(words, shares[-1]), before=before))
            newest[each.row.value] = shares[-1]
            if each.points:
                moved.append(_("%(what)s: %(result)s", what=words, result=_result(each)))
        if facet == "exploitation":
            finding = _compared(newest.get("forced_labour"), newest.get("sexual_exploitation"))
        elif moved:
            finding = "; ".join(moved) + "."
        else:
            finding = _("No trend yet: it takes two months with five cases or more.")
        yield _(title), bars, finding


def _compared(labour: Share | None, sexual: Share | None) -> str:
    if labour is None or sexual is None:
        return word("labour_alone" if labour else "sexual_alone" if sexual else "too_few", "compared")
    low, high = newcombe(labour.share, labour.of, sexual.share, sexual.of)
    found: str = WORDS["compared"]["labour" if low > 0 else "sexual" if high < 0 else "alike"]
    return _(found, labour=f"{100 * labour.share:.0f}", sexual=f"{100 * sexual.share:.0f}")


def _result(each: ShiftRow) -> str:
    assert each.points is not None
    return _("more") if each.points[1] > 0 else _("fewer") if each.points[2] < 0 else _("no clear change")


def _draw(facet: str, rows: Iterable[TrendRow], overview: Overview) -> Chart:
    """The rows as lines of a chart."""
    lines = []
    for row in rows:
        shares = map(row.shares.get, overview.months)
        lines.append(
            (_named(facet, row.value), [(each.share, each.low, each.high) if each else None for each in shares])
        )
    return draw_months(word(facet, "trend"), word(overview.side, "along"), overview.months, lines)


def _row(each: ShiftRow) -> tuple[str, ...]:
    name = f"{word(each.facet, 'trend')}: {_named(each.facet, each.row.value)}"
    if each.points is None:
        return (name, "–", "–", "–", _("too few months to compare"))
    (first, start), *_between, (last, end) = each.row.published
    shares = f"{first}: {written_share(start)}", f"{last}: {written_share(end)}"
    return (name, *shares, written_points(each.points), _result(each))


_SILENT: Final = {UNKNOWN, "unknown", "not_said", "either"}
"""Values of ads that do not say."""


def trend_panel(facet: str, overview: Overview) -> Panel:
    """A facet through the months: lines from two months up, bars of the newest month below that."""
    rows = overview.trends[facet]
    month, newest = _newest(rows)
    named = [pair for pair in newest if pair[0].value not in _SILENT]
    finding = _("Most ads do not say.") if month else ""
    if named:
        commonest, share = max(named, key=lambda pair: pair[1].share)
        silent = max((share.share for row, share in newest if row.value in _SILENT), default=0.0)
        finding = f"{finding} " if silent > 0.5 else ""
        finding += _(
            "Most often %(what)s: %(share)s %% in %(month)s.",
            what=_named(facet, commonest.value), share=f"{100 * share.share:.0f}",
            month=written_month(month),
        )  # fmt: skip
    counted = {month for row in rows for month, _share in row.published}
    return Panel(
        key=f"trend_{facet}",
        title=word(facet, "trend"),
        finding=finding,
        bars=tuple(_trend_bars(facet, month, newest))[:8],
        svg=_draw(facet, rows[:4], overview).svg if rows else None,
        is_drawn=len(counted) > 1,
        columns=("", *overview.months),
        rows=tuple((_named(facet, row.value), *(cell_words(row, month) for month in overview.months)) for row in rows),
        file_columns=("value", "month", "of", "count", "share", "low", "high"),
        file_rows=tuple(
            (row.value or "not_said", month, *numbers_of(row.shares.get(month)))
            for row in rows
            for month in overview.months
        ),
    )


def destination_bars(overview: Overview) -> dict[str, BarRow]:
    """The newest month's share of each country that has one, by its code."""
    month, newest = _newest(overview.trends["country"])
    found = zip(newest, _trend_bars("country", month, newest), strict=True)
    return {row.value: bar for (row, _share), bar in found if row.value != UNKNOWN}


def _newest(rows: Sequence[TrendRow]) -> tuple[str, list[tuple[TrendRow, Share]]]:
    """The newest month of which anything is told, and the shares in it."""
    counted = [(month, row, share) for row in rows for month, share in row.published]
    newest = max((month for month, _row, _share in counted), default="")
    return newest, [(row, share) for month, row, share in counted if month == newest]


def _trend_bars(facet: str, month: str, newest: Iterable[tuple[TrendRow, Share]]) -> Iterator[BarRow]:
    for row, share in newest:
        bar = share_bar(_named(facet, row.value), share)
        if facet in {"kind", "country", "language"} and row.value != UNKNOWN:  # what the queue can be narrowed by
            first = date.fromisoformat(f"{month}-01")
            last = first.replace(day=monthrange(first.year, first.month)[1])
            days = {"opened_from": first.isoformat(), "opened_to": last.isoformat()}
            bar = replace(bar, link={facet: row.value, "state": "all"} | days)
        yield bar
