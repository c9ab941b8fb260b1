"""Splits without leaks: by clusters of near-copies, and by whole sources.

A random split is never made: a template that is sent a hundred times would stand on both sides, and the figure would
measure memory.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.datasets.labels import ACTED_ON, LabelledAd, acts

__all__ = ["NEAR_COPY_FOLDS", "Fold", "Places", "near_copy_folds", "source_folds"]

NEAR_COPY_FOLDS: Final = 5

_MOST_FOLDS: Final = 10
"""Each fold is a model to train; above this, large sources share one."""

_FEW_FOLDS: Final = 5
_SMALL: Final = 9
"""Rows below which the sources of a collection are left out together."""

_LARGE: Final = 30
"""Rows to act on from which a source has a fold that no other such source shares."""

_BUNDLES: Final = 3
"""Of the pages that quotations are from: most of the hosts have one row."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Rows that are measured, and the rows that the model which measures them may learn from."""

    held_out: Places
    training: Places
    sources: tuple[str, ...] = ()


def near_copy_folds(rows: Sequence[LabelledAd], ordinary: Set[str], *, seed: int) -> list[Fold]:
    """Five folds of whole clusters; each board of ordinary ads stands in one fold as a whole.

    A row is measured by a model that saw no near-copy of it and none of its twins, but other texts of the same channel.
    No board that sets the threshold was learnt from.
    """
    boards = {name: number % NEAR_COPY_FOLDS for number, name in enumerate(sorted(ordinary))}
    numbers = np.array(
        [boards.get(row.dataset, _number(row.held_with, seed, NEAR_COPY_FOLDS)) for row in rows], dtype=np.int64
    )
    folds = (_fold(rows, np.flatnonzero(numbers == number)) for number in range(NEAR_COPY_FOLDS))
    return [fold for fold in folds if _can_learn(rows, fold)]


def source_folds(rows: Sequence[LabelledAd], ordinary: Set[str], *, alone: Set[str] = frozenset()) -> list[Fold]:
    """Folds of whole sources of real texts: what a channel or a board gets that the model has never seen.

    To train fewer models, a fold leaves out several sources at once: at most one that is rich in texts to act on, at
    most one board of ordinary ads (as long as there are no more than ten) and some others. Sources of under nine rows
    are left out with the others of their collection; the pages that quotations are from, in three bundles. Near-copies
    of a row that is left out are not learnt from either, wherever they stand. Invented collections are in no fold but
    those named in ``alone``, which are left out as sources are.
    """
    members = _sources(rows, ordinary, alone)
    dangerous = {name: sum(rows[place].kind in ACTED_ON for place in places) for name, places in members.items()}
    # Quotations are from a hundred pages: a bundle of them is no source that could be learnt by heart.
    rich = {name for name in members if dangerous[name] >= _LARGE and rows[members[name][0]].genre != "quoted"}
    large = sorted((name for name in rich if name[0] not in alone), key=lambda name: (-dangerous[name], name))
    boards = sorted(name for name in members if name[0] in ordinary)
    count = max(len(large), len(boards), min(_FEW_FOLDS, len(members)))
    folds: list[list[_Source]] = [[] for _ in range(min(_MOST_FOLDS, count))]
    for some in (large, boards):
        for number, name in enumerate(some):
            folds[number % len(folds)].append(name)
    sizes = {name: len(places) for name, places in members.items()}
    for name in sorted(members.keys() - {*large, *boards}, key=lambda name: (-sizes[name], name)):
        # Where fewest sources of the collection stand, and of these folds where fewest rows do.
        taken = [(sum(other[0] == name[0] for other in names), sum(sizes[other] for other in names)) for names in folds]
        folds[taken.index(min(taken))].append(name)
    found = [
        _fold(rows, np.sort([place for name in names for place in members[name]]), sorted(names))
        for names in folds
        if names
    ]
    return [fold for fold in found if _can_learn(rows, fold)]


_Source = tuple[str, str]


def _sources(rows: Sequence[LabelledAd], ordinary: Set[str], alone: Set[str]) -> dict[_Source, list[int]]:
    """The places of each source's rows; the name is that of its collection and its own."""
    sizes = Counter((row.dataset, row.source) for row in rows)
    members: dict[_Source, list[int]] = {}
    for place, row in enumerate(rows):
        if row.dataset in ordinary or (row.dataset in alone and not row.real):
            part = ""
        elif not row.real:
            continue
        elif row.genre == "quoted":
            part = f"pages, part {1 + _number(row.source, 0, _BUNDLES)}"
        else:
            part = row.source if sizes[row.dataset, row.source] >= _SMALL else "small sources"
        members.setdefault((row.dataset, part), []).append(place)
    return members


def _fold(rows: Sequence[LabelledAd], held_out: Places, sources: Iterable[_Source] = ()) -> Fold:
    with_them = {rows[place].held_with for place in held_out.tolist()}
    training = np.array([place for place, row in enumerate(rows) if row.held_with not in with_them], dtype=np.int64)
    return Fold(held_out=held_out, training=training, sources=tuple(": ".join(filter(None, name)) for name in sources))


def _can_learn(rows: Sequence[LabelledAd], fold: Fold) -> bool:
    """Whether there is something to measure, and what is left still shows the difference that is to be learnt."""
    return len(fold.held_out) > 0 and len(set(acts(rows[place] for place in fold.training.tolist()))) == 2


def _number(name: str, seed: int, among: int) -> int:
    """The same for the same name, whatever other rows there are."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=4).digest()) % among
