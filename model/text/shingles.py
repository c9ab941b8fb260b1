"""Letter shingles and word signs of texts, for finding near-duplicates.

They are cut from the folded text, disguises off, so that capitals, accents, invisible characters and homoglyphs make no
difference. Every number reads the same, and so does every handle, mail and web address: another telephone number, pay
or account makes no other text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_letters, digits
from typing import Final

import numpy as np
import numpy.typing as npt

from model.text.characters import undisguise
from model.text.folding import fold

LEAST_SHINGLES: Final = 24
"""A text with fewer says too little to be told from other people's: ``Cook wanted in the old town``."""

WIDTH: Final = 8
"""Letters of a shingle; a Han or kana character counts for two."""

_LONGEST: Final = 50_000
"""Characters compared; a longer text is told by its beginning."""

_HANDLE: Final = re.compile(r"@[\w.-]+")
_BEFORE_AT: Final = ascii_letters + digits + ".+-_"
_LINK: Final = re.compile(r"(?:https?://|www\.|(?:t|wa|zalo|m)\.me/)\S+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"[0-9.]+")
_NUMBERS: Final = re.compile(r"0(?: 0)+")
"""``+84 90 123`` and ``0901 23``: how a number is grouped is no difference either."""

_SPACES: Final = re.compile(r"[ ,\n]+")

_SPACE: Final = ord(" ")
_UNSPACED: Final = 0x0E00
"""From here on nearly all scripts are written without spaces; where one is not, shorter words do no harm."""

_FACTOR, _MIXING = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_POWERS: Final = np.array([pow(int(_FACTOR), place, 1 << 64) for place in range(1, 65)], dtype=np.uint64)
_BEFORE, _BEHIND, _HALF = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77), np.uint64(0xFFFFFFFF)
_PART: Final = np.uint64(3)
_FIRST_SIGN, _SIGNS = np.uint64(0x100), np.uint64(0xD000)
"""Signs are ordinary characters, so that a text of them takes two bytes a word."""

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ShingledText:
    """A text as it is compared with others."""

    letters: str
    """Its folded letters, each number as one ``0``."""

    hashes: Hashes
    """A hash for each run of ``WIDTH`` letters, in reading order."""

    words: str
    """A sign for each word; words that are equal have equal signs."""


def shingle_texts(texts: Sequence[str]) -> list[ShingledText]:
    """The texts with the hashes of their runs of letters.

    Each number, marks and gaps inside it included, is one sign, and so is each address.
    """
    letters = []
    for whole in texts:
        text = whole[:_LONGEST]
        if "@" in text:
            *before, last = text.split("@")
            text = _HANDLE.sub("@", "@".join([*(part.rstrip(_BEFORE_AT) for part in before), last]))
        if "://" in text or "www." in text or ".me/" in text:
            text = _LINK.sub("@", text)
        plain = fold(undisguise(text)).text
        plain = _NUMBERS.sub("0", _NUMBER.sub("0", _SPACES.sub(" ", plain))).strip(" ")
        letters.append(f"{plain} " if plain else "")
    return cut_letters(letters)


def cut_letters(letters: Sequence[str]) -> list[ShingledText]:
    """Texts whose letters are read already, cut together: arrays go over all of them at once."""
    codes = np.frombuffer("".join(letters).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum([0, *map(len, letters)])
    hashes, hash_ends = _hashes(codes, ends)
    signs, sign_ends = _word_signs(codes, ends)
    return [
        ShingledText(text, hashes[slice(*shingles)], signs[slice(*words)])
        for text, shingles, words in zip(letters, pairwise(hash_ends), pairwise(sign_ends), strict=True)
    ]


def _hashes(codes: Codes, ends: Ends) -> tuple[Hashes, list[int]]:
    """A hash for each run of ``WIDTH`` letters that lies inside one text, and where those of each text end."""
    # Wide characters count twice, so that a shingle holds about as much meaning in every script.
    is_wide = ((codes >= 0x2E80) & (codes < 0xA000)) | ((codes >= 0xF900) & (codes < 0xFB00))
    is_wide |= (codes >= 0x20000) & (codes < 0x32000)
    times = 1 + is_wide.astype(np.int64)
    wide = np.repeat(codes, times).astype(np.uint64) + np.uint64(1)
    lengths = np.diff(np.append(0, np.cumsum(times))[ends])
    count = max(0, len(wide) - WIDTH + 1)
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(WIDTH):
        hashes = hashes * _FACTOR + wide[place : place + count]
    hashes = (hashes ^ (hashes >> np.uint64(31))) * _MIXING
    hashes ^= hashes >> np.uint64(29)
    text_of = np.repeat(np.arange(len(lengths)), lengths)
    inside = text_of[:count] == text_of[WIDTH - 1 :]
    return hashes[inside], [0, *np.cumsum(np.maximum(lengths - WIDTH + 1, 0)).tolist()]


def _word_signs(codes: Codes, ends: Ends) -> tuple[str, list[int]]:
    """A sign for each word, and where those of each text end.

    In scripts without spaces, words are cut where two letters meet of which their hash says so: a change then moves the
    words around it alone.
    """
    wide = codes.astype(np.uint64)
    is_letter = codes != _SPACE
    before = np.append(np.uint64(_SPACE), wide[:-1])
    parts = (((before * _BEFORE) ^ (wide * _BEHIND)) & _HALF) >> np.uint64(16)
    begins = is_letter & ((before == _SPACE) | ((codes >= _UNSPACED) & (parts % _PART == 0)))
    signs = np.empty(0, dtype=np.uint64)
    if begins.any():
        starts = np.flatnonzero(begins)
        # Letters before the first word are spaces: what is added of them does not count.
        place = np.arange(len(codes)) - starts[np.maximum(np.cumsum(begins) - 1, 0)]
        added = (wide + np.uint64(1)) * _POWERS[place % len(_POWERS)]
        added ^= added >> np.uint64(29)
        added[~is_letter] = 0
        signs = ((np.add.reduceat(added, starts) * _MIXING) >> np.uint64(40)) % _SIGNS + _FIRST_SIGN
    text = signs.astype("<u2").tobytes().decode("utf-16-le")
    return text, np.append(0, np.cumsum(begins))[ends].tolist()
