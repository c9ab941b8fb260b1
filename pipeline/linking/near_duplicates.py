"""Near-duplicates by MinHash signatures of shingles.

Texts that agree in a band of their signatures are compared. Those that nearly agree are alike at once. Of the others it
counts what they agree in: a passage that stands in many otherwise unlike texts, an employer's paragraph or a board's
footer, says little about whether two of them are one.

``model.text.shingles`` cuts the shingles: another telephone number, pay, account or spelling makes no other text.
"""

import hashlib
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final
from weakref import finalize

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import LCSseq
from rensa import RMinHash

from crawler.ad import JobAd
from model.text.folding import ad_text, fold
from model.text.shingles import LEAST_SHINGLES, Hashes, shingle_texts
from pipeline.linking.describe import SignedText


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
    shingled = []
    for ad, text in zip(ads, shingle_texts([ad_text(ad) for ad in ads]), strict=True):
        if len(text.hashes) >= LEAST_SHINGLES:
            key = _key(text.letters.encode("utf-32-le", "surrogatepass"))
            shingled.append(Shingled(key=key, hashes=text.hashes, words=text.words))
            continue
        contacts = sorted(f"{contact.kind}:{contact.value}" for contact in ad.contacts)
        whole = "\x1f".join(("short", fold(ad_text(ad)).text, ad.hiring_organization or "", *contacts))
        key = _key(whole.encode("utf-8", "surrogatepass"))
        shingled.append(Shingled(key=key, hashes=np.array([key], dtype=np.uint64), words=""))
    return shingled


def _key(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest()) >> 1


SLOTS: Final = 256
"""The standard error of a likeness near 0.5 is 0.03; with half as many it would be 0.04."""

BANDS: Final = 64
"""Texts meet when all slots of one band agree: of pairs that are alike by 0.5 all but 2 in 100, by 0.1 one in 150."""

_ROWS: Final = SLOTS // BANDS
_SEED: Final = 20261127
_BYTES: Final = 4 * SLOTS

SIGNED_BY: Final = f"rensa {RMinHash.ALGORITHM_VERSION}, {SLOTS} slots, seed {_SEED}"

Signatures = npt.NDArray[np.uint32]
BandKeys = npt.NDArray[np.uint32]
"""A row a band: for each text a number, equal where all slots of the band are."""

Rows = npt.NDArray[np.intp]
Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]


def sign(texts: Sequence[Hashes]) -> Signatures:
    """A signature a text. Those of two versions of rensa's algorithm must not be mixed: keep them with its version."""
    if not texts:
        return np.empty((0, SLOTS), dtype=np.uint32)
    ends = np.cumsum([0, *(len(text) for text in texts)], dtype=np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(texts), ends, SLOTS, _SEED)
    return np.array(matrix.to_rows(), dtype=np.uint32)


def pack(signatures: Signatures) -> bytes:
    """Signatures as they are stored, one after another."""
    return signatures.astype("<u4").tobytes()


def unpack(stored: bytes) -> Signatures:
    """What ``pack`` packed, a row a text."""
    return np.frombuffer(stored, dtype="<u4").reshape(-1, SLOTS)


class TextIndex:
    """Different texts, numbered in the order in which they came; what reads the same has one number.

    Signatures and words, nine tenths of what there is of a text, are in a temporary file: few of them are compared.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where there is room for the file, 1 KB a text and 2 bytes a word of it."""
        self.rows: dict[int, int] = {}
        """The number of the text with each key."""

        self._sizes = array("q")
        self._ends = array("q", [0])
        self._signatures = TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the index
        self._words = TemporaryFile(dir=folder)  # noqa: SIM115 - closed with the index
        finalize(self, self._signatures.close)
        finalize(self, self._words.close)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def keys(self) -> Numbers:
        """A number a text: sorts texts by what they say."""
        return np.fromiter(self.rows, dtype=np.int64, count=len(self.rows))

    @property
    def sizes(self) -> Numbers:
        """How many shingles each text has."""
        return np.array(self._sizes, dtype=np.int64)

    def words(self, row: int) -> str:
        """The words of a text, as signs."""
        start, end = self._ends[row : row + 2]
        return os.pread(self._words.fileno(), end - start, start).decode("utf-16-le")

    def signed(self, row: int, key: int) -> SignedText:
        """All that is stored of a text."""
        signature = os.pread(self._signatures.fileno(), _BYTES, row * _BYTES)
        return SignedText(key, self._sizes[row], signature, self.words(row))

    def signatures(self, rows: Rows) -> Signatures:
        """The signatures of these texts, in their order."""
        file = self._signatures.fileno()
        read, places = np.unique(rows, return_inverse=True)
        stored = [os.pread(file, _BYTES, row * _BYTES) for row in read.tolist()]
        return unpack(b"".join(stored))[places]

    def band_keys(self) -> BandKeys:
        """Those of all texts."""
        out = np.empty((BANDS, len(self)), dtype=np.uint32)
        for start in range(0, len(self), _CHUNK):
            stored = os.pread(self._signatures.fileno(), _CHUNK * _BYTES, start * _BYTES)
            slots = unpack(stored).reshape(-1, BANDS, _ROWS)
            keys = np.zeros(slots.shape[:2], dtype=np.uint64)
            for row in range(_ROWS):
                keys = (keys ^ slots[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
                keys ^= keys >> np.uint64(32)
            out[:, start : start + _CHUNK] = keys.T
        return out

    def keep(self, texts: Iterable[SignedText]) -> None:
        """Take in texts that were signed before and are not here yet."""
        for text in texts:
            self.rows[text.key] = len(self)
            self._sizes.append(text.size)
            self._signatures.write(text.signature)
            self._ends.append(self._ends[-1] + self._words.write(text.words.encode("utf-16-le")))
        self._signatures.flush()
        self._words.flush()


WINDOW: Final = 8
"""With how many neighbours a text is compared in each band. Where more agree they are sorted by their further bands, so
that near-duplicates stand side by side, and work stays linear however often a passage was copied."""

RARE: Final = 8
"""A passage in so many unlike texts counts in full."""

_BEFORE_ALL: Final = 100
"""As many texts are taken to have been there before the first: of a handful, nothing is known to be common."""

_EACH: Final = 4
"""Every fourth slot is counted."""

_LEAST_LENGTH: Final = 0.5
"""A text is no copy of one that is more than twice as long: it may stand there beside others."""

_CHUNK: Final = 4_096
_BANDS_AT_ONCE: Final = 8
_LEAST_BITS: Final = 18
_MOST_COUNTED: Final = 65_535


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two rows a pair, the lower one first."""

    left: Rows
    right: Rows

    def __len__(self) -> int:
        return len(self.left)

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Pairs":
        """The chosen ones."""
        return Pairs(self.left[chosen], self.right[chosen])

    def chunks(self) -> Iterator[tuple[slice, Rows, Rows]]:
        """A few at a time, so that their signatures fit into the processor's cache and into memory."""
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield part, self.left[part], self.right[part]


def similar_pairs(texts: TextIndex, *, since: int, least: float) -> tuple[Pairs, Shares]:
    """The pairs of rows that agree in a band and are alike by ``least``, at least one of them row ``since`` or later,
    and how alike each is.

    Rows are sorted by what they say, so that which neighbours meet does not hang on when they came.
    """
    keys, order, count = texts.band_keys(), np.argsort(texts.keys, kind="stable"), max(1, len(texts))
    similar, likeness = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    # Most pairs of many texts share a passage alone: all bands' pairs at once would take more memory than the texts.
    for start in range(0, BANDS, _BANDS_AT_ONCE):
        bands = range(start, start + _BANDS_AT_ONCE)
        packed = np.unique(np.concatenate([_colliding_in(keys, band, order, since) for band in bands]))
        packed = packed[~np.isin(packed, similar, assume_unique=True)]
        alike = np.empty(len(packed), dtype=np.float32)
        # The share of slots that agree: an unbiased estimate of the shingles' Jaccard index.
        for part, left, right in _unpacked(packed, count).chunks():
            alike[part] = (texts.signatures(left) == texts.signatures(right)).mean(axis=1)
        near = alike >= least
        similar, likeness = np.append(similar, packed[near]), np.append(likeness, alike[near])
    sorting = np.argsort(similar)
    return _unpacked(similar[sorting], count), likeness[sorting]


def _unpacked(packed: Numbers, count: int) -> Pairs:
    return Pairs((packed // count).astype(np.intp), (packed % count).astype(np.intp))


def _colliding_in(keys: BandKeys, band: int, order: Rows, since: int) -> Numbers:
    """Pairs as one number each: ``lower * count + higher``."""
    column = keys[band]
    rows = order[np.isin(column[order], column[since:])] if since else order
    rows = rows[np.argsort(column[rows], kind="stable")]
    sorted_keys = column[rows]

    # Where more rows agree than are compared, these are sorted by their further bands.
    reach = WINDOW + 1
    far = np.flatnonzero(sorted_keys[reach:] == sorted_keys[:-reach])
    if len(far):
        crowded = np.zeros(len(rows), dtype=np.bool_)
        crowded[far[:, None] + np.arange(reach + 1)] = True
        at = np.flatnonzero(crowded)
        further = [keys[(band + step) % BANDS, rows[at]] for step in (3, 2, 1)]
        rows[at] = rows[at][np.lexsort((*further, sorted_keys[at]))]

    found = [np.empty(0, dtype=np.int64)]
    for step in range(1, min(WINDOW, len(rows) - 1) + 1):
        at = np.flatnonzero(sorted_keys[step:] == sorted_keys[:-step])
        if not len(at):
            break
        first, second = rows[at], rows[at + step]
        low, high = np.minimum(first, second), np.maximum(first, second)
        met = high >= since
        found.append(low[met].astype(np.int64) * len(order) + high[met])
    return np.concatenate(found)


def words_shared(text: str, other: str) -> float:
    """The share of the shorter text's words that stand in the other in the same order; 0 where it is much longer."""
    short, long = sorted((len(text), len(other)))
    if not short or short < long * _LEAST_LENGTH:
        return 0.0
    return float(LCSseq.similarity(text, other)) / short


class Passages:
    """How many unlike texts a sampled shingle was met in; two shingles may share a count."""

    def __init__(self, texts: TextIndex, rows: Rows) -> None:
        """Count in those of the texts, which are unlike each other."""
        self._texts, self._counted = texts, len(rows)
        self._bits = max(_LEAST_BITS, (len(rows) * SLOTS // _EACH).bit_length() + 1)
        self._counts = np.zeros(1 << self._bits, dtype=np.uint16)
        for start in range(0, len(rows), _CHUNK):
            part = texts.signatures(rows[start : start + _CHUNK])
            places, times = np.unique(self._places(part), return_counts=True)
            self._counts[places] = np.minimum(self._counts[places] + times, _MOST_COUNTED)

    def shared(self, pairs: Pairs) -> Shares:
        """For each pair how much of the shorter text, by weight, stands in the other; 0 where little of both does.

        The shorter one's share, because a copy that lost sentences still is one, while two ads with a paragraph in
        common each go on in their own way.
        """
        out, sizes = np.empty(len(pairs), dtype=np.float32), self._texts.sizes
        for part, left, right in pairs.chunks():
            first, second = self._texts.signatures(left), self._texts.signatures(right)
            weights, others = self._weights(first), self._weights(second)
            agree = first[:, ::_EACH] == second[:, ::_EACH]
            both = weights + others
            alike = (both * agree).sum(axis=1) / both.sum(axis=1)
            weight, other_weight = sizes[left] * weights.mean(axis=1), sizes[right] * others.mean(axis=1)
            out[part] = np.minimum(
                alike * (weight + other_weight) / (1 + alike) / np.minimum(weight, other_weight), 1.0
            )
        return out

    def _weights(self, signatures: Signatures) -> Shares:
        """What agreement in each counted slot says: less, the more of all texts have it."""
        met = self._counts[self._places(signatures)].astype(np.float32)
        every = self._counted + _BEFORE_ALL
        return np.square(np.log(every / np.maximum(met, RARE), dtype=np.float32))

    def _places(self, signatures: Signatures) -> npt.NDArray[np.uint32]:
        slots = np.arange(0, SLOTS, _EACH, dtype=np.uint64) * np.uint64(0xD6E8FEB86659FD93)
        mixed = (signatures[:, ::_EACH].astype(np.uint64) ^ slots) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> np.uint64(64 - self._bits)).astype(np.uint32)
