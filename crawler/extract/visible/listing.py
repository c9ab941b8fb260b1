"""Listing pages: links to ads, ads that stand whole in the list, next pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from lxml import etree

from crawler.extract.html.css import Select, compile_selector, select_ad, select_links
from crawler.extract.html.decode import to_utf8
from crawler.extract.html.document import HtmlPage, open_page
from crawler.extract.html.links import LinkShape, base_of, join, next_pages
from crawler.extract.html.text import element_to_text
from crawler.extract.html.tree import outermost, parse_html
from crawler.extract.identity import digest_of
from crawler.extract.raw import RawAd
from crawler.extract.structured.json_ld import json_ld_scripts, read_json_ld
from crawler.extract.structured.microdata import read_markup
from crawler.extract.structured.page_state import read_state
from crawler.extract.visible.ad_links import find_ad_links, listed_addresses, one_of_each, read_teasers
from crawler.extract.visible.page_kind import says_nothing_found

__all__ = ["Listing", "read_listing"]

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
    root = parse_html(to_utf8(body[:_LARGEST], encoding))
    if root is None:
        return Listing()
    page = open_page(root, url)
    base = base_of(page.root, url)
    tried = select.get("next_page", ())
    following = select_links(page.root, tried, base) if tried else next_pages(page.root, url, base)
    pages = tuple(item for item in (join(base, link) for link in following) if item and item != url)
    ads = _whole_ads(page.root, select, base, home)
    links = _links(page, base, select, known=known, pages=pages)
    return Listing(next_pages=pages, ads=ads, links=links, teasers=read_teasers(page.root, base, links))


def _links(
    page: HtmlPage, base: str, select: Select, *, known: LinkShape | None, pages: tuple[str, ...]
) -> tuple[str, ...]:
    if "ad_links" in select:
        found = select_links(page.root, select["ad_links"], base)
        return tuple(dict.fromkeys(link for match in found if (link := join(base, match))))
    if "ads" in select:
        return ()
    values, _ = read_json_ld(json_ld_scripts(page.root))
    listed = listed_addresses((*values, *read_markup(page.root)), base)
    if says_nothing_found(page):
        return ()
    if sum(1 for _ in page.root.iter()) > _MOST_ELEMENTS:
        return listed
    state = _addresses(read_state(page.root, page.titles()).listed, page.url, base)
    known = LinkShape.of(listed) or known
    seen = find_ad_links(page.root, page.url, base, known=known, pages=pages, listed=listed or state)
    if len(state) > 2 * len(seen):
        seen = tuple(state)
    stated = {address.partition("?")[0] for address in listed}
    if len(stated) == len(listed):  # a link to one of them may say besides where it stood
        seen = tuple(address for address in seen if address.partition("?")[0] not in stated)
    together = dict.fromkeys((*listed, *seen))
    return one_of_each([address for address in together if address != page.url and address not in pages])


def _addresses(listed: Sequence[RawAd], url: str, base: str) -> list[str]:
    """Where the ads are that the page's data lists: what it says itself, else below the list's own address."""
    own = url.partition("?")[0].partition("#")[0].rstrip("/")
    found = (
        join(base, ad.url) if ad.url else ad.identifier and join(base, f"{own}/{quote(ad.identifier)}") for ad in listed
    )
    return list(dict.fromkeys(address for address in found if address))


def _whole_ads(root: etree._Element, select: Select, base: str, home: str) -> tuple[RawAd, ...]:
    """An ad for each element that the card's ``ads`` names; the other selectors work inside it."""
    for css in select.get("ads", ()):
        elements = compile_selector(css)(root)
        listed = elements[:_MOST_ADS] if isinstance(elements, list) else []
        whole = outermost(item for item in listed if isinstance(item, etree._Element))  # noqa: SLF001 - lxml's own name
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
    digest = digest_of(f"{ad.title or ''}\n{ad.description or ''}")
    return replace(ad, url=f"{home.partition('#')[0]}#{digest}", identifier=digest)
