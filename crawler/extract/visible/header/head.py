"""Facts around an ad's title: employer, place, pay and dates."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from crawler.extract.fields.amounts import find_offers
from crawler.extract.html.document import HtmlPage, short_text, tokens
from crawler.extract.text import first_present, fold, present
from crawler.extract.visible.facts import (
    can_be_employment,
    can_be_pay,
    is_date,
    is_day,
    is_employment,
    is_moment,
    is_pay,
    says_pay,
)
from crawler.extract.visible.header.employer import find_employer
from crawler.extract.visible.header.place import find_place, without_sign
from crawler.extract.visible.header.surroundings import Surroundings, find_surroundings, text_after_label, texts_at
from crawler.extract.visible.words import load_names, load_words
from crawler.extract.vocabulary import plain

__all__ = ["Head", "read_head"]

_STAMP = re.compile(r"^\d{4}-\d\d-\d\d(?:$|[T ])")
_MODIFIED = "dateModified"
"""When the page was last changed, in whatever markup."""

_NEAR = 4
_LONGEST_DATE = 60
_LONGEST_AGO = 30
_LONGEST_PAY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The facts around the title, as written."""

    employer: str | None
    place: str | None
    salary: str | None
    employment: str | None
    posted: str | None
    until: str | None


def read_head(page: HtmlPage, title: str | None, following: list[str], rows: Mapping[str, str]) -> Head:
    """Who, where, how much, since when: by the names of elements first, by label next, by position last.

    ``following`` are the lines of text behind the title.
    """
    around = find_surroundings(page, title, following)
    place = find_place(around, rows)
    employment = first_present(
        next((text for text in around.all_named(load_names().employment, can_be_employment)), None),
        next((line for line in following if is_employment(line)), None),
    )
    employer = find_employer(around, rows, place, employment)
    return Head(
        employer=employer,
        place=None if place and fold(place) == fold(employer or "") else without_sign(place),
        salary=_salary(around),
        employment=employment,
        posted=_posted(around) or _posted_line(following) or _day_above(around),
        until=_until_line(following),
    )


def _salary(around: Surroundings) -> str | None:
    """What is named pay, a line behind the title that can be nothing else, or what the title says of it."""
    named = (text for text in _outermost_pay(around) if says_pay(text) and not is_moment(text) and can_be_pay(text))
    return first_present(
        next(named, None), next((line for line in around.following if is_pay(line)), None), _pay_in(around.title)
    )


def _outermost_pay(around: Surroundings) -> Iterator[str]:
    """The short texts named pay, with what stands around them under the same name: per month, after tax."""
    wanted = load_names().salary
    for element, name in around.innermost(wanted):
        texts = [text_after_label(element)]
        for above in islice(element.iterancestors(), 2):
            if not wanted.search(tokens(above)):
                break
            texts.append(text_after_label(above))
        fitting = [text for text in texts if text and len(text) <= _LONGEST_PAY]
        if name and fitting:
            yield fitting[-1] if is_pay(fitting[-1]) else fitting[0]


def _pay_in(title: str | None) -> str | None:
    """The one amount of money in a title, with its sign."""
    if not title or not any(map(str.isdigit, title)):
        return None
    offers = [offer for offer in find_offers(plain(title), None) if offer.signs]
    return present(title[offers[0].start : offers[0].end]) if len(offers) == 1 else None


def _posted(around: Surroundings) -> str | None:
    for element in around.times:
        stamp = element.get("datetime") or short_text(element, _LONGEST_DATE)
        if stamp and not (_is_deadline(element) or _MODIFIED in (element.get("itemprop"), element.get("property"))):
            return present(stamp)
    for element, name in around.named:
        stamp = element.get("title") or element.get("content") or ""
        if load_names().stamped.search(name) and _STAMP.match(stamp):
            return present(stamp)
    return next((text for text in around.all_named(load_names().posted, is_date)), None)


def _is_deadline(element: etree._Element) -> bool:
    """Whether what stands before a date says that it is the last one."""
    before = "".join(texts_at(element, "preceding::text()[normalize-space()][1]"))
    return load_words().labels.get(fold(before.strip(" :："))) == "valid_through"


def _day_above(around: Surroundings) -> str | None:
    """The line right before the title, in the same box, where it is a day with its year and nothing more."""
    above = around.heading.getprevious() if around.heading is not None else None
    line = short_text(above, _LONGEST_AGO + 1) if above is not None and isinstance(above.tag, str) else ""
    is_short = len(line) <= _LONGEST_AGO and len(line.split()) <= _NEAR
    return line if is_short and is_day(line, around.page.language) else None


def _until_line(following: list[str]) -> str | None:
    """A short line behind the title that says until when, without a mark between the word and the day."""
    dated = (line for line in _short_parts(following) if any(map(str.isdigit, line)))
    return next((line for line in dated if load_words().until_start.match(fold(line))), None)


def _posted_line(following: list[str]) -> str | None:
    """A short line behind the title that says since when: ``Posted 3 days ago``."""
    words = load_words()
    short = _short_parts(following)
    dated = [line for line in short if any(map(str.isdigit, line))]
    started = (line for line in dated if words.posted_start.match(fold(line)))
    ended = (line for line in dated[:_NEAR] if len(line) <= _LONGEST_AGO and fold(line).endswith(words.posted_ends))
    today = (line for line in short if fold(line) in words.posted_today)
    return first_present(next(started, None), next(ended, None), next(today, None))


def _short_parts(lines: list[str]) -> list[str]:
    """The short lines, and the parts of those in which commas part several numbers."""
    found = [line for line in lines if len(line) <= _LONGEST_DATE]
    for line in lines:
        parts = line.split(",") if len(line) <= 2 * _LONGEST_DATE else []
        if sum(any(map(str.isdigit, part)) for part in parts) > 1:
            found += [part.strip() for part in parts if part.strip()]
    return found
