"""The overview in words and pictures: each panel is a chart, its table, and the same numbers for a file.

The shift that prevention workers report, on one page: four charts as one picture, and what has moved.

What a panel of the overview is, and how its values and shares are said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from model.chart import Bar, Chart, draw_bars
from pipeline.review.overview import AGES, FACETS, Overview
from pipeline.review.recall import Estimate, Recall
from pipeline.review.trends import SHIFT, MonthShare, Share, ShiftRow, Side, TrendRow
from pipeline.settings.messages import mark
from pipeline.store.queue.case_filter import Lane
from pipeline.store.statistics import UNKNOWN
from pipeline.web import wording
from pipeline.web.brief_words import SECTOR_WORDS
from pipeline.web.i18n import LOCALES, page_language
from pipeline.web.i18n import gettext as _
from pipeline.web.month_chart import MonthLine, draw_months, side_by_side

__all__ = [
    "FACET_TITLES",
    "Cell",
    "Panel",
    "cell_words",
    "draw_panels",
    "month_line",
    "numbers_of",
    "share_of_what",
    "share_words",
    "shift_panel",
    "value_words",
]

Cell = str | int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture with what it is drawn from."""

    key: str
    title: str
    svg: str | None
    """None where there is nothing to draw."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The table on the page; the first of each row names it."""

    note: str = ""
    is_folded: bool = False
    """Whether the table is shown only when it is asked for."""

    is_wide: bool = False
    """Whether it takes the whole width of the page."""

    file_columns: tuple[str, ...]
    file_rows: tuple[tuple[Cell, ...], ...]
    """The numbers as they are, hidden ones empty."""


FACET_TITLES: Final = {
    "kind": mark("Model’s guess"),
    "exploitation": mark("Exploitation type"),
    "country": mark("Destination"),
    "language": mark("Language"),
    "sector": mark("Sector"),
    "addressed": mark("Target group"),
    "schooling": mark("Schooling"),
    "reached": mark("How to apply"),
}

VALUE_WORDS: Final = {
    "women": mark("women"), "men": mark("men"), "either": mark("anyone, or not said"),
    "higher": mark("university or college"), "secondary": mark("secondary school"),
    "none_needed": mark("none needed"), "not_said": mark("not said"), "unknown": mark("not said"),
    "messenger": mark("messenger or social network"), "other": mark("telephone, e-mail or web page only"),
    "forced_criminality": mark("forced criminality"), "debt_bondage": mark("debt bondage"),
    "forced_labour": mark("forced labour"), "forced_labour_fishing": mark("forced labour at sea"),
    "sexual_exploitation": mark("sexual exploitation"), "child_exploitation": mark("exploitation of children"),
    "domestic_servitude": mark("domestic servitude"), "forced_marriage": mark("forced marriage"),
    "organ_removal": mark("organ removal"), "financial_fraud": mark("financial fraud"),
}  # fmt: skip
"""Words for values; sectors have theirs with the brief, and countries and languages by their codes."""


def value_words(facet: str, value: str) -> str:
    """The value in the page's language."""
    locale = LOCALES[page_language()]
    match facet:
        case "country":
            said = locale.territories.get(value)
        case "language":
            said = locale.languages.get(value)
        case "kind":
            said = _(wording.KIND_NAMES[value]) if value in wording.KIND_NAMES else None
        case _:
            known = {**VALUE_WORDS, **SECTOR_WORDS}
            said = _(known[value]) if value in known else None
    return _("not said") if value == UNKNOWN else str(said or value.replace("_", " "))


def numbers_of(share: Share | None) -> tuple[Cell, ...]:
    """The share as a file holds it; empty cells where it is hidden."""
    return (share.of, share.count, share.share, share.low, share.high) if share else (None,) * 5


def cell_words(cell: MonthShare) -> str:
    """The share of a month as the page's table says it."""
    return _("hidden") if cell.is_hidden else share_words(cell.share)


def share_words(share: Share | None) -> str:
    """The share with its interval, in per cent."""
    if share is None:
        return "–"
    return _(
        "%(share)s %% (%(low)s to %(high)s)",
        share=f"{100 * share.share:.0f}", low=f"{100 * share.low:.0f}", high=f"{100 * share.high:.0f}",
    )  # fmt: skip


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
        columns=("", _("First month"), _("Last month"), _("Change, in points"), _("Result")),
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
        return (name, "–", "–", "–", _("too few months to compare"))
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


_DRAWN_VALUES: Final = 4
_NAMES: Final = 210


def draw_panels(overview: Overview) -> tuple[Panel, ...]:
    """Every panel, in the order of the page."""
    trends = (_trend(facet, overview) for facet in FACETS)
    return (
        _recall(overview), _precision(overview), shift_panel(overview), *trends, _queue(overview), _decisions(overview),
        _sources(overview), _versions(overview),
    )  # fmt: skip


def recall_words(recall: Recall, days: int) -> str:
    """The estimate in a sentence, or plainly that there is none."""
    if recall.standing == "no_lures":
        return _("No lure was found in these %(days)s days, neither in the queue nor in the audit.", days=days)
    if recall.share is None:
        return _("Too few audit decisions to say what share of lures was caught.")
    low, high = f"{100 * recall.share.low:.0f}", f"{100 * recall.share.high:.0f}"
    if recall.standing == "too_few":
        return _(
            "With %(decided)s of %(drawn)s audit decisions made we can only say that %(low)s to %(high)s %% of lures were caught.",
            decided=recall.decided, drawn=recall.drawn, low=low, high=high,
        )  # fmt: skip
    return _(
        "We estimate that %(low)s to %(high)s %% of the lures collected in these %(days)s days were flagged.",
        days=days, low=low, high=high,
    )  # fmt: skip


def _recall(overview: Overview) -> Panel:
    recall = overview.recall
    named = (
        (_("Estimated lures flagged"), recall.shown, 0),
        (_("Estimated lures missed"), recall.missed, 0),
        (_("Share caught"), recall.share, 1),
    )
    note = _(
        "The audit is a random draw from all that nothing flagged: %(decided)s of %(drawn)s drawn texts are decided, "
        "out of %(unflagged)s. The interval holds the true share at least 19 times in 20, if what is decided is like "
        "what still waits. A text that a new model read again counts again; copies that a campaign’s case covers do "
        "not.",
        decided=recall.decided, drawn=recall.drawn, unflagged=recall.unflagged,
    )  # fmt: skip
    return Panel(
        key="recall",
        title=_("Estimated recall"),
        svg=_bars(_("Share of lures caught"), _("share, with its interval of 95 %"), [(_("shown"), recall.share)]),
        columns=("", _("Estimate"), _("From"), _("To")),
        rows=tuple((name, *_estimate_words(each, is_share=bool(share))) for name, each, share in named),
        note=f"{recall_words(recall, overview.days)} {note}",
        file_columns=("what", "value", "low", "high"),
        file_rows=tuple(
            (what, *((each.value, each.low, each.high) if each else (None, None, None)))
            for what, (_name, each, _share) in zip(("shown", "missed", "share"), named, strict=True)
        ),
    )


def _trend(facet: str, overview: Overview) -> Panel:
    rows = overview.trends[facet]
    title = _(FACET_TITLES[facet])
    drawn = [month_line(value_words(facet, row.value), row) for row in rows[:_DRAWN_VALUES]]
    return Panel(
        key=f"trend_{facet}",
        title=title,
        svg=draw_months(title, share_of_what(overview.side), overview.months, drawn).svg if rows else None,
        is_folded=True,
        columns=("", *overview.months),
        rows=tuple((value_words(facet, row.value), *map(cell_words, row.months)) for row in rows),
        file_columns=("value", "month", "of", "count", "share", "low", "high"),
        file_rows=tuple(_trend_lines(rows)),
    )


def _trend_lines(rows: Sequence[TrendRow]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        for cell in row.months:
            yield (row.value or "not_said", cell.month, *numbers_of(cell.share))


def _precision(overview: Overview) -> Panel:
    bands = [(f"{one.tenth / 10:.1f} – {(one.tenth + 1) / 10:.1f}", one) for one in overview.precision]
    title = _("Precision of flagged ads, by score")
    return Panel(
        key="precision",
        title=title,
        svg=_bars(title, _("share confirmed"), [(name, one.share) for name, one in bands]),
        columns=(_("Score"), _("Cases"), _("Decided"), _("Confirmed")),
        rows=tuple(
            (name, str(one.cases), str(one.share.of) if one.share else _("<5"), share_words(one.share))
            for name, one in bands
        ),
        note=_("Cases added in the period. Undecidable and disputed ones are left out."),
        file_columns=("score_from", "cases", "of", "count", "share", "low", "high"),
        file_rows=tuple((one.tenth / 10, one.cases, *numbers_of(one.share)) for _name, one in bands),
    )


def _queue(overview: Overview) -> Panel:
    lanes: list[tuple[Lane, tuple[int, ...]]] = list(overview.waiting.items())
    title = _("Cases to review, by queue and age")
    ages = (*(_("up to %(days)s days", days=days) for days in AGES), _("older"))
    return Panel(
        key="queue",
        title=title,
        svg=_counts(title, _("cases"), [(_(wording.LANE_WORDS[lane]), sum(numbers)) for lane, numbers in lanes]),
        columns=(_("Queue"), *ages),
        rows=tuple((_(wording.LANE_WORDS[lane]), *map(str, numbers)) for lane, numbers in lanes),
        file_columns=("lane", *(f"under_{days}_days" for days in AGES), "older"),
        file_rows=tuple((lane, *numbers) for lane, numbers in lanes),
    )


def _decisions(overview: Overview) -> Panel:
    title = _("Decisions per day")
    return Panel(
        key="decisions",
        title=title,
        svg=_counts(title, _("decisions"), overview.decisions),
        columns=(_("Day"), _("Decisions")),
        rows=tuple((day, str(made)) for day, made in overview.decisions),
        note=_("All analysts together, without undone decisions."),
        file_columns=("day", "decisions"),
        file_rows=overview.decisions,
    )


def _sources(overview: Overview) -> Panel:
    rows = overview.sources
    title = _("Source health")
    return Panel(
        key="sources",
        title=title,
        svg=_counts(title, _("problems in the nightly reports"), [(row.source, row.problems) for row in rows]),
        columns=(
            _("Source"), _("Batches"), _("Ads"), _("Smallest run"), _("Last batch"), _("Ads in last run"), _("Problems"),
        ),
        rows=tuple(
            (row.source, str(row.batches), str(row.ads), str(row.fewest), row.last_at[:10], str(row.last_ads),
             str(row.problems))
            for row in rows
        ),
        file_columns=("source", "batches", "ads", "fewest", "last_at", "last_ads", "problems"),
        file_rows=tuple(
            (row.source, row.batches, row.ads, row.fewest, row.last_at, row.last_ads, row.problems) for row in rows
        ),
    )  # fmt: skip


def _versions(overview: Overview) -> Panel:
    rows = overview.versions
    title = _("Model and taxonomy versions")
    return Panel(
        key="versions",
        title=title,
        svg=_counts(
            title, _("texts assessed"), [(f"{row.model[-24:]} {row.first_at[:10]}", row.texts) for row in rows]
        ),
        columns=(_("Model"), _("Taxonomy"), _("From"), _("To"), _("Texts")),
        rows=tuple((row.model, row.taxonomy, row.first_at[:10], row.last_at[:10], str(row.texts)) for row in rows),
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
    bars = [Bar(name=name, value=count) for name, count in named]
    return draw_bars(title, along, bars, most=_round_up(most), names=_NAMES).svg if most else None


def _round_up(most: int) -> float:
    """An end of the axis whose fifths are whole numbers."""
    step = 5 * 10 ** max(0, len(str(most)) - 2)
    return float(-(-most // step) * step)


def _estimate_words(each: Estimate | None, *, is_share: bool) -> tuple[str, str, str]:
    if each is None:
        return ("–", "–", "–")
    one, two, three = (
        f"{100 * number:.0f} %" if is_share else f"{number:.0f}" for number in (each.value, each.low, each.high)
    )
    return (one, two, three)
