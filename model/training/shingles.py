"""Texts cut into shingles: hashes of their overlapping stretches of letters, and a sign for each of their words.

They are cut from the folded text, disguises off, so that capitals, accents, invisible characters and look-alike letters
part nothing. Every number reads the same, and so does every handle, mail and web address: another telephone number, pay
or account makes no other text. Many texts are folded and cut together, as one long one.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from string import ascii_letters, digits
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from model.cutting import Cut, cut_letters
from model.text.disguise import undisguise
from model.together import Together

__all__ = ["LEAST_SHINGLES", "Codes", "Hashes", "cut_texts", "pieces"]

LEAST_SHINGLES: Final = 24
"""A text with fewer says too little to be told from other people's: ``Cook wanted in the old town``."""

_LONGEST: Final = 50_000
"""Characters compared; a longer text is told by its beginning."""

_SPACE, _BREAK = ord(" "), ord("\n")
_HANDLE: Final = re.compile(r"@[\w.-]+")
_BEFORE_AT: Final = ascii_letters + digits + ".+-_"
_LINK: Final = re.compile(r"(?:https?://|www\.|(?:t|wa|zalo|m)\.me/)\S+", re.IGNORECASE)

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.int32]
_Whole = TypeVar("_Whole", Codes, Hashes, str)


def cut_texts(texts: Sequence[str]) -> Cut:
    """What the texts are compared by, those of each behind those of the one before."""
    return cut_letters(*_folded([_without_addresses(text[:_LONGEST]) for text in texts]))


def pieces(whole: _Whole, places: Sequence[int]) -> list[_Whole]:
    """What lies between each place and the next."""
    return [whole[start:end] for start, end in pairwise(places)]


def _folded(texts: list[str]) -> tuple[Codes, Ends]:
    """The letters of all texts one after another, out of disguise; where each begins, and where another would."""
    codes, starts, suspects = _fold(texts)
    cleared = {at: undisguise(texts[at]) for at in suspects}
    cleared = {at: text for at, text in cleared.items() if text != texts[at]}
    if not cleared:
        return codes, starts
    others, theirs, _ = _fold([*cleared.values()])
    letters = pieces(codes, starts.tolist())
    for at, piece in zip(cleared, pieces(others, theirs.tolist()), strict=True):
        letters[at] = piece
    lengths = np.fromiter(map(len, letters), dtype=np.int32, count=len(letters))
    return np.concatenate(letters), np.append(0, np.cumsum(lengths)).astype(np.int32)


def _fold(texts: list[str]) -> tuple[Codes, Ends, list[int]]:
    """Their folded letters, where each text begins behind its separator, and which may be in disguise."""
    lines = Together(texts).lines
    first = lines.text.take(lines.edges)
    begins = lines.edges + ((first == _SPACE) | (first == _BREAK))
    return lines.text, np.append(begins, len(lines.text)).astype(np.int32), lines.suspect.nonzero()[0].tolist()


def _without_addresses(text: str) -> str:
    """The text with one sign for each handle, mail and web address."""
    if "@" in text:
        *before, last = text.split("@")
        text = _HANDLE.sub("@", "@".join([*(part.rstrip(_BEFORE_AT) for part in before), last]))
    if "://" in text or "www." in text or ".me/" in text:
        text = _LINK.sub("@", text)
    return text
