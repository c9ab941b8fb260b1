"""Facets of an ad's text: language, sector, addressed gender."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from model.datasets.labels import LabelledAd

UNSPACED: Final = "\u0900"
"""The first letter of the scripts that set no spaces, or whose vowel signs Python takes for the end of a word."""

_BETWEEN: Final = re.compile(r"[\s!-/:-@\[-`{-~]+")


def language_of(row: LabelledAd) -> str:
    """The language of a text, whatever its country and script: ``en`` for ``en-KE``; ``unknown`` without one."""
    return (row.ad.language or "unknown").partition("-")[0]


def sector_of_text(text: str) -> str:
    """The sector that most of the words belong to; ``unknown`` where none does."""
    words = spaced(text)
    found = {sector: sum(sign in words for sign in signs) for sector, signs in _sectors().items()}
    best = max(found, key=lambda sector: found[sector])
    return best if found[best] else "unknown"


def sector_names() -> tuple[str, ...]:
    """The sectors, in the order of ``sectors.toml``."""
    return tuple(_sectors())


@cache
def _sectors() -> Mapping[str, tuple[str, ...]]:
    """Each sector's words as they are looked for: with a space before where a script sets spaces between words."""
    sectors = tomllib.loads(Path(__file__).with_name("sectors.toml").read_text(encoding="utf-8"))
    return {
        sector: tuple(word_sign(word.strip().casefold(), is_whole=False) for word in words.split(","))
        for sector, words in sectors.items()
    }


def named_genders(text: str, language: str | None) -> str:
    """``women``, ``men``, or ``either`` where a text names both or neither."""
    words = spaced(text)
    sides = zip(*swapped_words("gender", (language or "en").partition("-")[0]), strict=True)
    women, men = (any(word_sign(word.casefold(), is_whole=True) in words for word in side) for side in sides)
    return "either" if women == men else "women" if women else "men"


@cache
def swapped_words(what: str, language: str) -> Sequence[tuple[str, str]]:
    """Pairs of words of ``swaps.toml`` that take each other's place, in a language and in English, which ads mix in."""
    known = tomllib.loads(Path(__file__).with_name("swaps.toml").read_text(encoding="utf-8"))[what]
    return [*known.get(language, ()), *(known["en"] if language != "en" else ())]


def spaced(text: str) -> str:
    """The text in small letters with one space between its words, before the first and behind the last."""
    return f" {_BETWEEN.sub(' ', text.casefold())} "


def word_sign(word: str, *, is_whole: bool) -> str:
    """The word as it stands in a ``spaced`` text; Thai, Chinese and their neighbours set no spaces between words."""
    if word >= UNSPACED:
        return word
    return f" {_BETWEEN.sub(' ', word)}{' ' if is_whole else ''}"
