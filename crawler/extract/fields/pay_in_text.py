"""Pay named in an ad's running text, with where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.ad import Salary
from crawler.extract.fields.amounts import Offer, find_offers, load_pay_words
from crawler.extract.fields.pay import salary_of
from crawler.extract.vocabulary import plain

__all__ = ["FoundPay", "find_pay"]

_LONGEST = 50_000
_MOST = 20
_LINE = re.compile(r"[^\n]+")
_PIECE = 400
"""A line is read in pieces of so many characters, cut at a space: no pattern ever looks further."""

_REACH = 60
"""How far before an amount the word stands that says what it is for."""

_BESIDE = 15
"""How far a word stands that must be right beside."""

_CLAUSE = re.compile(r"[^,.;:()+。，；、＋]*")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPay:
    """One stretch of a text that offers pay: ``text[start:end]``, which is also ``salary.raw``."""

    start: int
    end: int
    salary: Salary


def find_pay(text: str, country: str | None) -> tuple[FoundPay, ...]:
    """The pay that a text offers, in reading order; fees, deposits, bonuses and prices are left out.

    An amount counts where a word for pay stands before it and no word for other money stands nearer, or where it has a
    currency and is paid by the hour or day. An ad's ``base_salary`` is never taken from here: it is what the source's
    own field says.
    """
    found = (pay for start, line in _pieces(text[:_LONGEST]) for pay in _in_line(text, start, line, country))
    return tuple(pay for pay, _ in zip(found, range(_MOST), strict=False))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    line = plain(text)
    for match in _LINE.finditer(line):
        start = match.start()
        while start < match.end():
            end = min(start + _PIECE, match.end())
            space = line.rfind(" ", start, end) if end < match.end() else -1
            end = space if space > start else end
            if _DIGIT.search(line, start, end):
                yield start, line[start:end]
            start = end


def _in_line(text: str, start: int, line: str, country: str | None) -> Iterator[FoundPay]:
    place = 0
    for offer in find_offers(line, country):
        first = max(place, offer.start - _REACH)
        behind = load_pay_words().period_behind.match(line, offer.end)
        place = behind.end() if behind else offer.end
        if not _is_pay(offer, line[first : offer.start], line):
            continue
        # Only what stands around the offer, in its place: another sentence's period is not this one's.
        behind_it = _CLAUSE.match(line, place, place + _BESIDE)
        near = " " * first + line[first : behind_it.end() if behind_it else place]
        raw = text[start + offer.start : start + offer.end]
        salary = salary_of(offer, near, raw, country, None, currency=None, period=None)
        if salary.min or salary.max:
            yield FoundPay(start=start + offer.start, end=start + offer.end, salary=salary)


def _is_pay(offer: Offer, before: str, line: str) -> bool:
    words = load_pay_words()
    behind = words.period_behind.match(line, offer.end)
    clause = _CLAUSE.match(line, behind.end() if behind else offer.end)
    if clause and words.other_said.search(line, clause.start(), min(clause.end(), clause.start() + _BESIDE)):
        return False
    said = [(found.lastgroup, found.end()) for found in words.said_before.finditer(before)]
    if said:
        kind, end = said[-1]
        is_money = bool(offer.signs or offer.multiplier)
        return kind == "pay" and (is_money or ((offer.high or 0) >= 1000 and len(before) - end <= _BESIDE))
    # So much a month may be a rent or an allowance; so much an hour or a day is pay.
    return bool(offer.signs and behind and words.periods[behind["period"]] in {"hour", "day"})
