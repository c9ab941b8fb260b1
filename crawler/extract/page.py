"""Ads of one page, from its markup, its scripts' data and its visible parts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from crawler.extract.css import Select, select_ad
from crawler.extract.html_document import HtmlPage, open_page, title_parts
from crawler.extract.html_tree import LARGEST_PAGE, parse_html
from crawler.extract.raw import PageReading, RawAd, Reader, completed, place_among
from crawler.extract.records.mapping import VACANCY_FIELDS
from crawler.extract.structured.job_posting import (
    contradicted,
    doubted_fields,
    fuller_text,
    is_teaser,
    posting_to_raw,
    settled,
    states_pay,
    with_whole_text,
)
from crawler.extract.structured.json_repair import Json
from crawler.extract.structured.markup import (
    Posting,
    dictionaries,
    find_postings,
    json_ld_scripts,
    read_json_ld,
    read_markup,
    types_of,
)
from crawler.extract.structured.page_state import read_state
from crawler.extract.text import fold, join_places, present, to_utf8, weight
from crawler.extract.urls import joined
from crawler.extract.visible.ad_page import PageView, read_shown, view_page
from crawler.extract.visible.cards import find_group
from crawler.extract.visible.facts import read_label_rows, read_labelled_lines, stated_by
from crawler.extract.visible.page_kind import heads_list, is_plainly_list

_FULL_TEXT = 200
"""What a card on a list does not say; shorter texts on a page of several ads are teasers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """The ads among a page's postings; without any, whether the postings make it a list."""

    ads: tuple[RawAd, ...]
    is_listing: bool = False
    unread: int = 0
    """Postings with neither an address nor a whole text: nothing more can be learnt of them."""


def _choose_postings(found: Sequence[tuple[RawAd, bool]], page: HtmlPage) -> _Choice:
    """The posting that the page is about, or all of them where each is there in full.

    ``found`` pairs each posting with whether it stood in a list. Beside a main ad, related ones do not count: they have
    pages of their own. One ad that is repeated for each of its places is one ad with several places.
    """
    first: dict[tuple[str, str], tuple[RawAd, bool]] = {}
    for raw, in_list in found:
        key = (fold(raw.title or ""), fold((raw.description or raw.url or "")[:2_000]))
        known, known_in_list = first.get(key, (raw, in_list))
        place = join_places([*(known.job_location or "").split("; "), raw.job_location]) if key in first else None
        first[key] = (replace(known, job_location=place) if place else known, known_in_list and in_list)
    postings = list(first.values())
    if not postings:
        return _Choice(ads=())
    outside = [raw for raw, in_list in postings if not in_list]
    if len(postings) == 1:
        ((raw, in_list),) = postings
        if _is_about(raw, page) or (raw.description and (not in_list or _is_full(raw))):
            return _Choice(ads=(replace(raw, url=None),))
        return _Choice(ads=(), is_listing=in_list or (raw.url is not None and not _leads_here(raw, page)))
    about = _longest(raw for raw, _ in postings if _leads_here(raw, page)) or _longest(
        raw for raw, _ in postings if _is_about(raw, page)
    )
    main = about or (outside[0] if len(outside) == 1 and _is_full(outside[0]) else None)
    if main is not None and main.description:
        return _Choice(ads=(replace(main, url=None),))
    # A short text is a teaser only where the whole one may stand elsewhere.
    leads_on = any(raw.url and not _leads_here(raw, page) for raw, _ in postings)
    readable = [raw for raw, _ in postings if _is_full(raw, least=_FULL_TEXT if leads_on else 1)]
    unread = len(postings) - len(readable)
    if not unread or (len(readable) > 1 and not leads_on):
        return _Choice(ads=_with_addresses(readable, page), unread=unread)
    return _Choice(ads=(), is_listing=True, unread=0 if leads_on else len(postings))


def _is_about(raw: RawAd, page: HtmlPage) -> bool:
    """Whether the page's heading, or its title up to a dash, is this ad's title."""
    title = fold(raw.title or "")
    if not title:
        return False
    names = [fold(heading) for heading in page.headings]
    for whole in (page.og_title, page.title):
        names += [fold(whole or ""), *map(fold, title_parts(whole or "")[:2])]
    return title in names or any(len(title) >= 8 and name.startswith(title) for name in names)


def _longest(raws: Iterable[RawAd]) -> RawAd | None:
    return max(raws, key=lambda raw: len(raw.description or ""), default=None)


def _is_full(raw: RawAd, *, least: int = _FULL_TEXT) -> bool:
    text = (raw.description or "").rstrip()
    return weight(text) >= least and not text.endswith(("...", "…"))


def _leads_here(raw: RawAd, page: HtmlPage) -> bool:
    there, here = urlsplit(joined(page.url, raw.url or "") or ""), urlsplit(page.url)
    return bool(raw.url) and (there.netloc, there.path.rstrip("/")) == (here.netloc, here.path.rstrip("/")) != ("", "")


def _with_addresses(raws: list[RawAd], page: HtmlPage) -> tuple[RawAd, ...]:
    """Each ad with an address that no other on the page has: its own on this site, or a place on this page."""
    own: list[str | None] = []
    for raw in raws:
        address = joined(page.url, raw.url) if raw.url else None
        is_here = (
            address and urlsplit(address).netloc == urlsplit(page.url).netloc and address.split("#")[0] != page.url
        )
        own.append(address if is_here else None)
    places = iter(place_among([raw for raw, address in zip(raws, own, strict=True) if address is None], page.url))
    return tuple(replace(raw, url=address or next(places)) for raw, address in zip(raws, own, strict=True))


_NAMES = {"listing": "a listing", "empty": "an empty result", "company": "an employer's page", "wall": "a wall"}
_CLOSED = "the page says that the ad is closed"
_LARGEST = 10_000_000
"""Bytes that are decoded: in wide encodings twice what is parsed."""

_MOST_ELEMENTS = 60_000
"""Real pages have a few thousand; looking at one as a person would is the dearest way to read it."""
_COUNT = etree.XPath("count(//*)")
_SURE_FACTS = 2
"""Facts of a vacancy in a page's data that stand against all that the page says."""

_OTHER_FORMAT = re.compile(rb"\A(?:\xef\xbb\xbf|[ \t\r\n])*+(?:\{|\[|<\?xml|<rss|<feed|%PDF)")


def read_page(
    body: bytes, *, url: str, encoding: str | None = None, select: Select | None = None, is_listed: bool = False
) -> PageReading:
    """The ads that a page holds, or what it is instead; never raises, whatever the bytes.

    Structured data goes before all else: JSON-LD, then microdata and RDFa, then the card's selectors, then the data of
    the page's scripts. A page without any is an ad only if it looks like one to a person; less is asked of one that
    ``is_listed``, to which a list of ads leads. Complete JSON-LD that nothing makes doubtful is all that is read of a
    page, and the page is parsed no further than it.
    """
    page = to_utf8(body[:_LARGEST], encoding)
    is_cut = len(body) > _LARGEST or len(page) > LARGEST_PAGE
    problems = (f"a page of {len(body):,} bytes, read up to {LARGEST_PAGE:,}",) if is_cut else ()
    if _OTHER_FORMAT.match(page) and b"<html" not in page[:2_000]:
        return PageReading(ads=(), outcome="not_an_ad", problems=(*problems, "not an HTML page"))
    # The part of the page up to the end of its JSON-LD may say it all. Selectors of a card have a say in every page.
    last = page.rfind(b"ld+json")
    end = page.find(b"</script", last) if last >= 0 and not select else -1
    reading = None
    if 0 <= end <= 0.8 * len(page) and len(page) <= LARGEST_PAGE:
        root = parse_html(page[: end + len(b"</script>")])
        marked = None if root is None else _read_json_ld(root, url)
        if marked and marked.ad and not marked.doubted:
            reading = PageReading(ads=(marked.ad,), outcome="ad", problems=marked.problems)
    reading = reading or _read_whole(page, url, select or {}, is_listed=is_listed)
    return replace(reading, problems=(*problems, *reading.problems)) if problems else reading


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    """What the JSON-LD of a page holds."""

    values: tuple[Json, ...]
    postings: tuple[Posting, ...]
    problems: tuple[str, ...]
    ad: RawAd | None = None
    """The one ad, if it says all that matters."""

    doubted: frozenset[str] = frozenset()
    """The fields of it that the page should confirm."""


def _read_json_ld(root: etree._Element, url: str) -> _Marked:
    values, problems = read_json_ld(json_ld_scripts(root))
    postings = find_postings(values)
    if len(postings) == 1 and not postings[0].in_list:
        raw = posting_to_raw(postings[0], "json-ld", language=present(root.get("lang")), is_page=True)
        is_complete = raw.title and raw.description and raw.hiring_organization and raw.job_location
        if is_complete and not is_teaser(raw.description, is_broken=bool(problems)):
            doubted = doubted_fields(raw, site_name=open_page(root, url).site_name, url=url)
            return _Marked(values=values, postings=postings, problems=problems, ad=raw, doubted=doubted)
    return _Marked(values=values, postings=postings, problems=problems)


def _read_whole(source: bytes, url: str, select: Select, *, is_listed: bool) -> PageReading:
    root = parse_html(source)
    if root is None:
        return PageReading(ads=(), outcome="not_an_ad", problems=("an empty page",))
    marked = _read_json_ld(root, url)
    page = open_page(root, url)
    if marked.ad and not select and "hiring_organization" not in marked.doubted:
        ad = marked.ad
        if marked.doubted:
            # The page's own data and rows have the last word on a doubted field.
            state = read_state(root, (*page.titles(), ad.title or ""))
            short = (" ".join(text.split()) for text in root.itertext() if len(text) <= 200)
            labelled = (text for text in short if (":" in text or "：" in text) and text[-1] not in ":：")
            rows = {**read_labelled_lines("\n".join(labelled)), **read_label_rows(root)}
            shown = stated_by(rows, "job_location", "valid_through", "base_salary")
            shown = completed(state.ad, shown) if state.ad else shown
            ad = settled(ad, shown, marked.doubted)
        return PageReading(ads=(ad,), outcome="ad", problems=marked.problems)
    reader: Reader = "json-ld" if marked.postings else "microdata"
    postings = marked.postings or find_postings(read_markup(root))
    choice = _choose_postings([(posting_to_raw(item, reader), item.in_list) for item in postings], page)
    problems = marked.problems
    if choice.unread:
        problems += (f"{choice.unread} ads of its markup have neither an address nor a whole text",)
    if len(choice.ads) > 1:
        ads = tuple(replace(raw, language=raw.language or page.language) for raw in choice.ads)
        return PageReading(ads=ads, outcome="ad", problems=problems)
    if choice.is_listing:
        kind = "taken for a listing: its markup lists ads"
        return PageReading(ads=(), outcome="listing", problems=problems, kind=kind)
    reading = _read_seen(page, marked, choice.ads[0] if choice.ads else None, select, is_listed=is_listed)
    return replace(reading, problems=(*marked.problems, *reading.problems))


def _read_seen(
    page: HtmlPage, json_ld: _Marked, marked: RawAd | None, select: Select, *, is_listed: bool
) -> PageReading:
    is_broken = bool(json_ld.problems)
    selected = select_ad(page.root, select, page.url) if select else None
    size = int(_COUNT(page.root))
    group = None if marked or size > _MOST_ELEMENTS else find_group(page)
    if group and not (selected and (selected.title or selected.description)) and is_plainly_list(page, group):
        kind = f"taken for a listing: {len(group.links)} links of one shape, and its title heads a list"
        return PageReading(ads=(), outcome="listing", kind=kind)
    titles = [title for title in (*page.titles(), marked.title if marked else None) if title and not heads_list(title)]
    state = read_state(page.root, tuple(titles), has_title=bool(page.titles()))
    ad = marked or state.ad
    if selected and marked:
        ad = with_whole_text(marked, selected)
    elif selected and state.ad:
        is_selected = selected.title or selected.description
        ad = replace(completed(selected, state.ad), reader=selected.reader if is_selected else state.ad.reader)
    elif selected and (selected.title or selected.description):
        ad = selected
    if size > _MOST_ELEMENTS:
        problem = f"a page of {size:,} elements: only its structured data was read"
        return PageReading(ads=(ad,) if ad else (), outcome="ad" if ad else "not_an_ad", problems=(problem,))
    if ad and ad.reader != "api":
        return _with_shown(page, ad, state.ad if marked else None, selected, is_broken=is_broken)
    kinds = frozenset(kind for node, _ in dictionaries(json_ld.values) for kind in types_of(node))
    view = view_page(page, kinds, group, is_marked=ad is not None, is_listed=is_listed)
    if ad and view.kind.name == "listing" and fold(ad.title or "") != fold(view.ad.title or ""):
        ad = None  # one of the ads that the page lists
    if ad and view.signs < 0 and sum(bool(getattr(ad, name)) for name in VACANCY_FIELDS) < _SURE_FACTS:
        ad = None  # an article, whose data has a place or a brand too
    reading = _with_view(ad, view, selected, is_broken=is_broken)
    if reading.outcome == "not_an_ad" and state.listed:
        kind = f"taken for a listing: its data lists {len(state.listed)} ads"
        return replace(reading, outcome="listing", problems=(), kind=kind)
    return reading


def _with_shown(
    page: HtmlPage, ad: RawAd, state: RawAd | None, selected: RawAd | None, *, is_broken: bool
) -> PageReading:
    cut = not ad.description or (ad.reader != "microdata" and is_teaser(ad.description, is_broken=is_broken))
    seen, is_closed = read_shown(page, ad, is_teaser=cut)
    if ad.reader != "select":
        # A page's data says the same as its markup, only more closely.
        shown = completed(state, seen) if state else seen
        doubted = doubted_fields(ad, site_name=page.site_name, url=page.url) | contradicted(ad, shown)
        ad = settled(ad, shown, doubted)
    problems = (_CLOSED,) if is_closed else ()
    return PageReading(ads=(_filled(ad, seen, selected, is_broken=is_broken),), outcome="ad", problems=problems)


def _with_view(raw: RawAd | None, view: PageView, selected: RawAd | None, *, is_broken: bool) -> PageReading:
    """The structured ad with what only the visible page says, or else the visible page's own."""
    problems = (_CLOSED,) if view.is_closed else ()
    if raw is not None:
        ad = _filled(raw, view.ad, selected, is_broken=is_broken)
        return PageReading(ads=(ad,), outcome="ad", problems=problems)
    if view.is_ad:
        seen = replace(completed(selected, view.ad), reader=view.ad.reader) if selected else view.ad
        return PageReading(ads=(seen,), outcome="ad", problems=problems)
    kind = "" if view.kind.name == "ad" else f"taken for {_NAMES[view.kind.name]}: {view.kind.reason}"
    if view.is_listing:
        return PageReading(ads=(), outcome="listing", problems=problems, kind=kind)
    if view.has_title_only:
        problems = (*problems, "a title but no text of an ad: it may be loaded by a script")
    return PageReading(ads=(), outcome="not_an_ad", problems=problems, kind=kind)


def _filled(raw: RawAd, seen: RawAd, selected: RawAd | None, *, is_broken: bool) -> RawAd:
    # What is marked up in the page is what the page shows.
    is_shown = raw.reader == "microdata"
    named = raw.description if is_shown else fuller_text(raw.description, seen.description, is_broken=is_broken)
    names = (
        "title", "hiring_organization", "job_location", "base_salary", "employment_type", "date_posted",
        "valid_through", "language", *(("contact", "country", "identifier") if raw.reader == "select" else ()),
    )  # fmt: skip
    if seen.base_salary and not states_pay(seen.base_salary):
        seen = replace(seen, base_salary=None)
    added = {name: getattr(raw, name) or getattr(seen, name) for name in names}
    return replace(raw, url=selected.url if selected else None, description=named, **added)
