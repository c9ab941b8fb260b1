"""Dates in a text: written forms, relative days, moments in their zone."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from crawler.extract.fields.calendar_words import (
    DateReader,
    WrittenDay,
    day_of,
    day_without_year,
    load_calendar_words,
    month_and_day,
    short_year,
    to_local,
)
from crawler.extract.vocabulary import plain, plain_pattern

__all__ = ["read_date"]

_PART = re.compile(r"(?P<number>\d+)|(?P<word>[^\s\d,/():;|\-–—'’]+)")


@dataclass(frozen=True, slots=True)
class _Part:
    kind: Literal["number", "month", "marker", "other"]
    value: int
    digits: int
    start: int
    end: int


def _find_worded(line: str, reader: DateReader) -> list[WrittenDay]:
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


def _find_numeric(line: str, reader: DateReader) -> list[WrittenDay]:
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


def _find_without_year(line: str, reader: DateReader) -> list[WrittenDay]:
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


_LONGEST_RELATIVE = 80
_STEPS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
"""A week or a month ago is no day."""


def _read_relative(line: str, reader: DateReader) -> date | None:
    """The day that a short plain line names by its distance; None where the distance is open or has no direction."""
    if len(line) > _LONGEST_RELATIVE:
        return None
    words = load_calendar_words()
    phrases = {words.phrases[found[0]] for found in words.phrase.finditer(line)}
    if phrases:
        # "today, 3 hours ago" says the hours of the same day: the phrase is enough.
        return _from(reader, timedelta(days=phrases.pop())) if len(phrases) == 1 else None
    quantities = list(words.quantity.finditer(line))
    if not quantities or words.more.search(line):
        return None
    span = _span(quantities)
    first, last = quantities[0].start(), quantities[-1].end()
    ago = words.ago_before.search(line, 0, first) or words.ago_behind.match(line, last)
    left = words.left_before.search(line, 0, first) or words.left_behind.match(line, last)
    if span is None or (ago and left):
        return None
    if left:
        return _from(reader, span) if reader.deadline else None
    # Without a word of direction only "3d" by itself is a distance; of a deadline it says nothing.
    is_alone = line.strip(" .") == line[first:last]
    return _from(reader, -span) if ago or (is_alone and not reader.deadline) else None


def _span(quantities: Sequence[re.Match[str]]) -> timedelta | None:
    words = load_calendar_words()
    span = timedelta()
    for found in quantities:
        step = _STEPS.get(words.units[found["unit"] or found["first_unit"]])
        if step is None:
            return None
        digits = found["number"] or found["behind"]
        span += step * (int(digits) if digits else words.numbers[found["word"]])
    return span


def _from(reader: DateReader, span: timedelta) -> date:
    return (reader.seen_at + span).date()


_LONGEST = 200
_EPOCH = re.compile(r"([12]\d{9})(?:\d{3})?(?:\.\d{1,9})?")
_TIME = re.compile(
    r"(?:(?<=\d)t|(?<![\d:]))(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?(?![\d:])\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*(?:(?P<utc>z|gmt|utc)(?![a-z+-]))?(?:(?:gmt|utc)?\s?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})(?!\d))?"
)
_PLAIN_ISO = re.compile(r"20[0-3][0-9]-[01][0-9]-[0-3][0-9]")
"""Nepal's years are past 2080 by now."""

_ISO_MOMENT = re.compile(
    r"20[0-3][0-9]-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][01][0-9]:?[0-5][0-9])?"
)
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)

_RANGE = re.compile(plain_pattern(r"\s{0,9}(?:-|–|—|~|～|〜|to|đến|s/d|sampai|至|到|ถึง|до|a|à|au|al)\s{0,9}"))
_HALF_RANGE = re.compile(plain_pattern(r"\d\s?(?:-|–|—|~|～|〜|to|đến|s/d|sampai|至|到|ถึง)\s?\Z"))


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
    if _PLAIN_ISO.fullmatch(text):  # most structured data has no other form
        with suppress(ValueError):
            return date.fromisoformat(text)
    if _ISO_MOMENT.fullmatch(text) and country not in load_calendar_words().other_calendar:
        return _moment_of(text, country, (language or "")[:3], deadline=deadline)
    return _any_date(text, seen_at=seen_at, country=country, language=language, deadline=deadline)


@lru_cache(maxsize=1024)
def _moment_of(text: str, country: str | None, language: str, *, deadline: bool) -> date | None:
    """The day of a moment that is written out, which is the same whenever it is read; a board's ads share some."""
    return _any_date(text, seen_at=_ANY_TIME, country=country, language=language, deadline=deadline)


def _any_date(
    text: str, *, seen_at: datetime, country: str | None, language: str | None, deadline: bool
) -> date | None:
    line = plain(text[:_LONGEST]).strip()
    if epoch := _EPOCH.fullmatch(line):
        return to_local(datetime.fromtimestamp(int(epoch[1]), UTC), country).date()
    if load_calendar_words().not_a_date.search(line):
        return None
    reader = DateReader(
        seen_at=to_local(seen_at, country),
        country=country,
        language=(language or "")[:3].split("-")[0].lower(),
        deadline=deadline,
    )
    clock = _TIME.search(line)
    rest = _TIME.sub(lambda found: " " * len(found[0]), line) if clock else line
    for find in (_find_numeric, _find_worded, _find_without_year):
        found = find(rest, reader)
        if found:
            day = _one_of(found, rest, reader)
            return _at_home(day, clock, country) if day and clock and len(found) == 1 else day
    return _read_relative(line, reader)


def _one_of(found: Sequence[WrittenDay], line: str, reader: DateReader) -> date | None:
    """The one day; of a range's two, its first for a posting and its last for a deadline."""
    found = sorted(found, key=lambda match: match[0])
    start, _, first = found[0]
    if len({day for _, _, day in found}) == 1:
        # "01 - 30/11/2026" does not say when it was posted.
        return None if not reader.deadline and _HALF_RANGE.search(line, 0, start) else first
    if len(found) != 2 or not _RANGE.fullmatch(line, found[0][1], found[1][0]):
        return None
    return found[1][2] if reader.deadline else first


def _at_home(day: date, clock: re.Match[str], country: str | None) -> date:
    """The day that a moment with a zone is at home.

    23:59 is how programs write the end of the day that they name, whatever zone they put behind it.
    """
    has_zone = clock["utc"] or clock["sign"]
    hour, minute = int(clock["hour"]), int(clock["minute"])
    if (
        not has_zone
        or hour > 23
        or minute > 59
        or (hour, minute) == (23, 59)
        or country not in load_calendar_words().zone
    ):
        return day
    if clock["half"]:
        hour = hour % 12 + (12 if clock["half"][0] == "p" else 0)
    ahead = timedelta()
    if clock["sign"]:
        ahead = timedelta(hours=int(clock["hours"]), minutes=int(clock["minutes"])) * (
            1 if clock["sign"] == "+" else -1
        )
    moment = datetime.combine(day, time(hour, minute), UTC) - ahead
    return to_local(moment, country).date()
