"""What an ad's text is compared by: its shingles, a sign for each of its words, and a key.

How they are cut is ``model.text.shingles``: another telephone number, pay, account or spelling makes no other text.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crawler.ad import JobAd
from model.text.folding import fold
from model.text.shingles import LEAST_SHINGLES, Hashes, ShingledText, shingle_texts

__all__ = ["Hashes", "Shingled", "shingle_all"]


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
    cut = shingle_texts([f"{ad.title}\n{ad.description}" for ad in ads])
    return [_shingled(ad, text) for ad, text in zip(ads, cut, strict=True)]


def _shingled(ad: JobAd, text: ShingledText) -> Shingled:
    if len(text.hashes) >= LEAST_SHINGLES:
        key = _key(text.letters.encode("utf-32-le", "surrogatepass"))
        return Shingled(key=key, hashes=text.hashes, words=text.words)
    key = _key(_whole(ad))
    return Shingled(key=key, hashes=np.array([key], dtype=np.uint64), words="")


def _whole(ad: JobAd) -> bytes:
    """A short ad to the digit, with its employer and contacts."""
    said = fold(f"{ad.title}\n{ad.description}").text
    contacts = sorted(f"{contact.kind}:{contact.value}" for contact in ad.contacts)
    whole = "\x1f".join(("short", said, ad.hiring_organization or "", *contacts))
    return whole.encode("utf-8", "surrogatepass")


def _key(said: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) >> 1
