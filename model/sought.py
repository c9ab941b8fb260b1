"""What a plan describes, as kernels read it."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.compiled import put_in
from model.text.characters import Codes, Places
from model.lexicon import Lexicon, Symbols

__all__ = ["Bits", "Cues", "Patterns", "Sought", "Tongues", "Words", "bit_of"]


# What a word is like, a bit each.
BEGINS: Final = 1
"""The key begins with a space, which is not a part of it."""
ENDS: Final = 2
"""And ends with one."""
SEVERAL: Final = 4
GOES_ON: Final = 8
"""Its last word may go on."""
OPEN: Final = 16
"""Its first word may begin before it."""
ACCENTED: Final = 32
"""Accents count."""
SAME: Final = 64
"""The next word has the same key."""

CUE: Final = 128
"""Nothing but cues has it."""

NOTICES: Final = 256
"""It gives notice of patterns."""

Amounts = npt.NDArray[np.float64]
Bits = npt.NDArray[np.int64]
_BITS: Final = 62
"""As many bits as are told apart: with the last one, of the sign, arithmetic would not be the same everywhere."""


@put_in
def bit_of(word: int) -> int:
    """Stands for a word among few others: where none of some words' bits is, none of them is there."""
    return 1 << min(word & 63, _BITS)


class Words(NamedTuple):
    """All words of patterns, in the order of their keys."""

    shape: Symbols
    """What each is like."""

    notices_from: Places
    """Where the notices of each begin, which go up to the next one's."""

    notices: Places
    """The patterns that are looked for where a word is, two numbers each: its own, and that of a place that must be
    filled too, -1 where there is none."""

    bits: Bits
    """For each notice ``bit_of`` all words that may fill this place: without one of them it is not filled."""

    forms_from: Places
    form_at: Places
    forms: Codes
    """For a word whose accents count, the ways in which it is written with them."""


class Patterns(NamedTuple):
    """What is looked for: runs of places. Lists of cues are patterns too, numbered after the others."""

    sequences_from: Places
    """For each pattern the first of its sequences, which are its forms."""

    language: Places
    slots_from: Places
    """For each sequence the first of its slots."""

    slots: Places
    """The number of a place; or, of a place for a number, one below zero: -1 for the first range, -2 for the second."""

    gaps: Places
    """For each slot how many words may stand before it."""

    low: Amounts
    high: Amounts
    words_from: Places
    words: Places
    """The words that may fill each place."""


class Tongues(NamedTuple):
    """What is particular to the languages of patterns."""

    unit: Places
    """How many characters count as a word in a gap; 0 where there are spaces."""

    denials_from: Places
    denial_at: Places
    denials: Codes
    """The words that a gap must not end with: "the company *never* keeps ..."."""


class Cues(NamedTuple):
    """Which patterns deny what others find; -1 where there are none."""

    unless: Places
    """For each indicator, and in it for each language."""

    before: Places
    after: Places
    stops: Places
    attributed: Places
    """For each language."""

    reach: Places


class Sought(NamedTuple):
    """All of it."""

    lexicon: Lexicon
    words: Words
    patterns: Patterns
    tongues: Tongues
    cues: Cues
