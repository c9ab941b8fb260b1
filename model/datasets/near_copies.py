"""Clusters of near-copies among texts, by the rare letter shingles they share.

Two texts are linked where their sets of shingles agree by some level (Jaccard index, from ``X @ X.T`` of a sparse
matrix) and in a passage at least. What is linked, directly or through others, is one cluster (single linkage). The
order of the texts changes nothing, and a cluster at a higher level lies inside one at a lower level.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
import scipy  # loads its parts where they are used

from model.batches import in_batches
from model.datasets.labels import LabelledAd
from model.text.folding import ad_text
from model.text.shingles import LEAST_SHINGLES, shingle_texts

PASSAGE_LEVEL: Final = 0.13
"""Where EMSCAD's groups of duplicates are found again (decision 0060): an employer's paragraph is enough."""

HELD_OUT_LEVEL: Final = 0.2
"""What is held out together. At a lower level, common phrases chain much of some collections (decision 0060)."""

_COMMON: Final = 500
"""A shingle of more unlike texts is how people write, not a copy of one text; it is left out of both."""

_MOST: Final = 20_000_000
"""Shingles that are compared; of more, every second, third, ... by its hash, which leaves shares as they are."""

_ROWS: Final = 1_000
"""Texts that are read, then compared with all before them, at once: their products are what takes memory."""

Numbers = npt.NDArray[np.int64]
Shingles = npt.NDArray[np.uint32]
_NOTHING: Final = np.empty(0, dtype=np.uint32)


class NearCopies:
    """Texts as sets of rare shingles, ready to be clustered at any level."""

    def __init__(self, texts: Iterable[str]) -> None:
        first: dict[bytes | int, int] = {}
        sets: list[Shingles] = []
        for text in (text for batch in in_batches(texts, _ROWS) for text in shingle_texts(batch)):
            if len(text.hashes) or not text.letters:
                # 32 bits of a hash: two texts of 2,000 shingles have one in common by chance once in a thousand times.
                sets.append(np.unique((text.hashes >> np.uint64(32)).astype(np.uint32)))
            else:  # too short for any shingle: its letters as one
                sets.append(np.array([crc32(text.letters.encode("utf-8", "surrogatepass"))], dtype=np.uint32))
        # Texts of equal shingles are one from the beginning: a message sent a thousand times makes nothing common.
        same = [first.setdefault(some.tobytes() or place, place) for place, some in enumerate(sets)]
        self._same = np.array(same, dtype=int)
        step = 1 + sum(map(len, sets)) // _MOST
        self._least = LEAST_SHINGLES / step
        sets = [
            some[some % step == 0] if place == original else some[:0]
            for place, (some, original) in enumerate(zip(sets, same, strict=True))
        ]
        rows = np.repeat(np.arange(len(sets)), [len(some) for some in sets])
        hashes, columns, times = np.unique(np.concatenate([*sets, _NOTHING]), return_inverse=True, return_counts=True)
        rare = times[columns] <= _COMMON
        self._sizes = np.bincount(rows[rare], minlength=len(sets))
        shared = rare & (times[columns] > 1)
        ones = np.ones(int(shared.sum()), dtype=np.int32)
        self._matrix = scipy.sparse.csr_array((ones, (rows[shared], columns[shared])), shape=(len(sets), len(hashes)))

    def clusters(self, level: float, *, joined: Sequence[Hashable] | None = None) -> list[int]:
        """For each text the number of the first text of its cluster. Texts with equal names in ``joined`` are one
        from the beginning."""
        places = np.arange(len(self._same))
        links: list[tuple[Numbers, Numbers]] = [(places, self._same)]
        for start in range(0, self._matrix.shape[0], _ROWS):
            end = start + _ROWS
            counts: Any = (self._matrix[start:end] @ self._matrix[:end].T).tocoo()
            left, right, shared = counts.row + start, counts.col, counts.data
            every = self._sizes[left] + self._sizes[right] - shared
            # A few words in common are no passage, unless the texts are hardly longer.
            alike = (shared >= level * every) & ((shared >= self._least) | (2 * shared >= every)) & (right < left)
            links.append((left[alike], right[alike]))
        if joined is not None:
            first: dict[Hashable, int] = {}
            links.append((places, np.array([first.setdefault(name, at) for at, name in enumerate(joined)], dtype=int)))
        found: list[int] = connected(links, len(places)).tolist()
        return found


def connected(links: Iterable[tuple[Numbers, Numbers]], count: int) -> Numbers:
    """For each of ``count`` numbers the first one that it is linked with, directly or through others."""
    left, right = (np.concatenate(sides) for sides in zip(*links, strict=True))
    graph = scipy.sparse.coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    _, groups = scipy.sparse.csgraph.connected_components(graph, directed=False)
    _, firsts = np.unique(groups, return_index=True)
    return np.asarray(firsts[groups], dtype=np.int64)


def group_near_copies(rows: Sequence[LabelledAd]) -> list[LabelledAd]:
    """The rows with their clusters: groups that hold near-copies of each other are held out together.

    A group is never parted; where it is a cluster of its own, that has its name.
    """
    groups = [row.group for row in rows]
    found = NearCopies(ad_text(row.ad) for row in rows).clusters(HELD_OUT_LEVEL, joined=groups)
    names: dict[int, str] = {}
    for number, group in zip(found, groups, strict=True):
        names[number] = min(group, names.get(number, group))
    return [replace(row, cluster=names[number]) for row, number in zip(rows, found, strict=True)]
