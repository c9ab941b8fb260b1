"""How kernels look words up: by the hash FNV-1a, https://www.ietf.org/archive/id/draft-eastlake-fnv-21.html, and then
letter by letter."""

from typing import Any, Final

import numpy.typing as npt

from model.compiled import put_in

__all__ = ["hashed_on", "is_same", "place_of"]

_MIX: Final = 0x01000193
_ALL: Final = 0xFFFFFFFF


@put_in
def hashed_on(hashed: int, code: int) -> int:
    """The hash of a word with one letter more; that of no letters is 0."""
    return ((hashed ^ code) * _MIX) & _ALL


@put_in
def place_of(hashed: int, places: int) -> int:
    """Where a word is looked up first, among so many places, a power of two."""
    return (hashed ^ (hashed >> 15)) & (places - 1)


@put_in
def is_same(letters: npt.NDArray[Any], first: int, others: npt.NDArray[Any], start: int, length: int) -> bool:
    """Whether so many letters from a place on are those from a place of others."""
    for at in range(length):
        if letters[first + at] != others[start + at]:
            return False
    return True
