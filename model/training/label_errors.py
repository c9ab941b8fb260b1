"""Labels that deserve a second look: those that a model which never saw them contradicts, and those that contradict
each other on near-duplicates."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from model.assessment import KINDS, Kind
from model.datasets.labels import ACTED_ON, LabelledAd, near_duplicate_key
from model.errors import NotInstalled

__all__ = ["Doubt", "Why", "contradictions", "suspected_errors"]

_FEW: Final = 5
"""Labels of a kind below which nothing can be said of it: they are passed over."""

Doubles = npt.NDArray[np.float64]
Why = Literal["suspected_error", "near_duplicates_disagree", "decisions_disagree"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One label to look at again, and why. It is no proof: the label may be right and the model wrong."""

    ad_id: str
    why: Why
    label: str
    """What was decided."""

    instead: str
    """What the model, a near-duplicate or another decision says."""

    certainty: float
    """Of a suspected error, the probability that is given to the label: the lower, the more doubtful. Else 0.5."""

    others: tuple[str, ...] = ()
    """Ads, or cases, that say otherwise."""


def suspected_errors(rows: Sequence[LabelledAd], kinds: Doubles) -> tuple[Doubt, ...]:
    """Labels that confident learning holds to be wrong, the most doubtful first.

    ``kinds`` are probabilities of ``KINDS`` from models that saw nothing of each row's group; from a model that has
    learnt a label, that label looks right. Northcutt, Jiang and Chuang, JAIR 70 (2021) 1373-1411, as cleanlab has it.
    """
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as err:
        raise NotInstalled(
            "cleanlab: not installed; expected the extra that suspects labels: pip install 'lurewatch[doubts]'"
        ) from err
    counts = Counter(KINDS.index(row.kind) for row in rows)
    present = sorted(kind for kind, count in counts.items() if count >= _FEW)
    if len(present) < 2:
        return ()
    # Rows that no fold held out have no probabilities.
    kept = [
        place for place, row in enumerate(rows) if KINDS.index(row.kind) in present and not np.isnan(kinds[place]).any()
    ]
    rows, kinds = [rows[place] for place in kept], kinds[kept]
    given = np.array([present.index(KINDS.index(row.kind)) for row in rows])
    among = kinds[:, present] / kinds[:, present].sum(axis=1, keepdims=True)
    places = find_label_issues(given, among, return_indices_ranked_by="self_confidence", n_jobs=1)
    return tuple(
        Doubt(
            ad_id=rows[place].ad.ad_id,
            why="suspected_error",
            label=rows[place].kind,
            instead=KINDS[present[int(among[place].argmax())]],
            certainty=float(among[place, given[place]]),
        )
        for place in places.tolist()
    )


def contradictions(rows: Sequence[LabelledAd]) -> tuple[Doubt, ...]:
    """Near-duplicates of which one was acted on and another was not; of the two sides, the smaller one is named.

    Twins of a contrast group begin alike and differ on purpose: they are left out.
    """
    groups: dict[str, list[LabelledAd]] = {}
    for row in rows:
        if row.twins is None:
            groups.setdefault(near_duplicate_key(row.ad.title + row.ad.description), []).append(row)
    return tuple(doubt for key, some in sorted(groups.items()) if key for doubt in _sides(some))


def _sides(some: Sequence[LabelledAd]) -> Iterable[Doubt]:
    acted = [row for row in some if row.kind in ACTED_ON]
    left = [row for row in some if row.kind not in ACTED_ON]
    fewer, more = sorted((acted, left), key=len)
    if not fewer:
        return
    others = tuple(row.ad.ad_id for row in more)
    for row in fewer:
        yield Doubt(
            ad_id=row.ad.ad_id,
            why="near_duplicates_disagree",
            label=row.kind,
            instead=_commonest([one.kind for one in more]),
            certainty=0.5,
            others=others,
        )


def _commonest(kinds: Sequence[Kind]) -> Kind:
    return max(sorted(set(kinds)), key=kinds.count)
