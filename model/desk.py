"""What kernels read of texts, and where they note what they find there."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from model.folding import BREAK, Flags
from model.text.characters import Codes, Places
from model.lexicon import Symbols
from model.sought import Bits

__all__ = [
    "BINS",
    "CROWDED",
    "FULL",
    "UNKNOWN",
    "Desk",
    "Kept",
    "Marks",
    "Original",
    "Read",
    "Room",
    "Said",
    "sentence_end",
    "text_of",
]


BINS: Final = 4096
"""For words; two that share one are told apart by looking closely."""
FULL: Final = -1
"""Says that arrays are too short for what is there."""
UNKNOWN: Final = -1
"""Whether a text is written with accents nobody asked yet."""

# Where the marks of a word stand.
MET, NOTED, COUNT, LATEST, WIDE = 0, 1, 2, 3, 4

CROWDED: Final = -2
"""Says that there is more to tell than there is room for."""


class Said(NamedTuple):
    """A folded text; see ``model.folding.Lines``."""

    text: Codes
    accented: Codes
    origin: Places
    symbols: Symbols
    """Room for the letters of the sentence that is looked at, as the lexicon numbers them."""


class Original(NamedTuple):
    """The texts as collected."""

    codes: Codes
    starts: Places
    accents: npt.NDArray[np.int8]
    """For each, whether it is written with accents, or ``UNKNOWN``."""


class Read(NamedTuple):
    """Texts, folded and as collected."""

    said: Said
    original: Original


class Marks(NamedTuple):
    """Where kernels note what is in a sentence. What was noted of another one is older, and counts for nothing."""

    clock: Places
    """The number of the sentence that is looked at, how many words were found in it, and whether they are noted."""

    words: Places
    """Four numbers each: when it gave notice last; when it was noted last, how many times since, and its last
    occurrence, each of which leads to the one before."""

    present: Bits
    """What of ``sought.bit_of`` the words have that are there: one number."""

    there: Flags
    """Whether any of some words may be there: it is small enough to lie close to the processor."""

    patterns: Places
    """When each was looked for last."""

    noticed: Places
    """The notices of the words that are there."""


class Room(NamedTuple):
    """Room for occurrences: from where to where, and what orders them."""

    word: Places
    start: Places
    end: Places
    key_end: Places
    length: Places
    before: Places
    """Of a word, in the order of the text; ``before`` is the one before of the same word."""

    fill_start: Places
    fill_end: Places
    fill_key_end: Places
    fill_length: Places
    """Of a place, by the end of their keys, the longest first."""

    start_so_far: Places
    end_so_far: Places
    start_longer: Places
    end_longer: Places
    """Of a sequence up to a place, by their ends."""

    found_start: Places
    found_end: Places
    """Of a pattern."""


class Kept(NamedTuple):
    """The words of sentences in which something was found, as far as there is room for them: what denies it is among
    them, and they are not looked for again."""

    how_many: Places
    """Sentences there are."""

    sentence: Places
    """Where each begins in the folded text, in order."""

    first: Places
    """Where the words of each begin, and where those of another would."""

    word: Places
    start: Places
    end: Places
    key_end: Places
    length: Places
    """As in ``Room``."""


class Desk(NamedTuple):
    """All that kernels write to."""

    marks: Marks
    room: Room


def sentence_end(said: Said, start: int, last: int) -> int:
    """Where the sentence ends that goes on from a place: at a break, or at the last character."""
    end = start
    while end < last and said.text[end] != BREAK:
        end += 1
    return end


def text_of(starts: Places, texts: int, at: int) -> int:
    """The number of the text that holds a place."""
    low, high = 0, texts - 1
    while low < high:
        middle = (low + high + 1) >> 1
        if starts[middle] <= at:
            low = middle
        else:
            high = middle - 1
    return low
