"""Swaps of the country, nationality, gender or name in a text: a score must not hang on them."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["SWAPPED", "named_genders", "spaced", "swap_words", "word_sign"]

SWAPPED: Final = ("country", "nationality", "gender", "name")
"""What is swapped."""

_UNSPACED: Final = "\u0900"
"""The first letter of the scripts that set no spaces, or whose vowel signs Python takes for the end of a word."""

_BETWEEN: Final = re.compile(r"[\s!-/:-@\[-`{-~]+")
_Pairs = Sequence[tuple[str, str]]


def swap_words(text: str, what: str, language: str | None) -> str:
    """The text with each word of a pair replaced by the other; the same text where it names none.

    English words are looked for in every language: ads mix them in.
    """
    pattern, other = _plan(what, _base(language))
    return pattern.sub(lambda found: other[found[0]], text)


def named_genders(text: str, language: str | None) -> str:
    """``women``, ``men``, or ``either`` where a text names both or neither."""
    words = spaced(text)
    women, men = (any(sign in words for sign in signs) for signs in _gender_signs(_base(language)))
    return "either" if women == men else "women" if women else "men"


def spaced(text: str) -> str:
    """The text in small letters with one space between its words, before the first and behind the last."""
    return f" {_BETWEEN.sub(' ', text.casefold())} "


def word_sign(word: str, *, is_whole: bool) -> str:
    """The word as it stands in a ``spaced`` text; Thai, Chinese and their neighbours set no spaces between words."""
    if word >= _UNSPACED:
        return word
    return f" {_BETWEEN.sub(' ', word)}{' ' if is_whole else ''}"


@cache
def _gender_signs(language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pairs = [(one.casefold(), two.casefold()) for one, two in _pairs("gender", language)]
    women, men = zip(*pairs, strict=True)
    return tuple(word_sign(word, is_whole=True) for word in women), tuple(
        word_sign(word, is_whole=True) for word in men
    )


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
    other: dict[str, str] = {}
    for one, two in _pairs(what, language):
        for a, b in ((one, two), (two, one)):
            other |= {a: b, a.lower(): b.lower(), a.upper(): b.upper(), a.capitalize(): b.capitalize()}
    words = (
        rf"(?<!\w){re.escape(word)}(?!\w)" if word < _UNSPACED else re.escape(word)
        for word in sorted(other, key=len, reverse=True)
    )
    return re.compile("|".join(words)), other
