"""What a text seems to show."""

from typing import NamedTuple

__all__ = ["Shown"]


class Shown(NamedTuple):
    """A piece of a text as collected that seems to show an indicator."""

    start: int
    end: int
    indicator: str
    language: str
    """The language of the pattern, which may not be the text's."""
