"""What an ad's text is compared by: hashes of its overlapping stretches of letters, its shingles.

They are cut from the folded text, disguises off, so that capitals, accents, invisible characters and look-alike letters
part nothing. Every number reads the same: another telephone number or pay makes no other text.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.disguise import undisguise
from model.text import fold

__all__ = ["LEAST_SHINGLES", "Shingled", "shingle"]

WIDTH: Final = 8
"""Letters of a shingle; a Han or kana character counts for two."""

LEAST_SHINGLES: Final = 24
"""A text with fewer says too little to be told from other people's: ``Cook wanted in the old town``."""

_NUMBER: Final = ord("0")
_WIDE: Final = ((0x2E80, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))
_FACTOR: Final = 0x9E3779B97F4A7C15
_PLACES: Final = np.array([pow(_FACTOR, at + 1, 1 << 64) for at in range(WIDTH)], dtype=np.uint64)

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingled:
    """An ad's text as it is compared."""

    key: int
    """63 bits, equal for ads that count as one text."""

    hashes: Hashes
    """Its different shingles, ascending; one of its own where the text is too short to be compared by them."""


def shingle(ad: JobAd) -> Shingled:
    """The ad's title and description as they are compared.

    Short texts are alike by chance: they count as one only where they agree to the digit and name the same employer and
    contacts.
    """
    said = _folded(f"{ad.title}\n{ad.description}")
    codes = _without_numbers(said)
    hashes = _hashes(_spread(codes))
    if len(hashes) >= LEAST_SHINGLES:
        return Shingled(key=_key(codes.tobytes()), hashes=hashes)
    contacts = sorted(f"{contact.kind}:{contact.value}" for contact in ad.contacts)
    whole = "\x1f".join(("short", said, ad.hiring_organization or "", *contacts))
    key = _key(whole.encode("utf-8", "surrogatepass"))
    return Shingled(key=key, hashes=np.array([key], dtype=np.uint64))


def _folded(text: str) -> str:
    folded = fold(text)
    if folded.suspect and (cleared := undisguise(text)) != text:
        folded = fold(cleared)
    return folded.text.translate({ord("\n"): " ", ord(","): " "})


def _without_numbers(said: str) -> Codes:
    """The letters with each number, marks inside it included, as one sign; and one space where several meet."""
    codes = np.frombuffer(said.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    digit = (codes >= ord("0")) & (codes <= ord("9")) | (codes == ord("."))
    codes[digit] = _NUMBER
    run = (codes[1:] == codes[:-1]) & (digit[1:] | (codes[1:] == ord(" ")))
    codes = codes[np.append(True, ~run)]
    # "+84 90 123" and "0901 23": how a number is grouped is no difference either.
    gap = (codes[1:-1] == ord(" ")) & (codes[:-2] == _NUMBER) & (codes[2:] == _NUMBER)
    stays = np.ones(len(codes), dtype=np.bool_)
    at = np.flatnonzero(gap) + 1
    stays[at] = stays[at + 1] = False
    kept: Codes = codes[stays]
    return kept


def _spread(codes: Codes) -> Codes:
    """The letters with wide characters twice, so that a shingle holds about as much meaning in every script."""
    if not len(codes) or int(codes.max()) < _WIDE[0][0]:
        return codes
    wide = np.zeros(len(codes), dtype=np.bool_)
    for low, high in _WIDE:
        wide |= (codes >= low) & (codes < high)
    return np.repeat(codes, np.where(wide, 2, 1))


def _hashes(codes: Codes) -> Hashes:
    if len(codes) < WIDTH:
        return np.empty(0, dtype=np.uint64)
    letters = codes.astype(np.uint64) + np.uint64(1)
    count = len(letters) - WIDTH + 1
    sums = np.zeros(count, dtype=np.uint64)
    for at, factor in enumerate(_PLACES):
        sums += letters[at : at + count] * factor
    sums ^= sums >> np.uint64(31)
    sums *= np.uint64(0xBF58476D1CE4E5B9)
    sums ^= sums >> np.uint64(29)
    return np.unique(sums)


def _key(said: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1
