"""Days counted from when the ad was seen: yesterday, 3 days ago, 5 days left."""

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
    ahead, ago = bool(words.left.search(line)), bool(words.ago.search(line))
    span = _span(line, has_direction=ahead or ago)
    if phrases:
        # "today, 3 hours ago" says the hours of the same day: the phrase is enough.
        return _from(reader, timedelta(days=phrases.pop())) if len(phrases) == 1 else None
    if span is None or (ahead and ago):
        return None
    if ahead:
        return _from(reader, span) if reader.deadline else None
    # "3 days" alone is how long ago an ad was posted; of a deadline it says nothing.
    return _from(reader, -span) if ago or not reader.deadline else None


def _span(line: str, *, has_direction: bool) -> timedelta | None:
    words = load_calendar_words()
    quantities = list(words.quantity.finditer(line))
    units = [words.units[found["unit"] or found["first_unit"]] for found in quantities]
    if not quantities or any(unit not in _STEPS for unit in units) or words.more.search(line):
        return None
    if not has_direction and line.strip(" .") != line[quantities[0].start() : quantities[-1].end()]:
        # Without a word of direction only "3d" by itself is a distance; "3 days a week" is none.
        return None
    span = timedelta()
    for found, unit in zip(quantities, units, strict=True):
        digits = found["number"] or found["behind"]
        span += _STEPS[unit] * (int(digits) if digits else words.numbers[found["word"]])
    return span


def _from(reader: DateReader, span: timedelta) -> date:
    return (reader.seen_at + span).date()
