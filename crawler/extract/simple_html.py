"""Plainly written HTML to text without a tree: what most boards hold as a description."""

import re
from html import unescape

__all__ = ["LineWriter", "render_simple", "tidy"]

PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "table", "dl"})
"""Elements with an empty line around them,"""

LINES = frozenset(
    {"address", "article", "aside", "body", "center", "dd", "details", "dialog", "div", "dt", "fieldset", "figcaption"}
    | {"figure", "footer", "form", "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav", "ol", "section"}
    | {"summary", "tr", "tbody", "thead", "tfoot", "ul"}
)
"""with a line of their own,"""

CELLS = frozenset({"td", "th"})
"""or with a space beside them."""

_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:[ \n]+[a-zA-Z-]+=\"[^\"<>]*\"){0,9} ?(/?)>")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#(?:3[2-9]|[4-9]\d|1[01]\d|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}));")
_INLINE = frozenset({"b", "strong", "i", "em", "u", "span"})
_FLOWS = ("", "div", "li")
"""What may hold blocks; "" is the outside."""

_HOLDERS = dict.fromkeys(("p", "ul", "ol", "div", "h1", "h2", "h3", "h4", "h5", "h6"), _FLOWS) | {"li": ("ul", "ol")}
_LINE_BREAKS = re.compile(r"\n{3,}")
_ODD_SPACES = re.compile(r"[\t\r\n\f\xa0][ \t\r\n\f\xa0]*| [ \t\r\n\f\xa0]+")
_ODD_INLINE_SPACES = re.compile(r"[\t\f\xa0][ \t\f\xa0]*| [ \t\f\xa0]+")


class LineWriter:
    """Collects text; breaks wait until text follows, and the widest of several wins."""

    def __init__(self, *, keep_breaks: bool, longest: int) -> None:
        self.parts: list[str] = []
        self.size = 0
        self._keep_breaks = keep_breaks
        self._longest = longest
        self._waiting = ""

    def step(self, tag: str, *, opening: bool = False) -> None:
        """Passes the start or the end of an element."""
        if tag == "br":
            if opening:
                self.parts += (self._waiting, "\n")
                self._waiting = ""
        elif tag in PARAGRAPHS:
            self._waiting = "\n\n"
        elif tag in LINES:
            if self._waiting != "\n\n":
                self._waiting = "\n"
        elif tag in CELLS:
            self._waiting = self._waiting or " "

    def write(self, text: str | None) -> None:
        """Adds text, unless it is the white space between two blocks."""
        if not text or (self._waiting and not text.strip()):
            return
        text = text[: self._longest]
        self.parts += (self._waiting, text if self._keep_breaks else _ODD_SPACES.sub(" ", text))
        self._waiting = ""
        self.size += len(text)


def render_simple(html: str, *, keep_breaks: bool, longest: int) -> str | None:
    """The text, or None for anything but a few common tags, closed in their order, with the commonest entities.

    Whatever this gives, the way through a tree gives too: a parser moves nothing in HTML that is so plain.
    """
    pieces = _TOKEN.split(html)
    if "\0" in html or html.count("<") != len(pieces) // 4:
        return None
    if "&" in html and html.count("&") != sum(1 for _ in _ENTITY.finditer(html)):
        return None
    writer = LineWriter(keep_breaks=keep_breaks, longest=longest)
    open_tags = [""]
    writer.write(unescape(pieces[0]) if "&" in pieces[0] else pieces[0])
    for at in range(1, len(pieces), 4):
        closing, tag, empty, text = pieces[at : at + 4]
        tag = tag.lower()
        if not _fits(tag, bool(closing), bool(empty), open_tags):
            return None
        writer.step(tag, opening=not closing)
        if text:
            if text.strip() and open_tags[-1] in ("ul", "ol"):
                return None
            writer.write(unescape(text) if "&" in text else text)
        if writer.size > longest:
            return None
    return tidy("".join(writer.parts)) if len(open_tags) == 1 else None


def tidy(text: str) -> str:
    """Lines without space around them, at most one empty line between two."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.strip(" ") for line in _ODD_INLINE_SPACES.sub(" ", text).split("\n")]
    return _LINE_BREAKS.sub("\n\n", "\n".join(lines)).strip()


def _fits(tag: str, closing: bool, empty: bool, open_tags: list[str]) -> bool:
    """Whether the tag may stand here; opens or closes it."""
    inside = open_tags[-1]
    if tag == "br":
        return not closing and inside not in ("ul", "ol")
    if empty:
        return False
    if closing:
        if tag != inside:
            return False
        open_tags.pop()
        return True
    holders = _HOLDERS.get(tag)
    fits = inside in holders if holders else tag in _INLINE and tag not in open_tags and inside not in ("ul", "ol")
    open_tags.append(tag)
    return fits
