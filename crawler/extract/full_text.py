"""Whether a text is all of an ad, and which of two is."""

from crawler.extract.main_text import weight
from crawler.extract.plain_text import fold

__all__ = ["fuller_text", "is_teaser"]

_FULL = 500
"""What is shorter may be the start of an ad only: some boards cut the text that they write for machines."""

_MUCH_FULLER = 1.3
_START = 60


def is_teaser(text: str | None) -> bool:
    """Whether the text may go on elsewhere."""
    if not text or text.endswith(("...", "…")):
        return True
    return len(text) < _FULL and weight(text) < _FULL


def fuller_text(told: str | None, seen: str | None) -> str | None:
    """The text told to machines, unless it is a teaser and the one to be seen holds it and much more."""
    if not told or not seen:
        return told or seen
    if is_teaser(told) and len(seen) > _MUCH_FULLER * len(told) and fold(told[: 2 * _START])[:_START] in fold(seen):
        return seen
    return told
