"""The links of a page that lead to ads: groups of links built alike, each with the card around it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from statistics import median
from typing import cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.html.document import path_parts, short_text
from crawler.extract.html.links import LinkShape, join, written_address
from crawler.extract.structured.json_ld import Node, dictionaries, get, types_of
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import fold, one_line, weight
from crawler.extract.visible.words import load_words

__all__ = ["LinkGroup", "find_ad_links", "find_group", "find_groups", "listed_addresses", "one_of_each"]

_FEWEST = 2
_FEW = 3
_MOST_LISTED = 5_000
_MOST_LINKS = 6_000
_HIGHEST = 12
"""Levels above a link at which its card may begin."""

_LONGEST_CARD = 700
_LONGEST_TITLE = 160
_MOST_PIECES = 100
_LEAST = 3
_MOST_BESIDE = 4
_SAMPLE = 40
"""Cards whose text is weighed; a page of thousands is built of one template."""

_NUMBER = re.compile(r"\d{3}|[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{16}")
_DIGITS = re.compile(r"\d+")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "b", "strong"})
_PLAIN_TAGS = frozenset({"div", "span", "section", "article", "main", "body", "html", "font", "center"})
"""Wrappers say nothing of what a link is."""

_LINKS = etree.XPath(
    "//*[(self::a or @hx-get or @data-href or @data-url or @data-link or @onclick)"
    " and not(ancestor::template or ancestor::noscript)"
    " and not(ancestor::nav and not((.//h2 or .//h3 or .//h4) and (.//p or .//ul or .//dl)))"
    " and not(ancestor::footer[not(ancestor::li or ancestor::article or ancestor::section)])]"
)
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
        facts = sum(_has_facts(link.card) for link in links)
        found = {
            "address": _say_ad([link.address for link in links]),
            "number": 2 * sum(bool(_NUMBER.search(_path(link.address))) for link in links) > len(links),
            "heading": 2 * sum(_is_heading(link.element) for link in links) > len(links),
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
        aside = sum(_leads_aside(link.address) for link in links) / len(links)
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
        return titled and len(self.signs) >= (2 if len(self.links) >= _FEW else 3)


def find_group(root: etree._Element, url: str, base: str) -> LinkGroup | None:
    """The page's own list of ads: of its links that are built alike those of which most speaks for ads."""
    own = _own_addresses(root, url, base)
    links = [link for link in _page_links(root, base) if not any(_is_a_view(link[1], here) for here in own)]
    groups = (group for group in find_groups(links) if group.is_of_ads)
    return max(groups, key=lambda group: group.score, default=None)


def find_ad_links(
    root: etree._Element,
    url: str,
    base: str,
    *,
    known: LinkShape | None = None,
    pages: Collection[str] = (),
    listed: Collection[str] = (),
) -> tuple[str, ...]:
    """The addresses of the page's ads: those of its largest list of cards, and of all links built like them.

    ``known`` is the shape that ads had on earlier pages: a last page with one ad has no list. ``pages`` are the next
    pages, which may be built like ads; ``listed`` is what the page's own data lists.
    """
    stated = {address.partition("?")[0] for address in listed}
    pagers = {_DIGITS.sub("", address) for address in pages}
    own = _own_addresses(root, url, base)
    links = [
        (element, address)
        for element, address in _page_links(root, base)
        if not any(_is_a_view(address, here) for here in own) and (not pagers or _DIGITS.sub("", address) not in pagers)
    ]
    groups = [group for group in find_groups(links) if group.is_of_ads]
    sure = [group for group in groups if _is_stated(group, stated)]
    best = max(sure or groups, key=lambda group: group.score, default=None)
    everything = dict.fromkeys(address for _, address in links)
    wanted: set[str]
    if best is None:
        wanted = set(filter(known.fits, everything)) if known else set(_by_path(everything))
        return tuple(item for item in everything if item in wanted)
    wanted = {*best.addresses, *(item for group in groups if _is_like(group, best) for item in group.addresses)}
    shape = LinkShape.of(best.addresses)
    if shape and shape.is_particular:
        wanted.update(item for item in everything if shape.fits(item) and not _leads_aside(item))
    wanted -= _others_beside(wanted, links)
    return one_of_each([item for item in everything if item in wanted])


def _is_stated(group: LinkGroup, stated: Collection[str]) -> bool:
    return 2 * sum(address.partition("?")[0] in stated for address in group.addresses) > len(group.links)


def _others_beside(wanted: set[str], links: Sequence[tuple[etree._Element, str]]) -> set[str]:
    """Those that are built otherwise than the ads and stand in the card of one, or say less than the ads do.

    The ads are those built as most headings among them are: an employer, a place and a menu stand beside.
    """
    places: dict[str, dict[str, etree._Element]] = defaultdict(dict)
    for element, address in links:
        if address in wanted:
            places[_stem(address)].setdefault(address, element)
    headed = {stem: sum(map(_is_heading, found.values())) for stem, found in places.items()}
    main = max(places, key=lambda stem: (headed[stem], len(places[stem])), default="")
    if len(places) < 2 or len(places[main]) < _FEW:
        return set()
    everything = _cards({address: element for found in places.values() for address, element in found.items()})
    signs = {
        stem: (2 * headed[stem] > len(found), 2 * sum(_has_facts(everything[item]) for item in found) > len(found))
        for stem, found in places.items()
    }
    lesser = {
        stem
        for stem, found in signs.items()
        if any(ours > theirs for ours, theirs in zip(signs[main], found, strict=True))
    }
    cards = set(_cards(places[main]).values())
    beside: dict[etree._Element, set[str]] = defaultdict(set)
    for address, element in (item for stem, found in places.items() if stem != main for item in found.items()):
        above = (element, *islice(element.iterancestors(), _HIGHEST))
        if (card := next((item for item in above if item in cards), None)) is not None:
            beside[card].add(address)
    # What holds many of them is no card, but a list with one ad of the common shape in it.
    inside = {address for found in beside.values() if len(found) <= _MOST_BESIDE for address in found}
    return inside | {address for stem in lesser for address in places[stem]}


@lru_cache(maxsize=8192)
def _stem(address: str) -> str:
    """What stands before the step of the path that names the page; of a lone step its first word."""
    steps = [step for step in urlsplit(address).path.split("/") if step]
    return "/".join(steps[:-1]) if len(steps) > 1 else steps[0].partition("-")[0] if steps else ""


def one_of_each(addresses: Sequence[str]) -> tuple[str, ...]:
    """Each page once: where most paths differ, a query only says how one came by.

    Pages whose address ends alike in a number are one ad that is filed twice.
    """
    if 2 * len({address.partition("?")[0] for address in addresses}) <= len(addresses):
        return tuple(addresses)
    return tuple({_page_of(address): address for address in reversed(addresses)}.values())[::-1]


def _page_of(address: str) -> str:
    path = address.partition("?")[0]
    last = path.rstrip("/").rpartition("/")[2]
    return last if "-" in last and _NUMBER.search(last) else path


def find_groups(links: Sequence[tuple[etree._Element, str]]) -> list[LinkGroup]:
    """The links by how their addresses are built and what they stand in."""
    texts: dict[str, str] = {}
    found: dict[tuple[object, ...], dict[str, etree._Element]] = defaultdict(dict)
    for element, address in links:
        text = short_text(element, _LONGEST_TITLE) or (element.get("title") or element.get("aria-label") or "")[:200]
        if len(text) > len(texts.get(address, "")):
            texts[address] = text
        place, (family, first) = _place(element), _family(address)
        for key in ((place, family, first), (place, family)):
            found[key].setdefault(address, element)
    distinct: dict[tuple[str, ...], dict[str, etree._Element]] = {}
    for group in found.values():
        if len(group) >= _FEWEST:
            distinct.setdefault(tuple(group), group)  # the title comes before "Details"
    return [_group(group, texts) for group in distinct.values()]


def _page_links(root: etree._Element, base: str) -> list[tuple[etree._Element, str]]:
    """The links that could lead to an ad, in order; an address may come several times."""
    elements = cast("list[etree._Element]", _LINKS(root))[:_MOST_LINKS]  # noqa: SLF001 - the class has no public name
    joined: dict[str, str | None] = {}
    links: list[tuple[etree._Element, str]] = []
    for element in elements:
        written = written_address(element)
        if written and written not in joined:
            joined[written] = join(base, written)
        if written and (address := joined[written]):
            links.append((element, address))
    return links


def _place(element: etree._Element) -> tuple[str, ...]:
    """What the link stands in: the two nearest elements that are more than wrappers, itself included."""
    above = (element, *islice(element.iterancestors(), _HIGHEST))
    return tuple(islice((str(item.tag) for item in above if item.tag not in _PLAIN_TAGS and item.tag != "a"), 2))


@lru_cache(maxsize=8192)
def _family(address: str) -> tuple[tuple[object, ...], str]:
    """How the address is built but for the first step of its path, and that."""
    parts = urlsplit(address)
    steps = [step for step in parts.path.partition(";")[0].split("/") if step]
    keys = tuple(sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair}))[:6]
    numbered = bool(_NUMBER.search(f"{steps[-1] if steps else ''}?{parts.query}"))
    return (parts.netloc, len(steps), numbered, keys, _leads_aside(address)), steps[0] if len(steps) > 1 else ""


def _group(links: dict[str, etree._Element], texts: dict[str, str]) -> LinkGroup:
    cards = _cards(links)
    titles = {address: texts.get(address, "") for address in links}
    if len(links) > 1 and len(set(titles.values())) == 1:  # "Details" on each: the card says what of
        titles = {address: _heading_in(cards[address]) for address in links}
    return LinkGroup(
        tuple(
            AdLink(
                address=address,
                element=element,
                title=titles[address],
                card=cards[address],
                text=_card_text(cards[address]) if number < _SAMPLE else titles[address],
            )
            for number, (address, element) in enumerate(links.items())
        )
    )


def _cards(links: dict[str, etree._Element]) -> dict[str, etree._Element]:
    """For each address the widest element around its link without another of the links."""
    owner: dict[etree._Element, str | None] = {}
    for address, element in links.items():
        for above in (element, *islice(element.iterancestors(), _HIGHEST)):
            if owner.setdefault(above, address) != address:
                if owner[above] is None:
                    break
                owner[above] = None
    cards: dict[str, etree._Element] = {}
    for address, element in links.items():
        card = element
        for above in islice(element.iterancestors(), _HIGHEST):
            if owner.get(above) != address or above.tag in {"body", "html"}:
                break
            card = above
        cards[address] = card
    return cards


def _card_text(card: etree._Element) -> str:
    pieces = cast(list[str], _TEXTS(card))[:_MOST_PIECES]
    return one_line(" ".join(piece[:_LONGEST_CARD] for piece in pieces))[:_LONGEST_CARD]


def _has_facts(card: etree._Element) -> bool:
    """Whether the card says more than one thing; a number in brackets is none."""
    stated = 0
    for piece in cast(list[str], _TEXTS(card))[:_MOST_PIECES]:
        stated += weight("".join(filter(str.isalpha, piece[:60]))) >= _LEAST
        if stated > 1:
            return True
    return False


def _heading_in(card: etree._Element) -> str:
    heading = next(card.iter("h1", "h2", "h3", "h4", "h5", "h6", "b", "strong"), None)
    return short_text(card if heading is None else heading, _LONGEST_TITLE)


def _is_heading(element: etree._Element) -> bool:
    near = (element, *islice(element.iterancestors(), 3))
    return any(item.tag in _HEADINGS for item in near) or any(item.tag in _HEADINGS for item in islice(element, 4))


def _is_like(group: LinkGroup, best: LinkGroup) -> bool:
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


def _say_ad(addresses: Sequence[str]) -> bool:
    words = load_words().ad_paths
    return 2 * sum(any(part in words for part in path_parts(item)[:-1]) for item in addresses) >= len(addresses) > 0


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def _by_path(addresses: Iterable[str]) -> list[str]:
    """Those with a number or a long name behind a word that boards use for ads (``/jobs/17/cook``); else with any."""
    words = load_words().ad_paths
    behind: dict[str, list[str]] = {}
    for address in addresses:
        parts = [] if _leads_aside(address) else path_parts(address)
        at = next((number for number, part in enumerate(parts[:-1], 1) if part in words), None)
        if at is not None and parts[-1] not in words:
            behind[address] = parts[at:]
    sure = [one for one, parts in behind.items() if _DIGITS.search("".join(parts)) or parts[-1].count("-") >= 2]
    return sure or list(behind)


@lru_cache(maxsize=8192)
def _leads_aside(address: str) -> bool:
    """True for employers' pages, log-ins, categories and the like."""
    words = load_words()
    parts = path_parts(address)
    aside = words.company_paths | words.other_paths
    host = urlsplit(address).netloc.split(".")[:-2]
    return not parts or any(part in aside for part in (*host, *parts[:-1])) or parts[-1] in words.other_paths


def _own_addresses(root: etree._Element, url: str, base: str) -> set[str]:
    """What the page is reached by: its address, and the one that it says is its own."""
    stated = (link.get("href") for link in root.iter("link") if link.get("rel") == "canonical")
    return {url, *filter(None, (join(base, item) for item in stated))}


def _is_a_view(address: str, url: str) -> bool:
    """True for the same listing sorted or filtered otherwise, another of its pages, or a part of an ad's own page."""
    if address.partition("?")[0].rpartition("/")[2] != url.partition("?")[0].rpartition("/")[2]:
        return False
    there, here = urlsplit(address), urlsplit(url)
    is_own = (there.netloc, there.path) == (here.netloc, here.path)
    return is_own and ("id" not in there.query.lower() or bool(_NUMBER.search(here.path)))


def listed_addresses(values: tuple[Json, ...], base: str) -> tuple[str, ...]:
    """Where the entries of the page's lists (ItemList) lead, and the ads that it describes (JobPosting)."""
    found: dict[str, None] = {}
    for node, _ in dictionaries(values):
        kinds = types_of(node)
        entries = get(node, "itemListElement") if kinds & {"itemlist", "searchresultspage", "offercatalog"} else None
        for entry in [node, *_nodes(entries)] if "jobposting" in kinds else _nodes(entries):
            address = join(base, _address(entry))
            if address and not _leads_aside(address):
                found.setdefault(address)
    return tuple(found)[:_MOST_LISTED]


def _nodes(entries: Json) -> list[Node]:
    listed = entries if isinstance(entries, list) else [entries]
    return [entry if isinstance(entry, dict) else {"url": entry} for entry in listed if isinstance(entry, dict | str)]


def _address(entry: Node) -> str | None:
    inner = get(entry, "item")
    for item in (inner, entry):
        stated = item if isinstance(item, str) else get(item, "url", "@id") if isinstance(item, dict) else None
        if isinstance(stated, str):
            return stated
    return None
