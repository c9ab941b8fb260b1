"""The same offer with another country, nationality, gender or name: what it shows and scores must not hang on them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["SWAPPED", "named_genders", "swap_words"]

SWAPPED: Final = ("country", "nationality", "gender", "name")
"""What is swapped."""

_Pairs = Sequence[tuple[str, str]]


def swap_words(text: str, what: str, language: str | None) -> str:
    """The text with each word of a pair replaced by the other; the same text where it names none.

    English words are looked for in every language: ads mix them in.
    """
    pattern, other = _plan(what, _base(language))
    return pattern.sub(lambda found: other[found[0]], text)


def named_genders(text: str, language: str | None) -> str:
    """``women``, ``men``, or ``either`` where a text names both or neither."""
    pattern, _ = _plan("gender", _base(language))
    pairs = _pairs("gender", _base(language))
    women = {one.casefold() for one, _ in pairs}
    named = {found.casefold() in women for found in pattern.findall(text)}
    if len(named) != 1:
        return "either"
    return "women" if named.pop() else "men"


@cache
def _swaps() -> Mapping[str, Mapping[str, _Pairs]]:
    path = Path(__file__).with_name("swaps.toml")
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        what: {language: [(one, two) for one, two in pairs] for language, pairs in languages.items()}
        for what, languages in content.items()
    }


def _base(language: str | None) -> str:
    return (language or "en").partition("-")[0]


def _pairs(what: str, language: str) -> _Pairs:
    known = _swaps()[what]
    return [*known.get(language, ()), *(known["en"] if language != "en" else ())]


@cache
def _plan(what: str, language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    other = {}
    for one, two in _pairs(what, language):
        for a, b in ((one, two), (two, one)):
            other |= {a: b, a.lower(): b.lower(), a.upper(): b.upper(), a.capitalize(): b.capitalize()}
    # Thai, Chinese and their neighbours write no spaces between words.
    words = (
        rf"(?<!\w){re.escape(word)}(?!\w)" if ord(word[0]) < 0x900 else re.escape(word)
        for word in sorted(other, key=len, reverse=True)
    )
    return re.compile("|".join(words)), other
