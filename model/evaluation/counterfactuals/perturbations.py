"""Perturbations of an ad's text: disguises, accidents, swapped words."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

__all__ = ["PERTURBATIONS", "SWAPPED", "Perturbation", "named_genders", "spaced", "swap_words", "word_sign"]

SWAPPED: Final = ("country", "nationality", "gender", "name")

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
    pairs = [(woman.casefold(), man.casefold()) for woman, man in _pairs("gender", language)]
    women, men = zip(*pairs, strict=True)
    first, second = (tuple(word_sign(word, is_whole=True) for word in words) for words in (women, men))
    return first, second


@cache
def _swaps() -> Mapping[str, Mapping[str, _Pairs]]:
    return tomllib.loads(Path(__file__).with_name("swaps.toml").read_text(encoding="utf-8"))


def _base(language: str | None) -> str:
    return (language or "en").partition("-")[0]


def _pairs(what: str, language: str) -> _Pairs:
    known = _swaps()[what]
    return [*known.get(language, ()), *(known["en"] if language != "en" else ())]


@cache
def _plan(what: str, language: str) -> tuple[re.Pattern[str], Mapping[str, str]]:
    other: dict[str, str] = {}
    for left, right in _pairs(what, language):
        for a, b in ((left, right), (right, left)):
            other |= {a: b, a.lower(): b.lower(), a.upper(): b.upper(), a.capitalize(): b.capitalize()}
    words = (
        rf"(?<!\w){re.escape(word)}(?!\w)" if word < _UNSPACED else re.escape(word)
        for word in sorted(other, key=len, reverse=True)
    )
    return re.compile("|".join(words)), other


Perturbation = Callable[[str, Random], str]

_CYRILLIC: Final = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_LATIN: Final = str.maketrans("асеорхуАВСЕНКМОРТХ", "aceopxyABCEHKMOPTX")
_LEET: Final = str.maketrans("aeiost", "431057")
_SIGNS: Final = r"(?![\s\d_])\W(?<=[\u0900-\u109f\u17b4-\u17d3])"

_WORD: Final = re.compile(rf"[^\W\d_](?:[^\W\d_]|{_SIGNS}){{3,}}")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_EMOJI: Final = ("🔥", "💰", "✅", "👉", "⭐")
_NO_WIDTH: Final = "\u200b\u200c\u2060\ufeff\u00ad"
_FRAME: Final = "Home | Jobs | Sign in\n{}\nShare  Save  Report\n© All rights reserved. Cookies. Terms of use. Privacy."


def _some(text: str, chance: Random, change: Callable[[str], str], pattern: re.Pattern[str] = _WORD) -> str:
    """About half of the words changed, as people do it."""
    return pattern.sub(lambda word: change(word[0]) if chance.random() < 0.5 else word[0], text)


def _clusters(word: str) -> list[str]:
    found: list[str] = []
    for c in word:
        if found and unicodedata.category(c).startswith("M"):
            found[-1] += c
        else:
            found.append(c)
    return found


def _without_marks(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn" or ord(c) > 0x36F)
    return unicodedata.normalize("NFC", bare).replace("đ", "d").replace("Đ", "D")


def _upper(letter: str) -> str:
    return letter.upper() if len(letter.upper()) == 1 else letter


def _cyrillic_twins(text: str, chance: Random) -> str:
    if 2 * sum("a" <= c.lower() <= "z" for c in text) <= sum(map(str.isalpha, text)):
        return text.translate(_LATIN)
    return _some(text, chance, lambda word: word.translate(_CYRILLIC), _LATIN_WORD)


def _with_slips(text: str, chance: Random) -> str:
    """Two neighbouring letters changed places in one word of seven."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and chance.random() < 1 / 7:
            at = chance.randrange(1, len(word) - 2)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


PERTURBATIONS: Final[dict[str, Perturbation]] = {
    "marks_dropped": lambda text, _: _without_marks(text),
    "capitals": lambda text, _: "".join(map(_upper, text)),
    "zero_width": lambda text, chance: "".join(c + (chance.choice(_NO_WIDTH) if c.isalpha() else "") for c in text),
    "cyrillic_twins": _cyrillic_twins,
    "split_by_dots": lambda text, chance: _some(text, chance, lambda word: ".".join(_clusters(word))),
    "emoji_between_words": lambda text, chance: re.sub(
        " ", lambda _: f" {chance.choice(_EMOJI)} " if chance.random() < 0.3 else " ", text
    ),
    "digits_for_letters": lambda text, chance: _some(
        text, chance, lambda word: word[0] + word[1:-1].translate(_LEET) + word[-1], _LATIN_WORD
    ),
    "letters_repeated": lambda text, chance: _some(text, chance, lambda word: word + word[-1] * 3, _LATIN_WORD),
    "cut_short": lambda text, _: text[: max(40, len(text) // 2)],
    "framed_by_a_board": lambda text, _: _FRAME.format(text),
    "slips_of_the_finger": _with_slips,
}
"""What a model is measured under, by name: the disguises that differ most, and accidents."""
