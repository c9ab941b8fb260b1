"""Listing pages: links to ads, ads that stand whole in the list, next pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from urllib.parse import quote, urlsplit

from lxml import etree

from crawler.extract.css import Select, compile_selector, select_ad, select_links
from crawler.extract.html_document import HtmlPage, base_of, join, open_page, path_parts, short_text, tokens
from crawler.extract.html_tree import element_to_text, outermost, parse_html
from crawler.extract.raw import RawAd, digest_of
from crawler.extract.structured.json_repair import Json
from crawler.extract.structured.markup import (
    dictionaries,
    get,
    json_ld_scripts,
    read_json_ld,
    read_markup,
    types_of,
)
from crawler.extract.structured.page_state import read_state
from crawler.extract.text import fold, to_utf8, weight
from crawler.extract.urls import LinkShape
from crawler.extract.visible.cards import (
    HIGHEST,
    NUMBER,
    card_of_each,
    find_groups,
    has_facts,
    is_heading,
    is_like,
    leads_aside,
    links_elsewhere,
    page_links,
)
from crawler.extract.visible.page_kind import says_nothing_found
from crawler.extract.visible.words import load_words

_ENDED = re.compile(r"[^\W\d]{2}[.!?;…。！？；](?:\W|$)|[。！？；]")

_FEW = 3
_LONGEST_TITLE = 160
_DIGITS = re.compile(r"\d+")


def _find_ad_links(
    page: HtmlPage, base: str, *, known: LinkShape | None, pages: Collection[str], listed: Collection[str]
) -> tuple[str, ...]:
    """The addresses of the page's ads: those of its largest list of cards, and of all links built like them.

    ``known`` is the shape that ads had on earlier pages: a last page with one ad has no list. ``pages`` are the next
    pages, which may be built like ads; ``listed`` is what the page's own data lists.
    """
    stated = {address.partition("?")[0] for address in listed}
    pagers = {_DIGITS.sub("", address) for address in pages}
    links = [link for link in links_elsewhere(page, base) if not pagers or _DIGITS.sub("", link[1]) not in pagers]
    groups = [group for group in find_groups(links) if group.is_of_ads]
    sure = [
        group
        for group in groups
        if 2 * sum(address.partition("?")[0] in stated for address in group.addresses) > len(group.links)
    ]
    best = max(sure or groups, key=lambda group: group.score, default=None)
    everything = dict.fromkeys(address for _, address in links)
    wanted: set[str]
    if best is None:
        wanted = set(filter(known.fits, everything)) if known else set(_by_path(everything))
        return tuple(item for item in everything if item in wanted)
    wanted = {*best.addresses, *(item for group in groups if is_like(group, best) for item in group.addresses)}

    # Where links set like the group's lead from cards beside and like the group's, however the address is built.
    cards = {link.card for link in best.links}
    kinds = Counter((card.getparent(), card.tag, card.get("class")) for card in cards)
    set_like = {(link.element.tag, link.element.get("class")) for link in best.links}
    beside: dict[etree._Element, str] = {}
    for element, address in links:
        if address in wanted or leads_aside(address) or (element.tag, element.get("class")) not in set_like:
            continue
        above = (element, *islice(element.iterancestors(), HIGHEST))
        card = next((item for item in above if kinds[item.getparent(), item.tag, item.get("class")] >= _FEW), None)
        if card is not None and card not in cards:
            beside.setdefault(card, address)
    wanted.update(beside.values())

    shape = LinkShape.of(best.addresses)
    if shape and shape.is_particular:
        wanted.update(item for item in everything if shape.fits(item) and not leads_aside(item))
    wanted -= _others_beside(wanted, links)
    return _one_of_each([item for item in everything if item in wanted])


def _others_beside(wanted: set[str], links: Sequence[tuple[etree._Element, str]]) -> set[str]:
    """Those that are built otherwise than the ads and stand in the card of one, or say less than the ads do.

    The ads are those built as most headings among them are: an employer, a place and a menu stand beside.
    """
    places: dict[str, dict[str, etree._Element]] = defaultdict(dict)
    for element, address in links:
        if address in wanted:
            # What stands before the step that names the page; its first word if it is alone or an employer's.
            steps = [step for step in urlsplit(address).path.split("/") if step]
            first = steps[-1].partition("-")[0] if steps else ""
            is_named = len(steps) == 1 or first in load_words().company_paths
            places["/".join([*steps[:-1], *([first] if is_named else [])])].setdefault(address, element)
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
    inside = {address for found in beside.values() if len(found) <= 4 for address in found}
    return inside | {address for stem in lesser for address in places[stem]}


def _one_of_each(addresses: Sequence[str]) -> tuple[str, ...]:
    """Each page once: where most paths differ, a query only says how one came by.

    Pages whose address ends alike in a number are one ad that is filed twice.
    """
    paths = {address.partition("?")[0] for address in addresses}
    is_named = 4 * len(paths) >= len(addresses) and all(map(NUMBER.search, paths))
    if 2 * len(paths) <= len(addresses) and not is_named:
        return tuple(addresses)
    found: dict[str, str] = {}
    for address in reversed(addresses):
        path = address.partition("?")[0]
        last = path.rstrip("/").rpartition("/")[2]
        found[last if "-" in last and NUMBER.search(last) else path] = address
    return tuple(found.values())[::-1]


def _read_teasers(root: etree._Element, base: str, addresses: Collection[str]) -> dict[str, RawAd]:
    """By address what the cards around the links say, of those with a sentence of their own beside the title.

    What most cards say alike is the board's: a button, a note on its accounts.
    """
    wanted = set(addresses)
    places: dict[str, etree._Element] = {}
    titles: dict[str, str] = defaultdict(str)
    for element, address in page_links(root, base) if wanted else ():
        if address in wanted:
            places.setdefault(address, element)
            titles[address] = max(titles[address], short_text(element, _LONGEST_TITLE), key=len)
    cards = card_of_each(places) if len(places) > 1 else {}  # around the only link of a page stands the page
    texts = {address: element_to_text(card)[:3_000].splitlines() for address, card in cards.items()}
    shared = Counter(line for lines in texts.values() for line in set(lines))
    most = max(_FEW, len(cards) / 2)
    found: dict[str, RawAd] = {}
    for address, card in cards.items():
        heading = next(card.iter("h1", "h2", "h3", "h4"), None)
        title = (short_text(heading, _LONGEST_TITLE) if heading is not None else "") or titles[address]
        own = [line for line in texts[address] if fold(line) != fold(title) and shared[line] < most]
        stated = (fold(line).replace(fold(title), "") for line in own)
        # A line so long, without the title, is a text of its own if a sentence ends in it.
        if title and any(weight(line) >= 60 and _ENDED.search(line) for line in stated):
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
    sure = [item for item, parts in behind.items() if _DIGITS.search("".join(parts)) or parts[-1].count("-") >= 2]
    return sure or list(behind)


def _listed_addresses(values: tuple[Json, ...], base: str) -> tuple[str, ...]:
    """Where the entries of the page's lists (ItemList) lead, and the ads that it describes (JobPosting)."""
    found: dict[str, None] = {}
    for node, _ in dictionaries(values):
        kinds = types_of(node)
        entries = get(node, "itemListElement") if kinds & {"itemlist", "searchresultspage", "offercatalog"} else None
        for entry in [
            *([node] if "jobposting" in kinds else []),
            *(entries if isinstance(entries, list) else [entries]),
        ]:
            inner = get(entry, "item") if isinstance(entry, dict) else None
            stated = (get(item, "url", "@id") if isinstance(item, dict) else item for item in (inner, entry))
            address = join(base, next((line for line in stated if isinstance(line, str)), None))
            if address and not leads_aside(address):
                found.setdefault(address)
    return tuple(found)[:5_000]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one listing page gives."""

    links: tuple[str, ...] = ()
    """Addresses of pages with an ad each."""

    ads: tuple[RawAd, ...] = ()
    """Ads that stand whole in the list."""

    next_pages: tuple[str, ...] = ()
    teasers: Mapping[str, RawAd] = field(default_factory=dict)
    """By address what the cards say that have a text of their own, for ads whose pages are never read."""

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
    root = parse_html(to_utf8(body[:10_000_000], encoding))
    if root is None:
        return Listing()
    page = open_page(root, url)
    base = base_of(page.root, url)
    tried = select.get("next_page", ())
    following = select_links(page.root, tried, base) if tried else _next_pages(page.root, url, base)
    pages = tuple(item for item in (join(base, link) for link in following) if item and item != url)
    ads = _whole_ads(page.root, select, base, home)
    links = _links(page, base, select, known=known, pages=pages)
    return Listing(next_pages=pages, ads=ads, links=links, teasers=_read_teasers(page.root, base, links))


def _links(
    page: HtmlPage, base: str, select: Select, *, known: LinkShape | None, pages: tuple[str, ...]
) -> tuple[str, ...]:
    if "ad_links" in select:
        found = select_links(page.root, select["ad_links"], base)
        return tuple(dict.fromkeys(link for match in found if (link := join(base, match))))
    if "ads" in select:
        return ()
    values, _ = read_json_ld(json_ld_scripts(page.root))
    listed = _listed_addresses((*values, *read_markup(page.root)), base)
    if says_nothing_found(page):
        return ()
    if sum(1 for _ in page.root.iter()) > 60_000:
        return listed
    # Where the ads are that the page's data lists: what it says itself. Without any link to one of them, an identifier
    # below the list's own address has to do.
    own = page.url.partition("?")[0].partition("#")[0].rstrip("/")
    state = read_state(page.root, page.titles()).listed
    stated = tuple(dict.fromkeys(address for ad in state if (address := join(base, ad.url))))
    known = LinkShape.of(listed) or known
    seen = _find_ad_links(page, base, known=known, pages=pages, listed=listed or stated)
    if len(stated) > 2 * len(seen):
        seen = stated
    elif len(seen) < _FEW:
        named = (join(base, f"{own}/{quote(ad.identifier)}") for ad in state if ad.identifier and not ad.url)
        seen = tuple(dict.fromkeys((*seen, *filter(None, named))))
    paths = {address.partition("?")[0] for address in listed}
    if len(paths) == len(listed):  # a link to one of them may say besides where it stood
        seen = tuple(address for address in seen if address.partition("?")[0] not in paths)
    return _one_of_each(
        [address for address in dict.fromkeys((*listed, *seen)) if address != page.url and address not in pages]
    )


def _whole_ads(root: etree._Element, select: Select, base: str, home: str) -> tuple[RawAd, ...]:
    """An ad for each element that the card's ``ads`` names; the other selectors work inside it."""
    for css in select.get("ads", ()):
        elements = compile_selector(css)(root)
        listed = elements[:5_000] if isinstance(elements, list) else []
        whole = outermost(item for item in listed if isinstance(item, etree._Element))
        found: list[RawAd] = []
        for element in whole:
            ad = select_ad(element, select, base)
            if select.keys().isdisjoint({"title", "description"}):
                ad = replace(ad, description=element_to_text(element) or None)
            if not ad.url:  # it is known by its text, and keeps its identity on another page
                digest = digest_of(f"{ad.title or ''}\n{ad.description or ''}")
                ad = replace(ad, url=f"{home.partition('#')[0]}#{digest}", identifier=digest)
            found.append(ad)
        if found:
            return tuple(ad for ad in found if ad.title or ad.description)
    return ()


_EDGES = " \t\n<>›»→⟩❯▶＞()[]|…."
_NAMED = re.compile(r"(?:^|[\s_-])(?:next|nextpage|next-page|page-next|pagination-next|pager-next)(?:$|\s)")
_OFF = re.compile(r"(?:^|[\s_-])disabled(?:$|\s)")


def _next_pages(root: etree._Element, url: str, base: str) -> tuple[str, ...]:
    """The address that the page itself names as the next one, else those of the pages that it numbers, in order.

    Expects the whole tree: pagers often stand in what is dropped as navigation elsewhere.
    """
    links = [link for link in islice(root.iter("a", "link"), 5_000) if link.get("href")]
    # Those that say outright that they lead on come first.
    outright = (link for link in links if "next" in link.get("rel", "").lower().split())
    named = filter(_is_next, (link for link in links if link.tag == "a"))
    following = next((address for link in chain(outright, named) if (address := _elsewhere(link, url, base))), None)
    if following:
        return (following,)
    numbers: list[tuple[int, str]] = []
    for link in root.iter("a"):
        label = fold(short_text(link, 8))
        if not label.isdecimal() or int(label) < 2 or len(numbers) >= 200:
            continue
        address = _elsewhere(link, url, base)
        if address and _list_of(address) == _list_of(url):
            numbers.append((int(label), address))
    return tuple(dict.fromkeys(address for _, address in sorted(numbers)))


def _is_next(link: etree._Element) -> bool:
    parent = link.getparent()
    names = [tokens(link), tokens(parent) if parent is not None and parent.tag == "li" else ""]
    if link.get("aria-disabled") == "true" or any(_OFF.search(name) for name in names):
        return False
    words = load_words()
    labels = [fold(label) for label in (short_text(link, 60), link.get("aria-label", ""), link.get("title", ""))]
    if any(label in words.next_arrows or label.strip(_EDGES) in words.next_labels for label in labels if label):
        return True
    return any(_NAMED.search(name) for name in names)


def _list_of(address: str) -> str:
    """The address without what tells one page of a list from another. A calendar's days are not pages of a list."""
    return load_words().page_number.sub("", urlsplit(address).path.rstrip("/")) or "/"


def _elsewhere(link: etree._Element, url: str, base: str) -> str | None:
    """Where the link leads, if that is another page of the same host."""
    address = join(base, link.get("href"))
    if address is None or address == url.partition("#")[0] or urlsplit(address).netloc != urlsplit(url).netloc:
        return None
    return address
