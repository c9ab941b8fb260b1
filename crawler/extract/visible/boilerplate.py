"""Boilerplate of a site: navigation, notices, links to other ads, the foot.

Lists of ads on a page: the cards that lead to others.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from lxml import etree

from crawler.extract.html.document import HtmlPage, is_small, short_text, title_holders, tokens
from crawler.extract.html.tree import drop_elements
from crawler.extract.text import fold
from crawler.extract.visible.words import load_words

__all__ = [
    "MAPS",
    "CardList",
    "drop_clutter",
    "drop_menus",
    "drop_unseen",
    "find_cards",
    "find_related",
    "is_foot",
    "without_foot",
]

_UNSEEN = etree.XPath("//script | //style | //noscript | //template | //svg | //iframe | //object")
_CLUTTER_TAGS = {"nav", "footer", "dialog", "option", "optgroup", "datalist"}
"""A choice stays without what is to choose from: what stands before it is a label of a form."""

_CLUTTER = re.compile(
    r"(?:^|[^a-z])(?:cookies?|consent|gdpr|modal|popup|popover|dialog|navbar|navigation|breadcrumbs?|newsletter|share|sharing|"
    r"related|similar|recommend(?:ed|ations?)?|suggest(?:ed|ions?)?|footer|login|signin|signup|sign-in|subscribe|advert|"
    r"banner|toast|tooltip|megamenu|offcanvas|skip|skip-link)(?:$|[^a-z])"
)
_NEVER_CLUTTER = {"html", "body", "main", "article", "h1"}
_ROLES = {"navigation", "dialog", "alertdialog", "banner", "search", "contentinfo", "tooltip"}
_MENU_TAGS = frozenset({"ul", "ol", "table", "div", "td", "nav", "aside", "p"})
_FEWEST_LINKS = 3
_MOST_OF_A_MENU = 1_000
_MENU_SHARE = 0.6
_LONGEST_HEADING = 60
_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "p", "div", "span", "th", "td", "dt", "legend")
_LONGEST_FOOT = 600
_MOST_WRAPPERS = 5


def drop_unseen(root: etree._Element) -> None:
    """Takes out what nobody reads on the page."""
    drop_elements(root, _UNSEEN(root))


def drop_clutter(page: HtmlPage, title: str | None) -> None:
    """Takes out what is on every page of a site: navigation, footers, dialogs, cookie notices, related ads.

    Never what holds the title: some sites wrap the whole page in a form, a banner or a modal.
    """
    holders = title_holders(page.root, title)
    waiting = [page.root]
    clutter: list[etree._Element] = []
    while waiting:
        element = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        if element not in holders and element.tag not in _NEVER_CLUTTER and _is_clutter(element):
            clutter.append(element)
        else:
            waiting += element
    drop_elements(page.root, clutter)


def _is_clutter(element: etree._Element) -> bool:
    """Whether the element is on every page of a site, by its tag, its role or what the author named it."""
    if element.tag == "footer":
        # The foot of a card or an article says who hires and where.
        return not any(above.tag in {"article", "section", "li"} for above in element.iterancestors())
    if element.tag in _CLUTTER_TAGS or element.get("role") in _ROLES or element.get("aria-modal") == "true":
        return True
    return _names_clutter(tokens(element))


@lru_cache(maxsize=4096)
def _names_clutter(name: str) -> bool:
    return _CLUTTER.search(name) is not None


def find_related(root: etree._Element, title: str | None) -> tuple[etree._Element, ...]:
    """The parts of a page that a heading such as ``Similar jobs`` stands over. Never what holds the title."""
    holders = title_holders(root, title)
    found: list[etree._Element] = []
    for element in filter(is_small, root.iter(*_HEADING_TAGS)):
        text = short_text(element, _LONGEST_HEADING + 1)
        if 0 < len(text) <= _LONGEST_HEADING and element not in holders and _heads_related(element, text):
            found += _below(element, text, holders)
    return tuple(found)


def _heads_related(element: etree._Element, text: str) -> bool:
    in_link = next(element.iterancestors("a"), None) is not None or next(element.iter("a"), None) is not None
    return not in_link and bool(load_words().related.search(fold(text)))


def _below(heading: etree._Element, text: str, holders: set[etree._Element]) -> Iterator[etree._Element]:
    """The box that the heading opens, or else the elements with links that follow it."""
    node = heading
    parent = node.getparent()
    for _ in range(_MOST_WRAPPERS):
        if parent is None or parent in holders or short_text(parent, _LONGEST_HEADING + 1) != text:
            break
        node, parent = parent, parent.getparent()
    if parent is None:
        return
    if parent.tag != "body" and parent not in holders and short_text(parent, _LONGEST_HEADING).startswith(text):
        yield from (parent,) if _has_link(parent) else ()
        return
    following = (item for item in node.itersiblings() if item.tag not in {"br", "hr"})
    linked = list(takewhile(lambda item: item not in holders and _has_link(item), following))
    yield from (node, *linked) if linked else ()


def _has_link(element: etree._Element) -> bool:
    return next(element.iter("a"), None) is not None


def drop_menus(root: etree._Element, title: str | None) -> None:
    """Takes out what consists of links and little else. A list of tags in an ad looks no different.

    One pass for all elements: they may be nested a thousand deep.
    """
    holders = title_holders(root, title)
    sums = [_Sum()]
    menus: list[etree._Element] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            sums.append(_Sum(text=len((element.text or "").strip())))
            continue
        mine = sums.pop()
        if element.tag == "a":
            mine.links, mine.in_links = mine.links + 1, mine.text
        if element.tag in _MENU_TAGS and element not in holders and mine.is_menu():
            menus.append(element)
        sums[-1].add(mine, len((element.tail or "").strip()))
    drop_elements(root, menus)


@dataclass(slots=True)
class _Sum:
    """How many characters an element has, in how many links, and how many of them there."""

    text: int = 0
    links: int = 0
    in_links: int = 0

    def add(self, inner: "_Sum", tail: int) -> None:
        self.text += inner.text + tail
        self.links += inner.links
        self.in_links += inner.in_links

    def is_menu(self) -> bool:
        return self.links >= _FEWEST_LINKS and self.text < _MOST_OF_A_MENU and self.in_links >= _MENU_SHARE * self.text


def without_foot(text: str) -> str:
    """The text without the last lines from where they say whose page it is."""
    lines = text.splitlines(keepends=True)
    left = len(text)
    for number, line in enumerate(lines):
        if left <= _LONGEST_FOOT and number and is_foot(line):
            return "".join(lines[:number]).rstrip()
        left -= len(line)
    return text


def is_foot(line: str) -> bool:
    """Whether a line says whose page it is."""
    return fold(line[:40]).startswith(("©", "copyright", "(c) 2")) or bool(load_words().rights.search(fold(line)))


_FEWEST = 3
_SHORTEST = 15
_LONGEST = 1_500
_NO_PAGES = ("#", "tel:", "mailto:", "javascript:")
MAPS = re.compile(
    r"//(?:[\w-]+\.)*(?:mapy\.\w+|maps\.google\.|google\.[\w.]+/maps|goo\.gl/maps|maps\.app\.goo\.gl|openstreetmap\.org"
    r"|map\.baidu|amap\.com)"
)
"""Addresses of places on maps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """Elements beside each other that are built alike and lead elsewhere."""

    elements: tuple[etree._Element, ...]
    texts: tuple[str, ...]

    def addresses(self) -> tuple[str, ...]:
        """Where each of them leads first."""
        links = ((element if element.tag == "a" else next(element.iter("a"), element)) for element in self.elements)
        return tuple(link.get("href") or "" for link in links)


def find_cards(root: etree._Element, title: str | None) -> tuple[CardList, ...]:
    """The lists on the page, outermost first; one that holds the page's title is none."""
    found: list[CardList] = []
    inside: set[etree._Element] = set()
    folded = fold(title or "")
    for parent in root.iter():
        if not isinstance(parent.tag, str) or len(parent) < _FEWEST or parent in inside:
            continue
        for group in _alike(parent):
            cards = _cards(group, folded)
            if cards is not None:
                found.append(cards)
                inside.update(below for card in cards.elements for below in card.iter())
    return tuple(found)


def _alike(parent: etree._Element) -> Iterator[list[etree._Element]]:
    """The parent's children by how they are built: tag and first class."""
    groups: dict[tuple[str, str], list[etree._Element]] = defaultdict(list)
    for child in parent:
        if isinstance(child.tag, str):
            groups[child.tag, (child.get("class", "").split() or [""])[0]].append(child)
    yield from (group for group in groups.values() if len(group) >= _FEWEST)


def _cards(group: list[etree._Element], title: str) -> CardList | None:
    linked = [element for element in group if _leads_elsewhere(element)]
    if len(linked) < max(_FEWEST, 0.75 * len(group)) or linked[0].tag in {"h1", "h2", "br", "td", "p", "span"}:
        return None
    texts = tuple(short_text(element, _LONGEST) for element in linked)
    fitting = [text for text in texts if _SHORTEST <= len(text) < _LONGEST]
    if len(fitting) < 0.75 * len(linked) or any(_holds_title(element, title) for element in linked):
        return None
    return CardList(elements=tuple(linked), texts=texts)


def _leads_elsewhere(element: etree._Element) -> bool:
    """Whether it holds a link to another page; a place on a map is a detail of this one."""
    links = [element] if element.tag == "a" else list(element.iter("a"))
    addresses = [link.get("href") or "" for link in links]
    if links and len(short_text(element)) > 20 * (1 + len(short_text(links[0]))):
        return False
    return any(address and not address.startswith(_NO_PAGES) and not MAPS.search(address) for address in addresses)


def _holds_title(element: etree._Element, title: str) -> bool:
    return bool(title) and any(fold(short_text(heading)) == title for heading in element.iter("h1"))
