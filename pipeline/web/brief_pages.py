"""The prevention brief of a month: what confirmed lures promise, as a page and as files that may leave the house."""

from typing import Final

from flask import Blueprint, Response, abort, current_app, render_template, request

from model.taxonomy.loader import Taxonomy
from pipeline.brief import MONTH, month_before, read_brief
from pipeline.web.brief_files import FORMATS
from pipeline.web.brief_text import Document, month_name, write_brief
from pipeline.web.gate import needs
from pipeline.web.language import LANGUAGES, page_language
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

_OFFERED: Final = 12
"""Months to choose from."""

blueprint = Blueprint("brief", __name__)


@blueprint.get("/brief")
@needs("read")
def show_brief() -> str:
    """The brief of the month that is asked for, else of the last whole one."""
    # A month that is not over may be asked for, too.
    months = sorted({_month(), *_months()}, reverse=True)
    return render_template(
        "brief.html", document=_document(), month=_month(), endings=tuple(FORMATS),
        months=[(month, month_name(month, page_language())) for month in months],
    )  # fmt: skip


@blueprint.get("/brief.<ending>")
@needs("read")
def export_brief(ending: str) -> Response:
    """The same as a file."""
    if ending not in FORMATS:
        abort(404)
    mimetype, write = FORMATS[ending]
    document = _document()
    record("exported", f"brief {_month()}", language=document.language, ending=ending)
    answer = Response(write(document), mimetype=mimetype)
    name = f"lurewatch-brief-{_month()}-{document.language}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _document() -> Document:
    taxonomy: Taxonomy = current_app.config["TAXONOMY"]
    brief = read_brief(
        open_queue(), _month(), indicators=taxonomy.indicators, source_kinds=current_app.config["SOURCE_KINDS"]
    )
    return write_brief(brief, _language(), indicators=taxonomy.indicators)


def _month() -> str:
    """The last whole month unless another is asked for."""
    asked = request.args.get("month", "")
    if asked and not MONTH.fullmatch(asked):
        abort(400)
    return asked or _months()[0]


def _months() -> list[str]:
    months = [month_before(f"{current_app.config['CLOCK']():%Y-%m}")]
    while len(months) < _OFFERED:
        months.append(month_before(months[-1]))
    return months


def _language() -> str:
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else page_language()
