"""Words of dates, for plain texts; days that they make with numbers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from crawler.extract.vocabulary import compiled_late, plain, plain_pattern, word_pattern
from crawler.files import read_word_list

__all__ = [
    "CalendarWords",
    "DateReader",
    "WrittenDay",
    "day_of",
    "day_without_year",
    "load_calendar_words",
    "month_and_day",
    "short_year",
    "to_local",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarWords:
    """Everything plain: in lower case, digits as 0 to 9."""

    day_first: frozenset[str]
    month_first: frozenset[str]
    day_first_languages: frozenset[str]
    year_first: frozenset[str]
    other_calendar: frozenset[str]
    other_buddhist: frozenset[str]
    zone: Mapping[str, float]
    months: Mapping[str, int]
    """Names of several words are joined by ``_``."""

    long_month: re.Pattern[str]
    month_inside: re.Pattern[str]
    """A month of a script without spaces, which may stand anywhere in a run of letters."""

    between: frozenset[str]
    between_inside: re.Pattern[str]
    month_markers: frozenset[str]
    not_a_date: re.Pattern[str]
    quantity: re.Pattern[str]
    units: Mapping[str, str]
    numbers: Mapping[str, int]
    ago_before: re.Pattern[str]
    ago_behind: re.Pattern[str]
    left_before: re.Pattern[str]
    left_behind: re.Pattern[str]
    before_day: re.Pattern[str]
    more: re.Pattern[str]
    phrase: re.Pattern[str]
    phrases: Mapping[str, int]
    """Days from when the ad was seen: yesterday is -1."""

    era: re.Pattern[str]
    eras: Mapping[str, int]


@cache
def load_calendar_words() -> CalendarWords:
    """The words; read once, because they are part of the program."""
    table = read_word_list("calendar_words")
    months = {plain(name).strip("."): int(month) for month, names in table["months"].items() for name in names}
    between = {plain(word).strip(".-") for word in table["between"]["words"]}
    units = {plain(word): unit for unit, words in table["units"].items() for word in words}
    numbers = {plain(word): int(number) for number, words in table["numbers"].items() for word in words}
    phrases = {plain(word): -int(days) for days, words in table["past"].items() for word in words}
    phrases |= {plain(word): int(days) for days, words in table["ahead"].items() for word in words}
    eras = {plain(word): int(before) for before, words in table["eras"].items() for word in words}
    return CalendarWords(
        **{name: frozenset(table[name]) for name in _SETS},
        zone={country: float(hours) for hours, countries in table["zone"].items() for country in countries},
        months={name.replace(" ", "_"): month for name, month in months.items()},
        long_month=compiled_late(lambda: word_pattern(name for name in months if " " in name)),
        month_inside=compiled_late(lambda: word_pattern(month for month in months if not month[-1].isalpha())),
        between=frozenset(between),
        between_inside=compiled_late(lambda: word_pattern(word for word in between if word and not word[-1].isalpha())),
        month_markers=frozenset(map(plain, table["between"]["month"])),
        # Round the clock; but 24/7/2026 is a day in July.
        not_a_date=compiled_late(
            lambda: rf"(?<!\d)(?<!\d/)(?:{'|'.join(map(re.escape, table['not_a_date']['words']))})(?!/?\d)"
        ),
        quantity=compiled_late(
            lambda: (
                rf"(?:(?P<number>(?<!\d)\d{{1,3}})|(?P<word>{word_pattern(numbers)}))"
                rf"\s?(?P<unit>{word_pattern(units)})"
                rf"|(?P<first_unit>{word_pattern(table['unit_first']['words'])})\s(?P<behind>\d{{1,3}})(?!\d)"
            )
        ),
        units=units,
        numbers=numbers,
        ago_before=compiled_late(lambda: rf"{word_pattern(table['ago']['before'])}\s?\Z"),
        ago_behind=compiled_late(lambda: rf"\s?{word_pattern(table['ago']['behind'])}"),
        left_before=compiled_late(lambda: rf"{word_pattern(table['left']['before'])}\s?\Z"),
        left_behind=compiled_late(lambda: rf"\s?{word_pattern(table['left']['behind'])}"),
        more=compiled_late(lambda: word_pattern(table["open"]["words"])),
        before_day=compiled_late(lambda: rf"{word_pattern(table['before_day']['words'])}\s?[:：]?\s?\Z"),
        phrase=compiled_late(lambda: word_pattern(phrases)),
        phrases=phrases,
        era=compiled_late(
            lambda: (
                rf"(?P<era>{word_pattern(eras)})"
                + plain_pattern(
                    r"\s?(?P<year>\d{1,3}|元)(?:年|\s?[./-])\s?(?P<month>\d{1,2})(?:月|[./-])\s?(?P<day>\d{1,2})(?!\d)"
                )
            )
        ),
        eras=eras,
    )


_SETS = ("day_first", "month_first", "day_first_languages", "year_first", "other_calendar", "other_buddhist")
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
