"""Whether a text is all of an ad, and which of two is."""

from crawler.extract.plain_text import fold, weight
from crawler.extract.teaser import CUT_OFF

__all__ = ["MUCH_FULLER", "fuller_text", "is_teaser"]

_FULL = 500
"""What is shorter may be the start of an ad only: some boards cut the text that they write for machines."""

_GOES_ON = ",;:-–(/&"
MUCH_FULLER = 1.3
"""Times the length of a teaser: from there on a longer text is the ad's."""

_START = 60


def is_teaser(text: str | None, *, is_broken: bool = False) -> bool:
    """Whether the text may go on elsewhere; ``is_broken`` where it was told in a form that had to be repaired."""
    if not text or text.endswith(CUT_OFF):
        return True
    # A text that was cut by its length seldom ends where a sentence does; a whole one also ends with a number to call.
    return len(text) < _FULL and weight(text) < _FULL and (is_broken or text[-1].isalpha() or text[-1] in _GOES_ON)


def fuller_text(told: str | None, seen: str | None, *, is_broken: bool = False) -> str | None:
    """The text told to machines, unless it is a teaser and the one to be seen holds it and much more."""
    if not told or not seen:
        return told or seen
    if (
        is_teaser(told, is_broken=is_broken)
        and len(seen) > MUCH_FULLER * len(told)
        and fold(told[: 2 * _START])[:_START] in fold(seen)
    ):
        return seen
    return told
