"""Patterns are written for one language and count in texts of it: one language's "mission: combine" is another's.

All languages are looked for in every text, since many ads mix them. Where a text is plainly in one, patterns of another
that shares its script do not count, but for English, which stands everywhere, and for kin that mix in daily use.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from crawler.language.identify import read_without_guessing
from model.shown import Shown

__all__ = ["in_its_tongue"]

_LATIN: Final = frozenset({"vi", "id", "ms", "en", "tl", "es", "pt", "fr", "sw", "hi-Latn"})
_HAN: Final = frozenset({"zh", "ja"})
_KIN: Final[Mapping[str, frozenset[str]]] = {
    "id": frozenset({"id", "ms"}), "ms": frozenset({"id", "ms"}), "tl": frozenset({"tl"}), "en": frozenset({"tl"}),
    "es": frozenset({"es", "pt"}), "pt": frozenset({"es", "pt"}), "hi-Latn": frozenset({"hi-Latn"}),
    "hi": frozenset({"hi-Latn"}), "ne": frozenset({"hi-Latn"}),
}  # fmt: skip
"""Languages whose patterns count in a text of another, English apart."""

_READ: Final = 1_000
_ENOUGH: Final = 80
"""Letters from which on a text is plainly in a language."""


def in_its_tongue(text: str, shown: Sequence[Shown]) -> list[Shown]:
    """What is shown by patterns that count in the text's language."""
    if all(_tongue(text, one) not in _LATIN | _HAN or one.language == "en" for one in shown):
        return list(shown)
    reading = read_without_guessing(text[:_READ])
    if reading.language is None or reading.letters < _ENOUGH:
        return list(shown)
    spoken = {reading.language, "en"} | _KIN.get(reading.language, frozenset())
    rivals = _LATIN | (_HAN if reading.language in _HAN else frozenset())
    return [one for one in shown if (tongue := _tongue(text, one)) in spoken or tongue not in rivals]


def _tongue(text: str, one: Shown) -> str:
    """The pattern's language; romanised Hindi has patterns beside those in Devanagari."""
    return "hi-Latn" if one.language == "hi" and text[one.start : one.end].isascii() else one.language
