"""One page to the ads on it."""

import re
from dataclasses import replace

from crawler.extract.ad_page import PageView, view_page
from crawler.extract.choose import choose_postings
from crawler.extract.css_select import Select, completed, select_ad, with_whole_text
from crawler.extract.decode import decode
from crawler.extract.html_page import open_page
from crawler.extract.json_ld import read_json_ld
from crawler.extract.lenient_json import Json
from crawler.extract.markup import read_markup
from crawler.extract.page_state import read_state
from crawler.extract.plain_text import first_present
from crawler.extract.posting import posting_to_raw
from crawler.extract.raw import PageReading, RawAd, Reader
from crawler.extract.schema_org import dictionaries, find_postings, types_of

__all__ = ["read_page"]

_LARGEST = 10_000_000
_MOST_ELEMENTS = 60_000
"""Real pages have a few thousand; looking at one as a person would is the dearest way to read it."""
_HTML_LANGUAGE = re.compile(r"<html\b[^<>]{0,500}?\slang\s*=\s*[\"']?([A-Za-z_-]{2,20})", re.IGNORECASE)


def read_page(body: bytes, *, url: str, encoding: str | None = None, select: Select | None = None) -> PageReading:
    """The ads that a page holds, or what it is instead; never raises, whatever the bytes.

    Structured data goes before everything else: JSON-LD, then microdata and RDFa, then the card's selectors, then the
    state that the page's script starts from. A page without any is an ad only if it looks like one to a person.
    """
    problems: list[str] = []
    if len(body) > _LARGEST:
        problems.append(f"a page of {len(body):,} bytes, read up to {_LARGEST:,}")
    text = decode(body[:_LARGEST], encoding)
    if (
        text.lstrip("\ufeff \t\r\n")[:5].startswith(("{", "[", "<?xml", "<rss", "<feed", "%PDF"))
        and "<html" not in text[:2_000]
    ):
        return PageReading(ads=(), outcome="not_an_ad", problems=(*problems, "not an HTML page"))
    values, broken = read_json_ld(text)
    problems += broken
    reading = _read(text, url, values, select or {})
    return replace(reading, problems=(*problems, *reading.problems))


def _read(text: str, url: str, values: tuple[Json, ...], select: Select) -> PageReading:
    postings = find_postings(values)
    if len(postings) == 1 and not postings[0].in_list and not select:
        # Most ads end here, without a tree.
        raw = posting_to_raw(postings[0], "json-ld")
        if raw.title and raw.description and raw.hiring_organization and raw.job_location:
            language = first_present(raw.language, _language(text))
            return PageReading(ads=(replace(raw, url=None, language=language),), outcome="ad")
    page = open_page(text, url)
    if page is None:
        return PageReading(ads=(), outcome="not_an_ad", problems=("an empty page",))
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
    ad = _structured(choice.ads[0] if choice.ads else None, selected, read_state(text, page.titles()))
    size = sum(1 for _ in page.root.iter())
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
        description=first_present(raw.description, seen.description),
        hiring_organization=first_present(raw.hiring_organization, seen.hiring_organization),
        job_location=first_present(raw.job_location, seen.job_location),
        base_salary=raw.base_salary or seen.base_salary,
        employment_type=first_present(raw.employment_type, seen.employment_type),
        date_posted=first_present(raw.date_posted, seen.date_posted),
        valid_through=first_present(raw.valid_through, seen.valid_through),
        language=first_present(raw.language, seen.language),
    )


def _language(text: str) -> str | None:
    found = _HTML_LANGUAGE.search(text[:5_000])
    return found[1] if found else None
