"""Amounts of money in a line, and the ranges that two of them make."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from crawler.extract.text import NUMBER, read_number
from crawler.extract.vocabulary import HAN, LETTER, compiled_late, plain, plain_pattern, word_pattern
from crawler.files import read_word_list

__all__ = ["Amount", "Offer", "PayWords", "ScopedFactor", "currency_by_sign", "find_offers", "load_pay_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedFactor:
    """A multiplier that counts only in some countries, or beside Chinese characters."""

    factor: int
    countries: Set[str]
    beside_han: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplierCurrency:
    """The currency that a multiplier word tells by itself."""

    words: Set[str]
    currency: str
    countries: Set[str]
    """None is anywhere."""

    at_least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PayWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    amount: re.Pattern[str]
    range: re.Pattern[str]
    multipliers: Mapping[str, int]
    scoped: Mapping[str, ScopedFactor]
    number_words: Mapping[str, int]
    currencies: Mapping[str, str]
    signs: Mapping[str, Mapping[str, str]]
    by_multiplier: tuple[MultiplierCurrency, ...]
    home: Mapping[str, tuple[str, float]]
    periods: Mapping[str, str]
    period_codes: Mapping[str, str]
    period_behind: re.Pattern[str]
    paid: re.Pattern[str]
    paid_words: Mapping[str, str]
    piece_behind: re.Pattern[str]
    lower: re.Pattern[str]
    upper: re.Pattern[str]
    lower_behind: re.Pattern[str]
    upper_behind: re.Pattern[str]
    no_pay_behind: re.Pattern[str]
    money_before: re.Pattern[str]
    money_behind: re.Pattern[str]
    """A currency beside a number; behind it, a multiplier too."""

    stated_before: re.Pattern[str]
    """Pay or other money, named before an amount in running text: group ``pay`` or group ``other``."""


@cache
def load_pay_words() -> PayWords:
    """The words; read once, because they are part of the program."""
    table = read_word_list("pay_words")
    scoped = {
        plain(word): ScopedFactor(
            factor=item["factor"],
            countries=frozenset(item.get("countries", ())),
            beside_han=item.get("beside") == "han",
        )
        for item in table["scoped_multipliers"]
        for word in item["words"]
    }
    multipliers = {word: int(factor) for word, factor in _inverted(table["multipliers"]).items()}
    bounds, periods, paid = table["bounds"], _inverted(table["periods"]), _inverted(table["paid"])
    return PayWords(
        amount=compiled_late(lambda: _amount_pattern(table, [*multipliers, *scoped])),
        range=compiled_late(lambda: rf"\s*{word_pattern(table['range']['words'])}{{1,4}}\s*"),
        multipliers=multipliers,
        scoped=scoped,
        number_words={word: int(number) for word, number in _inverted(table["number_words"]).items()},
        currencies={word.strip("."): code for word, code in _inverted(table["currencies"]).items()},
        signs={plain(sign): _inverted(codes, as_is=True) for sign, codes in table["signs"].items()},
        by_multiplier=tuple(
            MultiplierCurrency(
                words=frozenset(map(plain, rule["words"])),
                currency=rule["currency"],
                countries=frozenset(rule.get("countries", ())),
                at_least=rule.get("at_least", 0),
            )
            for rule in table["multiplier_currency"]
        ),
        home={rule["country"]: (code, rule["at_least"]) for code, rule in table["home"].items()},
        periods=periods,
        period_codes=_inverted(table["period_codes"]),
        # What the pay is reckoned by, and a word for "each", may stand before a period.
        period_behind=compiled_late(
            lambda: (
                rf"(?:\s?\(?{word_pattern(table['per']['aside'])}\)?)?(?:\s?{word_pattern(table['per']['words'])})?\s?"
                rf"(?P<period>{word_pattern(periods)})"
            )
        ),
        paid=compiled_late(lambda: word_pattern(paid)),
        paid_words=paid,
        piece_behind=compiled_late(
            lambda: rf"\s?(?:/|{word_pattern(table['per']['words'])})?\s?{word_pattern(table['piece']['words'])}"
        ),
        lower=compiled_late(lambda: rf"{word_pattern(bounds['from'])}\s{{0,9}}[:：]?\s{{0,9}}\Z"),
        upper=compiled_late(lambda: rf"{word_pattern(bounds['upto'])}\s{{0,9}}[:：]?\s{{0,9}}\Z"),
        # "1,500+" is a least amount, "1,500 + bonus" is not.
        lower_behind=compiled_late(lambda: rf"\+(?!{LETTER}|\d)|\s?{word_pattern(bounds['from_after'])}"),
        upper_behind=compiled_late(lambda: rf"\s?{word_pattern(bounds['upto_after'])}"),
        no_pay_behind=compiled_late(lambda: rf"\s?{word_pattern(table['not_pay_after']['words'])}"),
        money_before=compiled_late(lambda: rf"{word_pattern(_signs(table))}\.?\s?\Z"),
        money_behind=compiled_late(lambda: rf"\s?(?:{word_pattern([*multipliers, *_signs(table)])}|%)"),
        stated_before=compiled_late(
            lambda: (
                rf"(?P<pay>{word_pattern(table['in_text']['pay'])})"
                rf"|(?P<other>{word_pattern(table['in_text']['other'])})"
            )
        ),
    )


def _amount_pattern(table: Mapping[str, Any], multipliers: Iterable[str]) -> str:
    """An amount: sign, number, multiplier, a lower step of the same number (``1 triệu 200 nghìn``, ``7tr5``), sign."""
    signs = _signs(table)
    # "od 20 000 do 30 000": a word of a range is no sign where a number follows.
    sign = rf"{word_pattern(signs)}(?!\s?\d)"
    before = word_pattern(signs)
    factor = rf"{word_pattern(multipliers)}\.?"
    words = word_pattern(word for item in table["number_words"].values() for word in item)
    return (
        rf"(?:(?P<before>{before})\.?[\s:]?(?:[$€£]\s?)?)?(?:(?P<first>{word_pattern(table['before_number']['words'])})\s?)?"
        rf"(?<![\d.,#])(?:(?P<number>{NUMBER})(?!\d)|(?P<word>{words})(?=\s?{factor}))"
        rf"(?:\s?(?P<multiplier>{factor})"
        rf"(?:\s?(?P<half>{word_pattern(table['halves']['words'])})"
        rf"|(?P<tail>\d{{1,3}})(?![\d.,]\d|\d|\s?(?:{word_pattern(table['not_pay_after']['words'])}))(?:(?P<tail_factor>{factor})|(?!{LETTER}))"
        rf"|\s(?P<more>\d{{1,3}})\s?(?P<more_factor>{factor}))?)?"
        rf"(?:\s?(?P<after>{sign})\.?)?"
    )


def _signs(table: Mapping[str, Any]) -> list[str]:
    return [*(word for words in table["currencies"].values() for word in words), *table["signs"]]


def _inverted(table: Mapping[str, Iterable[str]], *, as_is: bool = False) -> dict[str, str]:
    return {word if as_is else plain(word): key for key, words in table.items() for word in words}


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
    han = bool(_HAN.search(line))
    words = load_pay_words()
    amounts = [_amount(found, country, han=han) for found in words.amount.finditer(line)]
    offers, place = [], 0
    while place < len(amounts):
        first = amounts[place]
        second = amounts[place + 1] if place + 1 < len(amounts) else None
        is_range = False
        if second is not None:
            # A range's mark stands between the two, with or without the first one's period.
            period = words.period_behind.match(line, first.end, second.start)
            ends = {first.end, period.end()} if period else {first.end}
            is_range = any(words.range.fullmatch(line, end, second.start) for end in ends)
        if second is not None and is_range:
            offers.append(_range(line, first, second))
            place += 2
        else:
            single = Offer(
                start=first.start,
                end=first.end,
                low=first.value,
                high=first.value,
                is_range=False,
                signs=frozenset({first.sign} - {""}),
                multiplier=first.multiplier,
            )
            offers.append(single if _is_money(line, first) else None)
            place += 1
    return [offer for offer in offers if offer is not None]


def currency_by_sign(sign: str, country: str | None) -> str | None:
    """The currency that a sign, code or word names in a country; None where it may be several."""
    words = load_pay_words()
    known = words.currencies.get(sign.strip(". "))
    if known:
        return known
    by_country = words.signs.get(sign.strip(". "), {})
    return by_country.get(country) or by_country.get("*") if country else None


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
    words = load_pay_words()
    if not word:
        return 1
    scoped = words.scoped.get(word)
    if scoped is not None and (country in scoped.countries or (scoped.beside_han and han)):
        return scoped.factor
    return words.multipliers.get(word)


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
