"""Kernels as they are written, for their machine code to be held against."""

from typing import Any

import numpy as np

from model.compiled import Kernel, Lasting

_LISTS: dict[int, tuple[Any, list[Any]]] = {}


def interpret(kernel: Kernel, *arguments: Any) -> int:
    """What a kernel gives when Python runs it, over lists in place of arrays: numbers then are whole, however large.
    What it writes is written to the arrays."""
    listed = [_listed(one.arrays if isinstance(one, Lasting) else one) for one in arguments]
    given = kernel.function(*listed)
    for one, its in zip(arguments, listed, strict=True):
        _write_back(one.arrays if isinstance(one, Lasting) else one, its)
    return given


def _listed(value: Any) -> Any:
    if isinstance(value, tuple):
        return type(value)(*map(_listed, value))  # type: ignore[call-arg] -- named tuples
    if not isinstance(value, np.ndarray):
        return value
    if value.flags.writeable:
        return value.tolist()
    if id(value) not in _LISTS:
        _LISTS[id(value)] = value, value.tolist()
    return _LISTS[id(value)][1]


def _write_back(value: Any, listed: Any) -> None:
    if isinstance(value, tuple):
        for one, its in zip(value, listed, strict=True):
            _write_back(one, its)
    elif isinstance(value, np.ndarray) and value.flags.writeable:
        value[:] = listed
