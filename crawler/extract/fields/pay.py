"""Pay as a source's own field or label says it."""

import re
from functools import lru_cache

from crawler.ad import Salary
from crawler.extract.fields.amounts import Offer, currency_by_sign, find_offers, load_pay_words
from crawler.extract.raw import RawSalary
from crawler.extract.text import NUMBER, cut, read_number
from crawler.extract.vocabulary import plain

__all__ = ["read_pay"]

_LONGEST = 300
_DIGITS = re.compile(r"[0-9]+")
_ONE_NUMBER = re.compile(rf"({NUMBER})")
_LARGEST = 1e13
_CODE = re.compile(r"[A-Za-z]{3}")
_NEAR = 24


@lru_cache(maxsize=2_000)
def read_pay(raw: RawSalary | None, country: str | None, home: str | None = None) -> Salary | None:
    """The pay with what could be read of it; None where nothing is said.

    Numbers that can be read in two ways are not read: ``raw`` stays beside the missing value. ``home`` is the country
    whose currency a bare number is in, where its size leaves no other. What was read is kept: boards repeat themselves.
    """
    if raw is None or not (raw.raw or raw.min or raw.max):
        return None
    text = cut(raw.raw or f"{raw.min or ''} - {raw.max or ''}", _LONGEST)
    line = plain(text[:_LONGEST])
    stated = (raw.currency or "").strip().upper()
    named = currency_by_sign(plain(raw.currency or "").strip(". "), country)
    named = named or (stated if _CODE.fullmatch(stated) else None)
    if raw.min or raw.max:
        low, high = _one_number(raw.min, country), _one_number(raw.max, country)
        if low is not None and high is not None and (low > high or low * 50 < high):
            low = high = None
        period = _period_named(raw.period) or (_period_anywhere(line) if low or high else None)
        return Salary(min=low, max=high, currency=named, period=period, raw=text)
    offers = find_offers(line, country)
    if len(offers) != 1:
        return Salary(currency=named, period=_period_named(raw.period), raw=text)
    offer = offers[0]
    by_sign = {code for sign in offer.signs if (code := currency_by_sign(sign, country))}
    words = load_pay_words()
    if words.piece_behind.match(line, offer.end) or len(by_sign) > 1:
        return Salary(currency=named, raw=text)
    low, high = _bounded(offer, line)
    amount = low or high
    currency = named or next(iter(by_sign), None)
    if currency is None and amount and not offer.signs:
        currency = _named_currency(offer, amount, country, home)
    period = _period_named(raw.period)
    if amount and not period:
        # Named right behind the amount, or by the one word in the line that can mean nothing else.
        behind = words.period_behind.match(line, offer.end)
        by_unit = "year" if offer.multiplier == "lpa" else _period_anywhere(line)
        period = words.periods[behind["period"]] if behind else by_unit
    return Salary(min=low, max=high, currency=currency, period=period, raw=text)


def _bounded(offer: Offer, line: str) -> tuple[float | None, float | None]:
    words = load_pay_words()
    if offer.is_range or offer.low is None:
        return offer.low, offer.high
    before = line[max(0, offer.start - _NEAR) : offer.start]
    behind = offer.end
    period = words.period_behind.match(line, behind)
    ends = (behind, period.end()) if period else (behind,)
    if words.upper.search(before) or any(words.upper_behind.match(line, end) for end in ends):
        return None, offer.high
    if words.lower.search(before) or any(words.lower_behind.match(line, end) for end in ends):
        return offer.low, None
    return offer.low, offer.high


def _named_currency(offer: Offer, amount: float, country: str | None, home: str | None) -> str | None:
    """The currency that a multiplier's language tells, or the size of a bare number at home."""
    words = load_pay_words()
    for item in words.by_multiplier:
        if (
            offer.multiplier in item.words
            and amount >= item.at_least
            and (not item.countries or country in item.countries)
        ):
            return item.currency
    code, at_least = words.home.get(home or "", (None, 0))
    return code if code and amount >= at_least and not offer.multiplier else None


def _one_number(text: str | None, country: str | None) -> float | None:
    """The number of a field that holds one, with or without a sign or a multiplier beside it."""
    line = plain((text or "")[:60]).strip()
    offers = [] if _DIGITS.fullmatch(line) else find_offers(line, country)
    if offers:
        return offers[0].low if len(offers) == 1 and not offers[0].is_range else None
    found = _ONE_NUMBER.fullmatch(line)
    value = read_number(found[1]) if found else None
    return value if value is not None and 0 < value < _LARGEST else None


def _period_named(text: str | None) -> str | None:
    if not text:
        return None
    words = load_pay_words()
    line = plain(text[:60].replace("-", " ").replace("_", " ")).strip(". /")
    if line.startswith(("bi", "semi")):  # twice a week, or every two: nobody can tell
        return None
    if coded := words.period_codes.get(plain(text).strip()):
        return coded
    # "per hour wage", as some systems call it, is a period and one more word.
    behind = words.period_behind.fullmatch(line) or words.period_behind.fullmatch(line.rpartition(" ")[0])
    return words.periods[behind["period"]] if behind else _period_anywhere(line)


def _period_anywhere(line: str) -> str | None:
    words = load_pay_words()
    found = {words.paid_words[match[0]] for match in words.paid.finditer(line)}
    return found.pop() if len(found) == 1 else None
