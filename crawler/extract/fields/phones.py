"""Phone numbers in a text, to E.164; only what is written as one is read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from crawler.extract.fields.lexicon import load_contact_words, load_pay_words
from crawler.extract.vocabulary import LETTER

_MARK = r"[ \t.\-‐‑–—()/·•_*|~\u200b-\u200f\u2060\ufe0f\u20e3\u00a0]"
_CANDIDATE = re.compile(
    rf"[+(\do](?:(?<=[+(])|(?<=\d)(?<![\d@_]\d)(?<!{LETTER}\d)|(?<=o)(?<![\w@]o)(?=[\doli])|(?<={LETTER}0)(?=\d))"
    rf"(?<![\d@_][+(])[+(]?(?:{_MARK}{{0,4}}[\doli]){{6,40}}(?![\d@])"
)
"""Begins with its own character and looks back only then: the search skips all others."""

_GROUP = re.compile(r"\+?(?:[oli]{0,3}\d[\doli]*|o{2,4})(?:[\ufe0f\u20e3][\ufe0f\u20e3\s]{0,3}[\doli])*")
_ALIKE = str.maketrans("oil", "011")
_NO_DIGITS = re.compile(r"\D+")
_MONEY = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_DAY = re.compile(
    r"\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:19|20|25)\d\d|(?:19|20|25)\d\d\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,2}"
)
_YEARS = re.compile(r"(?:19|20)\d\d\s?[-–—/~]?\s?(?:19|20)\d\d")
_ZERO_IN_BRACKETS = re.compile(r"\(0\)")
_GROUPED = re.compile(r"\(?\d{2,5}\)?[ .\-]\d{3,4}[ .\-]?\d{3,5}")
_GOES_ON = re.compile(r"\d[.,-]\Z")
_WENT_ON = re.compile(r"[.,-]\d")
_LETTERS_BEFORE = re.compile(r"[^\W\d_]{1,12}\Z")
_FEWEST, _MOST = 7, 15
_FEWEST_TYPED, _MOST_TYPED = 9, 11
"""Digits of a number that is read though it is not a valid one."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One number and where it stands."""

    value: str
    """E.164, or the plain digits where it may be a number of two countries."""

    start: int
    end: int


def find_phones(line: str, regions: Sequence[str]) -> list[Phone]:
    """The phone numbers of a plain text, in reading order; one without a code may be at home in any of ``regions``."""
    found: list[Phone] = []
    tries = 0
    for candidate in _CANDIDATE.finditer(line):
        # As many as numbers fit into a text that is read, so that a flood of them hides none: half a second's work.
        if tries > 6_000:
            break
        letters = _LETTERS_BEFORE.search(line, max(0, candidate.start() - 12), candidate.start())
        stated = load_contact_words().phone_stated.fullmatch(letters[0]) if letters else None
        if letters and (stated is None or stated["phone"] is None):
            continue  # one that sticks to a word counts where that says that it is a phone: sdt0900...
        groups = [(group.start(), group.end()) for group in _GROUP.finditer(line, candidate.start(), candidate.end())]
        place, before = 0, len(found)
        while place < len(groups):
            for last in range(min(len(groups), place + 14), place, -1):
                tries += 1
                start, end = groups[place][0], groups[last - 1][1]
                if end - start < _FEWEST or _is_inside(line, start, end):
                    continue
                if value := _read(line, start, end, regions, is_whole=place == 0 and last == len(groups)):
                    found.append(Phone(value, start, end))
                    place = last - 1
                    break
            place += 1
        if groups and len(found) == before:
            start, end = groups[0][0], groups[-1][1]
            if value := _as_written(line, start, end, at_home=bool(regions)):
                found.append(Phone(value, start, end))
    return [*found, *_spelt_out(line, regions)]


def _is_inside(line: str, start: int, end: int) -> bool:
    """Whether a longer number goes on without a space before or behind, as 18.063.588 does: no part of it is one."""
    return bool(_GOES_ON.search(line, max(0, start - 2), start)) or bool(_WENT_ON.match(line, end))


def _read(line: str, start: int, end: int, regions: Sequence[str], *, is_whole: bool) -> str | None:
    written = line[start:end]
    letters = sum(map(written.count, "oil"))
    digits = _NO_DIGITS.sub("", _ZERO_IN_BRACKETS.sub("", written.translate(_ALIKE)))
    if not _FEWEST <= len(digits) <= _MOST or letters * 3 > len(digits):
        return None
    opens = line[start - 1 : start] == "+" or written.startswith("+")
    if opens or (digits.startswith("00") and len(digits) > 10):
        return e164("+" + digits.removeprefix("00"), None)
    if not regions or _is_something_else(line, start, end, written):
        return None
    stated = _stated_before(line, start)
    if stated == "other":
        return None
    found = dict.fromkeys(
        value
        for region in regions
        if (value := _at_home(digits, written, region, stated=stated == "phone", is_whole=is_whole))
    )
    return digits if len(found) > 1 else next(iter(found), None)


def _as_written(line: str, start: int, end: int, *, at_home: bool) -> str | None:
    """A number that is no valid one and is still offered as one: behind a word for telephones, with the code of a
    country or the zero that is dialled at home. Who typed it wrong, on purpose too, may type it so again."""
    written = line[start:end]
    digits = _NO_DIGITS.sub("", _ZERO_IN_BRACKETS.sub("", written))
    if _stated_before(line, start) != "phone" or _is_inside(line, start, end):
        return None
    if line[start - 1 : start] == "+" or written.startswith("+"):
        return f"+{digits}" if _FEWEST_TYPED <= len(digits) <= _MOST and not digits.startswith("0") else None
    is_home = at_home and digits.startswith("0") and _FEWEST_TYPED <= len(digits) <= _MOST_TYPED
    return digits if is_home and not _is_something_else(line, start, end, written) else None


def _at_home(digits: str, written: str, region: str, *, stated: bool, is_whole: bool) -> str | None:
    """The number as dialled in its own country, where it is written as one is there."""
    dialling = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if dialling is None:
        return None
    code, prefix = str(dialling.country_code), dialling.national_prefix or ""
    has_form = prefix in {"", "1"}
    if not has_form and digits.startswith(prefix) and len(digits) >= 9:
        return e164(digits, region)
    is_coded = digits.startswith(code)
    if is_coded and len(digits) >= 10 and (stated or written.isdigit()) and (value := e164("+" + digits, None)):
        return value
    bare = load_contact_words().bare.get(region)
    if bare and bare.fullmatch(digits) and (stated or region != "PH"):
        return e164(digits, region)
    is_dialled = (stated and (has_form or not is_coded)) or (has_form and _GROUPED.fullmatch(written))
    return e164(digits, region) if is_whole and is_dialled else None


@lru_cache(maxsize=4096)
def e164(digits: str, region: str | None) -> str | None:
    """The number in E.164 where it is a valid one, dialled from the region; ``+`` before the digits names its own."""
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    is_valid = phonenumbers.is_valid_number(number)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)) if is_valid else None


def national_form(number: str) -> str:
    """The digits by which a number in E.164 is dialled in its own country."""
    written = phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    return re.sub(r"\D", "", written)


def _stated_before(line: str, start: int) -> str | None:
    """What the nearest telling word before a number says it is: ``phone`` or ``other``."""
    first = max(line.rfind("\n", 0, start) + 1, start - 40)
    stated = None
    for found in load_contact_words().phone_stated.finditer(line, first, start):
        stated = found.lastgroup
    return stated


def _is_something_else(line: str, start: int, end: int, written: str) -> bool:
    """Money, a day, a span of years, or a code to dial."""
    if line[end : end + 1] == "#" or _MONEY.fullmatch(written) or _DAY.search(written) or _YEARS.fullmatch(written):
        return True
    words = load_pay_words()
    return bool(words.money_behind.match(line, end)) or bool(words.money_before.search(line, max(0, start - 8), start))


def _spelt_out(line: str, regions: Sequence[str]) -> Iterator[Phone]:
    """Numbers whose digits are words."""
    words = load_contact_words()
    for run in words.digit_run.finditer(line):
        digits = "".join(words.digits[word[0]] for word in words.digit_word.finditer(line, run.start(), run.end()))
        end = run.start() + len(run[0].rstrip(" ,.-"))
        found = {
            value for region in regions if (value := _at_home(digits, digits, region, stated=False, is_whole=True))
        }
        if len(found) == 1:
            yield Phone(found.pop(), run.start(), end)
