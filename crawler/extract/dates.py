"""Dates as ads write them."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from crawler.extract.plain_text import fold

__all__ = ["read_date"]

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?(?:[/.]|年|년)\s?(\d{1,2})\s?(?:[/.]|月|월)\s?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)")
_NAMED = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?\s*(?:de\s+|tháng\s+)?([^\d\s,./-][^\d\s,/-]{0,15})\.?,?\s*(?:de\s+|พ\.ศ\.\s*)?(\d{4})(?!\d)"
)
_VIETNAMESE = re.compile(r"(?<!\d)(\d{1,2})\s+tháng\s+(\d{1,2})\s*(?:,|năm|/)?\s*(\d{4})")
_NAMED_FIRST = re.compile(r"([^\d\s,./-][^\d\s,/.-]{1,15})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_AGO = re.compile(r"(?<!\d)(\d{1,3})\s*([^\W\d_]+(?:\u0e31[^\W\d_]*)?)")
_BUDDHIST = 543


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    months: dict[str, int]
    ago: dict[str, int]
    now: dict[str, int]
    day_first: frozenset[str]


def read_date(text: str | None, *, seen_at: datetime, country: str | None = None) -> date | None:
    """The day that a text names, or None where it cannot be told.

    Days and months in numbers are read day first where the country writes so, and elsewhere only where one of them
    cannot be a month. ``3 days ago`` counts from when the ad was seen; ``2 months ago`` is no day and stays unread.
    """
    if not text:
        return None
    line = unicodedata.normalize("NFKC", "".join(_ascii_digit(char) for char in text[:200])).strip()
    if _EPOCH.fullmatch(line):
        return _from_epoch(float(line))
    for pattern in (_ISO, _YEAR_FIRST):
        if found := pattern.search(line):
            return _day(found[1], found[2], found[3])
    if found := _VIETNAMESE.search(line.casefold()):
        return _day(found[3], found[2], found[1])
    if found := _YEAR_LAST.search(line):
        return _year_last(found[1], found[2], found[3], country)
    return _named(line.casefold()) or _relative(fold(line), seen_at)


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if not char.isascii() and char.isdecimal() else char


def _from_epoch(number: float) -> date | None:
    try:
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def _day(year: str, month: str | int, day: str) -> date | None:
    number = int(year)
    # Thailand counts from the Buddha: 2569 is 2026.
    number -= _BUDDHIST if 2400 < number < 2700 else 0
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None


def _year_last(first: str, second: str, year: str, country: str | None) -> date | None:
    if int(first) > 12 or first == second or country in _calendar().day_first or int(year) > 2400:
        return _day(year, second, first)
    return _day(year, first, second) if int(second) > 12 else None


def _named(line: str) -> date | None:
    months = _calendar().months
    if found := _NAMED.search(line):
        month = months.get(unicodedata.normalize("NFC", found[2]).strip(". "))
        if month:
            return _day(found[3], month, found[1])
    if found := _NAMED_FIRST.search(line):
        month = months.get(unicodedata.normalize("NFC", found[1]).strip(". "))
        if month:
            return _day(found[3], month, found[2])
    return None


def _relative(line: str, seen_at: datetime) -> date | None:
    calendar = _calendar()
    for words, days in calendar.now.items():
        if words in line and len(line) < 40:
            return (seen_at - timedelta(days=days)).date()
    found = _AGO.search(line)
    if not found or len(line) > 60:
        return None
    unit = max((word for word in calendar.ago if found[2].startswith(word)), key=len, default=None)
    if unit is None or calendar.ago[unit] > 1 or (unit.isascii() and unit != found[2]):
        return None
    return (seen_at - timedelta(days=int(found[1]) * calendar.ago[unit])).date()


@cache
def _calendar() -> _Calendar:
    table = tomllib.loads(files("crawler.extract").joinpath("calendar_words.toml").read_text("utf-8"))
    return _Calendar(
        months={name: int(month) for month, names in table["months"].items() for name in names},
        ago={fold(word): int(days) for days, words in table["ago"].items() for word in words},
        now={fold(word): int(days) for days, words in table["now"].items() for word in words},
        day_first=frozenset(table["day_first"]),
    )
