"""Lists of ads on a page: links that are built alike, and cards beside each other."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from statistics import median
from typing import cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.html_document import (
    NO_PAGES,
    HtmlPage,
    base_of,
    join,
    path_parts,
    short_text,
    written_address,
)
from crawler.extract.text import fold, one_line, weight
from crawler.extract.visible.words import load_words

HIGHEST = 12
"""Levels above a link at which its card may begin."""

NUMBER = re.compile(r"\d{3}|(?<=/)(?=[A-Z.-]{0,8}\d)[\dA-Z.-]{3,20}(?=[/?]|$)|[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{16}")
"""What names one page among many in an address."""

_LONGEST_CARD = 700
_LONGEST_TITLE = 160
_SAMPLE = 40
"""Cards whose text is weighed; a page of thousands is built of one template."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong"})
_PLAIN_TAGS = frozenset({"div", "span", "section", "article", "main", "body", "html", "font", "center"})
"""Wrappers say nothing of what a link is."""

_TEXTS = etree.XPath(".//text()[normalize-space() and not(parent::script or parent::style or parent::noscript)]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdLink:
    """One address of a group, and where it stands."""

    address: str
    element: etree._Element
    title: str
    """The fullest text of a link to it that can be a title."""

    card: etree._Element
    """The widest element around it that holds no other link of the group."""

    text: str
    """What the card says, on one line."""


@dataclass(frozen=True)
class LinkGroup:
    """Links of one shape in one kind of place."""

    links: tuple[AdLink, ...]

    @property
    def addresses(self) -> list[str]:
        """The address of each, in order."""
        return [link.address for link in self.links]

    @cached_property
    def text_size(self) -> int:
        """How much all cards say together."""
        shown = [weight(link.text) for link in self.links[:_SAMPLE]]
        return sum(shown) * len(self.links) // max(1, len(shown))

    @cached_property
    def signs(self) -> frozenset[str]:
        """What speaks for these being ads."""
        links = self.links[:_SAMPLE]
        words = load_words()
        stated = fold(" ".join(link.text for link in links[:20])[:20_000])
        paths = [path_parts(link.address)[:-1] for link in links]
        steps = [urlsplit(link.address) for link in links]
        facts = sum(has_facts(link.card) for link in links)
        found = {
            "address": 2 * sum(not words.ad_paths.isdisjoint(path) for path in paths) >= len(links)
            or 2 * sum(bool(words.threads.search(link.address)) for link in links) >= len(links),
            "number": 2 * sum(bool(NUMBER.search(f"{step.path}?{step.query}")) for step in steps) > len(links),
            "heading": 2 * sum(is_heading(link.element) for link in links) > len(links),
            "facts": 2 * facts > len(links),
            "words": len(set(words.vacancy.findall(stated))) >= 2,
        }
        return frozenset(name for name, is_so in found.items() if is_so)

    @cached_property
    def score(self) -> float:
        """How much speaks for this group as the page's ads: what its cards say, more for each sign."""
        links = self.links[:_SAMPLE]
        titles = [link.title for link in links]
        fullness = sum(min(1.0, weight(title) / 15) for title in titles) / len(links)
        distinct = len(set(titles)) / len(links)
        size: float = median(min(weight(link.text), 250) for link in links) * len(self.links) ** 0.7  # menus are long
        aside = sum(leads_aside(link.address) for link in links) / len(links)
        shown = size * fullness**2 * (0.4 + 0.6 * distinct) * (1 - 0.8 * aside)
        is_sure = {"address", "number"} <= self.signs
        return (
            float(shown)
            * (1 + len(self.signs))
            * (1 + ("address" in self.signs) + is_sure)
            * (1 + ("heading" in self.signs))
        )

    @property
    def is_of_ads(self) -> bool:
        """Whether enough speaks for ads; two links need more than three."""
        titled = sum(weight(link.title) >= 4 for link in self.links) * 2 > len(self.links)
        return titled and len(self.signs) >= (2 if len(self.links) >= 3 else 3)


def find_groups(links: Sequence[tuple[etree._Element, str]]) -> list[LinkGroup]:
    """The links by how their addresses are built and what they stand in."""
    texts: dict[str, str] = {}
    found: dict[tuple[object, ...], dict[str, etree._Element]] = defaultdict(dict)
    for element, address in links:
        text = short_text(element, _LONGEST_TITLE) or (element.get("title") or element.get("aria-label") or "")[:200]
        if len(text) > len(texts.get(address, "")):
            texts[address] = text
        # The two nearest elements that are more than wrappers, itself included.
        above = (str(item.tag) for item in (element, *islice(element.iterancestors(), HIGHEST)))
        place = tuple(islice((tag for tag in above if tag not in _PLAIN_TAGS and tag != "a"), 2))
        family, first = _family(address)
        for key in ((place, family, first), (place, family)):
            found[key].setdefault(address, element)
    distinct: dict[tuple[str, ...], dict[str, etree._Element]] = {}
    for group in found.values():
        if len(group) >= 2:
            distinct.setdefault(tuple(group), group)  # the title comes before "Details"

    groups: list[LinkGroup] = []
    for elements in distinct.values():
        cards = card_of_each(elements)
        titles = {address: texts.get(address, "") for address in elements}
        if len(elements) > 1 and len(set(titles.values())) == 1:  # "Details" on each: the card says what of
            titles = {
                address: short_text(next(card.iter(*_HEADINGS), card), _LONGEST_TITLE)
                for address, card in cards.items()
            }
        joined = (
            " ".join(piece[:_LONGEST_CARD] for piece in _pieces(card)) for card in islice(cards.values(), _SAMPLE)
        )
        shown = dict(zip(elements, (one_line(text)[:_LONGEST_CARD] for text in joined), strict=False))
        members = (
            AdLink(
                address=address,
                element=element,
                title=titles[address],
                card=cards[address],
                text=shown.get(address, titles[address]),
            )
            for address, element in elements.items()
        )
        groups.append(LinkGroup(tuple(members)))
    return groups


@lru_cache(maxsize=8192)
def _family(address: str) -> tuple[tuple[object, ...], str]:
    """How the address is built but for the first step of its path, and that."""
    parts = urlsplit(address)
    steps = [step for step in parts.path.partition(";")[0].split("/") if step]
    keys = tuple(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))[:6]
    numbered = bool(NUMBER.search(f"{steps[-1] if steps else ''}?{parts.query}"))
    return (parts.netloc, len(steps), numbered, keys, leads_aside(address)), steps[0] if len(steps) > 1 else ""


def card_of_each(links: dict[str, etree._Element]) -> dict[str, etree._Element]:
    """For each address the widest element around its link without another of the links."""
    owner: dict[etree._Element, str | None] = {}
    for address, element in links.items():
        for above in (element, *islice(element.iterancestors(), HIGHEST)):
            if owner.setdefault(above, address) != address:
                if owner[above] is None:
                    break
                owner[above] = None
    cards: dict[str, etree._Element] = {}
    for address, element in links.items():
        card = element
        for above in islice(element.iterancestors(), HIGHEST):
            if owner.get(above) != address or above.tag in {"body", "html"}:
                break
            card = above
        cards[address] = card
    return cards


def has_facts(card: etree._Element) -> bool:
    """Whether the card says more than one thing; a number in brackets is none."""
    letters = ("".join(filter(str.isalpha, piece[:60])) for piece in _pieces(card))
    return len(list(islice((word for word in letters if weight(word) >= 3), 2))) > 1


def _pieces(card: etree._Element) -> list[str]:
    return cast(list[str], _TEXTS(card))[:100]


def is_heading(element: etree._Element) -> bool:
    near = (element, *islice(element.iterancestors(), 3))
    return any(item.tag in _HEADINGS for item in near) or any(item.tag in _HEADINGS for item in islice(element, 4))


def is_like(group: LinkGroup, best: LinkGroup) -> bool:
    """Whether another list on the page leads to the same kind of pages and says as much of each.

    What stands in the cards of the best one is no other list: the companies, the places.
    """
    if group is best or ("address" in best.signs and "address" not in group.signs):
        return False
    cards = {link.card for link in best.links}
    inside = sum(not cards.isdisjoint((item.element, *item.element.iterancestors())) for item in group.links)
    if 3 * inside > len(group.links):
        return False
    ours, theirs = (_family(item.links[0].address) for item in (group, best))
    mean = group.text_size / len(group.links), best.text_size / len(best.links)
    return ours == theirs and best.signs - group.signs <= {"words", "facts"} and 2 * mean[0] >= mean[1]


@lru_cache(maxsize=8192)
def leads_aside(address: str) -> bool:
    """True for employers' pages, log-ins, categories and the like, where one applies, and the middle of a thread."""
    words = load_words()
    parts = path_parts(address)
    if not parts or parts[-1] in words.other_paths | words.acts:
        return True
    if words.threads.search(address) and words.further.search(address):
        return True
    aside = words.company_paths | words.other_paths
    return any(part in aside for part in (*urlsplit(address).netloc.split(".")[:-2], *parts[:-1]))


_LINKS = etree.XPath(
    "//*[(self::a or (@href and not(self::link or self::base or self::use or self::image))"
    " or @hx-get or @data-href or @data-url or @data-link or @onclick)"
    " and not(ancestor::template or ancestor::noscript)"
    " and not(ancestor::nav and not((.//h2 or .//h3 or .//h4) and (.//p or .//ul or .//dl)))"
    " and not(ancestor::footer[not(ancestor::li or ancestor::article or ancestor::section)])]"
)


def find_group(page: HtmlPage) -> LinkGroup | None:
    """The page's own list of ads: of its links that are built alike those of which most speaks for ads."""
    base = base_of(page.root, page.url)
    groups = (group for group in find_groups(links_elsewhere(page, base)) if group.is_of_ads)
    return max(groups, key=lambda group: group.score, default=None)


def links_elsewhere(page: HtmlPage, base: str) -> list[tuple[etree._Element, str]]:
    """The page's links without those to itself: to what it says is its own address, or to the list sorted otherwise."""
    stated = (link.get("href") for link in page.root.iter("link") if link.get("rel") == "canonical")
    own = {urlsplit(address)[1:3] for address in (page.url, *filter(None, (join(base, item) for item in stated)))}
    links = ((element, address, urlsplit(address)) for element, address in page_links(page.root, base))
    # The same listing sorted or filtered otherwise, another of its pages, or a part of an ad's own page.
    return [
        (element, address)
        for element, address, there in links
        if there[1:3] not in own
        or ("id" in there.query.lower() and not NUMBER.search(there.path))
        or (there.query and load_words().threads.search(f"?{there.query}"))
    ]


def page_links(root: etree._Element, base: str) -> list[tuple[etree._Element, str]]:
    """The links that could lead to an ad, in order; an address may come several times."""
    elements = cast("list[etree._Element]", _LINKS(root))[:6_000]
    joined: dict[str, str | None] = {}
    links: list[tuple[etree._Element, str]] = []
    for element in elements:
        written = written_address(element)
        if written and written not in joined:
            joined[written] = join(base, written)
        if written and (address := joined[written]):
            links.append((element, address))
    return links


_FEWEST_CARDS = 3
_NO_CARDS = frozenset({"h1", "h2", "br", "td", "p", "span"})
_LONGEST_IN_LIST = 1_500
CardList = Mapping[etree._Element, str]
"""Elements beside each other that are built alike and lead elsewhere, and their texts."""


def find_cards(root: etree._Element, title: str | None) -> tuple[CardList, ...]:
    """The lists on the page, outermost first; one that holds the page's title is none."""
    found: list[CardList] = []
    inside: set[etree._Element] = set()
    folded = fold(title or "")
    for parent in root.iter():
        for group in _children_alike(parent) if parent not in inside else ():
            linked = tuple(filter(_leads_elsewhere, group))
            if len(linked) < max(_FEWEST_CARDS, 0.75 * len(group)) or linked[0].tag in _NO_CARDS:
                continue
            texts = {element: short_text(element, _LONGEST_IN_LIST) for element in linked}
            fitting = [text for text in texts.values() if 15 <= len(text) < _LONGEST_IN_LIST]
            headings = (heading for element in linked for heading in element.iter("h1")) if folded else ()
            if len(fitting) < 0.75 * len(linked) or any(fold(short_text(heading)) == folded for heading in headings):
                continue
            found.append(texts)
            inside.update(below for card in linked for below in card.iter())
    return tuple(found)


def _children_alike(parent: etree._Element) -> list[list[etree._Element]]:
    """Its children by tag and first class, where there are several."""
    alike: dict[tuple[str, str], list[etree._Element]] = defaultdict(list)
    for child in parent if isinstance(parent.tag, str) and len(parent) >= _FEWEST_CARDS else ():
        if isinstance(child.tag, str):
            alike[child.tag, (child.get("class", "").split() or [""])[0]].append(child)
    return [group for group in alike.values() if len(group) >= _FEWEST_CARDS]


def _leads_elsewhere(element: etree._Element) -> bool:
    """Whether it holds a link to another page; a place on a map is a detail of this one."""
    links = [element] if element.tag == "a" else list(element.iter("a"))
    addresses = [link.get("href") or "" for link in links]
    if links and len(short_text(element)) > 20 * (1 + len(short_text(links[0]))):
        return False
    maps = load_words().maps
    return any(address and not address.startswith(NO_PAGES) and not maps.search(address) for address in addresses)
