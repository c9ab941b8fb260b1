"""HTML to the text a person reads, with its line breaks."""

import re
from html import unescape

from lxml import etree

from crawler.extract.html.parse import parse_html
from crawler.extract.text import clean_text, cut

__all__ = [
    "LineWriter",
    "element_to_text",
    "has_markup",
    "html_to_text",
]

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
        self.parts += (self._waiting, text if self._keep_breaks else _single_spaces(text))
        self._waiting = ""
        self.size += len(text)


def _tidy(text: str) -> str:
    """Lines without space around them, at most one empty line between two."""
    text = _newlines(text)
    if "  " in text or "\xa0" in text or "\t" in text or "\f" in text:
        text = _ODD_INLINE_SPACES.sub(" ", text)
    if " \n" in text or "\n " in text:
        text = "\n".join([line.strip(" ") for line in text.split("\n")])
    return (_LINE_BREAKS.sub("\n\n", text) if "\n\n\n" in text else text).strip()


def _newlines(text: str) -> str:
    """The text with every line break as one sign, as a parser has it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _single_spaces(text: str) -> str:
    """The text with every run of white space and line breaks as one space."""
    if "\n" in text or "\r" in text or "  " in text or "\xa0" in text or "\t" in text or "\f" in text:
        return _ODD_SPACES.sub(" ", text)
    return text


_DROPPED = frozenset(
    {"script", "style", "template", "noscript", "svg", "head", "title", "iframe", "object"}
    | {"select", "option", "button", "textarea"}
)
_TAGS = (
    "a|article|b|big|blockquote|br|center|dd|div|dl|dt|em|font|footer|h[1-6]|header|hr|i|img|li|main|ol|p|pre|script|"
    "section|small|span|strong|style|table|tbody|td|th|tr|u|ul"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BREAKING = re.compile(r"<(?:p|br|div|li|h[1-6]|tr)\b", re.IGNORECASE)
_ESCAPED_TAG = re.compile(rf"&(?:amp;)*lt;/?(?:{_TAGS})\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|nbsp|lt|gt|quot|#\d{1,6}|#x[0-9a-fA-F]{1,6});")
_LONGEST = 200_000
"""Characters of one description; what is longer is not an ad."""


def html_to_text(html: str) -> str:
    """Plain text: paragraphs and list entries on lines of their own, entities resolved, scripts and markup gone.

    HTML that was escaped once too often is read through. Where the text has no tags that break lines, its own line
    breaks are kept: many boards put plain text where HTML is expected.
    """
    text = html[: 4 * _LONGEST]
    for _ in range(3):
        if "&" in text and _ESCAPED_TAG.search(text) and not _TAG.search(text):
            text = unescape(text)
            continue
        text = _convert(text)
        if not has_markup(text) and not ("&" in text and _ENTITY.search(text)):
            break
    return cut(clean_text(text).strip(), _LONGEST)


def has_markup(text: str) -> bool:
    """Whether tags are left that nobody wrote to be read: a lone ``<b>`` in an ad for a web designer is not."""
    found = _TAG.findall(text[:20_000]) if "<" in text else []
    return len(found) > 1 and any(tag.startswith("</") or tag[:3].lower() == "<br" for tag in found)


def element_to_text(element: etree._Element) -> str:
    """What a person reads in this part of a page."""
    return cut(clean_text(_render(element, keep_breaks=False)).strip(), _LONGEST)


def _convert(html: str) -> str:
    if "<" not in html and "&" not in html:
        return _tidy(_literal_breaks(html))
    keep_breaks = not _BREAKING.search(html)
    if not _TAG.search(html):
        return _tidy(_literal_breaks(unescape(html)))
    tree = parse_html(f"<div>{html}</div>")
    return "" if tree is None else _render(tree, keep_breaks=keep_breaks)


def _literal_breaks(text: str) -> str:
    r"""Text that was escaped twice on its way says ``\n`` in so many letters."""
    if "\n" in text or text.count("\\n") < 2:
        return text
    return text.replace("\\r", "").replace("\\n", "\n").replace("\\t", " ")


def _render(root: etree._Element, *, keep_breaks: bool) -> str:
    """The tree's text. Iterative, because the depth of the tree is the page's choice."""
    writer = LineWriter(keep_breaks=keep_breaks, longest=2 * _LONGEST)
    dropped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if writer.size > 2 * _LONGEST:
            break
        tag = element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""
        tail = element.tail if element is not root else None
        if dropped is not None:
            if event == "end" and element is dropped:
                dropped = None
                writer.write(tail)
        elif event != "start":
            writer.step(tag)
            writer.write(tail)
        elif tag in _DROPPED:
            dropped = element
        else:
            writer.step(tag, opening=True)
            writer.write(element.text)
    return _tidy("".join(writer.parts))
