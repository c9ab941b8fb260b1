"""Script of each character of a text, by one table look-up a character."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LETTER_WEIGHTS", "SCRIPTS", "Codes", "Kinds", "code_points", "count_each", "count_of", "letters_alone",
    "scripts_of",
]  # fmt: skip

Codes = NDArray[np.uint32]
Kinds = NDArray[np.uint8]

_RANGES: Final = {
    "": (),
    "latin": ((0x41, 0x5A), (0x61, 0x7A), (0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F),
              (0x1E00, 0x1EFF)),
    "greek": ((0x370, 0x373), (0x376, 0x377), (0x37B, 0x3FF), (0x1F00, 0x1FFF)),
    "cyrillic": ((0x400, 0x52F),),
    "armenian": ((0x531, 0x587),),
    "hebrew": ((0x591, 0x5F4),),
    "arabic": ((0x610, 0x61A), (0x620, 0x65F), (0x66E, 0x6D3), (0x6D5, 0x6ED), (0x6FA, 0x6FF), (0x750, 0x77F)),
    "devanagari": ((0x900, 0x963), (0x971, 0x97F)),
    "bengali": ((0x980, 0x9E3), (0x9F0, 0x9F1)),
    "gurmukhi": ((0xA01, 0xA5E), (0xA70, 0xA75)),
    "gujarati": ((0xA81, 0xAE3),),
    "oriya": ((0xB01, 0xB63),),
    "tamil": ((0xB82, 0xBD7),),
    "telugu": ((0xC00, 0xC63),),
    "kannada": ((0xC80, 0xCE3),),
    "malayalam": ((0xD00, 0xD63), (0xD7A, 0xD7F)),
    "sinhala": ((0xD81, 0xDDF), (0xDF2, 0xDF3)),
    "thai": ((0xE01, 0xE3A), (0xE40, 0xE4E)),
    "lao": ((0xE81, 0xECE), (0xEDC, 0xEDF)),
    "tibetan": ((0xF40, 0xFBC),),
    "myanmar": ((0x1000, 0x103F), (0x1050, 0x108F), (0x109A, 0x109F), (0xAA60, 0xAA7F)),
    "georgian": ((0x10A0, 0x10FF),),
    "hangul": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)),
    "ethiopic": ((0x1200, 0x135A), (0x1380, 0x138F)),
    "khmer": ((0x1780, 0x17D3),),
    "kana": ((0x3041, 0x3096), (0x309D, 0x309F), (0x30A1, 0x30FA), (0x30FC, 0x30FF)),
    "han": ((0x3005, 0x3005), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFF)),
}  # fmt: skip
SCRIPTS: Final = tuple(_RANGES)
"""The scripts' names by number; number 0 is everything that is no letter: digits, marks, spaces, pictures."""

LETTER_WEIGHTS: Final = np.array([{"": 0.0, "han": 3.0, "kana": 2.0, "hangul": 2.0}.get(name, 1.0) for name in SCRIPTS])
"""What a letter of each script says, in letters of an alphabet: a Chinese character is half a word."""

_LAST: Final = 0x30000
"""Stands for itself and for all behind it, none of which is a letter."""


def code_points(text: str) -> Codes:
    """The text's code points, lone surrogates among them."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def scripts_of(codes: Codes) -> Kinds:
    """The number in ``SCRIPTS`` of each code point's script."""
    return _table().take(codes, mode="clip")


def count_of(letters: str, codes: Codes) -> int:
    """How often any of the letters stands in a text."""
    return int(np.count_nonzero(_members(letters).take(codes, mode="clip")))


def count_each(letters: str, codes: Codes) -> NDArray[np.int64]:
    """How often each of the letters stands in a text."""
    counts: NDArray[np.int64] = np.bincount(_numbers(letters).take(codes, mode="clip"), minlength=len(letters) + 1)
    return counts[1:]


def letters_alone(codes: Codes) -> Codes:
    """A text with a space for everything that is no letter."""
    return _or_space().take(codes, mode="clip")


@cache
def _or_space() -> Codes:
    return np.where(_table(), np.arange(_LAST + 1, dtype=np.uint32), np.uint32(ord(" ")))


@cache
def _members(letters: str) -> NDArray[np.bool_]:
    table = np.zeros(_LAST + 1, dtype=np.bool_)
    table[code_points(letters)] = True
    return table


@cache
def _numbers(letters: str) -> NDArray[np.uint16]:
    """For each code point its number among the letters, counted from one; 0 where it is none of them."""
    table = np.zeros(_LAST + 1, dtype=np.uint16)
    table[code_points(letters)] = np.arange(1, len(letters) + 1)
    return table


@cache
def _table() -> Kinds:
    table = np.zeros(_LAST + 1, dtype=np.uint8)
    for number, ranges in enumerate(_RANGES.values()):
        for first, last in ranges:
            table[first : last + 1] = number
    return table
