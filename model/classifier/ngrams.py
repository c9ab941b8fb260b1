"""TF-IDF of character n-grams by NumPy, as scikit-learn's: docs/decisions/0067."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from model.batches import in_batches

_BATCH: Final = 512

_ALIKE: Final = str.maketrans(dict.fromkeys("\t\n\r\x0b\x0c\xa0\u3000", " ") | {"ς": "σ"})
"""Read as one. A small sigma is another at a word's end, and where texts are joined a word may end or go on."""

Text = str | npt.NDArray[np.int32]
"""A text, or the buckets of its n-grams, where these are kept in its place (``model.datasets.counted``)."""

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_FINISH: Final = np.uint64(0xD6E8FEB86659FD93)


class Occurrences(NamedTuple):
    """Places of known n-grams in one text, three arrays of one length."""

    start: npt.NDArray[np.int64]
    """Place of the first character in the text as it was given."""

    length: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]


class NgramTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Sublinear TF-IDF of character n-grams from ``shortest`` to ``longest``, rows of length 1.

    What ``TfidfVectorizer(analyzer="char", sublinear_tf=True)`` gives, but for n-grams that share one of two to the
    power of ``bits`` buckets: an n-gram is known by its hash, so no text is kept. Tabs and line ends are read as
    spaces, and letters as small ones. ``buckets_`` are those that were learnt, ascending, ``idf_`` how rare each is.
    """

    def __init__(
        self, shortest: int = 2, longest: int = 5, min_df: int = 2, max_features: int = 400_000, bits: int = 22
    ) -> None:
        self.shortest = shortest
        self.longest = longest
        self.min_df = min_df
        self.max_features = max_features
        self.bits = bits

    def fit(self, X: Sequence[Text], y: object = None) -> Self:
        """Learns which n-grams stand in ``min_df`` texts, and how rare each is."""
        in_texts = np.zeros(1 << self.bits, dtype=np.int64)
        for texts in in_batches(X, _BATCH):
            row, bucket = self._hashes(texts)
            in_texts += np.bincount(_count(row, bucket, len(texts), 1 << self.bits).indices, minlength=1 << self.bits)
        known = np.flatnonzero(in_texts >= self.min_df)
        if len(known) > self.max_features:
            known = np.sort(known[np.argsort(-in_texts[known], kind="stable")[: self.max_features]])
        self.buckets_ = known.astype(np.int32)
        self.idf_ = (np.log((1 + len(X)) / (1 + in_texts[known])) + 1).astype(np.float32)
        self._column_of: npt.NDArray[np.int32] | None = None
        return self

    def transform(self, X: Sequence[Text]) -> csr_matrix:
        """A row for each text: sparse, float32, of shape (n_texts, n_features)."""
        check_is_fitted(self)
        rows, columns = [], []
        for number, texts in enumerate(in_batches(X, _BATCH)):
            row, bucket = self._hashes(texts)
            column = self._columns()[bucket]
            rows.append(row[column >= 0] + number * _BATCH)
            columns.append(column[column >= 0])
        row, column = (np.concatenate([*parts, np.empty(0, np.int32)]) for parts in (rows, columns))
        counts = _count(row, column, len(X), len(self.buckets_))
        counts.data = (np.log(counts.data) + 1) * self.idf_[counts.indices]
        norms = np.sqrt(np.add.reduceat(np.append(counts.data**2, 0), counts.indptr[:-1])) if len(X) else np.empty(0)
        norms[np.diff(counts.indptr) == 0] = 1
        counts.data /= np.repeat(norms, np.diff(counts.indptr)).astype(np.float32)
        return counts

    def occurrences(self, text: str) -> Occurrences:
        """Every place of a known n-gram in the text, the shortest n-grams first."""
        check_is_fitted(self)
        found = []
        for length, bucket in self._rolled(_codes([text])):
            column = self._columns()[bucket]
            start = np.flatnonzero(column >= 0)
            found.append((start, np.full(len(start), length), column[start]))
        starts, lengths, columns = (np.concatenate(parts).astype(np.int64) for parts in zip(*found, strict=True))
        return Occurrences(starts, lengths, columns)

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[Any]:
        """``bucket:`` and its number, of shape (n_features,)."""
        return np.array([f"bucket:{bucket}" for bucket in self.buckets_], dtype=object)

    def _columns(self) -> npt.NDArray[np.int32]:
        columns: npt.NDArray[np.int32] | None = getattr(self, "_column_of", None)
        if columns is None:
            columns = np.full(1 << self.bits, -1, dtype=np.int32)
            columns[self.buckets_] = np.arange(len(self.buckets_), dtype=np.int32)
            self._column_of = columns
        return columns

    def buckets(self, text: str) -> npt.NDArray[np.int32]:
        """The bucket of each n-gram of a text, ascending: what can be kept in the text's place."""
        return np.sort(self._hashes([text])[1]).astype(np.int32)

    def _hashes(self, given: Sequence[Text]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        texts = [text if isinstance(text, str) else "" for text in given]
        text_of = np.repeat(np.arange(len(texts), dtype=np.int32), [len(text) for text in texts])
        counted = {number: text for number, text in enumerate(given) if not isinstance(text, str)}
        rows = [np.full(len(known), number, dtype=np.int32) for number, known in counted.items()]
        buckets = [known.astype(np.int64) for known in counted.values()]
        for length, bucket in self._rolled(_codes(texts)):
            first, last = text_of[: len(bucket)], text_of[length - 1 :]
            inside = first == last
            rows.append(first[inside])
            buckets.append(bucket[inside])
        return np.concatenate(rows), np.concatenate(buckets)

    def _rolled(self, codes: npt.NDArray[np.uint64]) -> list[tuple[int, npt.NDArray[np.int64]]]:
        rolled, hashed = [], codes
        for length in range(1, self.longest + 1):
            if length > 1:
                hashed = (hashed[: max(0, len(codes) - length + 1)] * _MULTIPLIER) ^ codes[length - 1 :]
            if length >= self.shortest:
                mixed = (hashed ^ (hashed >> np.uint64(32))) * _FINISH
                rolled.append((length, (mixed >> np.uint64(64 - self.bits)).astype(np.int64)))
        return rolled

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_column_of"}


def _count(row: npt.NDArray[Any], column: npt.NDArray[Any], rows: int, columns: int) -> csr_matrix:
    """How often each column stands in each row; sorted as plain numbers, several times as fast as SciPy sorts rows."""
    bits = columns.bit_length()
    places = (row.astype(np.int64) << bits) | column
    if (np.diff(places) < 0).any():  # n-grams that were cut before are in order
        places.sort()
    first = np.flatnonzero(np.diff(places, prepend=-1))
    counts = np.diff(first, append=len(places)).astype(np.float32)
    places = places[first]
    starts = np.searchsorted(places, np.arange(rows + 1, dtype=np.int64) << bits)
    indices = (places & ((1 << bits) - 1)).astype(np.int32)
    return csr_matrix((counts, indices, starts.astype(np.int32)), shape=(rows, columns))


def _codes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The characters of some texts, one behind another, as small letters; each text keeps its length."""
    joined = "".join(texts)
    lowered = joined.lower()
    if len(lowered) != len(joined):
        lowered = "".join(letter if len(letter := character.lower()) == 1 else character for character in joined)
    return np.frombuffer(lowered.translate(_ALIKE).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
