"""Pay: amounts of money in a line, ranges of two amounts, a source's own field."""

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from crawler.ad import Salary
from crawler.extract.fields.lexicon import load_pay_words
from crawler.extract.raw import RawSalary
from crawler.extract.text import NUMBER, cut, read_number
from crawler.extract.vocabulary import HAN, plain, plain_pattern

_LARGEST = 1e13
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
    value: float | None
    """The number times its multipliers; None where it can be read in two ways."""

    factor: int
    multiplier: str
    sign: str


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
    han = bool(_HAN.search(line))
    line = _HAN_DIGIT.sub(lambda found: found[0].translate(_HAN_VALUE), line)
    line = _PHONE.sub(lambda found: "x" * len(found[0]), line)
    words = load_pay_words()
    amounts = deque(_amount(found, country, han=han) for found in words.amount.finditer(line))
    offers: list[Offer] = []
    while amounts:
        first = amounts.popleft()
        if amounts:
            # A range's mark stands between the two, with or without the first one's period.
            behind = amounts[0].start
            period = words.period_behind.match(line, first.end, behind)
            ends = {first.end, period.end()} if period else {first.end}
            if any(words.range.fullmatch(line, end, behind) for end in ends):
                offers += filter(None, [_range(line, first, amounts.popleft())])
                continue
        if _is_money(line, first):
            offers.append(_offer(first, first, first.value, first.value))
    return offers


def currency_by_sign(sign: str, country: str | None) -> str | None:
    """The currency that a sign, code or word names in a country; None where it may be several."""
    words, sign = load_pay_words(), sign.strip(". ")
    by_country = words.signs.get(sign, {})
    return words.currencies.get(sign) or (by_country.get(country, by_country.get("*")) if country else None)


def _amount(found: re.Match[str], country: str | None, *, han: bool) -> Amount:
    end = found.end()
    multiplier = (found["first"] or found["multiplier"] or "").strip(". ")
    factor = _factor(multiplier, country, han=han)
    if factor is None:
        # A letter that is no multiplier here ends the amount before it.
        multiplier, factor = "", 1
        end = found.end("number") if found["number"] else end
    number = found["number"] or ""
    bare = read_number(number) if number else float(load_pay_words().number_words[found["word"]])
    value = read_number(number, factor) if number else bare
    # What comes behind the multiplier; None where it is no lower step of the same number.
    extra: float | None = 0
    digits, word = found["tail"] or found["more"], found["tail_factor"] or found["more_factor"]
    if factor > 1 and end == found.end():
        if found["half"]:
            extra = factor / 2
        elif digits and not word:
            extra = float(f"0.{digits}") * factor
        elif digits:
            step = _factor(word.strip(". "), country, han=han)
            is_lower = step is not None and step < factor and int(digits) * step < factor
            extra = float(int(digits) * step) if step is not None and is_lower else None
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
    )


def _factor(word: str, country: str | None, *, han: bool) -> int | None:
    if not word:
        return 1
    words = load_pay_words()
    factor, countries, is_beside_han = words.scoped.get(word, (None, frozenset(), False))
    return factor if country in countries or (is_beside_han and han) else words.multipliers.get(word)


def _range(line: str, first: Amount, second: Amount) -> Offer | None:
    """Both ends; a multiplier that stands at one end only counts for both where the numbers allow it."""
    is_money = _is_money(line, first) or _is_money(line, second)
    if not is_money or load_pay_words().no_pay_behind.match(line, second.end):
        return None
    low, high = first.value, second.value
    least, most = first.plain_value, second.plain_value
    in_order = least is not None and most is not None and least <= most
    if in_order and first.factor == 1 and second.factor > 1:
        low = _times(first, second.factor)
    elif in_order and second.factor == 1 and first.factor > 1:
        high = _times(second, first.factor)
    # A range that is so wide was misread: the unit stood at one end only.
    if low is None or high is None or low > high or low * 50 < high:
        low = high = None
    return _offer(first, second, low, high)


def _offer(first: Amount, last: Amount, low: float | None, high: float | None) -> Offer:
    return Offer(
        start=first.start,
        end=last.end,
        low=low,
        high=high,
        is_range=first is not last,
        signs=frozenset({first.sign, last.sign} - {""}),
        multiplier=first.multiplier or last.multiplier,
    )


def _times(amount: Amount, factor: int) -> float | None:
    value = read_number(amount.number, factor) if amount.number else amount.plain_value
    return None if value is None else round(value * factor, 2)


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
    # A bare number below is hours, people or years of experience.
    return (amount.plain_value or 0) >= 100


_LONGEST = 300
_DIGITS = re.compile(r"[0-9]+")
_ONE_NUMBER = re.compile(NUMBER)
_CODE = re.compile(r"[A-Za-z]{3}")


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
    if offer.is_range or offer.low is None:
        return offer.low, offer.high
    words = load_pay_words()
    before = line[max(0, offer.start - 24) : offer.start]
    period = words.period_behind.match(line, offer.end)
    ends = (offer.end, period.end()) if period else (offer.end,)
    if words.upper.search(before) or any(words.upper_behind.match(line, end) for end in ends):
        return None, offer.high
    if words.lower.search(before) or any(words.lower_behind.match(line, end) for end in ends):
        return offer.low, None
    return offer.low, offer.high


def _named_currency(offer: Offer, amount: float, country: str | None, home: str | None) -> str | None:
    """The currency that a multiplier's language tells, or the size of a bare number at home."""
    words = load_pay_words()
    for multipliers, currency, countries, at_least in words.by_multiplier:
        if offer.multiplier in multipliers and amount >= at_least and (not countries or country in countries):
            return currency
    code, at_least = words.home.get(home or "", (None, 0))
    return code if code and amount >= at_least and not offer.multiplier else None


def _one_number(text: str | None, country: str | None) -> float | None:
    """The number of a field that holds one, with or without a sign or a multiplier beside it."""
    line = plain((text or "")[:60]).strip()
    offers = [] if _DIGITS.fullmatch(line) else find_offers(line, country)
    if offers:
        return offers[0].low if len(offers) == 1 and not offers[0].is_range else None
    value = read_number(line) if _ONE_NUMBER.fullmatch(line) else None
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
