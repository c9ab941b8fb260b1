"""Which of a page's postings it is about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

from crawler.extract.html_page import HtmlPage, title_parts
from crawler.extract.place import join_places
from crawler.extract.plain_text import fold, weight
from crawler.extract.raw import RawAd
from crawler.extract.siblings import place_among

__all__ = ["Choice", "choose_postings", "is_about"]

_FULL_TEXT = 200
"""What a card on a list does not say; shorter texts on a page of several ads are teasers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The ads among a page's postings; without any, whether the postings make it a list."""

    ads: tuple[RawAd, ...]
    is_listing: bool = False


def choose_postings(found: Sequence[tuple[RawAd, bool]], page: HtmlPage) -> Choice:
    """The posting that the page is about, or all of them where each is there in full.

    ``found`` pairs each posting with whether it stood in a list. Beside a main ad, related ones do not count: they have
    pages of their own. One ad that is repeated for each of its places is one ad with several places.
    """
    postings = _merged(found)
    if not postings:
        return Choice(ads=())
    outside = [raw for raw, in_list in postings if not in_list]
    if len(postings) == 1:
        return _alone(*postings[0], page)
    about = _longest(raw for raw, _ in postings if _leads_here(raw, page)) or _longest(
        raw for raw, _ in postings if is_about(raw, page)
    )
    main = about or (outside[0] if len(outside) == 1 and _is_full(outside[0]) else None)
    if main is not None and main.description:
        return Choice(ads=(replace(main, url=None),))
    if all(_is_full(raw) for raw, _ in postings):
        return Choice(ads=_with_addresses([raw for raw, _ in postings], page))
    return Choice(ads=(), is_listing=True)


def is_about(raw: RawAd, page: HtmlPage) -> bool:
    """Whether the page's heading, or its title up to a dash, is this ad's title."""
    title = fold(raw.title or "")
    if not title:
        return False
    names = [fold(heading) for heading in page.headings]
    for whole in (page.og_title, page.title):
        names += [fold(whole or ""), *map(fold, title_parts(whole or "")[:2])]
    return title in names or any(len(title) >= 8 and name.startswith(title) for name in names)


def _alone(raw: RawAd, in_list: bool, page: HtmlPage) -> Choice:
    if raw.description and (not in_list or _is_full(raw) or is_about(raw, page)):
        return Choice(ads=(replace(raw, url=None),))
    if is_about(raw, page):
        return Choice(ads=(replace(raw, url=None),))
    return Choice(ads=(), is_listing=in_list or (raw.url is not None and not _leads_here(raw, page)))


def _merged(found: Sequence[tuple[RawAd, bool]]) -> list[tuple[RawAd, bool]]:
    """Each ad once, its places together."""
    first: dict[tuple[str, str], tuple[RawAd, bool]] = {}
    for raw, in_list in found:
        key = (fold(raw.title or ""), fold((raw.description or raw.url or "")[:2_000]))
        if key in first:
            known, known_in_list = first[key]
            place = join_places([*(known.job_location or "").split("; "), raw.job_location])
            first[key] = (replace(known, job_location=place), known_in_list and in_list)
        else:
            first[key] = (raw, in_list)
    return list(first.values())


def _longest(raws: Iterable[RawAd]) -> RawAd | None:
    return max(raws, key=lambda raw: len(raw.description or ""), default=None)


def _is_full(raw: RawAd) -> bool:
    text = (raw.description or "").rstrip()
    return weight(text) >= _FULL_TEXT and not text.endswith(("...", "…"))


def _leads_here(raw: RawAd, page: HtmlPage) -> bool:
    try:
        there, here = urlsplit(urljoin(page.url, raw.url or "#")), urlsplit(page.url)
    except ValueError:
        return False
    return bool(raw.url) and (there.netloc, there.path.rstrip("/")) == (here.netloc, here.path.rstrip("/")) != ("", "")


def _with_addresses(raws: list[RawAd], page: HtmlPage) -> tuple[RawAd, ...]:
    """Each ad with an address that no other on the page has: its own on this site, or a place on this page."""
    own = [_own_address(raw, page) for raw in raws]
    places = iter(place_among([raw for raw, address in zip(raws, own, strict=True) if address is None], page.url))
    return tuple(replace(raw, url=address or next(places)) for raw, address in zip(raws, own, strict=True))


def _own_address(raw: RawAd, page: HtmlPage) -> str | None:
    try:
        own = urljoin(page.url, raw.url) if raw.url else ""
        is_here = own and urlsplit(own).netloc == urlsplit(page.url).netloc and own.split("#")[0] != page.url
    except ValueError:
        return None
    return own if is_here else None
