"""Prevention brief of a month: the page, and files to print, to edit and to share."""

import re
from html import escape
from textwrap import wrap
from typing import Final

from flask import Blueprint, abort, render_template, request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from werkzeug.wrappers import Response

from pipeline.review.brief import MONTH, read_brief
from pipeline.review.figures import month_before, months_until
from pipeline.web.access import download, needs, record
from pipeline.web.charts import as_png
from pipeline.web.i18n import LANGUAGES, page_language
from pipeline.web.setup import open_store, page_setup, page_taxonomy, request_time
from pipeline.web.views.brief.brief_text import Document, month_name, write_brief

__all__ = ["CARD", "CARD_SIZE", "FORMATS", "as_file", "blueprint", "draw_card"]

_SIGNS: Final = re.compile(r"([\\`*_\[\]<>#|])")


FORMATS: Final = {"html": "text/html", "md": "text/markdown"}
"""By the end of a file's name, what it is served as."""


def as_file(document: Document, ending: str) -> str:
    """The brief as a page with its few lines of style in it, which fetches nothing, or as Markdown with tables."""
    pages = Environment(
        loader=PackageLoader("pipeline.web"), autoescape=select_autoescape(), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    pages.filters["plain"] = lambda text: _SIGNS.sub(r"\\\1", text)  # as it reads, whatever signs stand in it
    return pages.get_template(f"brief_file.{ending}").render(document=document).rstrip() + "\n"


CARD: Final = "png"
"""The ending of the share card."""


_OFFERED: Final = 12
"""Months to choose from."""

blueprint = Blueprint("brief", __name__)


@blueprint.get("/brief")
@needs("read")
def show_brief() -> str:
    """The brief of the month that is asked for, else of the last whole one."""
    # A month that is not over may be asked for, too.
    months = sorted({_month(), *months_until(_last_month(), _OFFERED)}, reverse=True)
    return render_template(
        "brief.html", document=_document(), month=_month(), endings=(*FORMATS, CARD),
        months=[(month, month_name(month, page_language())) for month in months],
    )  # fmt: skip


@blueprint.get("/brief.<ending>")
@needs("read")
def export_brief(ending: str) -> Response:
    """The same as a file."""
    if ending not in {*FORMATS, CARD}:
        abort(404)
    document = _document()
    record("exported", f"brief {_month()}", language=document.language, ending=ending)
    name = f"lurewatch-brief-{_month()}-{document.language}.{ending}"
    if ending == CARD:
        return download(as_png(draw_card(document), zoom=1.0), name=name, mimetype="image/png")
    return download(as_file(document, ending), name=name, mimetype=FORMATS[ending])


def _document() -> Document:
    indicators = page_taxonomy(_language()).indicators
    brief = read_brief(
        open_store().statistics,
        _month(),
        indicators=indicators,
        source_kinds=page_setup().source_kinds,
    )
    return write_brief(brief, _language(), indicators=indicators)


def _month() -> str:
    """The last whole month unless another is asked for."""
    asked = request.args.get("month", "")
    if asked and not MONTH.fullmatch(asked):
        abort(400)
    return asked or _last_month()


def _last_month() -> str:
    return month_before(f"{request_time():%Y-%m}")


def _language() -> str:
    asked = request.args.get("language", "")
    return asked if asked in LANGUAGES else page_language()


CARD_SIZE: Final = (1200, 1200)
"""Square, as messengers and networks show it whole."""

_LEFT, _TOP, _WRAP, _LINE = 90, 170, 48, 54


def draw_card(document: Document) -> str:
    """The card as SVG: what a phone shows without opening anything. Where nothing may be told it says just that."""
    wide, tall = CARD_SIZE
    lines, y = [], _TOP
    for line in wrap(document.title, 34):
        lines.append(_card_text(y, line, size=58, weight=700))
        y += 72
    y += 30
    for sentence in document.sentences or document.lead:
        for line in wrap(sentence, _WRAP):
            lines.append(_card_text(y, line, size=40))
            y += _LINE
        y += 28
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<rect width="{wide}" height="{tall}" fill="#f6f7f6"/><rect width="24" height="{tall}" fill="#9c5700"/>'
        f'{"".join(lines)}<text x="{_LEFT}" y="{tall - 60}" font-family="sans-serif" font-size="26" fill="#51606c">'
        "lurewatch</text></svg>"
    )


def _card_text(y: int, words: str, *, size: int, weight: int = 400) -> str:
    return (
        f'<text x="{_LEFT}" y="{y}" font-family="sans-serif" font-size="{size}" font-weight="{weight}" fill="#1c262e">'
        f"{escape(words)}</text>"
    )
