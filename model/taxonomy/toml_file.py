"""TOML file of the taxonomy, with faults by file, line and key."""

import re
import tomllib
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from crawler.files import load_toml
from model.errors import BadTaxonomy

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class TaxonomyFile:
    """A file's content beside its text, where lines can be looked up."""

    path: Path
    text: str
    content: dict[str, Any]

    def tables(self) -> Iterator["Table"]:
        """The tables of the file's top level, in its order."""
        for key in self.content:
            yield self.table(key)

    def table(self, key: str) -> "Table":
        """The table of this name; raises ``BadTaxonomy`` where there is none."""
        value = self.content.get(key)
        if not isinstance(value, dict):
            raise BadTaxonomy(f"{self.path}: [{key}] is missing or not a table")
        return Table(self, (key,), value)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose values are asked for by type; a wrong one raises ``BadTaxonomy``."""

    file: TaxonomyFile
    path: tuple[str, ...]
    content: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The last part of the table's name."""
        return self.path[-1]

    def fault(self, key: str, found: object, expected: str) -> BadTaxonomy:
        """The error to raise: file, line, key, what was found and what was expected."""
        path, lines = (*self.path, key), self.file.text.splitlines()

        # The line where the key stands, or where the deepest table around it that has a line begins.
        line, start = 1, 0
        for depth in range(1, len(path) + 1):
            *_, last = names = [f'"?{re.escape(part)}"?' for part in path[:depth]]
            dotted = r"\s*\.\s*".join(names)
            begins = re.compile(rf"\s*\[\s*{dotted}\s*\]|\s*{last}\s*=")
            for number in range(start, len(lines)):
                if begins.match(lines[number]):
                    line, start = number + 1, number
                    break

        return BadTaxonomy(f"{self.file.path}:{line}: {'.'.join(path):.300}: found {found!r:.300}; expected {expected}")

    def expect(self, needed: Collection[str], allowed: Collection[str] = ()) -> None:
        """Raises where a needed key is missing, or another than these stands there."""
        for key in self.content:
            if key not in needed and key not in allowed:
                raise self.fault(key, key, f"one of {', '.join(sorted({*needed, *allowed}))}")
        for key in sorted(needed):
            if key not in self.content:
                raise self.fault(key, "nothing", f"a value for {key}")

    def string(self, key: str) -> str:
        """A text without white space at its ends, never an empty one."""
        value = self.content.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, value, "a text")
        return value.strip()

    def strings(self, key: str) -> tuple[str, ...]:
        """Texts; one alone may stand without brackets. Never none."""
        value = self.content.get(key)
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t.strip() for t in texts):
            raise self.fault(key, value, "one or more texts")
        return tuple(texts)

    def cites(self, sources: Container[str]) -> tuple[str, ...]:
        """Keys of sources, each known; never none."""
        return self._all_known("cite", self.strings("cite"), sources, "a source named in sources.toml")

    def names(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Indicators' keys, each known; none where the key is left out."""
        names = self.strings(key) if key in self.content else ()
        return self._all_known(key, names, known, "an indicator's key, family.name")

    def groups(self, key: str, known: Collection[str]) -> tuple[frozenset[str], ...]:
        """Lists of indicators' keys, each known; none where the key is left out."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(group, list) and group for group in value):
            raise self.fault(key, value, 'lists of indicators\' keys, such as [["role.scam_work"], ["place.abroad"]]')
        self._all_known(key, [name for group in value for name in group], known, "an indicator's key, family.name")
        return tuple(map(frozenset, value))

    def _all_known(self, key: str, names: Sequence[str], known: Container[str], expected: str) -> tuple[str, ...]:
        for name in names:
            if name not in known:
                raise self.fault(key, name, expected)
        return tuple(names)

    def number(self, key: str, *, low: int, default: int | None = None) -> int:
        """A whole number from ``low`` on."""
        value = self.content.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < low:
            raise self.fault(key, value, f"a whole number from {low} on")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.content.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, value, "true or false")
        return value

    def choice(self, key: str, choices: tuple[Choice, ...]) -> Choice:
        """One of the choices."""
        value = self.content.get(key)
        for choice in choices:
            if choice == value:
                return choice
        raise self.fault(key, value, f"one of {', '.join(choices)}")

    def choices(self, key: str, choices: Collection[str], *, may_be_empty: bool = True) -> tuple[str, ...]:
        """Some of the choices; none where the key is left out and that is allowed."""
        value = self.content.get(key, [])
        if not isinstance(value, list) or any(choice not in choices for choice in value) or not (value or may_be_empty):
            raise self.fault(key, value, f"some of {', '.join(sorted(choices))}")
        return tuple(value)

    def table(self, key: str) -> "Table":
        """A table inside, never an empty one."""
        value = self.content.get(key)
        if not isinstance(value, dict) or not value:
            raise self.fault(key, value, "a table")
        return Table(self.file, (*self.path, key), value)


def read_file(path: Path, content: bytes) -> TaxonomyFile:
    """A file of the taxonomy with this content; faults of TOML itself name their line."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        return TaxonomyFile(path, text, load_toml(text))
    except UnicodeDecodeError as err:
        raise BadTaxonomy(f"{path}: not UTF-8 text") from err
    except tomllib.TOMLDecodeError as err:
        raise BadTaxonomy(f"{path}: not valid TOML: {err}") from err
