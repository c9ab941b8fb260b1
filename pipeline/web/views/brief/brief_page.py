"""Prevention brief of a month: the page, and files to print, to edit and to share."""

import re
from collections.abc import Callable, Iterator
from html import escape
from textwrap import wrap
from typing import Final

from flask import Blueprint, abort, render_template, request
from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Response

from pipeline.review.brief import MONTH, read_brief
from pipeline.review.figures import month_before, months_until
from pipeline.web.access import download, needs, record
from pipeline.web.charts import as_png
from pipeline.web.i18n import LANGUAGES, page_language
from pipeline.web.setup import open_store, page_setup, page_taxonomy, request_time
from pipeline.web.views.brief.brief_text import Document, Table, month_name, write_brief

__all__ = ["CARD", "CARD_SIZE", "FORMATS", "as_html", "as_markdown", "blueprint", "draw_card"]

_SIGNS: Final = re.compile(r"([\\`*_\[\]<>#|])")


def as_html(document: Document) -> str:
    """A page with its few lines of style in it; it fetches nothing."""
    pages = Environment(
        loader=PackageLoader("pipeline.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return pages.get_template("brief_file.html").render(document=document) + "\n"


def as_markdown(document: Document) -> str:
    """The same as Markdown with tables."""
    return "\n".join(_lines(document)).rstrip() + "\n"


FORMATS: Final[dict[str, tuple[str, Callable[[Document], str]]]] = {
    "html": ("text/html", as_html),
    "md": ("text/markdown", as_markdown),
}
"""By the end of a file's name: what it is served as, and how it is made."""

CARD: Final = "png"
"""The ending of the share card."""


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {_plain(document.title)}", "")
    if document.sentences:
        yield from (f"{number}. {_plain(sentence)}" for number, sentence in enumerate(document.sentences, start=1))
        yield ""
    if document.wordings:
        yield from (f"## {_plain(document.wordings_title)}", "")
        yield from (f"- “{_plain(each.example)}” ({_plain(each.title)}, {each.share})" for each in document.wordings)
        yield ""
    if document.changes:
        yield from (f"## {_plain(document.changes_title)}", "")
        yield from (f"- {_plain(line)}" for line in document.changes)
        yield ""
    for table in document.tables:
        yield from _table_lines(table)
    yield from (f"## {_plain(document.notes_title)}", "")
    for paragraph in document.lead:
        yield from (_plain(paragraph), "")
    if document.notes:
        yield from (f"- {_plain(line)}" for line in document.notes)


def _table_lines(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    yield from (f"## {_plain(table.title)}", "")
    if table.note:
        yield from (_plain(table.note), "")
    yield f"| {' | '.join(map(_plain, table.columns))} |"
    yield f"|{' --- |' * len(table.columns)}"
    yield from (f"| {' | '.join(map(_plain, row))} |" for row in table.rows)
    yield ""


def _plain(text: str) -> str:
    """The text as it reads, whatever signs stand in it."""
    return _SIGNS.sub(r"\\\1", text)


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
    mimetype, write = FORMATS[ending]
    return download(write(document), name=name, mimetype=mimetype)


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
    lines = "".join(_card_lines(document))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<rect width="{wide}" height="{tall}" fill="#f6f7f6"/><rect width="24" height="{tall}" fill="#9c5700"/>'
        f'{lines}<text x="{_LEFT}" y="{tall - 60}" font-family="sans-serif" font-size="26" fill="#51606c">'
        "lurewatch</text></svg>"
    )


def _card_lines(document: Document) -> Iterator[str]:
    y = _TOP
    for line in wrap(document.title, 34):
        yield _card_text(y, line, size=58, weight=700)
        y += 72
    y += 30
    for sentence in document.sentences or document.lead:
        for line in wrap(sentence, _WRAP):
            yield _card_text(y, line, size=40)
            y += _LINE
        y += 28


def _card_text(y: int, words: str, *, size: int, weight: int = 400) -> str:
    return (
        f'<text x="{_LEFT}" y="{y}" font-family="sans-serif" font-size="{size}" font-weight="{weight}" fill="#1c262e">'
        f"{escape(words)}</text>"
    )
