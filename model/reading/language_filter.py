"""Patterns are written for one language and count in texts of it: one language's "mission: combine" is another's.

All languages are looked for in every text, since many ads mix them. Where a text is plainly in one, patterns of another
that shares its script do not count, but for English, which stands everywhere, and for kin that mix in daily use.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from crawler.language.identify import Reading, read_without_guessing, words_of_ascii
from model.reading.shown import Shown
from model.told import read_together

__all__ = ["in_their_tongues"]

_LATIN: Final = frozenset({"vi", "id", "ms", "en", "tl", "es", "pt", "fr", "sw", "hi-Latn"})
_HAN: Final = frozenset({"zh", "ja"})
_SHARED: Final = _LATIN | _HAN
"""Languages of scripts that several have."""

_KIN: Final[Mapping[str, frozenset[str]]] = {
    "id": frozenset({"id", "ms"}), "ms": frozenset({"id", "ms"}), "tl": frozenset({"tl"}), "en": frozenset({"tl"}),
    "es": frozenset({"es", "pt"}), "pt": frozenset({"es", "pt"}), "hi-Latn": frozenset({"hi-Latn"}),
    "hi": frozenset({"hi-Latn"}), "ne": frozenset({"hi-Latn"}),
}  # fmt: skip
"""Languages whose patterns count in a text of another, English apart."""

_READ: Final = 1_000
_ENOUGH: Final = 80
"""Letters from which on a text is plainly in a language."""


def in_their_tongues(texts: Sequence[str], shown: Sequence[list[Shown]]) -> list[list[Shown]]:
    """What is shown in each of some texts by patterns that count in its language."""
    counts = list(shown)
    asked = [number for number, its in enumerate(shown) if its and _is_open(texts[number], its)]
    readings = _read_each([texts[number][:_READ] for number in asked])
    for number, reading in zip(asked, readings, strict=True):
        if reading.language is not None and reading.letters >= _ENOUGH:
            counts[number] = _that_count(texts[number], shown[number], reading.language)
    return counts


def _is_open(text: str, shown: Sequence[Shown]) -> bool:
    """Whether it depends on the text's language what counts."""
    return any(_tongue(text, one) in _SHARED and one.language != "en" for one in shown)


def _that_count(text: str, shown: Sequence[Shown], language: str) -> list[Shown]:
    spoken = {language, "en"} | _KIN.get(language, frozenset())
    rivals = _LATIN | (_HAN if language in _HAN else frozenset())
    return [one for one in shown if (tongue := _tongue(text, one)) in spoken or tongue not in rivals]


def _tongue(text: str, one: Shown) -> str:
    """The pattern's language; romanised Hindi has patterns beside those in Devanagari."""
    return "hi-Latn" if one.language == "hi" and text[one.start : one.end].isascii() else one.language


def _read_each(texts: Sequence[str]) -> list[Reading]:
    """What language each text is in. Those whose letters are all ASCII ones are read together: most of them are, and to
    count their words one by one takes the most of the time."""
    words = [words_of_ascii(text) for text in texts]
    counted = iter(read_together([its for its in words if its is not None]))
    return [
        read_without_guessing(text) if its is None else next(counted) for text, its in zip(texts, words, strict=True)
    ]
