"""Frozen records of ours back from the plain values that JSON holds, by the types that they declare.

Only for what this very program wrote: a journal, a job. What comes from outside is checked field by field instead.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date, datetime
from functools import cache
from itertools import repeat
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["from_plain"]

T = TypeVar("T")


def from_plain(kind: type[T], record: Mapping[str, Any]) -> T:
    """The dataclass that a JSON object holds; raises ``TypeError``, ``ValueError`` or ``AttributeError`` where it holds
    something else.

    A field that the object lacks has its default. Understood are nested dataclasses, tuples, sets, mappings, dates,
    moments, paths, and any of these or None.
    """
    return kind(**{name: _value(declared, record[name]) for name, declared in _fields(kind) if name in record})


def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    return _hints(kind)


@cache
def _hints(kind: type) -> tuple[tuple[str, Any], ...]:
    return tuple(get_type_hints(kind).items())


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = [each for each in of if each is not NoneType]
        return _value(inner[0], value) if len(inner) == 1 else value
    if origin is tuple:
        return tuple(_value(*pair) for pair in zip(repeat(of[0]) if of[-1] is ... else of, value, strict=False))
    if origin is frozenset:
        return frozenset(_value(of[0], each) for each in value)
    if origin is Mapping:
        return {key: _value(of[1], each) for key, each in value.items()}
    return _single(kind, value)


def _single(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return from_plain(kind, value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return Path(value) if kind is Path else value
