"""Lists of ads on a page: the cards that lead to others."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from crawler.extract.html_page import short_text
from crawler.extract.plain_text import fold

__all__ = ["MAPS", "CardList", "find_cards"]

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
