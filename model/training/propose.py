"""Phrases that tell dangerous texts from lawful ones and that no indicator shows yet: candidates for the taxonomy."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from model.assessment import Evidence
from model.datasets.labels import LabelledAd

__all__ = ["Proposal", "propose_phrases"]

_WORD: Final = re.compile(r"[^\W\d_]+")
_LONGEST: Final = 3
_PRIOR: Final = 0.1
"""Of each phrase's share in all texts together: the weight of what is believed before counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One phrase, for a person to judge: most tell of a trade or a place, and those are no indicators."""

    phrase: str
    dangerous: int
    """Groups of texts to act on that hold it: one hand that repeats itself counts once."""

    lawful: int
    z: float
    """How many standard errors its log-odds are higher in the dangerous ones."""

    seen_in: tuple[str, ...]


def propose_phrases(
    rows: Sequence[LabelledAd], evidence: Iterable[Sequence[Evidence]], truth: Sequence[bool], *, least: int = 3
) -> tuple[Proposal, ...]:
    """Phrases of one to three words outside all evidence, the most telling first; ``least`` groups must hold each.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, Political Analysis 16 (2008) 372-403),
    so that a phrase that is merely rare does not win. Languages that set no spaces give whole stretches: propose for
    one language at a time and read them as such.
    """
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    where: dict[str, list[str]] = {}
    counted: set[tuple[str, str, bool]] = set()
    for row, shown, act in zip(rows, evidence, truth, strict=True):
        for phrase in sorted(set(_phrases(row, shown))):
            if (row.group, phrase, act) not in counted:
                counted.add((row.group, phrase, act))
                counts[act][phrase] += 1
            if act:
                where.setdefault(phrase, []).append(row.ad.ad_id)
    found = [
        Proposal(
            phrase=phrase,
            dangerous=count,
            lawful=counts[False][phrase],
            z=_z(count, counts[False][phrase], counts[True].total(), counts[False].total()),
            seen_in=tuple(where[phrase][:3]),
        )
        for phrase, count in counts[True].items()
        if count >= least
    ]
    return tuple(sorted((one for one in found if one.z > 0), key=lambda one: (-one.z, one.phrase)))


def _phrases(row: LabelledAd, shown: Sequence[Evidence]) -> Iterator[str]:
    for field in ("title", "description"):
        text = getattr(row.ad, field)
        for stretch in _outside(text, [(one.start, one.end) for one in shown if one.field == field]):
            words = _WORD.findall(stretch.casefold())
            for start in range(len(words)):
                for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
                    yield " ".join(words[start:end])


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in sorted(spans):
        if start > at:
            yield text[at:start]
        at = max(at, end)
    yield text[at:]


def _z(dangerous: int, lawful: int, all_dangerous: int, all_lawful: int) -> float:
    prior = _PRIOR * (dangerous + lawful)
    total = _PRIOR * (all_dangerous + all_lawful)
    odds = [
        math.log((count + prior) / (everything + total - count - prior))
        for count, everything in ((dangerous, all_dangerous), (lawful, all_lawful))
    ]
    return (odds[0] - odds[1]) / math.sqrt(1 / (dangerous + prior) + 1 / (lawful + prior))
