"""Blocks: labelled texts that are held out together, because who has seen one has nearly seen the other.

Groups that share long passages are one block (``model.training.clusters``). Where a template or plain chance chains a large part
of a collection, nothing could be held out of it any more: such a chain is parted at the next higher level, until none
of a collection's blocks holds too much of it, or what is left are copies.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from model.training.clusters import LEVEL, Clusters
from model.datasets.labels import LabelledAd

__all__ = ["in_blocks"]

MOST: Final = 0.2
"""A chain may hold so much of a collection: what one fold of five holds."""

LEVELS: Final = (LEVEL, 0.2, 0.3, 0.5)
"""What agrees by the last stays together, however much it is."""


def in_blocks(rows: Sequence[LabelledAd]) -> list[LabelledAd]:
    """The rows with their blocks. A group is never parted; where it is a block of its own, that has its name."""
    clusters = Clusters(f"{row.ad.title}\n{row.ad.description}" for row in rows)
    groups = [row.group for row in rows]
    found = clusters.at(LEVELS[0], joined=groups)
    for level in LEVELS[1:]:
        large = _too_large(rows, found)
        if not large:
            break
        finer = clusters.at(level, joined=groups)
        found = [inside if wide in large else wide for wide, inside in zip(found, finer, strict=True)]
    names: dict[int, str] = {}
    for number, group in zip(found, groups, strict=True):
        names[number] = min(group, names.get(number, group))
    return [replace(row, block=names[number]) for row, number in zip(rows, found, strict=True)]


def _too_large(rows: Sequence[LabelledAd], found: Sequence[int]) -> set[int]:
    """The chains that hold too much of some collection."""
    sizes = Counter(row.dataset for row in rows)
    parts = Counter((number, row.dataset) for number, row in zip(found, rows, strict=True))
    return {number for (number, dataset), part in parts.items() if part > MOST * sizes[dataset]}
