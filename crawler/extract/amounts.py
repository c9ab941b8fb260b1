"""Amounts of money in a line, and the ranges that two of them make."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extract.numerals import read_number
from crawler.extract.pay_words import load_pay_words
from crawler.extract.word_pattern import HAN, plain_pattern

__all__ = ["Amount", "Offer", "currency_by_sign", "find_offers"]

_LARGEST = 1e13
_MOST_APART = 50
"""A range that is wider was misread: the unit stood at one end only."""

_LEAST_BARE = 100
"""A bare number below is hours, people or years of experience."""

_HAN = re.compile(HAN)
_HAN_DIGIT = re.compile(
    plain_pattern(
        "[一二两兩三四五六七八九](?=[百千万萬])|(?<=[千万萬])[一二两兩三四五六七八九](?=[百千元块塊]|[^\ue000-\uefff]|$)"
    )
)
_HAN_VALUE = str.maketrans(plain_pattern("一二两兩三四五六七八九"), "12223456789")
_PHONE = re.compile(r"\+\d{1,3}[\s().-]?\d[\d\s().-]{6,20}\d")
_LATIN = re.compile(r"[a-z]")
_YEARS = range(2015, 2041)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One written number with what makes it money."""

    start: int
    end: int
    number: str
    """As written; empty where it was a word."""

    plain_value: float | None
    """The number by itself."""

    value: float | None
    """The number times its multipliers; None where it can be read in two ways."""

    factor: int
    multiplier: str
    sign: str
    extra: float
    """What a second number adds: the 500,000 of ``7tr5``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One amount, or two that a range joins."""

    start: int
    end: int
    low: float | None
    high: float | None
    is_range: bool
    signs: frozenset[str]
    multiplier: str


def find_offers(line: str, country: str | None) -> list[Offer]:
    """The amounts and ranges of money in a plain line, in reading order."""
    if _HAN.search(line):
        line = _HAN_DIGIT.sub(lambda found: found[0].translate(_HAN_VALUE), line)
    if "+" in line:
        line = _PHONE.sub(lambda found: "x" * len(found[0]), line)
    amounts = list(_amounts(line, country))
    offers, place = [], 0
    while place < len(amounts):
        first = amounts[place]
        second = amounts[place + 1] if place + 1 < len(amounts) else None
        if second is not None and _joined(line, first.end, second.start):
            offers.append(_range(line, first, second))
            place += 2
        else:
            offers.append(_single(line, first))
            place += 1
    return [offer for offer in offers if offer is not None]


def _joined(line: str, start: int, end: int) -> bool:
    """Whether a range's mark stands between two amounts, with or without the first one's period."""
    words = load_pay_words()
    period = words.period_behind.match(line, start, end)
    return any(words.range.fullmatch(line, place, end) for place in ({start, period.end()} if period else {start}))


def currency_by_sign(sign: str, country: str | None) -> str | None:
    """The currency that a sign, code or word names in a country; None where it may be several."""
    words = load_pay_words()
    known = words.currencies.get(sign.strip(". "))
    if known:
        return known
    by_country = words.signs.get(sign.strip(". "), {})
    return by_country.get(country) or by_country.get("*") if country else None


def _amounts(line: str, country: str | None) -> Iterator[Amount]:
    han = bool(_HAN.search(line))
    for found in load_pay_words().amount.finditer(line):
        multiplier = (found["first"] or found["multiplier"] or "").strip(". ")
        factor = _factor(multiplier, country, han=han)
        if factor is None:
            # A letter that is no multiplier here ends the amount before it.
            yield _amount(found, found.end("number") if found["number"] else found.end(), "", 1, country, han=han)
        else:
            yield _amount(found, found.end(), multiplier, factor, country, han=han)


def _amount(found: re.Match[str], end: int, multiplier: str, factor: int, country: str | None, *, han: bool) -> Amount:
    number = found["number"] or ""
    bare = read_number(number) if number else float(load_pay_words().number_words[found["word"]])
    value = read_number(number, factor) if number else bare
    extra: float | None = _extra(found, factor, country, han=han) if factor > 1 and end == found.end() else 0
    whole = None if value is None or extra is None else round(value * factor + extra, 2)
    after = found["after"] if end == found.end() else None
    return Amount(
        start=found.start(),
        end=end,
        number=number,
        plain_value=bare,
        value=whole if whole is not None and 0 < whole < _LARGEST else None,
        factor=factor,
        multiplier=multiplier,
        sign=(found["before"] or after or "").strip(". :"),
        extra=extra or 0,
    )


def _extra(found: re.Match[str], factor: int, country: str | None, *, han: bool) -> float | None:
    """What comes behind the multiplier; None where it is no lower step of the same number."""
    if found["half"]:
        return factor / 2
    digits, word = found["tail"] or found["more"], found["tail_factor"] or found["more_factor"]
    if not digits:
        return 0
    if not word:
        return float(f"0.{digits}") * factor
    step = _factor(word.strip(". "), country, han=han)
    return None if step is None or step >= factor or int(digits) * step >= factor else float(int(digits) * step)


def _factor(word: str, country: str | None, *, han: bool) -> int | None:
    words = load_pay_words()
    if not word:
        return 1
    scoped = words.scoped.get(word)
    if scoped is not None and (country in scoped.countries or (scoped.beside_han and han)):
        return scoped.factor
    return words.multipliers.get(word)


def _range(line: str, first: Amount, second: Amount) -> Offer | None:
    """Both ends; a multiplier that stands at one end only counts for both where the numbers allow it."""
    if not (_is_money(line, first) or _is_money(line, second)) or load_pay_words().no_pay_behind.match(
        line, second.end
    ):
        return None
    low, high = first.value, second.value
    in_order = (
        first.plain_value is not None and second.plain_value is not None and first.plain_value <= second.plain_value
    )
    if in_order and first.factor == 1 and second.factor > 1:
        low = _times(first, second.factor)
    elif in_order and second.factor == 1 and first.factor > 1:
        high = _times(second, first.factor)
    if low is None or high is None or low > high or low * _MOST_APART < high:
        low = high = None
    return Offer(
        start=first.start,
        end=second.end,
        low=low,
        high=high,
        is_range=True,
        signs=frozenset(sign for sign in (first.sign, second.sign) if sign),
        multiplier=first.multiplier or second.multiplier,
    )


def _times(amount: Amount, factor: int) -> float | None:
    value = read_number(amount.number, factor) if amount.number else amount.plain_value
    return None if value is None else round(value * factor, 2)


def _single(line: str, amount: Amount) -> Offer | None:
    if not _is_money(line, amount):
        return None
    return Offer(
        start=amount.start,
        end=amount.end,
        low=amount.value,
        high=amount.value,
        is_range=False,
        signs=frozenset({amount.sign} - {""}),
        multiplier=amount.multiplier,
    )


def _is_money(line: str, amount: Amount) -> bool:
    """An amount says so by its currency or multiplier, or is too large to be anything else that is counted."""
    if load_pay_words().no_pay_behind.match(line, amount.end) and not amount.sign:
        return False
    if line[amount.end - 1].isdigit() and _LATIN.match(line, amount.end):
        # P2P and 4G: a number inside a name.
        return False
    if amount.sign or amount.factor > 1:
        return True
    if amount.number[:1] == "0" or (amount.number.isdigit() and int(amount.number) in _YEARS):
        return False
    return (amount.plain_value or 0) >= _LEAST_BARE
