"""Bytes of a page to text, and to a tree within bounds.

Tags of very many attributes are cut before: they cost libxml2 time that grows with their square.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from lxml import etree
from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

from crawler.extract.text import drop_unencodable

__all__ = ["LARGEST_PAGE", "decode", "drop_elements", "outermost", "parse_html", "to_utf8", "tree_depth_and_size"]

_ENOUGH_TO_GUESS = 40
_GUESSED_ON = 20_000
"""Bytes that a guess looks at: enough for any script, and bounded."""


def decode(body: bytes, encoding: str | None = None) -> str:
    """The body as text without NUL or lone surrogates; never raises.

    A byte order mark wins. Then valid UTF-8 with something beyond ASCII in it, because no other encoding looks like
    it by accident while servers often declare a wrong one. Then HTTP's charset, the page's own, and a guess.
    """
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom:
        return drop_unencodable(body[len(bom) :].decode(bom_encoding, "replace"))
    declared = _known(encoding) or _known(html_body_declared_encoding(body[:4096]))
    if not (body.isascii() and _declares_seven_bits(body, encoding)):
        try:
            return drop_unencodable(body.decode("utf-8"))
        except UnicodeDecodeError:
            pass
    for name in (_known(encoding), _known(html_body_declared_encoding(body[:4096]))):
        if name and name != "utf-8":
            text = _try(body, name)
            if text is not None:
                return drop_unencodable(text)
    return drop_unencodable(_guess(body, declared))


def to_utf8(body: bytes, encoding: str | None = None) -> bytes:
    """What ``decode`` gives, as UTF-8: mostly the body itself, which is then not copied."""
    page = body.removeprefix(_UTF8_MARK)
    if _is_utf8_anyway(body, encoding):
        try:
            page.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return page
    return decode(body, encoding).encode()


def _is_utf8_anyway(body: bytes, encoding: str | None = None) -> bool:
    """Whether ``decode`` takes the body for UTF-8 even where it is broken, and leaves nothing out but a byte order
    mark: then a part of it can be read alone."""
    if body.startswith(_MARKS) or b"\0" in body:
        return False
    if body.startswith(_UTF8_MARK):
        return True
    declared = {_known(encoding), _known(html_body_declared_encoding(body[:4096]))} - {None}
    return declared == {"utf-8"}


def _declares_seven_bits(body: bytes, encoding: str | None) -> bool:
    name = _known(encoding) or _known(html_body_declared_encoding(body[:4096]))
    return name in _SEVEN_BIT or (name in _WIDE and b"\0" in body)


_UTF8_MARK = b"\xef\xbb\xbf"
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_CHARSETS = re.compile(
    r"(?:utf(?!.?7)|iso|cp|windows|gb|big5|hz|euc|shift|koi8|tis|mac|latin|ascii|johab|ptcp|hp|kz)[a-z0-9_-]*",
    re.IGNORECASE,
)
"""Python's codecs that stand for a charset; ``base64``, ``idna`` and their like do something else."""

_SEVEN_BIT = {"iso2022_jp", "hz"}
_WIDE = {"utf-16", "utf-16-le", "utf-16-be", "utf-32"}
"""Markup in these is full of NUL; without any, the declaration lies."""


@lru_cache(maxsize=64)
def _known(name: str | None) -> str | None:
    """The codec that browsers use for a declared name (gb2312 means gb18030), None for unknown ones."""
    codec = resolve_encoding(name) if name else None
    return codec if codec and _CHARSETS.fullmatch(codec) else None


def _try(body: bytes, name: str) -> str | None:
    """The text, unless more than one character in a hundred could not be read."""
    text = body.decode(name, "replace")
    return text if text.count("�") <= max(3, len(text) // 100) else None


def _guess(body: bytes, declared: str | None) -> str:
    import charset_normalizer  # few pages leave their charset open

    text = body.decode("utf-8", "replace")
    foreign = sum(1 for char in text[:_GUESSED_ON] if char > "\x7f")
    if declared == "utf-8" or text[:_GUESSED_ON].count("�") * 20 < foreign:
        return text
    # A guess from a few letters finds Arabic in French; the Western charset is the commonest without a declaration.
    best = charset_normalizer.from_bytes(body[:_GUESSED_ON]).best() if foreign >= _ENOUGH_TO_GUESS else None
    if best is not None and best.encoding not in {"ascii", "utf_8"}:
        guessed = _try(body, best.encoding)
        if guessed is not None:
            return guessed
    return body.decode("cp1252", "replace")


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
_SHORT = 200
_AFFORDABLE = 100_000_000
"""Squares of attributes in one page that are parsed as they are: a tenth of a second. A text in a script that only
looks like a tag stays whole this way."""

_LOOKED_AT = 20_000_000
"""Bytes of suspects that are looked at; a page that has more is cut there."""


def _without_floods(page: bytes) -> bytes:
    """The page without the attributes of those tags that the parser could not afford: nearly always unchanged."""
    spent = looked = at = 0
    retained: list[bytes] = []
    for suspect in _SUSPECT.finditer(page):
        tag = _TAG.match(page, suspect.start()) if suspect.start() >= at else None
        if tag is None or tag.end() - tag.start() < _SHORT:
            continue
        looked += tag.end() - tag.start()
        if looked > _LOOKED_AT:
            return b"".join(retained) + page[at : tag.start()]
        spent += sum(1 for _ in _ATTRIBUTE.finditer(tag[1])) ** 2
        if spent > _AFFORDABLE:
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
        _take_in_what_follows(root)
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


def _take_in_what_follows(root: etree._Element) -> None:
    """What stands behind ``</html>`` belongs to the body, as in a browser; libxml2 puts it beside the root."""
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
            _drop_root(behind)
    _add_text(home, "".join(texts))


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
    """Puts text at the parent's end."""
    if not text:
        return
    if len(parent):
        parent[-1].tail = _without_controls((parent[-1].tail or "") + text)
    else:
        parent.text = _without_controls((parent.text or "") + text)


def _without_controls(text: str) -> str:
    # lxml gives control characters, and does not take them back.
    return _CONTROL.sub("", text)


def _drop_root(element: etree._Element) -> None:
    # A second root can only be taken out of the document by giving it a parent.
    etree.Element("outside").append(element)
