"""Character tables of folding: case, accents, look-alike forms and word separators.

A character is classified when it is first met, by the standard library's Unicode data: NFKC, case folded, accents of
Latin, Greek and Cyrillic letters removed (``ACCENTED`` keeps them), invisible characters dropped.
"""

import re
import unicodedata
from typing import Final

__all__ = [
    "ACCENTED", "DROPPED", "LEET", "LETTERS_WITH_REPEATS", "MARKS", "PLAIN", "SIGNS", "TRAILING", "UNSPACED",
]  # fmt: skip

DROPPED: Final = "\0"
"""Stands for a character that folding leaves out."""

TRAILING: Final = re.compile("[\u0300-\u036f\u200b-\u200f\u2060\ufe00-\ufe0f\u00ad]*")
"""What belongs to the letter before it: combining accents and invisible characters."""

LEET: Final = "0134578@$!"
"""Digits and signs that stand for letters."""

MARKS: Final = (
    "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc"
    "\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
)
"""Vowel signs and tone marks, which belong to the letter before them; a character class for regular expressions."""

UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u2fff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\U00020000-\U00031fff"
)
"""Letters of scripts without spaces between words; a character class for regular expressions."""

SIGNS: Final = "$€£¥₫฿₱₽₩₹៛%+@"
"""Signs that are words of their own."""

LETTERS_WITH_REPEATS: Final = "a-z\u00df-\u024f\u1e00-\u1eff\u0370-\u052f"
"""Folded Latin, Cyrillic and Greek letters, which people repeat for emphasis; a character class."""

_ENDS: Final = ".!?;。！？；｡…‽؟।॥။៕\n\r\x0b\x0c\x85\u2028\u2029"
_PAUSES: Final = ",，、､،;:：()（）[]【】|/"
_APOSTROPHES: Final = "'’‘`´ʼ＇"
_OWN_FORM: Final = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "a", "œ": "o"}
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0483-\u0487]")
_IS_UNSPACED: Final = re.compile(f"[{UNSPACED}]")


class _Table(dict[int, str]):
    """Code point -> what folding writes for it, for ``str.translate``; filled as characters are met.

    A separator is a space (weakest), ``;`` or ``,`` (a comma can stand inside a number), ``\\n`` or ``.`` (so can a
    full stop). A character that is left out is ``DROPPED``.
    """

    def __init__(self, *, accents: bool) -> None:
        super().__init__()
        self._accents = accents

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = _folded(character)
        if len(folded) > 1:
            written = "".join(self[ord(part)] for part in folded).replace(DROPPED, "") or DROPPED
        else:
            written = _separator(folded or "\u200b") or (folded if self._accents else _without_accent(folded))
        self[code] = written
        return written


def _folded(character: str) -> str:
    """Case and compatibility forms folded, every script's digits Latin ones; accents kept where one character holds
    letter and accent."""
    if unicodedata.category(character) == "Nd":
        return str(unicodedata.digit(character))
    if "\u0e00" <= character < "\u0f00" or "\ue000" <= character < "\uf900":  # NFKC would part Thai and Lao vowels
        return character
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    if len(folded) > 1:
        folded = "".join(c for c in folded if not _ACCENTS.match(c))
    return folded if folded else character if _ACCENTS.match(character) else ""


def _without_accent(character: str) -> str:
    base = _ACCENTS.sub("", unicodedata.normalize("NFD", character))
    base = base if len(base) == 1 else character
    return _OWN_FORM.get(base, base)


def _separator(character: str) -> str | None:  # noqa: PLR0911 -- a classification, one line a class
    """How the character parts words; ``DROPPED`` for one that is left out, None for a part of a word."""
    category, code = unicodedata.category(character), ord(character)
    if character in ".,":
        return character
    if character in _ENDS:
        return "\n"
    if character in _PAUSES:
        return ";"
    if character in SIGNS:
        return None
    if character in _APOSTROPHES or _ACCENTS.match(character) or category == "Cf" or 0xFE00 <= code < 0xFE10:
        return DROPPED
    if category[0] in "LM":
        # Arabic letter stretching and short vowels, and the nukta, are often left out.
        return DROPPED if code in (0x0640, 0x093C) or 0x064B <= code < 0x0660 else None
    if category[0] == "N":
        return None if category == "Nd" or _IS_UNSPACED.match(character) else " "
    return DROPPED if category == "Cc" and character != "\t" else " "


PLAIN: Final = _Table(accents=False)
ACCENTED: Final = _Table(accents=True)
"""The same with the accents of letters kept; entries are as long as those of ``PLAIN``."""
