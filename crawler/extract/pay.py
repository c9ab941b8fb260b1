"""Pay as ads write it."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crawler.ad import Salary
from crawler.extract.plain_text import cut, fold
from crawler.extract.raw import RawSalary

__all__ = ["read_pay"]

_RANGE = r"\s*(?:-|–|—|~|～|至|到|ถึง|đến|tới|sampai|hingga|s/d|to|do|až|bis|до|à|and)\s*"
_NUMBER = r"\d{1,3}(?:[ \u202f']\d{3})+(?:[.,]\d{1,2})?|\d{1,15}(?:[.,]\d{1,15}){0,5}"
_LARGEST = 1e13
_MOST_APART = 50
"""A range that is wider was misread: the unit stood at one end only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PayWords:
    amount: re.Pattern[str]
    multipliers: Mapping[str, int]
    currencies: Mapping[str, str]
    signs: Mapping[str, Mapping[str, str]]
    by_multiplier: Mapping[str, tuple[str, frozenset[str]]]
    periods: Mapping[str, str]
    period: re.Pattern[str]
    lower: re.Pattern[str]
    upper: re.Pattern[str]


def read_pay(raw: RawSalary | None, country: str | None) -> Salary | None:
    """The pay with what could be read of it; None where nothing is said.

    Numbers that can be read in two ways are not read: ``raw`` stays beside the missing value.
    """
    if raw is None or not (raw.raw or raw.min or raw.max):
        return None
    text = cut(raw.raw or f"{raw.min or ''} - {raw.max or ''}", 300)
    line = _plain(text)
    currency = _currency_code(raw.currency, country)
    if raw.min or raw.max:
        low, high = (_single(_plain(one or "")) for one in (raw.min, raw.max))
        word = ""
    else:
        low, high, found, word = _range(line, country)
        currency = currency or found
    low, high = _in_order(low, high)
    if currency is None and (low or high):
        code, multipliers = _words().by_multiplier.get(country or "", (None, frozenset()))
        currency = code if word in multipliers else None
    period = _period_of(raw.period) or (_period_in(line) if low or high else None)
    return Salary(min=low, max=high, currency=currency, period=period, raw=text)


def _plain(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text[:300])
    return unicodedata.normalize("NFKC", digits.replace("\u200d", "")).casefold()


def _single(line: str) -> float | None:
    found = _words().amount.fullmatch(line.strip())
    return _amount(found["number"], found["multiplier"]) if found else None


def _range(line: str, country: str | None) -> tuple[float | None, float | None, str | None, str]:
    """Lower and upper bound, currency and multiplier word of the line's one amount or range."""
    words = _words()
    amounts = [found for found in words.amount.finditer(line) if _is_money(found)]
    nothing = (None, None, None, "")
    if not amounts or len([one for one in amounts if one["multiplier"] or _sign(one)]) > 2 or len(amounts) > 3:
        return nothing
    first = amounts[0]
    second = amounts[1] if len(amounts) > 1 and re.fullmatch(_RANGE, line[first.end() : amounts[1].start()]) else None
    bare = _bare_before(line, first)
    if second is None and bare is not None:
        first, second = bare, first
    if second is None and len(amounts) > 1:
        return nothing
    last = second or first
    sign = _sign(last) or _sign(first)
    currency = words.currencies.get(sign) or words.signs.get(sign, {}).get(country or "")
    multiplier = first["multiplier"] or (last["multiplier"] if second else None)
    low = _amount(first["number"], multiplier)
    high = _amount(last["number"], last["multiplier"])
    word = multiplier or last["multiplier"] or ""
    if second is not None:
        return low, high, currency, word
    before, after = line[: first.start()].strip(), line[first.end() :].strip()
    if words.upper.search(before):
        return None, high, currency, word
    if words.lower.search(before) or after[:1] in ("+", "起"):
        return low, None, currency, word
    return low, high, currency, word


def _is_money(found: re.Match[str]) -> bool:
    """An amount says so by its currency or multiplier, or is too large to be hours or years of experience."""
    value = _amount(found["number"], None)
    return bool(found["multiplier"] or _sign(found) or (value or 0) >= 100)


def _bare_before(line: str, first: re.Match[str]) -> re.Match[str] | None:
    """The ``10`` in ``10 - 15 million``."""
    for found in _words().amount.finditer(line[: first.start()]):
        if re.fullmatch(_RANGE, line[found.end() : first.start()]):
            return found
    return None


def _sign(found: re.Match[str]) -> str:
    return (found["before"] or found["after"] or "").strip(". ")


def _amount(number: str, multiplier: str | None) -> float | None:
    factor = _words().multipliers.get(multiplier or "", 1)
    value = _number(number, has_factor=factor > 1)
    if value is None or not 0 < value * factor < _LARGEST:
        return None
    return round(value * factor, 2)


def _number(text: str, *, has_factor: bool) -> float | None:
    """``10.000.000``, ``10,000.50``, ``1,5``; None where a point may be either."""
    text = re.sub(r"[ \u202f']", "", text)
    marks = re.findall(r"[.,]", text)
    groups = re.split(r"[.,]", text)
    if not marks:
        return float(text)
    if all(len(group) == 3 for group in groups[1:]) and len(set(marks)) == 1 and 0 < len(groups[0]) <= 3:
        if len(marks) == 1 and (has_factor or groups[0] == "0"):
            return None
        return float("".join(groups))
    if len(marks) == 1 or (marks[-1] not in marks[:-1] and all(len(group) == 3 for group in groups[1:-1])):
        return float("".join(groups[:-1]) + "." + groups[-1])
    return None


def _in_order(low: float | None, high: float | None) -> tuple[float | None, float | None]:
    if low is not None and high is not None and (low > high or low * _MOST_APART < high):
        return None, None
    return low, high


def _currency_code(text: str | None, country: str | None) -> str | None:
    if not text:
        return None
    word = fold(text).strip(". ")
    known = _words().currencies.get(word) or _words().signs.get(word, {}).get(country or "")
    return known or (text.strip().upper() if re.fullmatch(r"[A-Za-z]{3}", text.strip()) else None)


def _period_of(text: str | None) -> str | None:
    return (_words().periods.get(fold(text).strip(". /")) or _period_in(fold(text))) if text else None


def _period_in(line: str) -> str | None:
    found = {_words().periods[match[1] or match[2]] for match in _words().period.finditer(line)}
    return found.pop() if len(found) == 1 else None


@cache
def _words() -> _PayWords:
    table = tomllib.loads(files("crawler.extract").joinpath("pay_words.toml").read_text("utf-8"))
    multipliers = {word: int(factor) for factor, words in table["multipliers"].items() for word in words}
    currencies = {_plain(word).strip("."): code for code, words in table["currencies"].items() for word in words}
    signs = {
        _plain(sign): {country: code for code, countries in by_code.items() for country in countries}
        for sign, by_code in table["signs"].items()
    }
    periods = {_plain(word): period for period, words in table["periods"].items() for word in words}
    sign = _alternatives([*currencies, *signs])
    factor = _alternatives(multipliers)
    return _PayWords(
        amount=re.compile(
            rf"(?:(?<!\w)(?P<before>{sign})\.?\s?)?(?<![\d.,])(?P<number>{_NUMBER})(?![\d])"
            rf"(?:\s?(?P<multiplier>{factor})\.?(?![^\W\d]))?(?:\s?(?P<after>{sign})\.?(?![^\W\d]))?"
        ),
        multipliers=multipliers,
        currencies=currencies,
        signs=signs,
        by_multiplier={
            country: (one["currency"], frozenset(one["words"])) for country, one in table["multiplier_currency"].items()
        },
        periods=periods,
        period=_period_pattern(list(periods)),
        lower=re.compile(rf"(?:{_alternatives(table['bounds']['from'])})\s*$"),
        upper=re.compile(rf"(?:{_alternatives(table['bounds']['upto'])})\s*$"),
    )


def _alternatives(words: Mapping[str, object] | list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _period_pattern(words: list[str]) -> re.Pattern[str]:
    """A period after a stroke or ``per``, or a whole word that is long enough or not Latin."""
    anywhere = [word for word in words if (len(word) > 3 if word.isascii() else len(word) > 1)]
    return re.compile(
        rf"(?:/|\bper\b|\ba\b|mỗi|每|ต่อ|một|za)\s*({_alternatives(words)})(?![^\W\d_])"
        rf"|(?<![^\W\d_])({_alternatives(anywhere)}|ann|mon|hur|wee)(?![^\W\d_])"
    )
