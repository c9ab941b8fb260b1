"""What an ad's text is compared by: hashes of its overlapping stretches of letters, its shingles, and of its words.

They are cut from the folded text, disguises off, so that capitals, accents, invisible characters and look-alike letters
part nothing. Every number reads the same, and so does every handle, mail and web address: another telephone number, pay
or account makes no other text. Many texts are folded and cut together, as one long one.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.disguise import undisguise
from model.text import fold, fold_together
from pipeline.word_signs import word_signs

__all__ = ["LEAST_SHINGLES", "Hashes", "Shingled", "shingle_all"]

WIDTH: Final = 8
"""Letters of a shingle; a Han or kana character counts for two."""

LEAST_SHINGLES: Final = 24
"""A text with fewer says too little to be told from other people's: ``Cook wanted in the old town``."""

_LONGEST: Final = 50_000
"""Characters compared; a longer text is told by its beginning."""

_SPACE, _NUMBER = ord(" "), ord("0")
_HANDLE: Final = re.compile(r"@[\w.-]+")
_BEFORE_AT: Final = ascii_letters + digits + ".+-_"
_LINK: Final = re.compile(r"(?:https?://|www\.|(?:t|wa|zalo|m)\.me/)\S+", re.IGNORECASE)
_WIDE: Final = ((0x2E80, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))
_FACTOR: Final = 0x9E3779B97F4A7C15
_FACTORS: Final = {reach: np.uint64(pow(_FACTOR, reach, 1 << 64)) for reach in (1, 2, 4)}

Codes = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]
Ends = npt.NDArray[np.intp]
_Number = TypeVar("_Number", np.uint32, np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shingled:
    """An ad's text as it is compared."""

    key: int
    """63 bits, equal for ads that count as one text."""

    hashes: Hashes
    """Its shingles in reading order; one of its own where the text is too short to be compared by them."""

    words: str
    """A sign a word, in reading order; nothing where the text is too short."""


def shingle_all(ads: Sequence[JobAd]) -> list[Shingled]:
    """The ads' titles and descriptions as they are compared, in their order.

    Short texts are alike by chance: they count as one only where they agree to the digit and name the same employer and
    contacts.
    """
    if not ads:
        return []
    codes, ends = _letters([f"{ad.title}\n{ad.description}"[:_LONGEST] for ad in ads])
    signs = word_signs(codes, ends)
    hashes, last = _hashes(*_spread(codes, ends))
    found = []
    for ad, said, words, shingles in zip(ads, _cut(codes, ends), signs, _cut(hashes, last), strict=True):
        if len(shingles) >= LEAST_SHINGLES:
            found.append(Shingled(key=_key(said.tobytes()), hashes=shingles, words=words))
        else:
            key = _key(_whole(ad))
            found.append(Shingled(key=key, hashes=np.array([key], dtype=np.uint64), words=""))
    return found


def _letters(texts: list[str]) -> tuple[Codes, Ends]:
    """The letters of all texts one after another, each text with a space behind; and where each ends."""
    texts = [_without_addresses(text) for text in texts]
    folded = fold_together(texts)
    if folded.suspects:
        folded = fold_together([undisguise(text) if at in folded.suspects else text for at, text in enumerate(texts)])
    codes = np.frombuffer(folded.text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    codes[(codes == ord("\n")) | (codes == ord(","))] = _SPACE
    edges = np.minimum(folded.edges, len(codes) - 1).astype(np.intp)
    begins = np.minimum(edges + (codes.take(edges) == _SPACE), len(codes) - 1)  # behind the separator that is there
    ends = np.append(begins[1:], len(codes))
    return _without_numbers(codes[begins[0] :], ends - begins[0])


def _without_addresses(text: str) -> str:
    """The text with one sign for each handle, mail and web address."""
    if "@" in text:
        *before, last = text.split("@")
        text = _HANDLE.sub("@", "@".join([*(part.rstrip(_BEFORE_AT) for part in before), last]))
    if "://" in text or "www." in text or ".me/" in text:
        text = _LINK.sub("@", text)
    return text


def _without_numbers(codes: Codes, ends: Ends) -> tuple[Codes, Ends]:
    """The letters with each number, marks inside it included, as one sign; and one space where several meet."""
    digit = (codes >= ord("0")) & (codes <= ord("9")) | (codes == ord("."))
    codes[digit] = _NUMBER
    inner = np.ones(len(codes), dtype=np.bool_)
    inner[ends[ends > 0] - 1] = False
    run = (codes[1:] == codes[:-1]) & (digit[1:] | (codes[1:] == _SPACE)) & inner[1:]
    codes, ends, inner = _kept(codes, ends, np.append(True, ~run), inner)
    # "+84 90 123" and "0901 23": how a number is grouped is no difference either.
    gap = (codes[1:-1] == _SPACE) & (codes[:-2] == _NUMBER) & (codes[2:] == _NUMBER) & inner[1:-1]
    stays = np.ones(len(codes), dtype=np.bool_)
    at = np.flatnonzero(gap) + 1
    stays[at] = stays[at + 1] = False
    codes, ends, _ = _kept(codes, ends, stays, inner)
    return codes, ends


def _kept(
    codes: Codes, ends: Ends, stays: npt.NDArray[np.bool_], inner: npt.NDArray[np.bool_]
) -> tuple[Codes, Ends, npt.NDArray[np.bool_]]:
    return codes[stays], np.append(0, np.cumsum(stays))[ends], inner[stays]


def _spread(codes: Codes, ends: Ends) -> tuple[Codes, Ends]:
    """The letters with wide characters twice, so that a shingle holds about as much meaning in every script."""
    if not len(codes) or int(codes.max()) < _WIDE[0][0]:
        return codes, ends
    wide = np.zeros(len(codes), dtype=np.bool_)
    for low, high in _WIDE:
        wide |= (codes >= low) & (codes < high)
    counts = np.where(wide, 2, 1)
    return np.repeat(codes, counts), np.append(0, np.cumsum(counts))[ends]


def _hashes(codes: Codes, ends: Ends) -> tuple[Hashes, Ends]:
    """The shingles of all texts, and where those of each end; none reaches over the end of its text."""
    sums = codes.astype(np.uint64) + np.uint64(1)
    for reach in (1, 2, 4):  # each step takes twice as many letters together
        sums = sums[:-reach] * _FACTORS[reach] + sums[reach:]
    count = len(sums)
    sums ^= sums >> np.uint64(31)
    sums *= np.uint64(0xBF58476D1CE4E5B9)
    sums ^= sums >> np.uint64(29)
    lengths = np.diff(ends, prepend=0)
    counts = np.maximum(lengths - WIDTH + 1, 0)
    over = np.zeros(len(codes) + 1, dtype=np.int64)
    np.add.at(over, ends - lengths, 1)
    np.add.at(over, ends - lengths + counts, -1)
    return sums[np.cumsum(over)[:count] > 0], np.cumsum(counts)


def _cut(flat: npt.NDArray[_Number], ends: Ends) -> list[npt.NDArray[_Number]]:
    starts = np.append(0, ends[:-1])
    return [flat[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def _whole(ad: JobAd) -> bytes:
    """A short ad to the digit, with its employer and contacts."""
    said = fold(f"{ad.title}\n{ad.description}").text
    contacts = sorted(f"{contact.kind}:{contact.value}" for contact in ad.contacts)
    whole = "\x1f".join(("short", said, ad.hiring_organization or "", *contacts))
    return whole.encode("utf-8", "surrogatepass")


def _key(said: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1
