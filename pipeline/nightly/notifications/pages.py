"""Markdown and HTML of a report: sections of lines or of a table, all escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Section", "as_html", "as_markdown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with lines below it, or with a table whose first row names the columns."""

    title: str
    lines: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()


def as_markdown(title: str, sections: Sequence[Section]) -> str:
    """The report as Markdown; signs that mean something there are escaped."""
    parts = [f"# {_plain(title)}"]
    for section in sections:
        parts.append(f"## {_plain(section.title)}")
        if section.lines:
            parts.append("\n".join(f"- {_plain(line)}" for line in section.lines))
        if section.table:
            head, *rows = ([_plain(cell) for cell in row] for row in section.table)
            parts.append("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))
    return "\n\n".join(parts) + "\n"


def as_html(title: str, sections: Sequence[Section]) -> str:
    """The report as one page that asks for nothing from outside."""
    parts = [f"<h1>{escape(title)}</h1>"]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)}</h2>")
        if section.lines:
            parts.append("<ul>" + "".join(f"<li>{escape(line)}</li>" for line in section.lines) + "</ul>")
        if section.table:
            parts.append(
                f"<table>{_row('th', section.table[0])}{''.join(_row('td', row) for row in section.table[1:])}</table>"
            )
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


STYLE = (
    "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse}td,th{border-bottom:1px solid #bbb;padding:.2rem .8rem;text-align:left}"
)


def _row(kind: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(cell)}</{kind}>" for cell in cells) + "</tr>"


def _plain(text: str) -> str:
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in line)
