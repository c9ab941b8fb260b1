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
            Entity(*where.span(), form.label, form.detail)
            for form in self._formats
            for pattern in form.patterns
            for where in pattern.finditer(text)
            if where.end() > where.start()
        ]
        taken = bytearray(len(text))
        chosen = []
        for entity in sorted(found, key=lambda entity: entity.start - entity.end):
            if not any(taken[entity.start : entity.end]):
                taken[entity.start : entity.end] = b"\1" * (entity.end - entity.start)
                chosen.append(entity)
        return tuple(sorted(chosen))
