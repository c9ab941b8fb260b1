"""A year, a month and a day as one day, where they are one."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crawler.extract.calendar_words import load_calendar_words

__all__ = ["DateReader", "WrittenDay", "day_of", "day_without_year", "month_and_day", "short_year", "to_local"]

_BUDDHIST = 543
_YEARS = range(1990, 2101)
_AHEAD_AT_MOST = 10
"""In years: where people count by another calendar too, a later one is of that."""

_POSTED = (-330, 1)
_DEADLINE = (-60, 270)
"""How far a day without a year may lie from when the ad was seen. Less than a year wide: one day fits, or none."""

_SHORT_YEARS = (-5, 3)


WrittenDay = tuple[int, int, date | None]
"""Where a date begins and ends in its line, and its day; None where it is a date that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReader:
    """What a date is read by, besides its own words."""

    seen_at: datetime
    """In the reader's own time."""

    country: str | None
    language: str
    deadline: bool


def day_of(year: int, month: int, day: int, reader: DateReader) -> date | None:
    """The day, or None where there is no such one or the year is counted in a way that leaves it open.

    Thailand counts from the Buddha: 2569 is 2026.
    """
    words = load_calendar_words()
    if 2400 < year < 2700:
        if reader.country in words.other_buddhist:
            return None
        year -= _BUDDHIST
    if reader.country in words.other_calendar and year > reader.seen_at.year + _AHEAD_AT_MOST:
        return None
    return _real(year, month, day) if year in _YEARS else None


def short_year(year: int, month: int, day: int, reader: DateReader) -> date | None:
    """The day in a year of two digits: 26 is 2026, and 69 is 2569 in Thailand, where the ad was seen around then."""
    seen = reader.seen_at.year
    full = 2000 + year
    if reader.country == "TH" and not _SHORT_YEARS[0] <= full - seen <= _SHORT_YEARS[1]:
        full = 2500 + year - _BUDDHIST
    return _real(full, month, day) if _SHORT_YEARS[0] <= full - seen <= _SHORT_YEARS[1] else None


def day_without_year(month: int, day: int, reader: DateReader) -> date | None:
    """The one such day that a posting or a deadline can mean when the ad was seen; None where none is near."""
    seen = reader.seen_at.date()
    first, last = _DEADLINE if reader.deadline else _POSTED
    for year in (seen.year - 1, seen.year, seen.year + 1):
        found = _real(year, month, day)
        if found and first <= (found - seen).days <= last:
            return found
    return None


def month_and_day(first: int, second: int, reader: DateReader) -> tuple[int, int] | None:
    """Which of two numbers is the month, by country, else language, else where one of them can be none."""
    words = load_calendar_words()
    if first > 12 or first == second:
        return second, first
    if second > 12:
        return first, second
    if reader.country in words.month_first:
        return first, second
    if reader.country in words.day_first:
        return second, first
    if reader.country is None and reader.language in words.day_first_languages:
        return second, first
    return None


def to_local(moment: datetime, country: str | None) -> datetime:
    """The moment as the country's clocks show it, where it has one time all year; elsewhere as it is."""
    hours = load_calendar_words().zone.get(country or "")
    if hours is None:
        return moment
    try:
        return moment + timedelta(hours=hours)
    except OverflowError:
        return moment


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
