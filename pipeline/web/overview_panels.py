"""The overview in words and pictures: each panel is a chart, its table, and the same numbers for a file."""

from collections.abc import Iterator, Sequence
from typing import Final

from model.chart import Bar, draw_bars
from pipeline.case_filter import Lane
from pipeline.estimated_recall import Estimate, Recall
from pipeline.overview import AGES, FACETS, Overview
from pipeline.overview_trends import Share, TrendRow
from pipeline.web import words
from pipeline.web.language import gettext as _
from pipeline.web.month_chart import draw_months
from pipeline.web.panel import FACET_TITLES, Cell, Panel, cell_words, numbers_of, share_words, value_words
from pipeline.web.shift_panel import month_line, share_of_what, shift_panel

__all__ = ["draw_panels"]

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
        return _("No lure was found in these %(days)s days, neither by the queue nor by the audit.", days=days)
    if recall.share is None:
        return _("Too few audit decisions to say what share of all lures the queue showed.")
    low, high = f"{100 * recall.share.low:.0f}", f"{100 * recall.share.high:.0f}"
    if recall.standing == "too_few":
        return _(
            "Too few audit decisions to say (%(decided)s of %(drawn)s drawn are decided): by what is known, the queue "
            "may have shown anything from %(low)s to %(high)s %% of all lures.",
            decided=recall.decided, drawn=recall.drawn, low=low, high=high,
        )  # fmt: skip
    return _(
        "Of all lures crawled in these %(days)s days we estimate that the queue showed %(low)s to %(high)s %% for "
        "their score or a rule.",
        days=days, low=low, high=high,
    )  # fmt: skip


def _recall(overview: Overview) -> Panel:
    recall = overview.recall
    named = (
        (_("Lures among the flagged"), recall.shown, 0),
        (_("Lures among the unflagged"), recall.missed, 0),
        (_("Share shown"), recall.share, 1),
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
        svg=_bars(_("Share of lures shown"), _("share, with its interval of 95 %"), [(_("shown"), recall.share)]),
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
    title = _("Precision of the flagged, by score")
    return Panel(
        key="precision",
        title=title,
        svg=_bars(title, _("share confirmed"), [(name, one.share) for name, one in bands]),
        columns=(_("Score"), _("Cases"), _("Decided"), _("Confirmed")),
        rows=tuple(
            (name, str(one.cases), str(one.share.of) if one.share else _("fewer than 5"), share_words(one.share))
            for name, one in bands
        ),
        note=_("Cases opened in the period. What nobody could tell, or two analysts see differently, is left out."),
        file_columns=("score_from", "cases", "of", "count", "share", "low", "high"),
        file_rows=tuple((one.tenth / 10, one.cases, *numbers_of(one.share)) for _name, one in bands),
    )


def _queue(overview: Overview) -> Panel:
    lanes: list[tuple[Lane, tuple[int, ...]]] = list(overview.waiting.items())
    title = _("Cases that wait, by lane and age")
    ages = (*(_("under %(days)s days", days=days) for days in AGES), _("older"))
    return Panel(
        key="queue",
        title=title,
        svg=_counts(title, _("cases"), [(_(words.LANE_WORDS[lane]), sum(numbers)) for lane, numbers in lanes]),
        columns=(_("Lane"), *ages),
        rows=tuple((_(words.LANE_WORDS[lane]), *map(str, numbers)) for lane, numbers in lanes),
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
        note=_("All analysts together; decisions that were taken back do not count."),
        file_columns=("day", "decisions"),
        file_rows=overview.decisions,
    )


def _sources(overview: Overview) -> Panel:
    rows = overview.sources
    title = _("Sources and their health")
    return Panel(
        key="sources",
        title=title,
        svg=_counts(title, _("problems named in the nights’ reports"), [(row.source, row.problems) for row in rows]),
        columns=(
            _("Source"), _("Batches"), _("Ads"), _("Fewest in a batch"), _("Last batch"), _("Ads in it"), _("Problems"),
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
    title = _("Model and taxonomy over time")
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
