"""The shift that prevention workers report, on one page: four charts as one picture, and what has moved."""

from collections.abc import Iterator
from typing import Final

from model.chart import Chart
from pipeline.overview import Overview
from pipeline.overview_shift import SHIFT, ShiftRow
from pipeline.overview_trends import Side, TrendRow
from pipeline.web.language import gettext as _
from pipeline.web.month_chart import MonthLine, draw_months, side_by_side
from pipeline.web.panel import FACET_TITLES, Cell, Panel, cell_words, numbers_of, value_words

__all__ = ["month_line", "share_of_what", "shift_panel"]

_COLUMNS: Final = 2


def shift_panel(overview: Overview) -> Panel:
    """Whom offers address, what they hint at, what schooling they ask for and by what they are answered."""
    title = _("Has recruitment shifted?")
    is_empty = not any(cell.share for each in overview.shift for cell in each.row.months)
    note = _(
        "What prevention workers report: more men, more forced labour than sexual exploitation, more people with "
        "schooling, more recruitment over the internet. All that is counted here was found on the internet, so the "
        "last can only be seen in how offers are to be answered. Most offers address nobody in particular and ask for "
        "no schooling; shares are of all ads of the month."
    )
    return Panel(
        key="shift",
        title=title,
        svg=None if is_empty else side_by_side(title, list(_charts(overview)), columns=_COLUMNS).svg,
        columns=("", _("Earliest month told"), _("Latest month told"), _("Change, in points"), _("What that says")),
        rows=tuple(map(_row, overview.shift)),
        note=note,
        is_wide=True,
        file_columns=("facet", "value", "month", "of", "count", "share", "low", "high"),
        file_rows=tuple(_lines(overview)),
    )


def share_of_what(side: Side) -> str:
    """What the shares of a trend are shares of."""
    return _("share of confirmed ads") if side == "confirmed" else _("share of flagged ads")


def month_line(name: str, row: TrendRow) -> MonthLine:
    """The row as a line of a chart."""
    points = [(cell.share.share, cell.share.low, cell.share.high) if cell.share else None for cell in row.months]
    return MonthLine(name=name, points=points)


def _charts(overview: Overview) -> Iterator[Chart]:
    for facet in SHIFT:
        lines = [
            month_line(value_words(facet, each.row.value), each.row) for each in overview.shift if each.facet == facet
        ]
        yield draw_months(_(FACET_TITLES[facet]), share_of_what(overview.side), overview.months, lines)


def _row(each: ShiftRow) -> tuple[str, ...]:
    name = f"{_(FACET_TITLES[each.facet])}: {value_words(each.facet, each.row.value)}"
    if each.first is None or each.last is None or each.points is None:
        return (name, "–", "–", "–", _("too few months with five cases or more"))
    middle, low, high = (f"{round(100 * part):+d}" for part in each.points)
    return (
        name,
        f"{each.first.month}: {cell_words(each.first)}",
        f"{each.last.month}: {cell_words(each.last)}",
        _("%(points)s (%(low)s to %(high)s)", points=middle, low=low, high=high),
        _("more") if each.points[1] > 0 else _("fewer") if each.points[2] < 0 else _("no clear change"),
    )


def _lines(overview: Overview) -> Iterator[tuple[Cell, ...]]:
    for each in overview.shift:
        for cell in each.row.months:
            yield (each.facet, each.row.value, cell.month, *numbers_of(cell.share))
