"""How alike two names of agencies are, from 0 to 100.

The telling words are set against each other in their order. A word that has no partner counts in full, so that names
which differ by one telling word are far apart however much of the trade they share; words of six letters and more may
differ by a slip of the hand. Accents count where both names are written with them.
"""

from collections.abc import Iterator
from typing import Final

from rapidfuzz.distance import OSA

from pipeline.licences.agency_names import SLIP, AgencyName

__all__ = ["FUZZY_FROM", "LEAST_ALIKE", "likeness"]

LEAST_ALIKE: Final = 85.0
"""From here on two names are taken for one: chosen on invented names with hard negatives (docs/decisions)."""

FUZZY_FROM: Final = 6
"""Shorter words are other words where one letter differs: Thang and Thanh."""

_LEFT_OUT: Final = 0.15
"""What a word of the trade weighs that only one name has, among the telling words that both share."""

_REPLACED: Final = 0.25
"""What a word of the trade weighs besides that stands in place of another one."""


def likeness(one: AgencyName, other: AgencyName) -> float:
    """100 for names that say the same, 0 for names without a telling word in common."""
    if not one.telling or not other.telling:
        # Names of nothing but words of the trade are one only where they are the same words.
        return 100.0 if one.trade == other.trade and one.trade and one.telling == other.telling else 0.0
    sizes = len(one.telling), len(other.telling)
    shared = float(max(sizes)) if _are_joined_alike(one, other) else _shared(one, other)
    if shared == 0.0:
        return 0.0
    alone = max(sizes) - shared + max(0.0, min(sizes) - shared)
    mine, theirs = len(one.trade - other.trade), len(other.trade - one.trade)
    trade = _LEFT_OUT * (mine + theirs) / shared + _REPLACED * min(mine, theirs)
    return 100.0 * shared / (shared + alone + trade)


def _are_joined_alike(one: AgencyName, other: AgencyName) -> bool:
    """Whether the names differ in their spaces at most."""
    marks, others = ("".join(sorted("".join(each.marks))) if each.marks else None for each in (one, other))
    return one.joined == other.joined and _may_be_alike(marks, others)


def _shared(one: AgencyName, other: AgencyName) -> float:
    """What the telling words have in common in their order: the best way to set them against each other."""
    best = [0.0] * (len(other.telling) + 1)
    for word, marks in _marked(one):
        row = best[:]
        for at, (against, their_marks) in enumerate(_marked(other)):
            alike = _word_likeness(word, against) if _may_be_alike(marks, their_marks) else 0.0
            row[at + 1] = max(row[at], best[at + 1], best[at] + alike)
        best = row
    return best[-1]


def _word_likeness(one: str, other: str) -> float:
    """1 for the same word, something above ``SLIP`` for a slip of the hand, 0 for another word."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < FUZZY_FROM or not (one.isalpha() and other.isalpha()):
        return 0.0
    return OSA.normalized_similarity(one, other, score_cutoff=SLIP)


def _marked(name: AgencyName) -> Iterator[tuple[str, str | None]]:
    """Each telling word with its accents; None where the name is written without any."""
    return zip(name.telling, name.marks or (None,) * len(name.telling), strict=True)


def _may_be_alike(marks: str | None, others: str | None) -> bool:
    return marks is None or others is None or marks == others
