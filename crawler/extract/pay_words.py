"""The words of pay, from ``pay_words.toml``, ready to look for in a plain text."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from crawler.extract.numerals import NUMBER
from crawler.extract.word_pattern import LETTER, compiled_late, plain, word_pattern

__all__ = ["PayWords", "ScopedFactor", "load_pay_words"]

ANYWHERE: frozenset[str] = frozenset()


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
    other_said: re.Pattern[str]
    """Other money, named anywhere."""

    no_pay_behind: re.Pattern[str]
    money_before: re.Pattern[str]
    money_behind: re.Pattern[str]
    """A currency beside a number; behind it, a multiplier too."""

    said_before: re.Pattern[str]
    """Pay or other money, named before an amount in running text: group ``pay`` or group ``other``."""


@cache
def load_pay_words() -> PayWords:
    """The words; read once, because they are part of the program."""
    table = tomllib.loads(files("crawler.extract").joinpath("pay_words.toml").read_text("utf-8"))
    scoped = {
        plain(word): ScopedFactor(
            factor=one["factor"], countries=frozenset(one.get("countries", ())), beside_han=one.get("beside") == "han"
        )
        for one in table["scoped_multipliers"]
        for word in one["words"]
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
        by_multiplier=tuple(_multiplier_currency(one) for one in table["multiplier_currency"]),
        home={one["country"]: (code, one["at_least"]) for code, one in table["home"].items()},
        periods=periods,
        period_codes=_inverted(table["period_codes"]),
        period_behind=compiled_late(lambda: rf"{_beside_period(table)}(?P<period>{word_pattern(periods)})"),
        paid=compiled_late(lambda: word_pattern(paid)),
        paid_words=paid,
        piece_behind=compiled_late(
            lambda: rf"\s?(?:/|{word_pattern(table['per']['words'])})?\s?{word_pattern(table['piece']['words'])}"
        ),
        lower=compiled_late(lambda: rf"{word_pattern(bounds['from'])}\s*[:：]?\s*\Z"),
        upper=compiled_late(lambda: rf"{word_pattern(bounds['upto'])}\s*[:：]?\s*\Z"),
        # "1,500+" is a least amount, "1,500 + bonus" is not.
        lower_behind=compiled_late(lambda: rf"\+(?!{LETTER}|\d)|\s?{word_pattern(bounds['from_after'])}"),
        upper_behind=compiled_late(lambda: rf"\s?{word_pattern(bounds['upto_after'])}"),
        other_said=compiled_late(lambda: word_pattern(table["in_text"]["other"])),
        no_pay_behind=compiled_late(lambda: rf"\s?{word_pattern(table['not_pay_after']['words'])}"),
        money_before=compiled_late(lambda: rf"{word_pattern(_signs(table))}\.?\s?\Z"),
        money_behind=compiled_late(lambda: rf"\s?(?:{word_pattern([*multipliers, *_signs(table)])}|%)"),
        said_before=compiled_late(
            lambda: (
                rf"(?P<pay>{word_pattern(table['in_text']['pay'])})"
                rf"|(?P<other>{word_pattern(table['in_text']['other'])})"
            )
        ),
    )


def _beside_period(table: Mapping[str, Any]) -> str:
    """What may stand before a period: what the pay is reckoned by, and a word for "each"."""
    aside, per = word_pattern(table["per"]["aside"]), word_pattern(table["per"]["words"])
    return rf"(?:\s?\(?{aside}\)?)?(?:\s?{per})?\s?"


def _amount_pattern(table: Mapping[str, Any], multipliers: Iterable[str]) -> str:
    """An amount: sign, number, multiplier, a lower step of the same number (``1 triệu 200 nghìn``, ``7tr5``), sign."""
    signs = _signs(table)
    # "od 20 000 do 30 000": a word of a range is no sign where a number follows.
    sign = rf"{word_pattern(signs)}(?!\s?\d)"
    before = word_pattern(signs)
    factor = rf"{word_pattern(multipliers)}\.?"
    words = word_pattern(word for one in table["number_words"].values() for word in one)
    return (
        rf"(?:(?P<before>{before})\.?[\s:]?)?(?:(?P<first>{word_pattern(table['before_number']['words'])})\s?)?"
        rf"(?<![\d.,#])(?:(?P<number>{NUMBER})(?!\d)|(?P<word>{words})(?=\s?{factor}))"
        rf"(?:\s?(?P<multiplier>{factor})"
        rf"(?:\s?(?P<half>{word_pattern(table['halves']['words'])})"
        rf"|(?P<tail>\d{{1,3}})(?![\d.,]\d|\d|\s?(?:{word_pattern(table['not_pay_after']['words'])}))(?:(?P<tail_factor>{factor})|(?!{LETTER}))"
        rf"|\s(?P<more>\d{{1,3}})\s?(?P<more_factor>{factor}))?)?"
        rf"(?:\s?(?P<after>{sign})\.?)?"
    )


def _signs(table: Mapping[str, Any]) -> list[str]:
    return [*(word for words in table["currencies"].values() for word in words), *table["signs"]]


def _multiplier_currency(one: Mapping[str, Any]) -> MultiplierCurrency:
    return MultiplierCurrency(
        words=frozenset(map(plain, one["words"])),
        currency=one["currency"],
        countries=frozenset(one.get("countries", ())),
        at_least=one.get("at_least", 0),
    )


def _inverted(table: Mapping[str, Iterable[str]], *, as_is: bool = False) -> dict[str, str]:
    return {word if as_is else plain(word): key for key, words in table.items() for word in words}
