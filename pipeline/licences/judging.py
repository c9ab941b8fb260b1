"""What a line of a register comes to for one ad: licensed, lapsed, for other work, or with another contact."""

from collections.abc import Container, Sequence
from functools import cache

from rapidfuzz import fuzz, utils

from crawler.ad import JobAd
from pipeline.licences.agency_names import name_words
from pipeline.licences.book import Book
from pipeline.licences.contacts_agree import contacts_agree
from pipeline.licences.lookup import RESULTS, Result
from pipeline.licences.words import load_words
from pipeline.registers.register import Listed

__all__ = ["judge_line", "most_favourable"]

Judged = tuple[Result, tuple[str, ...]]


def judge_line(
    line: Listed, ad: JobAd, country: str | None, orders: Sequence[Book], free_mail: Container[str]
) -> Judged:
    """The result for this line, with what else was seen. What the register does not say limits nothing."""
    agrees = contacts_agree(ad, line, free_mail)
    contact = _contact_note(agrees)
    if not line.is_valid_on(ad.seen_at.date()):
        return "lapsed", contact
    why, seen = _other_work(line, ad, country, orders)
    if why:
        return "other_work_or_country", (*why, *contact)
    return ("contact_differs" if agrees is False else "licensed"), (*contact, *seen)


def most_favourable(judged: Sequence[tuple[Listed, Judged]]) -> tuple[Listed, Judged]:
    """Of several lines that fit a claim equally well the one that speaks best for the ad: it may be the one meant."""
    return max(judged, key=lambda one: RESULTS.index(one[1][0]))


def _contact_note(agrees: bool | None) -> tuple[str, ...]:
    match agrees:
        case True:
            return ("A contact in the ad is one that the register lists for it.",)
        case False:
            return ("None of the ad's contacts is among those that the register lists for it.",)
        case _:
            return ("The ad's contacts cannot be held against the register.",)


def _other_work(
    line: Listed, ad: JobAd, country: str | None, orders: Sequence[Book]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the licence is not for this work or country, and what is to be said where it is."""
    if country and line.countries and country not in line.countries:
        listed = ", ".join(line.countries)
        return (f"The register lists it for {listed}; the work is in {country}.",), ()
    if line.work and "sea" not in line.work and _is_at_sea(ad.title):
        return ("The register lists it for work on land; the ad's title is of work at sea.",), ()
    tried = [_without_order(book, line, ad.title, country) for book in orders]
    return next((each for each in tried if not each[0]), tried[0] if tried else ((), ()))


def _without_order(
    book: Book, line: Listed, title: str, country: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    version = book.version
    found = {id(one.line): one.line for name in line.names for one in book.named(name) if one.line.status == "active"}
    place = f"“{version.title}” of {version.as_of}"
    if not found:
        return (f"{place} lists no job order of this agency.",), ()
    there = [one for one in found.values() if country is None or not one.countries or country in one.countries]
    if not there:
        return (f"{place} lists job orders of this agency, and none for {country}.",), ()
    positions = sorted({position for one in there for position in one.positions})
    near = max(((_alike(title, one), one) for one in positions), default=None)
    likest = f"; the one most like the ad's title is “{near[1]}” ({near[0]:.0f} of 100)" if near else ""
    return (), (f"Job orders of this agency{f' for {country}' if country else ''} in {place}: {len(there)}{likest}.",)


def _alike(title: str, position: str) -> float:
    return fuzz.token_set_ratio(title, position, processor=utils.default_process)


def _is_at_sea(title: str) -> bool:
    words = f" {' '.join(name_words(title))} "
    return any(f" {one} " in words or (not one.isascii() and one in words) for one in _sea_words())


@cache
def _sea_words() -> tuple[str, ...]:
    return tuple(" ".join(name_words(one)) for one in load_words().sea)
