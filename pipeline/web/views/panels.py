"""Panels of the overview: findings in words, bars, charts and tables of numbers."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Final

from model.chart import Bar, Chart, draw_bars
from pipeline.review.figures import AGES, FACETS, SHIFT, Estimate, Overview, Share, ShiftRow, TrendRow, newcombe
from pipeline.store.statistics import UNKNOWN
from pipeline.web.charts import draw_days, draw_months, side_by_side
from pipeline.web.i18n import (
    WORDS,
    _,
    value_words,
    word,
    written_day,
    written_month,
    written_number,
    written_points,
    written_share,
)

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


def share_bar(name: str, share: Share) -> BarRow:
    return BarRow(name=name, share=share.share, low=share.low, high=share.high, words=written_share(share))


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
        rows=tuple(
            (
                _named(facet, row.value),
                *(written_share(row.shares[month]) if month in row.shares else "–" for month in overview.months),
            )
            for row in rows
        ),
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


_NAMES: Final = 210


def draw_panels(overview: Overview) -> tuple[Panel, ...]:
    trends = (trend_panel(facet, overview) for facet in FACETS if facet != "country")
    return (
        shift_panel(overview), trend_panel("country", overview), _recall(overview), _precision(overview),
        _queue(overview), _decisions(overview), *trends, _sources(overview), _versions(overview),
    )  # fmt: skip


def _recall(overview: Overview) -> Panel:
    recall = overview.recall
    named = (
        ("shown", _("Estimated lures flagged"), recall.shown),
        ("missed", _("Estimated lures missed"), recall.missed),
        ("share", _("Share caught"), recall.share),
    )
    rows, file_rows = [], []
    for what, name, each in named:
        numbers = (each.value, each.low, each.high) if each else ()
        words = [f"{100 * number:.0f} %" if what == "share" else f"{number:.0f}" for number in numbers]
        rows.append((name, *(words or ["–"] * 3)))
        file_rows.append((what, *(numbers or (None, None, None))))
    bars: tuple[BarRow, ...] = ()
    if share := recall.share:
        text = _("%(low)s to %(high)s %%", low=f"{100 * share.low:.0f}", high=f"{100 * share.high:.0f}")
        bars = (BarRow(name=_("Share caught"), share=share.value, low=share.low, high=share.high, words=text),)
    return Panel(
        key="recall",
        title=_("Estimated recall"),
        svg=_bars(_("Share of lures caught"), _("share, with its interval of 95 %"), [(_("shown"), recall.share)]),
        columns=("", _("Estimate"), _("From"), _("To")),
        rows=tuple(rows),
        bars=bars,
        file_columns=("what", "value", "low", "high"),
        file_rows=tuple(file_rows),
    )


def _precision(overview: Overview) -> Panel:
    bands = [
        (f"{written_number(tenth / 10, '0.0')} – {written_number((tenth + 1) / 10, '0.0')}", cases, share)
        for tenth, cases, share in overview.precision
    ]
    title = _("Precision of flagged ads, by score")
    return Panel(
        key="precision",
        title=title,
        bars=tuple(share_bar(name, share) for name, _cases, share in bands if share),
        svg=_bars(title, _("share confirmed"), [(name, share) for name, _cases, share in bands]),
        columns=(_("Score"), _("Cases"), _("Decided"), _("Confirmed")),
        rows=tuple(
            (name, cases, share.of if share else _("<5"), written_share(share) if share else "–")
            for name, cases, share in bands
        ),
        file_columns=("score_from", "cases", "of", "count", "share", "low", "high"),
        file_rows=tuple((tenth / 10, cases, *numbers_of(share)) for tenth, cases, share in overview.precision),
    )


def _queue(overview: Overview) -> Panel:
    filled = [(lane, numbers) for lane, numbers in overview.waiting.items() if sum(numbers)]
    all_waiting = sum(sum(numbers) for _lane, numbers in filled)
    title = _("Cases to review, by queue and age")
    return Panel(
        key="queue",
        title=title,
        bars=tuple(
            BarRow(
                name=word(lane, "lane"), share=sum(numbers) / all_waiting, words=written_number(sum(numbers)),
                link={"lane": lane},
            )
            for lane, numbers in filled
        ),
        svg=_counts(title, _("cases"), [(word(lane, "lane"), sum(each)) for lane, each in overview.waiting.items()]),
        columns=(_("Queue"), *(_("up to %(days)s days", days=days) for days in AGES), _("older")),
        rows=tuple((word(lane, "lane"), *numbers) for lane, numbers in filled),
        file_columns=("lane", *(f"under_{days}_days" for days in AGES), "older"),
        file_rows=tuple((lane, *numbers) for lane, numbers in overview.waiting.items()),
    )  # fmt: skip


def _decisions(overview: Overview) -> Panel:
    title = _("Decisions per day")
    filled = [(date.fromisoformat(day), made) for day, made in overview.decisions if made]
    return Panel(
        key="decisions",
        title=title,
        svg=draw_days(title, _("decisions"), overview.decisions).svg if filled else None,
        is_drawn=len(filled) > 1,
        columns=(_("Day"), _("Decisions")),
        rows=tuple((written_day(day), made) for day, made in filled),
        file_columns=("day", "decisions"),
        file_rows=overview.decisions,
    )


def _sources(overview: Overview) -> Panel:
    rows, title = overview.sources, _("Source health")
    return Panel(
        key="sources",
        title=title,
        svg=_counts(title, _("problems in the nightly reports"), [(row.source, row.problems) for row in rows]),
        columns=(
            _("Source"), _("Runs"), _("Ads"), _("Smallest run"), _("Last run"), _("Ads in last run"), _("Problems"),
        ),
        rows=tuple(astuple(replace(row, last_at=row.last_at[:10])) for row in rows),
        file_columns=("source", "batches", "ads", "fewest", "last_at", "last_ads", "problems"),
        file_rows=tuple(map(astuple, rows)),
    )  # fmt: skip


def _versions(overview: Overview) -> Panel:
    rows, title = overview.versions, _("Model and taxonomy versions")
    return Panel(
        key="versions",
        title=title,
        svg=_counts(
            title, _("texts assessed"), [(f"{row.model[-24:]} {row.first_at[:10]}", row.texts) for row in rows]
        ),
        columns=(_("Model"), _("Taxonomy"), _("From"), _("To"), _("Texts")),
        rows=tuple((row.model, row.taxonomy, row.first_at[:10], row.last_at[:10], row.texts) for row in rows),
        file_columns=("model", "taxonomy", "first_at", "last_at", "texts"),
        file_rows=tuple((row.model, row.taxonomy, row.first_at, row.last_at, row.texts) for row in rows),
    )


def _bars(title: str, along: str, named: Sequence[tuple[str, Share | Estimate | None]]) -> str | None:
    bars = [
        Bar(name=name, value=each.share if isinstance(each, Share) else each.value, low=each.low, high=each.high)
        for name, each in named
        if each
    ]
    return draw_bars(title, along, bars, names=_NAMES).svg if bars else None


def _counts(title: str, along: str, named: Sequence[tuple[str, int]]) -> str | None:
    most = max((count for _name, count in named), default=0)
    step = 5 * 10 ** max(0, len(str(most)) - 2)  # the axis ends where its fifths are whole numbers
    bars = [Bar(name=name, value=count) for name, count in named]
    return draw_bars(title, along, bars, most=float(-(-most // step) * step), names=_NAMES).svg if most else None
