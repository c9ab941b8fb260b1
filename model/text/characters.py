"""What each Unicode character is to matching: one table look-up a character.

Built once from the standard library's Unicode data: NFKC, case folded, accents of Latin, Greek and Cyrillic letters
taken off (the ``marked`` table keeps them), invisible characters dropped, each character sorted into a kind.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from crawler.kept import kept
from model.compiled import Lasting

__all__ = ["LEET", "MARKS", "SORT_BITS", "TRAILING", "Tables", "lasting_tables", "tables"]

DROPPED: Final = 0
GAP: Final = 1
COMMA: Final = 2
PAUSES: Final = 3
DOT: Final = 4
ENDS: Final = 5
"""Up to here, a higher kind parts words more strongly."""

MANY: Final = 6
FIRST_SOLID: Final = 8
DIGIT: Final = 8
LATIN: Final = 12
CYRILLIC_OR_GREEK: Final = 13
OTHER_SPACED: Final = 14
UNSPACED: Final = 16
SIGN: Final = 20

SORT_BITS: Final = 2
"""A kind shifted right by so many bits is its sort: a word ends where digits, letters of scripts with spaces, letters
of scripts without and signs meet."""

TRAILING: Final = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe00-\ufe0f\u00ad]*")
"""What belongs to the letter before it: combining accents and invisible characters."""

LEET: Final = "0134578@$!"
"""Digits and signs that stand for letters."""

MARKS: Final = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
)
"""Vowel signs and tone marks, which belong to the letter before them, as a regular expression has them."""

_SIZE: Final = 0x110000
# Large blocks that NFKC and case folding leave alone; skipping them keeps the first look-up under a tenth of a second.
_UNCHANGED: Final = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0xE000, 0xF900))
_HIGHER: Final = ((0x10000, 0x10FF0), (0x1D400, 0x1D800), (0x1E000, 0x1F000), (0x1F100, 0x1F200), (0x20000, 0x20000))
_UNSPACED: Final = (
    (0x0E00, 0x0F00), (0x1000, 0x10A0), (0x1780, 0x1800), (0x19E0, 0x1A00), (0x2E80, 0x3000), (0x3005, 0x3008),
    (0x3040, 0x3100), (0x31F0, 0x3200), (0x3400, 0xA000), (0xA9E0, 0xAA00), (0xAA60, 0xAA80), (0xF900, 0xFB00),
    (0x20000, 0x32000),
)  # fmt: skip
_KEPT_SIGNS: Final = "$€£¥₫฿₱₽₩₹៛%+@"
_ENDS: Final = ".!?;。！？；｡…‽؟।॥။៕\n\r\x0b\x0c\x85\u2028\u2029"
_PAUSES: Final = ",，、､،;:：()（）[]【】|/"
_APOSTROPHES: Final = "'’‘`´ʼ＇"
_OWN_FORM: Final = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "a", "œ": "o"}
# Traits of characters as they are collected, a bit each.
IN_WORD: Final = 1
"""Belongs to a word, as regular expressions have it."""

ALONE: Final = 2
"""A letter, sign or digit of a script without spaces."""

VOWEL_SIGN: Final = 4
"""Belongs to the letter before it, as ``MARKS`` has it."""

MARK: Final = 8
"""Goes on with the letter of such a script before it, as its vowel and tone signs do."""

TAIL: Final = 16
"""As ``TRAILING`` has it."""

FOREIGN: Final = 32
"""Cyrillic or Greek."""

LIKE_A_LETTER: Final = 64
"""A digit or sign that may stand for a letter."""

DECIMAL: Final = 128
"""A digit, as regular expressions have it."""

_ACCENTS: Final = re.compile("[\u0300-\u036f\u0483-\u0487]")


Codes = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int32]


class Tables(NamedTuple):
    """Code point -> folded code point, with and without accents, kind and traits."""

    plain: Codes
    marked: Codes
    kind: Kinds
    traits: Kinds
    many: Codes
    """Characters that are written out, in order."""

    spelt_from: Places
    """For each of these, where in ``spelt`` the code points begin that stand in its place; those of the next follow."""

    spelt: Codes


@cache
def tables() -> Tables:
    """The tables: made once, and kept."""
    parts = (unicodedata.unidata_version.encode(), Path(__file__).read_bytes())
    return kept("letters", parts, _made, mapped=True)


@cache
def lasting_tables() -> Lasting:
    """The same, for kernels that are called again and again."""
    return Lasting(tables())


def _made() -> Tables:
    plain = np.arange(_SIZE, dtype=np.uint32)
    marked = plain.copy()
    kind = np.full(_SIZE, GAP, dtype=np.uint8)
    many: dict[int, tuple[int, ...]] = {}
    for low, high in _UNCHANGED:
        kind[low:high] = OTHER_SPACED if low == 0xAC00 else GAP
    for low, high in _UNSPACED:
        kind[low:high] = UNSPACED
    for code in _looked_up():
        folded = _folded(chr(code))
        if len(folded) > 1:
            kind[code], many[code] = MANY, tuple(map(ord, folded))
            continue
        kind[code] = _kind(folded or "\u200b")
        marked[code] = ord(folded) if folded else code
        plain[code] = ord(_without_accent(folded)) if folded else code
    ends = np.cumsum([0, *map(len, many.values())], dtype=np.int32)
    spelt = [code for spelling in many.values() for code in spelling]
    written_out = np.array(list(many), dtype=np.uint32)
    return Tables(plain, marked, kind, _traits(), written_out, ends, np.array(spelt, dtype=np.uint32))


def _traits() -> Kinds:
    traits = np.zeros(_SIZE, dtype=np.uint8)
    mark = re.compile(f"[{MARKS}]")
    for code in range(_SIZE):
        character = chr(code)
        if mark.match(character):
            traits[code] |= VOWEL_SIGN
        if character.isdecimal():
            traits[code] |= DECIMAL
        if character.isalnum() or character == "_":
            traits[code] |= IN_WORD
        elif TRAILING.fullmatch(character):
            traits[code] |= TAIL
    for low, high in _UNSPACED:
        traits[low:high] |= ALONE
    traits[0x0370:0x0530] |= FOREIGN
    traits[[ord(character) for character in LEET]] |= LIKE_A_LETTER
    for low, high in _UNSPACED:
        for code in range(low, high):
            if unicodedata.category(chr(code))[0] == "M":
                traits[code] |= MARK
    return traits


def _looked_up() -> list[int]:
    low = [code for code in range(0x10000) if not any(a <= code < b for a, b in _UNCHANGED)]
    return low + [code for a, b in _HIGHER for code in range(a, b)]


def _folded(character: str) -> str:
    """Case and compatibility forms folded, every script's digits Latin ones; accents kept where one character holds
    letter and accent."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if "\u0e00" <= character < "\u0f00":  # Thai and Lao: NFKC would part their vowels
        return character
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    if len(folded) > 1:
        folded = "".join(c for c in folded if not _ACCENTS.match(c))
    return folded if folded else character if _ACCENTS.match(character) else ""


def _without_accent(character: str) -> str:
    base = _ACCENTS.sub("", unicodedata.normalize("NFD", character))
    base = base if len(base) == 1 else character
    return _OWN_FORM.get(base, base)


def _kind(character: str) -> int:  # noqa: PLR0911 -- a sorting, one line a kind
    category, code = unicodedata.category(character), ord(character)
    if character == ".":
        return DOT
    if character == ",":
        return COMMA
    if character in _ENDS:
        return ENDS
    if character in _PAUSES:
        return PAUSES
    if character in _KEPT_SIGNS:
        return SIGN
    if character in _APOSTROPHES or _ACCENTS.match(character) or category == "Cf" or 0xFE00 <= code < 0xFE10:
        return DROPPED
    if any(a <= code < b for a, b in _UNSPACED) and category[0] in "LMN":
        return DIGIT if category == "Nd" else UNSPACED
    if category[0] == "N":
        return DIGIT if category == "Nd" else GAP
    if category[0] in "LM":
        return _letter_kind(code)
    return DROPPED if category == "Cc" and character not in "\t" else GAP


def _letter_kind(code: int) -> int:
    if code in (0x0640, 0x093C) or 0x064B <= code < 0x0660:  # stretching, nukta and short vowels, often left out
        return DROPPED
    if code < 0x0250 or 0x1E00 <= code < 0x1F00:
        return LATIN
    return CYRILLIC_OR_GREEK if 0x0370 <= code < 0x0530 else OTHER_SPACED
