"""Dates in a text: written forms, relative days, moments in their zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from crawler.extract.fields.lexicon import load_calendar_words
from crawler.extract.vocabulary import plain, plain_pattern

_BUDDHIST = 543
_YEARS = range(1990, 2101)
_POSTED = (-330, 1)
_DEADLINE = (-60, 270)
"""How far a day without a year may lie from when the ad was seen. Less than a year wide: one day fits, or none."""

_WrittenDay = tuple[int, int, date | None]
"""Where a date begins and ends in its line, and its day; None where it is a date that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What a date is read by, besides its own words."""

    seen_at: datetime
    """In the reader's own time."""

    country: str | None
    language: str
    deadline: bool


def _day_of(year: int, month: int, day: int, reader: _Reader) -> date | None:
    """The day, or None where there is no such one or the year is counted in a way that leaves it open.

    Thailand counts from the Buddha: 2569 is 2026.
    """
    words = load_calendar_words()
    is_buddhist = 2400 < year < 2700
    year -= _BUDDHIST if is_buddhist else 0
    is_open = (is_buddhist and reader.country in words.other_buddhist) or (
        # Where people count by another calendar too, a year far ahead is of that.
        reader.country in words.other_calendar and year > reader.seen_at.year + 10
    )
    return _real(year, month, day) if year in _YEARS and not is_open else None


def _short_year(year: int, month: int, day: int, reader: _Reader) -> date | None:
    """The day in a year of two digits: 26 is 2026, and 69 is 2569 in Thailand, where the ad was seen around then."""
    near = range(reader.seen_at.year - 5, reader.seen_at.year + 4)
    full = 2000 + year
    if reader.country == "TH" and full not in near:
        full = 2500 + year - _BUDDHIST
    return _real(full, month, day) if full in near else None


def _day_without_year(month: int, day: int, reader: _Reader) -> date | None:
    """The one such day that a posting or a deadline can mean when the ad was seen; None where none is near."""
    seen = reader.seen_at.date()
    first, last = _DEADLINE if reader.deadline else _POSTED
    days = (_real(year, month, day) for year in (seen.year - 1, seen.year, seen.year + 1))
    return next((found for found in days if found and first <= (found - seen).days <= last), None)


def _month_and_day(first: int, second: int, reader: _Reader) -> tuple[int, int] | None:
    """Which of two numbers is the month, by country, else language, else where one of them can be none."""
    words = load_calendar_words()
    if first > 12 or first == second:
        return second, first
    if second > 12 or reader.country in words.month_first:
        return first, second
    is_day_first = reader.country in words.day_first or (
        reader.country is None and reader.language in words.day_first_languages
    )
    return (second, first) if is_day_first else None


def _to_local(moment: datetime, country: str | None) -> datetime:
    """The moment as the country's clocks show it, where it has one time all year; elsewhere as it is."""
    try:
        return moment + timedelta(hours=load_calendar_words().zone.get(country or "", 0))
    except OverflowError:
        return moment


def _real(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_PART = re.compile(r"(?P<number>\d+)|(?P<word>[^\s\d,/():;|\-–—'’]+)")


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Literal["number", "month", "marker", "other"]
    value: int
    digits: int
    start: int
    end: int


def _find_worded(line: str, reader: _Reader) -> list[_WrittenDay]:
    """Each date with a named month, where it stands and its day; None where it is a date that cannot be told."""
    parts: list[_Part] = []
    for part in _parts(line):
        if parts and parts[-1].kind == "marker":
            # "tháng 11" is the month that it is; a marker before a name says nothing more.
            marker = parts.pop()
            if part.kind == "number" and part.digits <= 2 and 1 <= part.value <= 12:
                parts.append(_Part("month", part.value, part.digits, marker.start, part.end))
                continue
        parts.append(part)
    parts = [part for part in parts if part.kind != "marker"]
    found: list[_WrittenDay] = []
    place, is_alone = 0, all(part.kind != "other" for part in parts)
    while place < len(parts):
        day, taken = _date_at(parts[place : place + 3], reader)
        # A short name of a month and a number are, among other words, often neither: "set 2", "mar 10".
        if taken and (taken > 2 or parts[place].kind == "number" or is_alone):
            found.append((parts[place].start, parts[place + taken - 1].end, day))
            place += taken - 1
        place += 1
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
            # A run of letters of a script without spaces can hold a month among other words.
            if inside := words.month_inside.search(word):
                yield _Part("month", words.months[inside[0]], 0, *found.span())
            elif words.between_inside.sub("", word).strip("."):
                yield _Part("other", 0, 0, *found.span())
            elif any(word.endswith(marker) for marker in words.month_markers):
                yield _Part("marker", 0, 0, *found.span())


def _date_at(parts: list[_Part], reader: _Reader) -> tuple[date | None, int]:
    """The date that begins here, and how many parts it takes; 0 where none does."""
    kinds = [part.kind for part in parts]
    # "tháng 11/26" is a month and a year: a month in a number stands behind its day.
    if kinds[:2] == ["month", "number"] and parts[0].digits:
        return None, 2
    if kinds in (["number", "month", "number"], ["month", "number", "number"], ["number", "number", "month"]):
        month = parts[kinds.index("month")]
        first, second = (part for part in parts if part.kind == "number")
        # A year of four digits says so wherever it stands; of two digits it comes last.
        year, day = (first, second) if first.digits == 4 else (second, first)
        if day.digits <= 2 and year.digits == 4:
            return _day_of(year.value, month.value, day.value, reader), 3
        if day.digits <= 2 and year.digits == 2 and kinds[2] == "number":
            return _short_year(year.value, month.value, day.value, reader), 3
    if sorted(kinds[:2]) == ["month", "number"]:
        month, day = (parts[0], parts[1]) if kinds[0] == "month" else (parts[1], parts[0])
        return (_day_without_year(month.value, day.value, reader) if day.digits <= 2 else None), 2
    return None, 0


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
_COMPACT = re.compile(r"(?<!\d)(?P<year>20\d{2})(?P<month>[01]\d)(?P<day>[0-3]\d)(?!\d)")


def _find_numeric(line: str, reader: _Reader) -> list[_WrittenDay]:
    """Each date with a year, where it stands and its day; None where it is a date that cannot be told."""
    words = load_calendar_words()
    found: list[_WrittenDay] = []

    def add(match: re.Match[str], before: int = 0) -> None:
        year = int(match["year"]) if match["year"].isdigit() else 1  # 元: the first of an era
        found.append((*match.span(), _day_of(before + year, int(match["month"]), int(match["day"]), reader)))

    # Years of an emperor or of the Republic: 令和8年 and 民國115年 are 2026.
    for match in words.era.finditer(line):
        add(match, words.eras[match["era"]])
    for match in _TAIWAN.finditer(line) if reader.country == "TW" else ():
        add(match, 1911)
    for match in _YEAR_FIRST.finditer(line):
        add(match)
    for match in _YEAR_LAST.finditer(line):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        # Only Thailand and its neighbours count so, the day first; with points nobody puts the month first.
        is_day_first = year > 2400 or (match[2] == "." and second <= 12)
        order = (second, first) if is_day_first else _month_and_day(first, second, reader)
        found.append((*match.span(), _day_of(year, *order, reader) if order else None))
    for match in _SHORT.finditer(line) if not found else ():
        first, second, third = int(match[1]), int(match[3]), int(match[4])
        if reader.country in words.year_first:
            found.append((*match.span(), _short_year(first, second, third, reader)))
        else:
            order = _month_and_day(first, second, reader)
            found.append((*match.span(), _short_year(third, *order, reader) if order else None))
    for match in _COMPACT.finditer(line) if not found and len(line) == 8 else ():
        add(match)
    return found


def _find_without_year(line: str, reader: _Reader) -> list[_WrittenDay]:
    """The same for dates of day and month alone.

    30/11 is a day alone in its line or behind a word for a day; 2-3 with a dash only as 02-03, alone.
    """
    found: list[_WrittenDay] = [
        (*match.span(), _day_without_year(int(match["month"]), int(match["day"]), reader))
        for match in _HAN.finditer(line)
    ]
    is_alone = _WORD.search(line) is None
    for match in _PAIR.finditer(line) if not found else ():
        if match["mark"] == "-" and (len(match["first"]) < 2 or len(match["second"]) < 2):
            continue
        before_day = load_calendar_words().before_day
        if is_alone or (match["mark"] == "/" and before_day.search(line, 0, match.start())):
            order = _month_and_day(int(match["first"]), int(match["second"]), reader)
            found.append((*match.span(), _day_without_year(*order, reader) if order else None))
    return found


_UNITS = frozenset({"second", "minute", "hour", "day"})
"""A week or a month ago is no day."""


def _read_relative(line: str, reader: _Reader) -> date | None:
    """The day that a short plain line names by its distance; None where the distance is open or has no direction."""
    words = load_calendar_words()
    phrases = {words.phrases[found[0]] for found in words.phrase.finditer(line)}
    if phrases:
        # "today, 3 hours ago" says the hours of the same day: the phrase is enough.
        return (reader.seen_at + timedelta(days=phrases.pop())).date() if len(phrases) == 1 else None
    quantities = list(words.quantity.finditer(line))
    if not quantities or words.more.search(line):
        return None
    span = timedelta()
    for found in quantities:
        unit, digits = words.units[found["unit"] or found["first_unit"]], found["number"] or found["behind"]
        if unit not in _UNITS:
            return None
        span += timedelta(**{f"{unit}s": int(digits) if digits else words.numbers[found["word"]]})
    first, last = quantities[0].start(), quantities[-1].end()
    ago = words.ago_before.search(line, 0, first) or words.ago_behind.match(line, last)
    left = words.left_before.search(line, 0, first) or words.left_behind.match(line, last)
    if left:
        return (reader.seen_at + span).date() if reader.deadline and not ago else None
    # Without a word of direction only "3d" by itself is a distance; of a deadline it says nothing.
    is_alone = line.strip(" .") == line[first:last]
    return (reader.seen_at - span).date() if ago or (is_alone and not reader.deadline) else None


_EPOCH = re.compile(r"([12]\d{9})(?:\d{3})?(?:\.\d{1,9})?")
_TIME = re.compile(
    r"(?:(?<=\d)t|(?<![\d:]))(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?(?![\d:])\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*(?:(?P<utc>z|gmt|utc)(?![a-z+-])|[a-z]{1,3}[sd]t(?=\s\d{4}))?(?:(?:gmt|utc)?\s?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})(?!\d))?"
)
_RANGE = re.compile(plain_pattern(r"\s{0,9}(?:-|–|—|~|～|〜|to|đến|s/d|sampai|至|到|ถึง|до|a|à|au|al)\s{0,9}"))
_HALF_RANGE = re.compile(plain_pattern(r"\d\s?(?:-|–|—|~|～|〜|to|đến|s/d|sampai|至|到|ถึง)\s?\Z"))

_END_OF_DAY = (23, 59)
"""Programs write it for the day that they name, whatever zone they put behind it."""


def read_date(
    text: str | None,
    *,
    seen_at: datetime,
    country: str | None = None,
    language: str | None = None,
    deadline: bool = False,
) -> date | None:
    """The day that a text names, or None where it cannot be told.

    The day is the reader's own: a moment in UTC and ``3 hours ago`` are counted in the country's time where it has one
    time all year. Days and months in numbers are read as the country writes them, else the language, else only where
    one of them can be no month. ``2 weeks ago`` is no day, and ``30+ days ago`` neither. A ``deadline`` may lie ahead
    (``5 days left``). A day without a year is the one that fits, where one does.
    """
    if not text:
        return None
    line = plain(text[:200]).strip()
    if epoch := _EPOCH.fullmatch(line):
        return _to_local(datetime.fromtimestamp(int(epoch[1]), UTC), country).date()
    if load_calendar_words().not_a_date.search(line):
        return None
    reader = _Reader(
        seen_at=_to_local(seen_at, country),
        country=country,
        language=(language or "")[:3].split("-")[0].lower(),
        deadline=deadline,
    )
    clock = _TIME.search(line)
    rest = _TIME.sub(lambda found: " " * len(found[0]), line) if clock else line
    for find in (_find_numeric, _find_worded, _find_without_year):
        found = find(rest, reader)
        if found:
            found.sort(key=lambda written: written[0])
            start, end, day = found[0]
            if len({each for _, _, each in found}) > 1:  # of a range's two the first for a posting, else the last
                is_range = len(found) == 2 and _RANGE.fullmatch(rest, end, found[1][0])
                day = found[1 if deadline else 0][2] if is_range else None
            elif not deadline and _HALF_RANGE.search(rest, 0, start):
                day = None  # "01 - 30/11/2026" does not say when it was posted
            return _at_home(day, clock, country) if day and clock and len(found) == 1 else day
    return _read_relative(line, reader) if len(line) <= 80 else None


def _at_home(day: date, clock: re.Match[str], country: str | None) -> date:
    """The day that a moment with a zone is at home."""
    has_zone = clock["utc"] or clock["sign"]
    hour, minute = int(clock["hour"]), int(clock["minute"])
    is_time = hour < 24 and minute < 60 and (hour, minute) != _END_OF_DAY
    if not has_zone or not is_time or country not in load_calendar_words().zone:
        return day
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0] == "p" else 0)
    ahead = timedelta(hours=int(clock["hours"] or 0), minutes=int(clock["minutes"] or 0))
    moment = datetime.combine(day, time(hour, minute), UTC) + (ahead if clock["sign"] == "-" else -ahead)
    return _to_local(moment, country).date()
