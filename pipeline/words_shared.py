"""How much of one text's words stands in another's in the same order; each word is a sign.

A changed word spoils all shingles around it. Words in order tell a copy with some words changed, which still has nearly
all of the shorter text, from two ads that merely share some paragraphs.
"""

from typing import Final

from rapidfuzz.distance import LCSseq

__all__ = ["words_shared"]

_LEAST_LENGTH: Final = 0.5
"""A text is no copy of one that is more than twice as long: it may stand there beside others."""


def words_shared(one: str, other: str) -> float:
    """The share of the shorter text's words that stand in the other in the same order; 0 where it is much longer."""
    short, long = sorted((len(one), len(other)))
    if not short or short < long * _LEAST_LENGTH:
        return 0.0
    return float(LCSseq.similarity(one, other)) / short
