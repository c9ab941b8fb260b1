"""The steps of folding, over arrays: each is linear and costs the same for every script."""

from typing import Final

import numpy as np
import numpy.typing as npt

from model import letters

__all__ = [
    "Codes", "Kinds", "Places", "has_inside", "has_single_letters", "parted", "spelt_out", "with_number_marks",
    "with_separators", "without_repeats",
]  # fmt: skip

_NUMBER_MARKS: Final = tuple(bytes((letters.DIGIT, mark, letters.DIGIT)) for mark in (letters.DOT, letters.COMMA))
_WORD: Final = letters.LATIN >> letters.SORT_BITS
_SIGN: Final = letters.SIGN >> letters.SORT_BITS
_FIRST_SORT: Final = letters.FIRST_SOLID >> letters.SORT_BITS

Codes = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]
Places = npt.NDArray[np.intp]
_Flags = npt.NDArray[np.bool_]


def spelt_out(codes: Codes, kinds: Kinds, come_from: Places) -> tuple[Codes, Places]:
    """Characters that stand for several (ligatures, ``㎏``, ``ß``) written as those several."""
    tables = letters.tables()
    many = kinds == letters.MANY
    counts = np.ones(len(codes), dtype=np.intp)
    counts[many] = tables.many_length[codes[many]]
    out = np.repeat(codes, counts)
    first = np.cumsum(counts) - counts
    for at, code in zip(first[many].tolist(), codes[many].tolist(), strict=True):
        spelling = tables.many[code]
        out[at : at + len(spelling)] = spelling
    return out, np.repeat(come_from, counts)


def with_number_marks(kinds: Kinds, there: bytes) -> Kinds:
    """A full stop or comma between two digits belongs to the number. ``there`` are the kinds as bytes: what a text does
    not hold costs it next to nothing."""
    if not any(mark in there for mark in _NUMBER_MARKS):
        return kinds
    digit = kinds == letters.DIGIT
    between = np.flatnonzero(digit[:-2] & digit[2:] & ~digit[1:-1]) + 1
    if not len(between):
        return kinds
    mark = kinds[between]
    inside = between[(mark == letters.DOT) | (mark == letters.COMMA)]
    kinds = kinds.copy()
    kinds[inside] = letters.DIGIT
    return kinds


def without_repeats(solid: _Flags, plain: Codes, kinds: Kinds) -> _Flags:
    """What stands in the folded text: ``gooood`` and ``good`` both read ``god``, in texts and in phrases alike."""
    stays = solid.copy()
    once = plain[1:] != plain[:-1]
    once |= (kinds[1:] != letters.LATIN) & (kinds[1:] != letters.CYRILLIC_OR_GREEK)
    stays[1:] &= once
    return stays


def parted(kinds: Kinds, solid: _Flags, sorts: Kinds) -> tuple[Kinds, Places]:
    """For each place the strongest kind that parts it from what is before, 0 where nothing does; and the places where
    two sorts of letters meet with nothing in between, as in ``10tr`` or ``月薪5000USD``."""
    gaps = np.zeros(len(kinds) + 1, dtype=np.uint8)
    edges = np.flatnonzero(solid[1:] != solid[:-1]) + 1
    if len(edges):  # gaps and words take turns; a gap before the first word parts nothing
        first = 0 if solid[0] else 1
        strongest = np.maximum.reduceat(kinds, edges)
        after = edges[first + 1 :: 2]
        gaps[after] = strongest[first::2][: len(after)]
    meets = sorts[1:] != sorts[:-1]
    meets |= sorts[1:] == _SIGN
    meets &= solid[1:]
    meets &= solid[:-1]
    met = np.flatnonzero(meets) + 1
    gaps[met] = letters.GAP
    return gaps, met


def with_separators(at: Places, separated: Places, before: Places) -> Places:
    """The places with each separated one twice, the first time for its separator."""
    places = np.empty(len(at) + len(separated), dtype=np.intp)
    words = np.ones(len(places), dtype=np.bool_)
    words[before] = False
    places[words] = at
    places[before] = at.take(separated)
    return places


def has_inside(sorts: Kinds, met: Places) -> bool:
    """Whether up to three digits or signs stand between two letters, with no space around them."""
    out = met[(sorts.take(met - 1) == _WORD) & (sorts.take(met) != _WORD)]
    if not len(out):
        return False
    there = sorts.tobytes()
    return any(_letter_follows(there[place + 1 : place + 4]) for place in out.tolist())


def _letter_follows(sorts: bytes) -> bool:
    """Whether a letter comes before any gap."""
    for sort in sorts:
        if sort == _WORD:
            return True
        if sort < _FIRST_SORT:
            return False
    return False


def has_single_letters(sorts: Kinds, at: Places, separated: Places) -> bool:
    """Whether three letters of a script with spaces stand alone side by side, as in ``K P C``."""
    row = separated[:-3][separated[3:] - separated[:-3] == 3] if len(separated) > 3 else separated[:0]
    if len(separated) > 2 and separated[-3] == len(at) - 3:
        row = np.append(row, separated[-3])
    return any((sorts[at[first : first + 3]] == _WORD).all() for first in row.tolist())
