"""Parsed pages: bounded parsing, titles, language and parts worth reading.

A page as a tree, parsed within bounds.

A guard against tags of very many attributes, which cost libxml2 time that grows with their square.

Whether an element's text can begin with one of some words: soon told, before all of it is read and folded.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.text import drop_unencodable, fold, one_line, present

__all__ = [
    "LARGEST_PAGE",
    "Beginnings",
    "HtmlPage",
    "drop_elements",
    "is_logo",
    "is_small",
    "open_page",
    "outermost",
    "parse_html",
    "path_parts",
    "short_text",
    "title_elements",
    "title_parts",
    "tokens",
    "tree_depth_and_size",
    "without_floods",
    "without_site",
]

_SURE = 3
"""Letters at the beginning that are compared, where they are written plainly."""


class Beginnings:
    """The beginnings of some folded texts."""

    def __init__(self, folded: Iterable[str]) -> None:
        texts = [text for text in folded if text]
        self._starts = tuple({text[:_SURE] for text in texts})
        self._letters = frozenset(_bare_letter(text[0]) for text in texts)

    def may_head(self, element: etree._Element, longest: int) -> bool:
        """False only where the element's ``short_text`` of that length, folded, begins with none of the texts."""
        text = (element.text or "")[: 4 * longest].lstrip() or next(
            (text for piece in element.itertext() if (text := piece[: 4 * longest].lstrip())), ""
        )
        head = text[: _SURE + 1]
        if len(head) > _SURE and head.isascii() and head[:_SURE].isalnum():
            return head[:_SURE].lower().startswith(self._starts)
        return head != "" and (not head[0].isalnum() or _bare_letter(head[0]) in self._letters)


@lru_cache(maxsize=4096)
def _bare_letter(char: str) -> str:
    """The folded letter without its marks, which may stand behind it as characters of their own."""
    return unicodedata.normalize("NFD", fold(char))[:1]


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# Spaces are read from their first on, so that a long run of them is read once.
_SEPARATORS = re.compile(r"(?<!\s)\s+(?:[|–—·»:-]|::)\s+|(?:(?<!\s)\s+)?(?:[|｜_：]|--+)\s*")
_NO_TITLES = frozenset({"title", "option", "script", "style"})
_HOME = frozenset({"index.php", "index.html", "index.htm", "index.asp", "index.aspx", "default.aspx", "home"})
_MOST_TITLES = 50
_GREAT = frozenset({"h1", "h2", "h3"})
_FEW = 5
_LONGEST = 300
"""Characters of a label or a title."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_NAMED = frozenset(
    (
        "class",
        "id",
        "data-test",
        "data-testid",
        "data-test-id",
        "data-automation",
        "data-qa",
        "data-cy",
        "data-jobad",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlPage:
    """One page as parsed. Whoever drops parts of the tree does so for all that follow."""

    root: etree._Element
    url: str
    headings: tuple[str, ...]
    """The first-level headings."""

    title: str | None
    """``<title>``."""

    og_title: str | None
    og_type: str | None
    site_name: str | None
    language: str | None

    def titles(self) -> tuple[str, ...]:
        """All that the page calls itself."""
        return tuple(title for title in (*self.headings, self.og_title, self.title) if title)


def open_page(root: etree._Element, url: str) -> HtmlPage:
    """The page with its titles."""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): meta.get("content", "") for meta in root.iter("meta")
    }
    headings = (present(short_text(heading, 1_000)) for heading in root.iter("h1") if not is_logo(heading))
    title = next(root.iter("title"), None)
    return HtmlPage(
        root=root,
        url=url,
        headings=tuple(dict.fromkeys(heading for heading in headings if heading)),
        title=present(title.text) if title is not None else None,
        og_title=present(metas.get("og:title")),
        og_type=present(metas.get("og:type")),
        site_name=present(metas.get("og:site_name")),
        language=present(root.get("lang")),
    )


def is_logo(heading: etree._Element) -> bool:
    """Whether the heading is the site's name: a link that leads home, or nowhere without a script."""
    links = [*heading.iter("a"), *(above for above in heading.iterancestors("a"))]
    return any(_leads_home(link.get("href") or "javascript:") for link in links[:1])


def _leads_home(address: str) -> bool:
    parts = path_parts(address)
    if address.lower().startswith("javascript:"):
        return True
    return not ("#" in address or "?" in address) and (not parts or (len(parts) == 1 and parts[0] in _HOME))


def without_site(title: str | None, site_name: str | None) -> str | None:
    """The title without the site's name at either end, where the page says what that is."""
    if not title or not site_name:
        return title
    parts = title_parts(title)
    if len(parts) > 1 and fold(parts[-1]) == fold(site_name):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·»:-_｜")
    return title


def title_parts(title: str) -> list[str]:
    """The parts of a title between bars and dashes."""
    return [part.strip() for part in _SEPARATORS.split(title) if part.strip()]


def path_parts(url: str) -> list[str]:
    """The steps of an address's path in lower case."""
    try:
        return [part for part in urlsplit(url).path.lower().split("/") if part]
    except ValueError:
        return []


def short_text(element: etree._Element, longest: int = _LONGEST) -> str:
    """The element's text on one line, read only as far as a label or a title can be long."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece[: 4 * longest].strip())
        # What indents the page's source is no text; a piece counts at least one, so that many of them come to an end.
        size += len(pieces[-1]) or 1
        if size > 4 * longest:
            break
    return one_line(" ".join(pieces))[:longest]


def title_elements(root: etree._Element, title: str | None) -> Iterator[etree._Element]:
    """The headings that hold the title and nothing more; on a page that has none, whatever small element does."""
    wanted = fold(title or "")
    if not wanted:
        return
    known = [element for element in _found_titles(root, wanted) if _is_inside(element, root)]
    # Found once for the page: it only loses parts from then on.
    yield from known or _find_titles(root, wanted)


@lru_cache(maxsize=1)
def _found_titles(root: etree._Element, wanted: str) -> tuple[etree._Element, ...]:
    return tuple(islice(_find_titles(root, wanted), _MOST_TITLES))


def _find_titles(root: etree._Element, wanted: str) -> Iterator[etree._Element]:
    beginnings = Beginnings([wanted])
    found = False
    for heading in _read_as_titles(root, *_HEADINGS):
        if beginnings.may_head(heading, 1_000) and fold(short_text(heading, 1_000)) == wanted:
            found = True
            yield heading
    for element in () if found else root.iter():
        if not isinstance(element.tag, str) or element.tag in _NO_TITLES or not is_small(element):
            continue
        if beginnings.may_head(element, _LONGEST) and fold(short_text(element, _LONGEST)) == wanted:
            yield element


def _is_inside(element: etree._Element, root: etree._Element) -> bool:
    return element is root or any(above is root for above in element.iterancestors())


def is_small(element: etree._Element) -> bool:
    """Whether few elements stand in it, and none deeper than two levels: whoever reads such ones reads each page once,
    however deep it is nested."""
    children = list(islice(element, _FEW + 1))  # its length would count all of them
    inner = [grandchild for child in children for grandchild in islice(child, _FEW + 1)]
    return len(children) <= _FEW and len(inner) <= _FEW and all(next(iter(item), None) is None for item in inner)


def _read_as_titles(root: etree._Element, *tags: str) -> Iterator[etree._Element]:
    return (element for element in root.iter(*tags) if element.tag in _GREAT or is_small(element))


def tokens(element: etree._Element) -> str:
    """What the page's author named the element, for machines: classes and the like, in lower case."""
    names = [value for name, value in element.items() if name in _NAMED]
    return _plain(" ".join(names)[:500]) if names else ""


@lru_cache(maxsize=4096)
def _plain(names: str) -> str:
    return _CAMEL.sub("-", names).lower()


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


def without_floods(page: bytes) -> bytes:
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
        root = etree.fromstring(without_floods(page), parser)
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
