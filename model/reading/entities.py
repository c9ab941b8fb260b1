"""What a text names: money, ages, hours, contacts, numbers of licences, as stretches with a label.

The formats are data, ``data/taxonomy/entities.toml``. A mark claims nothing: whether a licence is real, only a register
can say.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from model.taxonomy.toml_file import TaxonomyFile
from model.together import MOST_READ

__all__ = ["LABELS", "Entity", "EntityFinder", "EntityFormat", "read_entity_formats"]

LABELS: Final = ("MONEY", "AGE", "HOURS", "CONTACT", "LICENCE")

_READ: Final = MOST_READ
"""Characters looked at; as many as are read for indicators."""


class Entity(NamedTuple):
    """A stretch of a text."""

    start: int
    end: int
    label: str
    detail: str
    """What it is more closely, such as ``telephone``; may be empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityFormat:
    """One way in which something is written."""

    label: str
    detail: str
    patterns: tuple[re.Pattern[str], ...]


class EntityFinder:
    """Finds what texts name; made once a taxonomy."""

    def __init__(self, formats: Iterable[EntityFormat]) -> None:
        self._formats = tuple(formats)

    def find(self, text: str) -> tuple[Entity, ...]:
        """In reading order, none over another: of overlapping ones the longest, then the first of the table."""
        text = text[:_READ]
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


def read_entity_formats(file: TaxonomyFile | None, sources: Container[str]) -> tuple[EntityFormat, ...]:
    """The formats of ``entities.toml``, none where there is no such file; a fault raises ``BadTaxonomy``."""
    formats = []
    for table in file.tables() if file else ():
        table.expect({"label", "patterns"}, {"detail", "cite"})
        if "cite" in table.content and table.string("cite") not in sources:
            raise table.fault("cite", table.string("cite"), "a source named in sources.toml")
        patterns = []
        for written in table.strings("patterns"):
            try:
                patterns.append(re.compile(written, re.IGNORECASE))
            except re.error as err:
                raise table.fault("patterns", written, f"a regular expression ({err})") from err
        detail = table.string("detail") if "detail" in table.content else ""
        formats.append(EntityFormat(label=table.choice("label", LABELS), detail=detail, patterns=tuple(patterns)))
    return tuple(formats)
