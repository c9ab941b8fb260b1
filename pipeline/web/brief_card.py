"""Share card of a prevention brief: its title and sentences as one picture, by resvg with a bundled font."""

from collections.abc import Iterator
from html import escape
from textwrap import wrap
from typing import Final

from pipeline.web.brief_text import Document

__all__ = ["CARD_SIZE", "draw_card"]

CARD_SIZE: Final = (1200, 1200)
"""Square, as messengers and networks show it whole."""

_LEFT, _TOP, _WRAP, _LINE = 90, 170, 48, 54


def draw_card(document: Document) -> str:
    """The card as SVG: what a phone shows without opening anything. Where nothing may be told it says just that."""
    wide, tall = CARD_SIZE
    lines = "".join(_lines(document))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<rect width="{wide}" height="{tall}" fill="#f6f7f6"/><rect width="24" height="{tall}" fill="#9c5700"/>'
        f'{lines}<text x="{_LEFT}" y="{tall - 60}" font-family="sans-serif" font-size="26" fill="#51606c">'
        "lurewatch</text></svg>"
    )


def _lines(document: Document) -> Iterator[str]:
    y = _TOP
    for line in wrap(document.title, 34):
        yield _text(y, line, size=58, weight=700)
        y += 72
    y += 30
    for sentence in document.sentences or document.lead:
        for line in wrap(sentence, _WRAP):
            yield _text(y, line, size=40)
            y += _LINE
        y += 28


def _text(y: int, words: str, *, size: int, weight: int = 400) -> str:
    return (
        f'<text x="{_LEFT}" y="{y}" font-family="sans-serif" font-size="{size}" font-weight="{weight}" fill="#1c262e">'
        f"{escape(words)}</text>"
    )
