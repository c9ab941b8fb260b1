"""Figures on invented texts: a diagnosis, below those on real ones."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np

from model.datasets.labels import LabelledAd, acts
from model.evaluation.metrics import Doubles, auc

__all__ = ["PAIR_KINDS", "measure_invented", "pairs_won"]

PAIR_KINDS: Final = {
    "chat": ("chat", "chat"),
    "board": ("board", "board"),
    "board_over_chat": ("board", "chat"),
}
"""The genre of the dangerous twin and that of the lawful one; the last asks whether the genre was learnt instead."""


def measure_invented(
    rows: Sequence[LabelledAd], score: Doubles, limit: float | None, families: Mapping[str, str]
) -> dict[str, Any]:
    """Pairs of twins won, and of each family of collections the AUC and the shares above the threshold.

    ``score`` are log-odds; rows without one, and real rows, are passed over.
    """
    places = [place for place, row in enumerate(rows) if not row.real and not np.isnan(score[place])]
    some, said = [rows[place] for place in places], score[places]
    truth = np.array(acts(some), dtype=np.bool_)
    names = np.array([families.get(row.dataset, row.dataset) for row in some], dtype=object)
    by_family: dict[str, Any] = {}
    for name in sorted(set(names.tolist())):
        where = names == name
        by_family[name] = {"rows": int(where.sum()), "auc": auc(truth[where], said[where])}
        if limit is not None:
            sides = {"found": where & truth, "flagged": where & ~truth}
            by_family[name] |= {side: float(np.mean(said[mask] > limit)) for side, mask in sides.items() if mask.any()}
    return {"rows": len(some), "pairs": pairs_won(some, said), "by_family": by_family}


def pairs_won(rows: Sequence[LabelledAd], score: Doubles) -> dict[str, Any]:
    """How often the dangerous twin scores above the lawful one, of each kind of pair and of all within one genre."""
    groups: dict[tuple[str, str], dict[bool, list[float]]] = {}
    for row, value in zip(rows, score.tolist(), strict=True):
        if row.twins is not None:
            sides = groups.setdefault((row.group, row.genre), {True: [], False: []})
            sides[acts([row])[0]].append(value)
    won: dict[str, list[bool]] = {name: [] for name in (*PAIR_KINDS, "within_genre")}
    for name, (dangerous, lawful) in PAIR_KINDS.items():
        for group in sorted({group for group, _ in groups}):
            above = groups.get((group, dangerous), {}).get(True, [])
            below = groups.get((group, lawful), {}).get(False, [])
            won[name] += [one > other for one, other in product(above, below)]
    won["within_genre"] = won["chat"] + won["board"]
    return {name: {"won": sum(found), "of": len(found)} for name, found in won.items() if found}
