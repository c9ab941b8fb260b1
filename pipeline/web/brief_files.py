"""A prevention brief as a file that stands by itself: HTML for people, Markdown for whoever takes it further."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.web.brief_text import Document, Table

__all__ = ["FORMATS", "as_html", "as_markdown"]

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


def _lines(document: Document) -> Iterator[str]:
    yield from (f"# {_plain(document.title)}", "")
    for paragraph in document.lead:
        yield from (_plain(paragraph), "")
    if document.changes:
        yield from (f"## {_plain(document.changes_title)}", "")
        yield from (f"- {_plain(line)}" for line in document.changes)
        yield ""
    for table in document.tables:
        yield from _table_lines(table)
    if document.notes:
        yield from (f"## {_plain(document.notes_title)}", "")
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
