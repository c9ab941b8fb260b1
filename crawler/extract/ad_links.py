"""Which links of a listing lead to its ads, where no card says so."""

import re
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.addresses import LinkShape, join
from crawler.extract.cards import CardList, find_cards
from crawler.extract.clutter import drop_clutter
from crawler.extract.html_page import HtmlPage, path_parts, short_text
from crawler.extract.lenient_json import Json
from crawler.extract.plain_text import fold
from crawler.extract.schema_org import Node, dictionaries, get, types_of
from crawler.extract.words import load_words

__all__ = ["find_ad_links", "listed_addresses"]

_DIGITS = re.compile(r"\d+")
_FEWEST = 3
_MOST_LISTED = 5_000


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
    for one in (inner, entry):
        said = one if isinstance(one, str) else get(one, "url", "@id") if isinstance(one, dict) else None
        if isinstance(said, str):
            return said
    return None


def find_ad_links(
    page: HtmlPage, base: str, *, known: LinkShape | None, pages: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The addresses of the page's ads: those of its largest list of cards, and of all links built like them.

    ``known`` is the shape that ads had on earlier pages: a last page with one ad has no list. ``pages`` are the next
    pages, which may be built like ads. Takes clutter out of the page's tree.
    """
    drop_clutter(page)
    lists = [(cards, _best_links(cards, page.url, base)) for cards in find_cards(page.root, page.own_title())]
    weighed = [(_weight(cards, links), links) for cards, links in lists if len(links) >= _FEWEST]
    best = max(weighed, key=lambda pair: pair[0], default=(0, []))[1]
    shape = LinkShape.of(best) or (None if best else known)
    pagers = {_DIGITS.sub("", one) for one in pages}
    links = dict.fromkeys(address for address, _ in _all_links(page.root, page.url, base))
    others = [address for address in links if _DIGITS.sub("", address) not in pagers]
    wanted = {*best, *((one for one in others if shape.fits(one)) if shape else () if best else _by_path(others))}
    return tuple(address for address in links if address in wanted)


def _all_links(root: etree._Element, url: str, base: str) -> Iterator[tuple[str, int]]:
    """The links that could lead to an ad, each with the length of its text."""
    for link in [root] if root.tag == "a" else root.iter("a"):
        address = join(base, link.get("href"))
        if address and not _leads_aside(address) and not _is_a_view(address, url):
            yield address, len(short_text(link))


def _best_links(cards: CardList, url: str, base: str) -> list[str]:
    """One link a card: those that are built alike on most cards, and differ from card to card."""
    groups: dict[tuple[str, int, str], dict[str, int]] = defaultdict(dict)
    for element in cards.elements:
        seen: set[tuple[str, int, str]] = set()
        for address, length in _all_links(element, url, base):
            parts = path_parts(address)
            key = (urlsplit(address).netloc, len(parts), parts[0] if len(parts) > 1 else "")
            if key not in seen:
                seen.add(key)
                groups[key].setdefault(address, length)
    if not groups:
        return []
    best = max(groups.values(), key=lambda links: (len(links), _say_ad(list(links)), sum(links.values())))
    return list(best)


def _weight(cards: CardList, links: list[str]) -> int:
    """How much speaks for this list as the page's own: its text, doubled for each sign that it is of ads."""
    said = fold(" ".join(cards.texts[:20])[:20_000])
    tells = len(set(load_words().vacancy.findall(said))) >= 2
    return sum(map(len, cards.texts)) * (1 + _say_ad(links)) * (1 + tells)


def _say_ad(links: list[str]) -> bool:
    words = load_words().ad_paths
    return 2 * sum(any(part in words for part in path_parts(link)) for link in links) >= len(links) > 0


def _by_path(addresses: list[str]) -> list[str]:
    """Those with a number or a long name behind a word that boards use for ads (``/jobs/17/cook``); else with any."""
    words = load_words().ad_paths
    behind: dict[str, list[str]] = {}
    for address in addresses:
        parts = path_parts(address)
        at = next((number for number, part in enumerate(parts[:-1], 1) if part in words), None)
        if at is not None and parts[-1] not in words:
            behind[address] = parts[at:]
    sure = [one for one, parts in behind.items() if _DIGITS.search("".join(parts)) or parts[-1].count("-") >= 2]
    return sure or list(behind)


def _leads_aside(address: str) -> bool:
    """True for employers' pages, log-ins, categories and the like."""
    words = load_words()
    parts = path_parts(address)
    aside = words.company_paths | words.other_paths
    return not parts or any(part in aside for part in parts[:-1]) or parts[-1] in words.other_paths


def _is_a_view(address: str, url: str) -> bool:
    """True for the same listing sorted or filtered otherwise, or another of its pages."""
    there, here = urlsplit(address), urlsplit(url)
    return (there.netloc, there.path) == (here.netloc, here.path) and "id" not in there.query.lower()
