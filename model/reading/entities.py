"""Entity finder: money, ages, hours, contacts and licence numbers in a text.

The formats are data, ``data/taxonomy/entities.toml``. An entity claims nothing: whether a licence is real, only a
register can say.
"""

from collections.abc import Iterable
from typing import NamedTuple

from model.reading.indicators import MOST_READ
from model.taxonomy.records import EntityFormat

__all__ = ["Entity", "EntityFinder"]


class Entity(NamedTuple):
    start: int
    end: int
    label: str
    detail: str
    """What it is more closely, such as ``telephone``; may be empty."""


class EntityFinder:
    def __init__(self, formats: Iterable[EntityFormat]) -> None:
        self._formats = tuple(formats)

    def find(self, text: str) -> tuple[Entity, ...]:
        """In reading order, none over another: of overlapping ones the longest, then the first of the table."""
        text = text[:MOST_READ]
        found = [
            Entity(*where.span(), one.label, one.detail)
            for one in self._formats
            for pattern in one.patterns
            for where in pattern.finditer(text)
            if where.end() > where.start()
        ]
        taken = bytearray(len(text))
        kept = []
        for one in sorted(found, key=lambda one: one.start - one.end):
            if not any(taken[one.start : one.end]):
                taken[one.start : one.end] = b"\1" * (one.end - one.start)
                kept.append(one)
        return tuple(sorted(kept))
