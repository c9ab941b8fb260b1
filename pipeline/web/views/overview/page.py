"""The overview: panels with pictures and tables, a map of destinations, and both as files.

Charts as PNG: resvg draws our own SVG with a font that comes along, so that every machine makes the same picture.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from pipeline.exports.csv_package import plain_cell
from pipeline.review.overview import PERIODS, Overview, read_overview
from pipeline.review.trends import Side
from pipeline.web.access import download, needs, record
from pipeline.web.i18n import gettext as _
from pipeline.web.setup import open_store, request_time
from pipeline.web.views.overview.panels import draw_panels, headline_figures
from pipeline.web.views.overview.trends import BarRow, Panel, destination_bars, shift_claims

__all__ = ["PLACES", "Tile", "as_csv", "as_png", "blueprint", "map_tiles"]

_DRAWN: Final = """
CA .  GB NL DE PL .  RU .  .  .  .  MN .  .  .  .
US .  FR CZ HU RO TR .  .  .  .  .  CN .  KR JP .
MX .  ES IT RS GR CY LB IQ KW PK NP .  MO HK TW .
BR MA NG .  EG IL JO SA BH QA AE IN BD MM LA VN PH
.  .  GH KE ET .  .  .  .  .  OM LK .  TH KH .  .
.  .  .  ZA .  .  .  .  .  .  .  .  .  MY SG BN .
.  .  .  .  .  .  .  .  .  .  .  .  .  .  ID TL PG
.  .  .  .  .  .  .  .  .  .  .  .  .  .  .  AU NZ
"""

PLACES: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({
    code: (column, row)
    for row, line in enumerate(_DRAWN.strip().splitlines())
    for column, code in enumerate(line.split())
    if code != "."
})  # fmt: skip
"""Column and row of each country; any other stands in the list below the map alone."""

_SHADES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A country on the map."""

    code: str
    column: int
    row: int
    shade: int
    """From 1 to 4, by its part of the largest share; 0 without one."""

    bar: BarRow | None


def map_tiles(bars: Mapping[str, BarRow]) -> Sequence[Tile]:
    """Every country of the map, with its share where it has one; nothing where none on it has any."""
    largest = max((bar.share for code, bar in bars.items() if code in PLACES), default=0.0)
    return tuple(
        Tile(
            code=code, column=column, row=row, bar=bars.get(code),
            shade=max(1, round(_SHADES * bars[code].share / largest)) if code in bars else 0,
        )
        for code, (column, row) in PLACES.items()
    ) if largest else ()  # fmt: skip


MIMETYPES: Final = {"csv": "text/csv", "svg": "image/svg+xml", "png": "image/png"}
_FONT: Final = "Noto Sans"


def as_png(svg: str, *, zoom: float = 2.0) -> bytes:
    """The picture, with so many pixels for each unit of the drawing: two are sharp in print and in slides. Words are in
    Latin letters, Vietnamese among them, Greek and Cyrillic."""
    # Loaded when a picture is asked for: few sessions ask for any.
    import fontpkg
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, font_files=[str(fontpkg.path(_FONT))], skip_system_fonts=True, sans_serif_family=_FONT,
            zoom=zoom,
        )
    )  # fmt: skip


blueprint = Blueprint("overview", __name__)


@blueprint.get("/overview")
@needs("read")
def show_overview() -> str:
    """All panels of a period."""
    overview = _asked()
    return render_template(
        "overview.html", overview=overview, figures=headline_figures(overview), claims=shift_claims(overview),
        panels=draw_panels(overview), tiles=map_tiles(destination_bars(overview)), periods=PERIODS,
        asked=_query(overview),
    )  # fmt: skip


@blueprint.get("/overview/<key>.csv", defaults={"ending": "csv"})
@blueprint.get("/overview/<key>.svg", defaults={"ending": "svg"})
@blueprint.get("/overview/<key>.png", defaults={"ending": "png"})
@needs("read")
def export_panel(key: str, ending: str) -> Response:
    """The numbers of one panel, or its picture; as pixels for documents that take no SVG."""
    overview = _asked()
    panel = next((each for each in draw_panels(overview) if each.key == key), None) or abort(404)
    content: str | bytes | None = as_csv(panel) if ending == "csv" else panel.svg
    if content is None:
        abort(404, _("There is nothing to draw yet."))
    if panel.svg and ending == "png":
        content = as_png(panel.svg)
    record("exported", f"overview {key}.{ending}", **_query(overview))
    return download(content, name=f"lurewatch-{key}.{ending}", mimetype=MIMETYPES[ending])


def as_csv(panel: Panel) -> str:
    """The panel's numbers; what an ad wrote never begins a cell as a formula does."""
    text = io.StringIO()
    # Quoted whatever they hold: the writer leaves a bare carriage return open, and a reader ends the row there.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(panel.file_columns)
    writer.writerows([plain_cell(cell) for cell in row] for row in panel.file_rows)
    return text.getvalue()


def _asked() -> Overview:
    days = request.args.get("days", PERIODS[0], type=int)
    side: Side = "confirmed" if request.args.get("of") == "confirmed" else "flagged"
    if days not in PERIODS:
        abort(400, _("The overview looks back 30, 90 or 365 days."))
    return read_overview(open_store().statistics, days=days, side=side, now=request_time())


def _query(overview: Overview) -> dict[str, str]:
    return {"days": str(overview.days), "of": overview.side}
