"""The overview: panels, map of destinations, pictures and tables as files."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace
from datetime import date
from types import MappingProxyType
from typing import Final

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from crawler.files import read_word_list
from model.chart import Bar, draw_bars
from pipeline.exports.formats import as_csv
from pipeline.review.figures import AGES, FACETS, PERIODS, Estimate, Overview, Share, Side, read_overview
from pipeline.store.queue.case_filter import Lane
from pipeline.web.access import GuardedBlueprint, download, record
from pipeline.web.charts import as_png, draw_days
from pipeline.web.i18n import _, word, written_day, written_number
from pipeline.web.setup import open_store, request_time
from pipeline.web.views.trends import (
    BarRow,
    Panel,
    destination_bars,
    numbers_of,
    share_bar,
    share_words,
    shift_claims,
    shift_panel,
    trend_panel,
)

PLACES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    code: (column, row)
    for row, line in enumerate(read_word_list("country_map")["drawn"].splitlines())
    for column, code in enumerate(line.split())
    if code != "."
})  # fmt: skip
"""Column and row of each country; any other stands in the list below the map alone."""

MIMETYPES: Final = {"csv": "text/csv", "svg": "image/svg+xml", "png": "image/png"}


blueprint = GuardedBlueprint("overview", __name__)


@blueprint.get("/overview", needs="read")
def show_overview() -> str:
    """All panels of a period."""
    overview = _asked()
    return render_template(
        "overview.html", overview=overview, claims=shift_claims(overview),
        panels=draw_panels(overview), places=PLACES, bars=destination_bars(overview), periods=PERIODS,
        asked=_query(overview),
    )  # fmt: skip


@blueprint.get("/overview/<key>.<any(csv,svg,png):ending>", needs="read")
def export_panel(key: str, ending: str) -> Response:
    """The numbers of one panel, or its picture; as pixels for documents that take no SVG."""
    overview = _asked()
    panel = next((each for each in draw_panels(overview) if each.key == key), None) or abort(404)
    content: str | bytes | None = as_csv(panel.file_columns, panel.file_rows) if ending == "csv" else panel.svg
    if content is None:
        abort(404, _("There is nothing to draw yet."))
    if panel.svg and ending == "png":
        content = as_png(panel.svg)
    record("exported", f"overview {key}.{ending}", **_query(overview))
    return download(content, name=f"lurewatch-{key}.{ending}", mimetype=MIMETYPES[ending])


def _asked() -> Overview:
    days = request.args.get("days", PERIODS[0], type=int)
    side: Side = "confirmed" if request.args.get("of") == "confirmed" else "flagged"
    if days not in PERIODS:
        abort(400, _("The overview looks back 30, 90 or 365 days."))
    return read_overview(open_store().statistics, days=days, side=side, now=request_time())


def _query(overview: Overview) -> dict[str, str]:
    return {"days": str(overview.days), "of": overview.side}


_NAMES: Final = 210


def draw_panels(overview: Overview) -> tuple[Panel, ...]:
    """Every panel, in the order of the page."""
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
        rows=tuple((name, cases, share.of if share else _("<5"), share_words(share)) for name, cases, share in bands),
        file_columns=("score_from", "cases", "of", "count", "share", "low", "high"),
        file_rows=tuple((tenth / 10, cases, *numbers_of(share)) for tenth, cases, share in overview.precision),
    )


def _queue(overview: Overview) -> Panel:
    lanes: list[tuple[Lane, tuple[int, ...]]] = list(overview.waiting.items())
    filled = [(lane, numbers) for lane, numbers in lanes if sum(numbers)]
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
        svg=_counts(title, _("cases"), [(word(lane, "lane"), sum(numbers)) for lane, numbers in lanes]),
        columns=(_("Queue"), *(_("up to %(days)s days", days=days) for days in AGES), _("older")),
        rows=tuple((word(lane, "lane"), *numbers) for lane, numbers in filled),
        file_columns=("lane", *(f"under_{days}_days" for days in AGES), "older"),
        file_rows=tuple((lane, *numbers) for lane, numbers in lanes),
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
    rows = overview.sources
    title = _("Source health")
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
    rows = overview.versions
    title = _("Model and taxonomy versions")
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
