"""Days counted from when the ad was seen: yesterday, 3 days ago, 5 days left."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from crawler.extract.calendar_words import load_calendar_words
from crawler.extract.days import DateReader

__all__ = ["read_relative"]

_LONGEST = 80
_STEPS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
"""A week or a month ago is no day."""


def read_relative(line: str, reader: DateReader) -> date | None:
    """The day that a short plain line names by its distance; None where the distance is open or has no direction."""
    if len(line) > _LONGEST:
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
