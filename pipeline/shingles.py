"""What an ad's text is compared by: hashes of its overlapping stretches of letters, its shingles, and of its words.

They are cut from the folded text, disguises off, so that capitals, accents, invisible characters and look-alike letters
part nothing. Every number reads the same, and so does every handle, mail and web address: another telephone number, pay
or account makes no other text. Many texts are folded and cut together, as one long one.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_letters, digits
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from crawler.ad import JobAd
from model.disguise import undisguise
from model.text import fold
from model.together import Together
from pipeline.cutting import cut_letters

__all__ = ["LEAST_SHINGLES", "Hashes", "Shingled", "shingle_all"]

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
    texts = [_without_addresses(f"{ad.title}\n{ad.description}"[:_LONGEST]) for ad in ads]
    cut = cut_letters(*_folded(texts))
    letters = _pieces(cut.codes, [0, *cut.code_ends.tolist()])
    hashes = _pieces(cut.hashes, [0, *cut.hash_ends.tolist()])
    words = _pieces(_as_text(cut.signs), [0, *cut.sign_ends.tolist()])
    return [_shingled(*one) for one in zip(ads, letters, hashes, words, strict=True)]


def _shingled(ad: JobAd, letters: Codes, hashes: Hashes, words: str) -> Shingled:
    if len(hashes) >= LEAST_SHINGLES:
        return Shingled(key=_key(letters.tobytes()), hashes=hashes, words=words)
    key = _key(_whole(ad))
    return Shingled(key=key, hashes=np.array([key], dtype=np.uint64), words="")


def _folded(texts: list[str]) -> tuple[Codes, Ends]:
    """The letters of all texts one after another, out of disguise; where each begins, and where another would."""
    codes, starts, suspects = _fold(texts)
    cleared = {at: undisguise(texts[at]) for at in suspects}
    cleared = {at: text for at, text in cleared.items() if text != texts[at]}
    if not cleared:
        return codes, starts
    others, theirs, _ = _fold([*cleared.values()])
    pieces = _pieces(codes, starts.tolist())
    for at, piece in zip(cleared, _pieces(others, theirs.tolist()), strict=True):
        pieces[at] = piece
    lengths = np.fromiter(map(len, pieces), dtype=np.int32, count=len(pieces))
    return np.concatenate(pieces), np.append(0, np.cumsum(lengths)).astype(np.int32)


def _fold(texts: list[str]) -> tuple[Codes, Ends, list[int]]:
    """Their folded letters, where each text begins behind its separator, and which may be in disguise."""
    lines = Together(texts).lines
    first = lines.text.take(lines.edges)
    begins = lines.edges + ((first == _SPACE) | (first == _BREAK))
    return lines.text, np.append(begins, len(lines.text)).astype(np.int32), lines.suspect.nonzero()[0].tolist()


def _pieces(whole: _Whole, places: list[int]) -> list[_Whole]:
    """What lies between each place and the next."""
    return [whole[start:end] for start, end in pairwise(places)]


def _as_text(signs: npt.NDArray[np.uint16]) -> str:
    return signs.astype("<u2", copy=False).tobytes().decode("utf-16-le")


def _without_addresses(text: str) -> str:
    """The text with one sign for each handle, mail and web address."""
    if "@" in text:
        *before, last = text.split("@")
        text = _HANDLE.sub("@", "@".join([*(part.rstrip(_BEFORE_AT) for part in before), last]))
    if "://" in text or "www." in text or ".me/" in text:
        text = _LINK.sub("@", text)
    return text


def _whole(ad: JobAd) -> bytes:
    """A short ad to the digit, with its employer and contacts."""
    said = fold(f"{ad.title}\n{ad.description}").text
    contacts = sorted(f"{contact.kind}:{contact.value}" for contact in ad.contacts)
    whole = "\x1f".join(("short", said, ad.hiring_organization or "", *contacts))
    return whole.encode("utf-8", "surrogatepass")


def _key(said: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1
