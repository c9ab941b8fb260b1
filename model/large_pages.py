"""Arrays side by side in large pages of memory: what is looked up at random in many small ones is waited for twice, for
where its page lies and for itself."""

import mmap
from contextlib import suppress
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["in_large_pages"]

_PAGE: Final = 1 << 21
"""Bytes of a large page of x86 and ARM, https://docs.kernel.org/admin-guide/mm/transhuge.html."""

_LINE: Final = 64
"""Bytes at a multiple of which an array begins."""

_Arrays = TypeVar("_Arrays", bound=tuple[Any, ...])


def in_large_pages(arrays: _Arrays) -> _Arrays:
    """Copies of the arrays of a named tuple, and of those in it; where the system has no large pages, in small ones."""
    size = sum(_rounded(one.nbytes, _LINE) for one in _each(arrays))
    whole = _memory(_rounded(max(1, size), _PAGE) + _PAGE)
    copied, _ = _copied(arrays, whole, -int(whole.ctypes.data) % _PAGE)
    return copied


def _memory(size: int) -> npt.NDArray[np.uint8]:
    """So many bytes of this process alone: what a kernel notes, no process that is forked from it may see change."""
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.empty(size, dtype=np.uint8)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a kernel that was built without large pages says so
        memory.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(memory, dtype=np.uint8)


def _copied(arrays: _Arrays, whole: npt.NDArray[np.uint8], begin: int) -> tuple[_Arrays, int]:
    """The copies, from a place of the memory on, and where another would begin."""
    made: list[Any] = []
    for one in arrays:
        if isinstance(one, tuple):
            copied, begin = _copied(one, whole, begin)
        else:
            copied = whole[begin : begin + one.nbytes].view(one.dtype).reshape(one.shape)
            copied[...] = one
            begin += _rounded(one.nbytes, _LINE)
        made.append(copied)
    return type(arrays)(*made), begin


def _each(arrays: tuple[Any, ...]) -> list[npt.NDArray[Any]]:
    return [its for one in arrays for its in (_each(one) if isinstance(one, tuple) else [one])]


def _rounded(size: int, unit: int) -> int:
    return -(-size // unit) * unit
