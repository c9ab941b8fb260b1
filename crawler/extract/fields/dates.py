"""Dates as ads write them, days counted from when the ad was seen included."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from crawler.extract.fields.calendar_words import DateReader, WrittenDay, load_calendar_words, to_local
from crawler.extract.fields.date_formats import find_numeric, find_without_year, find_worded
from crawler.extract.vocabulary import plain, plain_pattern

__all__ = ["read_date"]

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
    for find in (find_numeric, find_worded, find_without_year):
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
