"""Trial of a card on one page: each field, its place, and CSS selectors for it."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from typing import Any

from lxml import etree

from crawler.ad import JobAd
from crawler.errors import NotAnAd
from crawler.extract.css import BadSelector, Select, compile_selector, select_ad
from crawler.extract.html_document import open_page, short_text
from crawler.extract.html_tree import element_to_text, parse_html
from crawler.extract.normalise import normalise
from crawler.extract.page import read_page
from crawler.extract.raw import PageReading, RawAd, RawSalary, SavedPage
from crawler.extract.structured.job_posting import posting_to_raw
from crawler.extract.structured.markup import find_postings, json_ld_scripts, read_json_ld, read_markup
from crawler.extract.structured.page_state import read_state
from crawler.extract.text import fold, to_utf8, weight
from crawler.extract.visible.ad_page import view_page
from crawler.extract.visible.cards import find_group
from crawler.extract.visible.facts import read_icon_rows, read_label_rows, read_labelled_lines
from crawler.extract.visible.listing import Listing, read_listing

_SHOWN = tuple(
    field.name for field in fields(RawAd) if field.name not in {"reader", "url", "doubted", "forwarded_from"}
)
_READERS = {
    "json-ld": "its JSON-LD describes one ad",
    "microdata": "its microdata or RDFa describes one ad",
    "select": "the card's selectors find a title or a text",
    "api": "the data of its scripts has the ad of its title",
}
VISIBLE = frozenset({"label row", "icon row", "line of the text", "visible text"})
"""Kinds of place that a selector could name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTrace:
    """One field of an ad."""

    name: str
    value: str
    """As the page writes it."""

    kind: str
    """``JSON-LD``, ``microdata``, ``selector``, ``data in scripts``, or one of ``VISIBLE``."""

    where: str = ""
    """The selector that found it, or one that names the element that shows it."""

    read_as: str = ""
    """What the ad has in this field, where that is not the value itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one page gives."""

    page: SavedPage
    reading: PageReading
    reason: str
    """Why it was taken for what it is."""

    ads: tuple[tuple[FieldTrace, ...], ...]
    listing: Listing
    """Empty where the page is an ad."""

    links_by: str
    """What found the listing's links."""

    @property
    def outcome(self) -> str:
        """``ad``, ``listing`` or ``not_an_ad``."""
        if self.ads:
            return "ad"
        return "not_an_ad" if self.listing.is_empty and self.reading.outcome != "listing" else "listing"


def tree_of(page: SavedPage) -> etree._Element:
    """The page parsed anew: readers of the visible page take parts out of their tree."""
    root = parse_html(to_utf8(page.body, page.encoding))
    return etree.Element("html") if root is None else root


def own_address(body: bytes) -> str | None:
    """The address that a saved page says is its own."""
    root = tree_of(SavedPage(url="", body=body))
    links = (link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical")
    metas = (meta.get("content") for meta in root.iter("meta") if meta.get("property") == "og:url")
    return next((url for url in (*links, *metas) if url and url.startswith(("http://", "https://"))), None)


def try_page(
    page: SavedPage,
    select: Select,
    *,
    at: datetime,
    language: str | None = None,
    country: str | None = None,
    lists_ads: bool = True,
) -> Trial:
    """What the page gives with these selectors, as the crawl would read it at that moment.

    A page that is no list of ads is read as one to which such a list leads, where its source ``lists_ads``.
    """
    found = read_page(page.body, url=page.url, encoding=page.encoding, select=select)
    listing, ads = Listing(), found.ads
    if not ads:
        listing = read_listing(page.body, url=page.url, home=page.url, encoding=page.encoding, select=select)
        ads = listing.ads
    is_listed = lists_ads and listing.is_empty and not ads
    if is_listed:
        found = read_page(page.body, url=page.url, encoding=page.encoding, select=select, is_listed=True)
        ads = found.ads
    root = tree_of(page)
    traces = []
    for raw in ads:
        with suppress(NotAnAd):  # the crawl sets it aside, too
            ad = normalise(raw, source="trial", seen_at=at, url=page.url, language=language, country=country)
            traces.append(tuple(_traces(page, root, raw, ad, select)))
    links_by = "by the card's ad_links" if "ad_links" in select else "by their likeness, or in the page's data"
    return Trial(
        page=page,
        reading=found,
        reason=_reason(page, found, listing, is_listed=is_listed),
        ads=tuple(traces),
        listing=listing,
        links_by=links_by,
    )


def _reason(page: SavedPage, found: PageReading, listing: Listing, *, is_listed: bool) -> str:
    if listing.ads:
        return "the card's selector finds whole ads in it"
    if not found.ads:
        return "; ".join(filter(None, [found.kind.partition(": ")[2], *found.problems]))
    reader = found.ads[0].reader
    if reader in _READERS:
        return _READERS[reader]
    seen = open_page(tree_of(page), page.url)
    view = view_page(seen, frozenset(), find_group(seen), is_listed=is_listed)
    return f"{view.kind.reason}; {view.signs} signs of an ad"


def _traces(page: SavedPage, root: etree._Element, raw: RawAd, ad: JobAd, select: Select) -> Iterator[FieldTrace]:
    found = list(_readers(page, root, select))
    rows = {
        "label row": read_label_rows(root),
        "icon row": read_icon_rows(root),
        "line of the text": read_labelled_lines(element_to_text(root)),
    }
    for name in _SHOWN:
        value = getattr(raw, name)
        if not value:
            continue
        shown = shown_value(value)
        kind = next((kind for kind, other in found if getattr(other, name) == value), None)
        kind = kind or next((kind for kind, row in rows.items() if row.get(name) == shown), "visible text")
        if name == "language":
            kind = "lang of the page"
        where = ""
        if kind == "selector":
            tried = select.get(name, ())
            found_it = (css for css in tried if getattr(select_ad(root, {name: (css,)}, page.url), name))
            where = next(found_it, ", ".join(tried))
        elif kind in VISIBLE:
            where = locate(root, name, shown)
        yield FieldTrace(name=name, value=shown, kind=kind, where=where, read_as=_read_as(name, shown, ad))


def _readers(page: SavedPage, root: etree._Element, select: Select) -> Iterator[tuple[str, RawAd]]:
    """What each reader of the page finds, in the order in which they count."""
    values, _ = read_json_ld(json_ld_scripts(root))
    for posting in find_postings(values):
        yield "JSON-LD", posting_to_raw(posting, "json-ld")
    for posting in find_postings(read_markup(root)):
        yield "microdata", posting_to_raw(posting, "microdata")
    yield "selector", select_ad(root, select, page.url)
    for css in select.get("ads", ()):
        elements = compile_selector(css)(root)
        for element in elements if isinstance(elements, list) else ():
            if isinstance(element, etree._Element):
                yield "selector", select_ad(element, select, page.url)
    titles = open_page(root, page.url).titles()
    if state := read_state(root, titles, has_title=bool(titles)).ad:
        yield "data in scripts", state


def locate(root: etree._Element, name: str, value: str, *, accepts: Callable[[str], bool] = lambda css: True) -> str:
    """The first selector that finds this value in that field, and that the caller accepts; empty where none does."""
    wanted = " ".join(value.split())
    for element in find_text_blocks(root, value) if name == "description" else find_values(root, value):
        for css in selectors_of(element, by_label=name != "description"):
            if compile_selector(css)(root) != [element]:
                continue  # of several alike, another would be read where this one is missing
            found = getattr(select_ad(root, {name: (css,)}, ""), name)
            shown = " ".join(shown_value(found).split()) if found else ""
            # Of a text, as much as makes no difference.
            is_near = name == "description" and abs(len(shown) - len(wanted)) <= 0.2 * len(wanted)
            if shown and (shown == wanted or is_near) and accepts(css):
                return css
    return ""


def shown_value(value: Any) -> str:
    """The value of a raw ad's field in one text."""
    if isinstance(value, RawSalary):
        parts = (value.min, value.max, value.currency, value.period)
        return value.raw or " ".join(part for part in parts if part)
    return str(value)


def _read_as(name: str, shown: str, ad: JobAd) -> str:
    value = getattr(ad, name, None)
    if name == "base_salary" and ad.base_salary:
        pay = ad.base_salary
        amounts = [f"{amount:,.0f}" for amount in dict.fromkeys((pay.min, pay.max)) if amount is not None]
        return " ".join(filter(None, [" to ".join(amounts), pay.currency, pay.period and f"a {pay.period}"]))
    if name in {"date_posted", "valid_through", "employment_type", "country", "language"} and str(value) != shown:
        return str(value) if value else "nothing that is understood"
    return ""


_STABLE = re.compile(r"(?:[a-z]{3,}|[A-Z][a-z]{2,})(?:[-_]{1,2}[a-z]+|[A-Z][a-z]+){0,6}")
"""A class or id that a person chose. Those with digits are mostly made anew with each edition of a site."""

_HIGHEST = 5
"""Levels above an element that a selector may begin at."""

_LONGEST_LABEL = 40
_NOT_SHOWN = frozenset({"head", "title", "meta", "script", "style", "noscript", "template", "option", "nav", "footer"})
_LABELS = frozenset({"dt", "th", "td", "span", "b", "strong", "label", "div", "p", "h3", "h4", "h5", "h6", "em", "i"})


def selectors_of(element: etree._Element, *, by_label: bool = True) -> Iterator[str]:
    """Selectors that may name the element, the most telling first; whether one does is for the caller to try."""
    own, tag = list(_names(element)), str(element.tag)
    found = [*own, *(f"{tag}{name}" for name in own)]
    before = element.getprevious() if by_label else None
    if before is not None and before.tag in _LABELS:
        label = short_text(before, _LONGEST_LABEL + 1)
        if len(label) <= _LONGEST_LABEL and any(map(str.isalpha, label)):
            found.append(f"{before.tag!s}:contains({json.dumps(label, ensure_ascii=False)}) + {tag}")
    for above in islice(element.iterancestors(), _HIGHEST):
        found += [f"{name}{sign}{tag}" for name in _names(above) for sign in (" ", " > ")]
    return filter(_is_selector, found)


def shared_selectors(elements: Sequence[etree._Element]) -> Iterator[str]:
    """Selectors that may name all of these elements, made of what they have in common."""
    levels = [[element, *islice(element.iterancestors(), _HIGHEST)] for element in elements]
    names_of = ([[*_names(element)] for element in dict.fromkeys(level)] for level in zip(*levels, strict=False))
    common = [[name for name in first if all(name in names for names in others)] for first, *others in names_of]
    tag = str(elements[0].tag)
    found = [f"{tag}{name}" for name in common[0]]
    found += [f"{name}{sign}{tag}" for names in common[1:] for name in names for sign in (" ", " > ")]
    parents = {str(level[1].tag) for level in levels if len(level) > 1}
    if len(parents) == 1:
        found += [f"{name} {parent} > {tag}" for parent in parents for names in common[2:] for name in names]
    return filter(_is_selector, found)


def _is_selector(css: str) -> bool:
    """False where a tag or a label of the page has signs that mean something else in CSS."""
    try:
        compile_selector(css)
    except BadSelector:
        return False
    return True


def find_values(root: etree._Element, value: str) -> Iterator[etree._Element]:
    """The elements that show this value and nothing else, innermost first where they stand within each other."""
    wanted = fold(value)
    found: list[etree._Element] = []
    for element in islice(root.iter(), 20_000):
        if not isinstance(element.tag, str) or element.tag in _NOT_SHOWN or len(found) == 10:
            continue
        stated = element.get("datetime") or element.get("content")
        shown = stated or short_text(element, 301)
        if fold(shown) == wanted and not any(above.tag in _NOT_SHOWN for above in element.iterancestors()):
            found.append(element)
    wide = {above for element in found for above in element.iterancestors()}
    yield from sorted(found, key=lambda element: element in wide)


def find_text_blocks(root: etree._Element, text: str) -> Iterator[etree._Element]:
    """The elements that hold nearly all of the text and little else, outermost first where several hold the same; never
    the page's body."""
    lines = {fold(line) for line in text.splitlines() if line.strip()}
    total = sum(map(weight, lines))
    body = root.find("body")
    block = root if body is None else body
    if not total:
        return
    same: list[etree._Element] = []
    shown = ""
    for _ in range(60):  # each level reads the text below it again
        inner = (child for child in block if isinstance(child.tag, str) and child.tag not in _NOT_SHOWN)
        texts = ((child, {fold(line) for line in element_to_text(child).splitlines()}) for child in inner)
        fits = next((child for child, read in texts if sum(map(weight, lines & read)) >= 0.9 * total), None)
        if fits is None:
            break
        block = fits
        before, shown = shown, element_to_text(block)
        same = [*same, block] if shown == before else [block]
    # A longer block holds other things than the ad.
    if weight(shown) <= 1.3 * weight(text):
        yield from same


def _names(element: etree._Element) -> Iterator[str]:
    if (element.get("itemprop") or "").isalpha():
        yield f'[itemprop="{element.get("itemprop")}"]'
    if _STABLE.fullmatch(element.get("id") or ""):
        yield f"#{element.get('id')}"
    yield from (f".{name}" for name in (element.get("class") or "").split() if _STABLE.fullmatch(name))
