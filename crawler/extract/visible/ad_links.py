"""Addresses of a page's ads: those in its data and the links of its lists."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import cast
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.html.document import HtmlPage, path_parts, short_text
from crawler.extract.html.links import LinkShape, base_of, join, written_address
from crawler.extract.html.text import element_to_text
from crawler.extract.raw import RawAd
from crawler.extract.structured.json_ld import Node, dictionaries, get, types_of
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import fold, weight
from crawler.extract.visible.link_groups import (
    HIGHEST,
    NUMBER,
    LinkGroup,
    card_of_each,
    find_groups,
    has_facts,
    is_heading,
    is_like,
    leads_aside,
)
from crawler.extract.visible.words import load_words

__all__ = ["find_ad_links", "find_group", "listed_addresses", "one_of_each", "read_teasers"]

_FEW = 3
_MOST_LISTED = 5_000
_MOST_LINKS = 6_000
_MOST_BESIDE = 4
_SENTENCE = 60
"""Weight of a line on a card, without the title, from which it is a text of its own, if a sentence ends in it."""

_ENDED = re.compile(r"[^\W\d]{2}[.!?;…。！？；](?:\W|$)|[。！？；]")

_LONGEST_TEASER = 3_000
_LONGEST_TITLE = 160
_DIGITS = re.compile(r"\d+")
_LINKS = etree.XPath(
    "//*[(self::a or @hx-get or @data-href or @data-url or @data-link or @onclick)"
    " and not(ancestor::template or ancestor::noscript)"
    " and not(ancestor::nav and not((.//h2 or .//h3 or .//h4) and (.//p or .//ul or .//dl)))"
    " and not(ancestor::footer[not(ancestor::li or ancestor::article or ancestor::section)])]"
)


def find_group(page: HtmlPage) -> LinkGroup | None:
    """The page's own list of ads: of its links that are built alike those of which most speaks for ads."""
    base = base_of(page.root, page.url)
    own = _own_addresses(page.root, page.url, base)
    links = [link for link in _page_links(page.root, base) if not any(_is_a_view(link[1], here) for here in own)]
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
    wanted = {*best.addresses, *(item for group in groups if is_like(group, best) for item in group.addresses)}
    shape = LinkShape.of(best.addresses)
    if shape and shape.is_particular:
        wanted.update(item for item in everything if shape.fits(item) and not leads_aside(item))
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
    headed = {stem: sum(map(is_heading, found.values())) for stem, found in places.items()}
    main = max(places, key=lambda stem: (headed[stem], len(places[stem])), default="")
    if len(places) < 2 or len(places[main]) < _FEW:
        return set()
    everything = card_of_each({address: element for found in places.values() for address, element in found.items()})
    signs = {
        stem: (2 * headed[stem] > len(found), 2 * sum(has_facts(everything[item]) for item in found) > len(found))
        for stem, found in places.items()
    }
    lesser = {
        stem
        for stem, found in signs.items()
        if any(ours > theirs for ours, theirs in zip(signs[main], found, strict=True))
    }
    cards = set(card_of_each(places[main]).values())
    beside: dict[etree._Element, set[str]] = defaultdict(set)
    for address, element in (item for stem, found in places.items() if stem != main for item in found.items()):
        above = (element, *islice(element.iterancestors(), HIGHEST))
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
    return last if "-" in last and NUMBER.search(last) else path


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


def read_teasers(root: etree._Element, base: str, addresses: Collection[str]) -> dict[str, RawAd]:
    """By address what the cards around the links say, of those with a sentence of their own beside the title.

    What most cards say alike is the board's: a button, a note on its accounts.
    """
    wanted = set(addresses)
    places: dict[str, etree._Element] = {}
    titles: dict[str, str] = defaultdict(str)
    for element, address in _page_links(root, base) if wanted else ():
        if address in wanted:
            places.setdefault(address, element)
            titles[address] = max(titles[address], short_text(element, _LONGEST_TITLE), key=len)
    cards = card_of_each(places) if len(places) > 1 else {}  # around the only link of a page stands the page
    texts = {address: element_to_text(card)[:_LONGEST_TEASER].splitlines() for address, card in cards.items()}
    shared = Counter(line for lines in texts.values() for line in set(lines))
    most = max(_FEW, len(cards) / 2)
    found: dict[str, RawAd] = {}
    for address, card in cards.items():
        heading = next(card.iter("h1", "h2", "h3", "h4"), None)
        title = (short_text(heading, _LONGEST_TITLE) if heading is not None else "") or titles[address]
        own = [line for line in texts[address] if fold(line) != fold(title) and shared[line] < most]
        stated = (fold(line).replace(fold(title), "") for line in own)
        if title and any(weight(line) >= _SENTENCE and _ENDED.search(line) for line in stated):
            found[address] = RawAd(title=title, description="\n".join(own).strip(), url=address, reader="page")
    return found


def _by_path(addresses: Iterable[str]) -> list[str]:
    """Those with a number or a long name behind a word that boards use for ads (``/jobs/17/cook``); else with any."""
    words = load_words().ad_paths
    behind: dict[str, list[str]] = {}
    for address in addresses:
        parts = [] if leads_aside(address) else path_parts(address)
        at = next((number for number, part in enumerate(parts[:-1], 1) if part in words), None)
        if at is not None and parts[-1] not in words:
            behind[address] = parts[at:]
    sure = [one for one, parts in behind.items() if _DIGITS.search("".join(parts)) or parts[-1].count("-") >= 2]
    return sure or list(behind)


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
    return is_own and ("id" not in there.query.lower() or bool(NUMBER.search(here.path)))


def listed_addresses(values: tuple[Json, ...], base: str) -> tuple[str, ...]:
    """Where the entries of the page's lists (ItemList) lead, and the ads that it describes (JobPosting)."""
    found: dict[str, None] = {}
    for node, _ in dictionaries(values):
        kinds = types_of(node)
        entries = get(node, "itemListElement") if kinds & {"itemlist", "searchresultspage", "offercatalog"} else None
        for entry in [node, *_nodes(entries)] if "jobposting" in kinds else _nodes(entries):
            address = join(base, _address(entry))
            if address and not leads_aside(address):
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
