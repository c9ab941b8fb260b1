"""The overview: its page, the map of destinations, pictures and tables as files."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from crawler.files import read_word_list
from pipeline.exports.formats import as_csv
from pipeline.review.figures import PERIODS, Overview, Side, read_overview
from pipeline.web.access import GuardedBlueprint, download, record
from pipeline.web.charts import as_png
from pipeline.web.i18n import _
from pipeline.web.setup import open_store, request_time
from pipeline.web.views.panels import destination_bars, draw_panels, shift_claims

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
