"""Written forms of a date: in numbers, with a month's name, without a year."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from crawler.extract.fields.calendar_words import (
    DateReader,
    WrittenDay,
    day_of,
    day_without_year,
    load_calendar_words,
    month_and_day,
    short_year,
)
from crawler.extract.vocabulary import plain_pattern

__all__ = ["find_numeric", "find_without_year", "find_worded"]

_PART = re.compile(r"(?P<number>\d+)|(?P<word>[^\s\d,/():;|\-–—'’]+)")


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Literal["number", "month", "marker", "other"]
    value: int
    digits: int
    start: int
    end: int


def find_worded(line: str, reader: DateReader) -> list[WrittenDay]:
    """Each date with a named month, where it stands and its day; None where it is a date that cannot be told."""
    parts = _months_by_number(list(_parts(line)))
    found: list[WrittenDay] = []
    place = 0
    is_alone = all(part.kind != "other" for part in parts)
    while place < len(parts):
        day, taken = _date_at(parts[place : place + 3], reader)
        if taken == 2 and parts[place].kind == "month" and not is_alone:
            # A short name of a month and a number are, among other words, often neither: "set 2", "mar 10".
            taken = 0
        if taken:
            found.append((parts[place].start, parts[place + taken - 1].end, day))
        place += taken or 1
    return found


def _parts(line: str) -> Iterator[_Part]:
    """Numbers and months in their order, without words of no weight; any other word parts what it stands between."""
    words = load_calendar_words()
    line = words.long_month.sub(lambda found: found[0].replace(" ", "_"), line)
    for found in _PART.finditer(line):
        if found["number"]:
            yield _Part("number", int(found["number"][:9]), len(found["number"]), *found.span())
            continue
        word = found["word"].strip(".")
        if word in words.months:
            yield _Part("month", words.months[word], 0, *found.span())
        elif word in words.month_markers:
            yield _Part("marker", 0, 0, *found.span())
        elif word and word not in words.between:
            yield from _inside(word, *found.span())


def _inside(word: str, start: int, end: int) -> Iterator[_Part]:
    """A run of letters of a script without spaces can hold a month among other words."""
    words = load_calendar_words()
    inside = words.month_inside.search(word)
    if inside:
        yield _Part("month", words.months[inside[0]], 0, start, end)
    elif words.between_inside.sub("", word).strip("."):
        yield _Part("other", 0, 0, start, end)
    elif any(word.endswith(marker) for marker in words.month_markers):
        yield _Part("marker", 0, 0, start, end)


def _months_by_number(parts: list[_Part]) -> list[_Part]:
    """``tháng 11`` as the month that it is; a marker before a name says nothing more."""
    made: list[_Part] = []
    for part in parts:
        if made and made[-1].kind == "marker":
            marker = made.pop()
            if part.kind == "number" and part.digits <= 2 and 1 <= part.value <= 12:
                made.append(_Part("month", part.value, part.digits, marker.start, part.end))
                continue
        made.append(part)
    return [part for part in made if part.kind != "marker"]


def _date_at(parts: list[_Part], reader: DateReader) -> tuple[date | None, int]:
    """The date that begins here, and how many parts it takes; 0 where none does."""
    kinds = [part.kind for part in parts]
    # "tháng 11/26" is a month and a year: a month in a number stands behind its day.
    if kinds[:2] == ["month", "number"] and parts[0].digits:
        return None, 2
    if kinds in (["number", "month", "number"], ["month", "number", "number"], ["number", "number", "month"]):
        day = _with_year(parts, kinds, reader)
        if day is not None:
            return day[0], 3
    if sorted(kinds[:2]) == ["month", "number"]:
        month, day_part = (parts[0], parts[1]) if kinds[0] == "month" else (parts[1], parts[0])
        return (day_without_year(month.value, day_part.value, reader) if day_part.digits <= 2 else None), 2
    return None, 0


def _with_year(parts: Sequence[_Part], kinds: Sequence[str], reader: DateReader) -> tuple[date | None] | None:
    """The day of a month and two numbers, in a tuple; None where they are no day and year."""
    month = parts[kinds.index("month")]
    first, second = (part for part in parts if part.kind == "number")
    # A year of four digits says so wherever it stands; of two digits it comes last.
    year, day = (first, second) if first.digits == 4 else (second, first)
    if day.digits <= 2 and year.digits == 4:
        return (day_of(year.value, month.value, day.value, reader),)
    if day.digits <= 2 and year.digits == 2 and kinds[2] == "number":
        return (short_year(year.value, month.value, day.value, reader),)
    return None


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
        (match.start(), match.end(), day_of(int(match["year"]), int(match["month"]), int(match["day"]), reader))
        for match in _YEAR_FIRST.finditer(line)
    ]
    for match in _YEAR_LAST.finditer(line):
        found.append((match.start(), match.end(), _ordered(match, reader)))
    if not found:
        found = [
            (match.start(), match.end(), _short(int(match[1]), int(match[3]), int(match[4]), reader))
            for match in _SHORT.finditer(line)
        ]
    if not found and len(line) == 8:
        found = [
            (match.start(), match.end(), day_of(int(match[1]), int(match[2]), int(match[3]), reader))
            for match in _COMPACT.finditer(line)
        ]
    return found


def find_without_year(line: str, reader: DateReader) -> list[WrittenDay]:
    """The same for dates of day and month alone."""
    found = [
        (match.start(), match.end(), day_without_year(int(match["month"]), int(match["day"]), reader))
        for match in _HAN.finditer(line)
    ]
    for match in _PAIR.finditer(line) if not found else ():
        if not _is_day(match, line):
            continue
        order = month_and_day(int(match["first"]), int(match["second"]), reader)
        found.append((match.start(), match.end(), day_without_year(*order, reader) if order else None))
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
    for match in words.era.finditer(line):
        year = int(match["year"]) if match["year"].isdigit() else 1
        yield (
            match.start(),
            match.end(),
            day_of(words.eras[match["era"]] + year, int(match["month"]), int(match["day"]), reader),
        )
    if reader.country == "TW":
        for match in _TAIWAN.finditer(line):
            yield (
                match.start(),
                match.end(),
                day_of(1911 + int(match["year"]), int(match["month"]), int(match["day"]), reader),
            )


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
