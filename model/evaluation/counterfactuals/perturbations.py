"""Perturbations of texts: eighteen disguises of letters, and accidents that are nobody's disguise."""

import re
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Final

__all__ = ["DISGUISES", "PERTURBATIONS", "Disguise"]

Disguise = Callable[[str, Random], str]

_CYRILLIC: Final = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_GREEK: Final = str.maketrans("oviABEHIKMNOPTXZ", "ονιΑΒΕΗΙΚΜΝΟΡΤΧΖ")
_LATIN: Final = str.maketrans("асеорхуАВСЕНКМОРТХ", "aceopxyABCEHKMOPTX")
_LEET: Final = str.maketrans("aeiost", "431057")
_SIGNS: Final = r"(?![\s\d_])\W(?<=[\u0900-\u109f\u17b4-\u17d3])"
"""Vowel signs of the scripts that write them apart."""

_WORD: Final = re.compile(rf"[^\W\d_](?:[^\W\d_]|{_SIGNS}){{3,}}")
_LATIN_WORD: Final = re.compile(r"[A-Za-z]{4,}")
_EMOJI: Final = ("🔥", "💰", "✅", "👉", "⭐")
_FRAME: Final = "Home | Jobs | Sign in\n{}\nShare  Save  Report\n© All rights reserved. Cookies. Terms of use. Privacy."


def _some(text: str, chance: Random, change: Callable[[str], str], pattern: re.Pattern[str] = _WORD) -> str:
    """About half of the words changed, as people do it."""
    return pattern.sub(lambda word: change(word[0]) if chance.random() < 0.5 else word[0], text)


def _latin(text: str) -> bool:
    return sum("a" <= c.lower() <= "z" for c in text) > sum(map(str.isalpha, text)) / 2


def _clusters(word: str) -> list[str]:
    """Letters with the marks that belong to them."""
    found: list[str] = []
    for c in word:
        if found and unicodedata.category(c).startswith("M"):
            found[-1] += c
        else:
            found.append(c)
    return found


def _shifted(text: str, upper: int, lower: int, digit: int | None = None) -> str:
    def shift(c: str) -> str:
        if "A" <= c <= "Z":
            return chr(upper + ord(c) - 65)
        if "a" <= c <= "z":
            return chr(lower + ord(c) - 97)
        return chr(digit + ord(c) - 48) if digit and "0" <= c <= "9" else c

    return "".join(map(shift, text))


def marks_dropped(text: str, chance: Random) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn" or ord(c) > 0x36F)
    return unicodedata.normalize("NFC", bare).replace("đ", "d").replace("Đ", "D")


def capitals(text: str, chance: Random) -> str:
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def mixed_case(text: str, chance: Random) -> str:
    return "".join(c.upper() if n % 2 and len(c.upper()) == 1 else c for n, c in enumerate(text))


def zero_width(text: str, chance: Random) -> str:
    return "".join(c + (chance.choice("\u200b\u200c\u2060\ufeff\u00ad") if c.isalpha() else "") for c in text)


def bidi_controls(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: f"\u2066{word}\u2069")


def full_width(text: str, chance: Random) -> str:
    return _shifted(text, 0xFF21, 0xFF41, 0xFF10)


def mathematical_bold(text: str, chance: Random) -> str:
    return _shifted(text, 0x1D400, 0x1D41A, 0x1D7CE)


def circled(text: str, chance: Random) -> str:
    return _shifted(text, 0x24B6, 0x24D0)


def cyrillic_twins(text: str, chance: Random) -> str:
    return (
        _some(text, chance, lambda word: word.translate(_CYRILLIC), _LATIN_WORD)
        if _latin(text)
        else text.translate(_LATIN)
    )


def greek_twins(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: word.translate(_GREEK), _LATIN_WORD) if _latin(text) else text


def split_by_dots(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: ".".join(_clusters(word)))


def split_by_spaces(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: " " + " ".join(_clusters(word)) + " ")


def split_by_hyphens(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: "-".join(_clusters(word)))


def emoji_between_words(text: str, chance: Random) -> str:
    return re.sub(" ", lambda _: f" {chance.choice(_EMOJI)} " if chance.random() < 0.3 else " ", text)


def digits_for_letters(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: word[0] + word[1:-1].translate(_LEET) + word[-1], _LATIN_WORD)


def letters_repeated(text: str, chance: Random) -> str:
    return _some(text, chance, lambda word: word + word[-1] * 3 if word[-1].isalpha() else word, _LATIN_WORD)


def wide_spaces(text: str, chance: Random) -> str:
    return re.sub(" ", lambda _: chance.choice(("  ", "\u00a0", "\u3000", " \u2009 ")), text)


def marks_piled_on(text: str, chance: Random) -> str:
    return "".join(c + ("\u0336" if c.isascii() and c.isalpha() else "") for c in text)


DISGUISES: Final[dict[str, Disguise]] = {
    disguise.__name__: disguise
    for disguise in (
        marks_dropped, capitals, mixed_case, zero_width, bidi_controls, full_width, mathematical_bold,
        circled, cyrillic_twins, greek_twins, split_by_dots, split_by_spaces, split_by_hyphens, emoji_between_words,
        digits_for_letters, letters_repeated, wide_spaces, marks_piled_on,
    )
}  # fmt: skip
"""Each gives a text that a reader still reads."""


def cut_short(text: str, chance: Random) -> str:
    """The first half, as a listing shows it."""
    return text[: max(40, len(text) // 2)]


def framed_by_a_board(text: str, chance: Random) -> str:
    """With what a page carries around an ad."""
    return _FRAME.format(text)


def slips_of_the_finger(text: str, chance: Random) -> str:
    """Two neighbouring letters changed places in one word of seven."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and chance.random() < 1 / 7:
            at = chance.randrange(1, len(word) - 2)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


PERTURBATIONS: Final[dict[str, Disguise]] = {
    **{
        name: DISGUISES[name]
        for name in (
            "marks_dropped", "capitals", "zero_width", "cyrillic_twins", "split_by_dots", "emoji_between_words",
            "digits_for_letters", "letters_repeated",
        )
    },
    **{change.__name__: change for change in (cut_short, framed_by_a_board, slips_of_the_finger)},
}  # fmt: skip
"""What a model is measured under, by name: those of the disguises that differ most, and the accidents."""
