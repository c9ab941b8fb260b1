"""Short texts told apart: names, places, pay, kinds of employment and days."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from crawler.extract.fields.amounts import find_offers
from crawler.extract.fields.countries import country_in_place
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import read_pay
from crawler.extract.raw import RawSalary
from crawler.extract.text import fold
from crawler.extract.visible.words import load_words
from crawler.extract.vocabulary import plain

__all__ = [
    "are_facts",
    "can_be_employment",
    "can_be_name",
    "can_be_pay",
    "can_be_place",
    "is_cased",
    "is_company",
    "is_date",
    "is_day",
    "is_employment",
    "is_moment",
    "is_pay",
    "is_place",
    "says_pay",
]

_SHORT_NAME = 80
_LONGEST_NAME = 100
_IN_BRACKETS = re.compile(r"[(（\[][^()（）\[\]]{0,60}[)）\]]")
_NUMBER = re.compile(r"\d[\d., ]{0,20}\d\d")
_COUNTED = re.compile(r"(?:[^\w]|\d{1,2}(?!\d))+")
_SHARE = re.compile(r"\d{1,2}\s?/\s?\d{1,2}(?![\w.,])")
_WAYS = re.compile("[,/・、&]")
_MONEY = re.compile("[$€£¥₱₫₩₹₽元圆円]")
_NO_NAME = re.compile(r"[:：?!！？]|[.。]$")
_ABBREVIATED = re.compile(r"(?<!\w)(?:\w{1,4}\.){1,5}$")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_US_STATE = re.compile(r"^[A-Z][\w.' -]{1,40}\s?, [A-Z]{2}(?: \d{5})?$")
_INNER_PARTS = re.compile(r"[-–·・/\s]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = 200
_LONGEST_DATE = 60
_LONGEST_AGO = 30
_LONGEST_SUM = 25


def are_facts(texts: Iterable[str]) -> bool:
    """Whether these short texts beside each other are an ad's place, kind and pay, not other ads."""
    found = list(texts)
    return all(len(text) <= _SHORT_NAME for text in found) and any(
        is_employment(text) or is_place(text) or is_pay(text) for text in found
    )


def can_be_place(text: str) -> bool:
    """Whether a text is no postal code alone, no label of a form, no heading and no other fact of an ad."""
    words = load_words()
    folded = fold(text).strip(" :：*•·|-–—.")
    known = (words.labels, words.headings, words.generic_titles, words.not_ad_titles, words.employment)
    if any(folded in texts for texts in known) or text.rstrip().endswith(("*", ":", "：", "?")):
        return False
    return bool(
        any(_LETTERS.search(word) for word in text.split() if not any(map(str.isdigit, word)))
        or (text and not text.isascii())
    ) and not is_moment(text)


def is_place(line: str) -> bool:
    """Whether a line is the name of a place that is known, or written as only places are."""
    if len(line) > _SHORT_NAME or not can_be_place(line):
        return False
    bare = _IN_BRACKETS.sub(" ", line).strip()
    if country_in_place(line) or country_in_place(bare) or _US_STATE.match(bare):
        return True
    # 上海-浦东新区: a town and its quarter.
    parts = _INNER_PARTS.split(bare)
    return not bare.isascii() and len(parts) > 1 and len(bare) <= _LONGEST_SUM and bool(country_in_place(parts[0]))


def is_pay(line: str) -> bool:
    pay = read_pay(RawSalary(raw=line), None) if len(line) <= 60 else None
    has_sign = bool(pay and pay.currency) or (len(line) <= _LONGEST_SUM and bool(_MONEY.search(line)))
    return has_sign and pay is not None and (pay.min or pay.max) is not None


def says_pay(text: str) -> bool:
    """Whether what is named pay holds an amount of money, or at least a number that is no count."""
    return bool(_NUMBER.search(text)) or bool(find_offers(plain(text), None))


def can_be_pay(text: str) -> bool:
    """False for years of experience or of age, which some boards' columns put where pay should stand: ``3-5年``; and
    for one number out of another."""
    folded = fold(text[:_LONGEST])
    if _SHARE.match(folded):
        return False
    years = load_words().years
    return years.search(folded) is None or _COUNTED.fullmatch(years.sub(" ", folded)) is None


def can_be_name(text: str) -> bool:
    """Whether a text can be an employer's name: no label, no heading, no other fact of an ad."""
    words = load_words()
    folded = fold(text).strip(" :：*•·|-–—")
    known = (words.labels, words.headings, words.generic_titles, words.not_ad_titles, words.employment, words.remote)
    if not 1 < len(text) <= 2 * _LONGEST_NAME or any(folded in texts for texts in known):
        return False
    if folded.startswith(words.apply) and len(folded) < _LONGEST_SUM:
        return False
    if any(map(str.isdigit, text)) and words.years.search(folded) and not words.company_forms.search(folded):
        return False
    return bool(_LETTERS.search(text) or not text.isascii()) and not is_moment(text) and not is_pay(text)


def can_be_employment(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and any(map(str.isalpha, text))


def is_employment(line: str) -> bool:
    """Whether the line can only say how one is employed; it may name several ways."""
    ways = load_words().employment
    line = line.strip("[]() ")
    return fold(line) in ways or (len(line) <= _LONGEST_DATE and all(fold(way) in ways for way in _WAYS.split(line)))


def is_company(line: str) -> bool:
    words = load_words()
    if not 3 < len(line) <= _SHORT_NAME or fold(line) in words.labels:
        return False
    if _NO_NAME.search(_ABBREVIATED.sub("", line)):
        return False
    is_named = line.split()[0].rstrip(".") in words.company_starts or words.company_forms.search(fold(line))
    return bool(is_named) and is_cased(line)  # else a sentence about the company


def is_cased(line: str) -> bool:
    """Whether half of the words begin with a capital, where the script has them."""
    cased = [word[0] for word in line.split() if word[0].isupper() or word[0].islower()]
    return 2 * sum(map(str.isupper, cased)) >= len(cased)


def is_date(text: str) -> bool:
    return len(text) <= _LONGEST_DATE and (any(map(str.isdigit, text)) or is_moment(text))


def is_day(text: str, language: str | None = None) -> bool:
    """Whether a text names a day with its year."""
    return _YEAR.search(text) is not None and read_date(text, seen_at=_LATEST, language=language) is not None


def is_moment(text: str) -> bool:
    """Whether a short line says since when an ad stands."""
    words = load_words()
    folded = fold(text)
    if len(text) > _LONGEST_DATE or not any(map(str.isdigit, text)):
        return folded in words.posted_today
    return words.posted_start.match(folded) is not None or (
        len(text) <= _LONGEST_AGO and folded.endswith(words.posted_ends)
    )
