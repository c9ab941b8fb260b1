"""A listing page: the ads that it leads to or holds whole, and where it goes on.

Which links of a listing lead to its ads, where no card says so.

Names for ads that stand beside others and have no address of their own: each is known by what it says.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.html.css import Select, compile_selector, select_ad, select_links
from crawler.extract.html.decode import to_utf8
from crawler.extract.html.document import HtmlPage, open_page, outermost, parse_html, path_parts, short_text
from crawler.extract.html.links import LinkShape, base_of, join, next_pages
from crawler.extract.html.text import element_to_text
from crawler.extract.raw import RawAd
from crawler.extract.structured.json_ld import Node, dictionaries, get, json_ld_scripts, read_json_ld, types_of
from crawler.extract.structured.json_repair import Json
from crawler.extract.structured.microdata import read_markup
from crawler.extract.text import fold
from crawler.extract.visible.boilerplate import CardList, drop_clutter, find_cards
from crawler.extract.visible.title import find_title
from crawler.extract.visible.words import load_words

__all__ = ["Listing", "find_ad_links", "identified", "listed_addresses", "place_among", "places_alone", "read_listing"]

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
    drop_clutter(page, find_title(page))
    lists = [(cards, _best_links(cards, page.url, base)) for cards in find_cards(page.root, find_title(page))]
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


_LARGEST = 10_000_000
_MOST_ELEMENTS = 60_000
_MOST_ADS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one listing page gives."""

    links: tuple[str, ...] = ()
    """Addresses of pages with an ad each."""

    ads: tuple[RawAd, ...] = ()
    """Ads that stand whole in the list."""

    next_pages: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True where there is nothing that a listing has."""
        return not (self.links or self.ads or self.next_pages)


def read_listing(
    body: bytes, *, url: str, home: str, encoding: str | None = None, select: Select, known: LinkShape | None = None
) -> Listing:
    """What the page leads to: by the card's selectors, else as it says itself or as lists of ads commonly look.

    ``home`` is the address of ads that stand whole in the list and have none; ``known`` is the shape that links to ads
    had on earlier pages. Never raises, whatever the bytes.
    """
    root = parse_html(to_utf8(body[:_LARGEST], encoding))
    if root is None:
        return Listing()
    page = open_page(root, url)
    base = base_of(page.root, url)
    tried = select.get("next_page", ())
    following = select_links(page.root, tried, base) if tried else next_pages(page.root, url, base)
    pages = tuple(one for one in (join(base, link) for link in following) if one and one != url)
    ads = _whole_ads(page.root, select, base, home)
    return Listing(next_pages=pages, ads=ads, links=_links(page, base, select, known=known, pages=pages))


def _links(
    page: HtmlPage, base: str, select: Select, *, known: LinkShape | None, pages: tuple[str, ...]
) -> tuple[str, ...]:
    if "ad_links" in select:
        found = select_links(page.root, select["ad_links"], base)
        return tuple(dict.fromkeys(link for one in found if (link := join(base, one))))
    if "ads" in select:
        return ()
    values, _ = read_json_ld(json_ld_scripts(page.root))
    listed = listed_addresses((*values, *read_markup(page.root)), base)
    if sum(1 for _ in page.root.iter()) > _MOST_ELEMENTS:
        return listed
    seen = find_ad_links(page, base, known=LinkShape.of(listed) or known, pages=pages)
    return tuple(one for one in dict.fromkeys((*listed, *seen)) if one != page.url and one not in pages)


def _whole_ads(root: etree._Element, select: Select, base: str, home: str) -> tuple[RawAd, ...]:
    """An ad for each element that the card's ``ads`` names; the other selectors work inside it."""
    for css in select.get("ads", ()):
        elements = compile_selector(css)(root)
        listed = elements[:_MOST_ADS] if isinstance(elements, list) else []
        whole = outermost(one for one in listed if isinstance(one, etree._Element))  # noqa: SLF001 - lxml's own name
        found = [_identified(_whole_ad(element, select, base), home) for element in whole]
        if found:
            return tuple(ad for ad in found if ad.title or ad.description)
    return ()


def _whole_ad(element: etree._Element, select: Select, base: str) -> RawAd:
    ad = select_ad(element, select, base)
    if "title" in select or "description" in select:
        return ad
    return replace(ad, description=element_to_text(element) or None)


def _identified(ad: RawAd, home: str) -> RawAd:
    """An ad without an address is known by its text: it keeps its identity when it moves to another page."""
    if ad.url:
        return ad
    said = fold(f"{ad.title or ''}\n{ad.description or ''}").encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(said, digest_size=8).hexdigest()
    return replace(ad, url=f"{home.partition('#')[0]}#{digest}", identifier=digest)


def place_among(ads: Sequence[RawAd], url: str) -> tuple[str, ...]:
    """For each ad of a page a place on it that no other has, ``page#name``.

    The name comes from the ad alone, so that it keeps it when others come and go: from its identifier, where no other
    on the page has the same one, else from title, employer and place. Only where these are the same as another's does
    the text count, and an edit makes another ad of it.
    """
    return tuple(f"{url.partition('#')[0]}#{name}" for name in _names(ads))


def places_alone(ad: RawAd, url: str) -> tuple[str, ...]:
    """The places that an ad which is alone on its page may have had while it stood beside others: then it had only what
    it says of itself, not what is read from the rest of the page."""
    said = (ad.title, ad.hiring_organization, ad.job_location)
    names = [_digest(*said), _digest(*said[:2], None), _digest(*said[:1], None, None), _digest(*said, ad.description)]
    if ad.identifier:
        names.insert(0, _digest(ad.identifier))
    return tuple(f"{url.partition('#')[0]}#{name}" for name in names)


def identified(entries: Sequence[RawAd]) -> tuple[RawAd, ...]:
    """The entries of a feed; those with neither an identifier nor an address have one made of what they say."""
    names = iter(_names([entry for entry in entries if not (entry.identifier or entry.url)]))
    return tuple(
        entry if entry.identifier or entry.url else replace(entry, identifier=next(names)) for entry in entries
    )


def _names(ads: Sequence[RawAd]) -> tuple[str, ...]:
    same = Counter(ad.identifier for ad in ads)
    plain = [
        _digest(ad.identifier)
        if ad.identifier and same[ad.identifier] == 1
        else _digest(ad.title, ad.hiring_organization, ad.job_location)
        for ad in ads
    ]
    texts = Counter(name for name, _ in set(zip(plain, map(_text, ads), strict=True)))
    shared = {name for name, count in texts.items() if count > 1}
    return tuple(
        _digest(ad.title, ad.hiring_organization, ad.job_location, ad.description) if name in shared else name
        for ad, name in zip(ads, plain, strict=True)
    )


def _text(ad: RawAd) -> str:
    return fold(f"{ad.title or ''}\n{ad.description or ''}")


def _digest(*parts: str | None) -> str:
    said = "\x1f".join(fold(part or "") for part in parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=8).hexdigest()
