"""Trees of HTML within bounds, and the text that a person reads in them.

Tags of very many attributes are cut before: they cost libxml2 time that grows with their square.
"""

import re
from collections.abc import Iterable, Iterator
from html import unescape

from lxml import etree

from crawler.extract.text import clean_text, cut, drop_unencodable

_SUSPECT = re.compile(
    rb"""<[a-zA-Z](?![^\s/>]{0,60}+"""
    rb"""(?:[\s/][^>"'=]{0,80}+(?<![\s/])=(?:"[^"]{0,5000}+"|'[^']{0,5000}+'|[^\s>"'=]++(?=[\s>]))){0,40}+"""
    rb"""[^>"'=]{0,80}+>)"""
)
"""What starts like a tag and is not clearly a short one. As strict about quotes as a parser: a looser look could be
led to see an end where the parser sees none."""

_TAG = re.compile(
    rb"""<[a-zA-Z][^\s/>]*+((?:[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+|=)*+)"""
)
_ATTRIBUTE = re.compile(rb"""[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+""")


def _without_floods(page: bytes) -> bytes:
    """The page without the attributes of those tags that the parser could not afford: nearly always unchanged."""
    spent = looked = at = 0
    retained: list[bytes] = []
    for suspect in _SUSPECT.finditer(page):
        tag = _TAG.match(page, suspect.start()) if suspect.start() >= at else None
        if tag is None or tag.end() - tag.start() < 200:
            continue
        looked += tag.end() - tag.start()
        # A page that has more bytes of suspects is cut there.
        if looked > 20_000_000:
            return b"".join(retained) + page[at : tag.start()]
        spent += sum(1 for _ in _ATTRIBUTE.finditer(tag[1])) ** 2
        # So many cost a tenth of a second: a text in a script that only looks like a tag stays whole.
        if spent > 100_000_000:
            retained += [page[at : tag.start(1)], b" "]
            at = tag.end(1)
    return b"".join(retained) + page[at:] if retained else page


_DROPPED = "lurewatch-dropped"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
LARGEST_PAGE = 5_000_000
"""Bytes of a page that are parsed; without the addresses of pictures no real one comes near."""


def parse_html(page: str | bytes) -> etree._Element | None:
    """The root of the page, a text or valid UTF-8, or None where there is nothing to parse; never raises.

    Comments and processing instructions are dropped, so that a commented-out ad is not read.
    """
    page = page[:LARGEST_PAGE]
    if isinstance(page, str):
        page = drop_unencodable(page).encode("utf-8")
    if not page or page.isspace():
        return None
    # libxml2 stops at a depth of 256 by default, and real pages built from components do get there.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(_without_floods(page), parser)
    except etree.XMLSyntaxError:
        return None
    if root is not None:
        # What stands behind </html> belongs to the body, as in a browser; libxml2 puts it beside the root.
        body = root.find("body")
        home = root if body is None else body
        texts: list[str] = []
        while (behind := root.getnext()) is not None and isinstance(behind.tag, str):
            texts.append(behind.text or "" if behind.tag == "html" else "")
            children = list(behind) if behind.tag == "html" else [behind]
            if children:
                _add_text(home, "".join(texts))
                texts.clear()
            home.extend(children)
            if behind.tag == "html":
                # A second root can only be taken out of the document by giving it a parent.
                etree.Element("outside").append(behind)
        _add_text(home, "".join(texts))
    return root


def tree_depth_and_size(root: etree._Element) -> tuple[int, int]:
    """How deep the tree goes and how many elements it has: what decides whether a library may have it."""
    depth = deepest = size = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        size += 1
    return deepest, size // 2


def outermost(elements: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """The elements that stand in none of the others before them.

    Whoever reads each element whole would read a page of thousands within each other thousands of times.
    """
    inside: set[etree._Element] = set()
    for element in elements:
        if element not in inside:
            inside.update(element.iter())
            yield element


def drop_elements(root: etree._Element, elements: Iterable[etree._Element]) -> None:
    """Takes elements out of the tree and leaves the text that follows them, a space before it.

    All at once, because taking them out one by one would copy what follows again and again.
    """
    dropped = [(element, str(element.tag)) for element in elements if element is not root]
    for element, _ in dropped:
        if element.tail:
            element.tail = f" {_without_controls(element.tail)}"
        element.tag = _DROPPED
    etree.strip_elements(root, _DROPPED, with_tail=False)
    for element, tag in dropped:
        element.tag = tag


def _add_text(parent: etree._Element, text: str) -> None:
    if not text:
        return
    if len(parent):
        parent[-1].tail = _without_controls((parent[-1].tail or "") + text)
    else:
        parent.text = _without_controls((parent.text or "") + text)


def _without_controls(text: str) -> str:
    # lxml gives control characters, and does not take them back.
    return _CONTROL.sub("", text)


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
_SPACES = re.compile(r"[\t\r\n\f\xa0][ \t\r\n\f\xa0]*| [ \t\r\n\f\xa0]+")
_INLINE_SPACES = re.compile(r"[\t\f\xa0][ \t\f\xa0]*| [ \t\f\xa0]+")
"""All but a single space, which would only be replaced by itself."""


_WIDTHS = {"": 0, " ": 1, "\n": 2, "\n\n": 3}


def _gap_at(tag: str) -> str:
    """What parts the text before the beginning or the end of an element from the text behind it."""
    return "\n\n" if tag in PARAGRAPHS else "\n" if tag in LINES else " " if tag in CELLS else ""


def _tidy(text: str) -> str:
    """Lines without space around them, at most one empty line between two."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = _INLINE_SPACES.sub(" ", text).split("\n")
    return _LINE_BREAKS.sub("\n\n", "\n".join(line.strip(" ") for line in lines)).strip()


_UNREAD = frozenset(
    {"script", "style", "template", "noscript", "svg", "head", "title", "iframe", "object"}
    | {"select", "option", "button", "textarea"}
)
_TAGS = (
    "a|article|b|big|blockquote|br|center|dd|div|dl|dt|em|font|footer|h[1-6]|header|hr|i|img|li|main|ol|p|pre|script|"
    "section|small|span|strong|style|table|tbody|td|th|tr|u|ul"
)
_TEXT_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
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
        if "&" in text and _ESCAPED_TAG.search(text) and not _TEXT_TAG.search(text):
            text = unescape(text)
            continue
        if not _TEXT_TAG.search(text):
            text = unescape(text)
            if "\n" not in text and text.count("\\n") > 1:  # escaped twice on its way
                text = text.replace("\\r", "").replace("\\n", "\n").replace("\\t", " ")
            text = _tidy(text)
        else:
            tree = parse_html(f"<div>{text}</div>")
            text = "" if tree is None else _render(tree, keep_breaks=not _BREAKING.search(text))
        if not has_markup(text) and not ("&" in text and _ENTITY.search(text)):
            break
    return cut(clean_text(text).strip(), _LONGEST)


def has_markup(text: str) -> bool:
    """Whether tags are left that nobody wrote to be read: a lone ``<b>`` in an ad for a web designer is not."""
    found = _TEXT_TAG.findall(text[:20_000]) if "<" in text else []
    return len(found) > 1 and any(tag.startswith("</") or tag[:3].lower() == "<br" for tag in found)


def element_to_text(element: etree._Element) -> str:
    """What a person reads in this part of a page."""
    return cut(clean_text(_render(element, keep_breaks=False)).strip(), _LONGEST)


def _render(root: etree._Element, *, keep_breaks: bool) -> str:
    """The tree's text. Iterative, because the depth of the tree is the page's choice."""
    parts: list[str] = []
    size, gap = 0, ""  # a break waits until text follows, and the widest of several wins
    dropped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""
        opens = event == "start"
        if dropped is not None:
            if opens or element is not dropped:
                continue
            dropped = None
        elif opens and tag in _UNREAD:
            dropped = element
            continue
        elif opens and tag == "br":
            parts += (gap, "\n")
            gap = ""
        elif _WIDTHS[wider := _gap_at(tag)] > _WIDTHS[gap]:
            gap = wider
        text = element.text if opens else element.tail if element is not root else None
        if not text or (gap and not text.strip()):
            continue  # white space between two blocks
        text = text[: 2 * _LONGEST] if keep_breaks else _SPACES.sub(" ", text[: 2 * _LONGEST])
        parts += (gap, text)
        gap = ""
        size += len(text)
        if size > 2 * _LONGEST:
            break
    return _tidy("".join(parts))
