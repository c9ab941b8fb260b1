"""Dates in numbers: 2026-11-05, 05/11/2026, 2026年11月5日, 令和8年11月5日, 5/11."""

import re
from collections.abc import Iterator
from datetime import date

from crawler.extract.calendar_words import load_calendar_words
from crawler.extract.days import DateReader, WrittenDay, day_of, day_without_year, month_and_day, short_year
from crawler.extract.word_pattern import plain_pattern

__all__ = ["find_numeric", "find_without_year"]

_YEAR_FIRST = re.compile(
    plain_pattern(
        r"(?<![\d./-])(?P<year>\d{4})\s?(?:[-/.]|年|년)\s?(?P<month>\d{1,2})\s?(?:[-/.]|月|월)\s?(?P<day>\d{1,2})(?!\d|[./-]\d)"
    )
)
_YEAR_LAST = re.compile(r"(?<![\d./])(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d|[./]\d)")
_SHORT = re.compile(r"(?<![\d./-])(\d{1,2})([/.-])(\d{1,2})\2(\d{2})(?!\d|[./-]\d)")
_TAIWAN = re.compile(r"(?<![\d./-])(?P<year>1\d{2})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?!\d|[./-]\d)")
_HAN = re.compile(plain_pattern(r"(?<!\d)(?P<month>\d{1,2})\s?(?:月|월)\s?(?P<day>\d{1,2})\s?(?:日|号|號|일)"))
_PAIR = re.compile(r"(?<![\d.,/-])(?P<first>\d{1,2})\s?(?P<mark>[/-])\s?(?P<second>\d{1,2})(?!\d|\s?[./%-]\s?\d|\s?%)")
_WORD = re.compile("(?:[^\\W\\d_]|[\ue000-\uf8ff]){2}")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})([01]\d)([0-3]\d)(?!\d)")


def find_numeric(line: str, reader: DateReader) -> list[WrittenDay]:
    """Each date with a year, where it stands and its day; None where it is a date that cannot be told."""
    found = [*_by_era(line, reader)]
    found += [
        (one.start(), one.end(), day_of(int(one["year"]), int(one["month"]), int(one["day"]), reader))
        for one in _YEAR_FIRST.finditer(line)
    ]
    for one in _YEAR_LAST.finditer(line):
        found.append((one.start(), one.end(), _ordered(one, reader)))
    if not found:
        found = [
            (one.start(), one.end(), _short(int(one[1]), int(one[3]), int(one[4]), reader))
            for one in _SHORT.finditer(line)
        ]
    if not found and len(line) == 8:
        found = [
            (one.start(), one.end(), day_of(int(one[1]), int(one[2]), int(one[3]), reader))
            for one in _COMPACT.finditer(line)
        ]
    return found


def find_without_year(line: str, reader: DateReader) -> list[WrittenDay]:
    """The same for dates of day and month alone."""
    found = [
        (one.start(), one.end(), day_without_year(int(one["month"]), int(one["day"]), reader))
        for one in _HAN.finditer(line)
    ]
    for one in _PAIR.finditer(line) if not found else ():
        if not _is_day(one, line):
            continue
        order = month_and_day(int(one["first"]), int(one["second"]), reader)
        found.append((one.start(), one.end(), day_without_year(*order, reader) if order else None))
    return found


def _is_day(pair: re.Match[str], line: str) -> bool:
    """Whether 30/11 is a day: alone in its line or behind a word for a day; 2-3 with a dash only as 02-03, alone."""
    if pair["mark"] == "-" and (len(pair["first"]) < 2 or len(pair["second"]) < 2):
        return False
    if not _WORD.search(line):
        return True
    return pair["mark"] == "/" and load_calendar_words().before_day.search(line, 0, pair.start()) is not None


def _by_era(line: str, reader: DateReader) -> Iterator[WrittenDay]:
    """Years of an emperor or of the Republic: 令和8年 and 民國115年 are 2026."""
    words = load_calendar_words()
    for one in words.era.finditer(line):
        year = int(one["year"]) if one["year"].isdigit() else 1
        yield one.start(), one.end(), day_of(words.eras[one["era"]] + year, int(one["month"]), int(one["day"]), reader)
    if reader.country == "TW":
        for one in _TAIWAN.finditer(line):
            yield one.start(), one.end(), day_of(1911 + int(one["year"]), int(one["month"]), int(one["day"]), reader)


def _ordered(written: re.Match[str], reader: DateReader) -> date | None:
    first, second, year = int(written[1]), int(written[3]), int(written[4])
    # Only Thailand and its neighbours count so, and they put the day first; with points nobody puts the month first.
    order = (
        (second, first) if year > 2400 or (written[2] == "." and second <= 12) else month_and_day(first, second, reader)
    )
    return day_of(year, *order, reader) if order else None


def _short(first: int, second: int, third: int, reader: DateReader) -> date | None:
    if reader.country in load_calendar_words().year_first:
        return short_year(first, second, third, reader)
    order = month_and_day(first, second, reader)
    return short_year(third, *order, reader) if order else None
