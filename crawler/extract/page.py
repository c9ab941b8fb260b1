"""One page to the ads on it."""

import re
from dataclasses import replace

from lxml import etree

from crawler.extract.ad_page import PageView, shown_text, view_page
from crawler.extract.choose import choose_postings
from crawler.extract.css_select import Select, completed, select_ad, with_whole_text
from crawler.extract.decode import is_utf8_anyway, to_utf8
from crawler.extract.full_text import MUCH_FULLER, fuller_text, is_teaser
from crawler.extract.html_page import HtmlPage, open_page
from crawler.extract.html_tree import LARGEST_PAGE, parse_html
from crawler.extract.json_ld import json_ld_scripts, read_json_ld
from crawler.extract.lenient_json import Json
from crawler.extract.markup import read_markup
from crawler.extract.page_state import read_state
from crawler.extract.plain_text import first_present, present
from crawler.extract.posting import posting_to_raw
from crawler.extract.raw import PageReading, RawAd, Reader
from crawler.extract.schema_org import Posting, dictionaries, find_postings, types_of
from crawler.extract.script_scan import scan_scripts

__all__ = ["read_page", "read_parsed_page"]

_LARGEST = 10_000_000
_MOST_ELEMENTS = 60_000
"""Real pages have a few thousand; looking at one as a person would is the dearest way to read it."""
_COUNT = etree.XPath("count(//*)")
_OTHER_FORMAT = re.compile(rb"\A(?:\xef\xbb\xbf|[ \t\r\n])*+(?:\{|\[|<\?xml|<rss|<feed|%PDF)")


def read_page(body: bytes, *, url: str, encoding: str | None = None, select: Select | None = None) -> PageReading:
    """The ads that a page holds, or what it is instead; never raises, whatever the bytes.

    Structured data goes before everything else: JSON-LD, then microdata and RDFa, then the card's selectors, then the
    state that the page's script starts from. A page without any is an ad only if it looks like one to a person.
    """
    problems = (f"a page of {len(body):,} bytes, read up to {_LARGEST:,}",) if len(body) > _LARGEST else ()
    body = body[:_LARGEST]
    # Where the card has selectors, they have a say in every page.
    reading = None if select else _read_scripts_alone(body, encoding)
    if reading is None:
        page = to_utf8(body, encoding)
        if _OTHER_FORMAT.match(page) and b"<html" not in page[:2_000]:
            reading = PageReading(ads=(), outcome="not_an_ad", problems=("not an HTML page",))
        else:
            reading = read_parsed_page(page, url=url, select=select)
    return replace(reading, problems=(*problems, *reading.problems)) if problems else reading


def _read_scripts_alone(body: bytes, encoding: str | None) -> PageReading | None:
    """The page's ad where its JSON-LD is complete and beyond doubt, without a tree: most ads end here.

    Whatever this gives, ``read_parsed_page`` gives too.
    """
    page = body if is_utf8_anyway(body, encoding) else to_utf8(body, encoding)
    if len(page) > LARGEST_PAGE or (_OTHER_FORMAT.match(page) and b"<html" not in page[:2_000]):
        return None
    scan = scan_scripts(page.removeprefix(b"\xef\xbb\xbf"))
    if scan is None or not scan.scripts:
        return None
    scripts = [script.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n") for script in scan.scripts]
    values, problems = read_json_ld(scripts)
    ad = _complete_ad(find_postings(values), scan.language)
    if ad is None or is_teaser(ad.description, is_broken=bool(problems)):
        return None
    return PageReading(ads=(ad,), outcome="ad", problems=problems)


def read_parsed_page(page: bytes, *, url: str, select: Select | None = None) -> PageReading:
    """The same from the page's tree; ``page`` is valid UTF-8."""
    root = parse_html(page)
    if root is None:
        return PageReading(ads=(), outcome="not_an_ad", problems=("an empty page",))
    values, problems = read_json_ld(json_ld_scripts(root))
    postings = find_postings(values)
    ad = None if select else _complete_ad(postings, root.get("lang"))
    if ad and is_teaser(ad.description, is_broken=bool(problems)):
        seen = shown_text(open_page(root, url), longer_than=MUCH_FULLER * len(ad.description or ""))
        ad = replace(ad, description=fuller_text(ad.description, seen, is_broken=bool(problems)))
    if ad:
        return PageReading(ads=(ad,), outcome="ad", problems=problems)
    reading = _look_around(open_page(root, url), page, values, postings, select or {})
    return replace(reading, problems=(*problems, *reading.problems))


def _complete_ad(postings: tuple[Posting, ...], language: str | None) -> RawAd | None:
    """The page's one posting, if it says all that matters: then the rest of the page is not looked at."""
    if len(postings) != 1 or postings[0].in_list:
        return None
    raw = posting_to_raw(postings[0], "json-ld", language=present(language), is_page=True)
    is_complete = raw.title and raw.description and raw.hiring_organization and raw.job_location
    return raw if is_complete else None


def _look_around(
    page: HtmlPage, source: bytes, values: tuple[Json, ...], postings: tuple[Posting, ...], select: Select
) -> PageReading:
    reader: Reader = "json-ld" if postings else "microdata"
    postings = postings or find_postings(read_markup(page.root))
    choice = choose_postings([(posting_to_raw(one, reader), one.in_list) for one in postings], page)
    if len(choice.ads) > 1:
        return PageReading(
            ads=tuple(replace(raw, language=raw.language or page.language) for raw in choice.ads), outcome="ad"
        )
    if choice.is_listing:
        return PageReading(ads=(), outcome="listing")
    selected = select_ad(page.root, select, page.url)
    ad = _structured(choice.ads[0] if choice.ads else None, selected, read_state(source.decode(), page.titles()))
    size = int(_COUNT(page.root))
    if size > _MOST_ELEMENTS:
        problem = f"a page of {size:,} elements: only its structured data was read"
        return PageReading(ads=(ad,) if ad else (), outcome="ad" if ad else "not_an_ad", problems=(problem,))
    kinds = frozenset(kind for node, _ in dictionaries(values) for kind in types_of(node))
    return _with_view(ad, view_page(page, kinds), selected)


def _structured(posting: RawAd | None, selected: RawAd, state: RawAd | None) -> RawAd | None:
    """What the page says to machines or to whoever wrote the card, each field from the first that has it."""
    if posting is not None:
        return with_whole_text(posting, selected)
    if selected.title or selected.description:
        return completed(selected, state) if state else selected
    return replace(completed(selected, state), reader=state.reader) if state else None


def _with_view(raw: RawAd | None, view: PageView, selected: RawAd) -> PageReading:
    """The structured ad with what only the visible page says, or else the visible page's own."""
    problems = ("the page says that the ad is closed",) if view.is_closed else ()
    if raw is not None:
        return PageReading(ads=(_filled(raw, view, selected.url),), outcome="ad", problems=problems)
    if view.is_ad:
        seen = replace(completed(selected, view.ad), reader=view.ad.reader)
        return PageReading(ads=(seen,), outcome="ad", problems=problems)
    if view.is_listing:
        return PageReading(ads=(), outcome="listing", problems=problems)
    if view.has_title_only:
        problems = (*problems, "a title but no text of an ad: it may be loaded by a script")
    return PageReading(ads=(), outcome="not_an_ad", problems=problems)


def _filled(raw: RawAd, view: PageView, url: str | None) -> RawAd:
    seen = view.ad
    return replace(
        raw,
        url=url,
        title=first_present(raw.title, seen.title),
        # What is marked up in the page is what the page shows.
        description=raw.description if raw.reader == "microdata" else fuller_text(raw.description, seen.description),
        hiring_organization=first_present(raw.hiring_organization, seen.hiring_organization),
        job_location=first_present(raw.job_location, seen.job_location),
        base_salary=raw.base_salary or seen.base_salary,
        employment_type=first_present(raw.employment_type, seen.employment_type),
        date_posted=first_present(raw.date_posted, seen.date_posted),
        valid_through=first_present(raw.valid_through, seen.valid_through),
        language=first_present(raw.language, seen.language),
    )
