"""What the keys of a card may hold, and errors that say which key, what was found and what was expected."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from crawler.errors import BadSourceCard

__all__ = ["Card", "Key"]

KIND_WORDS = {
    "text": "a text that is not empty",
    "texts": "a list of texts that is not empty",
    "texts or text": "a text, or a list of texts that are tried in turn",
    "yes or no": "true or false",
    "date": "a date such as 2026-11-01, without quotes",
    "number": "a number",
    "whole number": "a whole number",
    "range": "two whole numbers, least and most, such as [1, 1000]",
    "table": "a table",
}


@dataclass(frozen=True, slots=True)
class Key:
    """What one key may hold."""

    kind: str
    needed: bool = False
    pattern: str | None = None
    like: str = ""
    """The pattern, for people."""

    least: float | None = None
    most: float | None = None

    def expected(self) -> str:
        """What belongs here, in words."""
        words = self.like or KIND_WORDS[self.kind]
        if self.least is not None and self.most is not None:
            return f"{words} from {self.least:g} to {self.most:g}"
        return words if self.least is None else f"{words}, {self.least:g} or more"

    def accepts(self, value: object) -> bool:
        """True where the value has this key's type, form and size."""
        if self.kind in {"number", "whole number"}:
            return self._accepts_number(value)
        return _has_kind(self.kind, value) and (self.pattern is None or bool(re.fullmatch(self.pattern, str(value))))

    def _accepts_number(self, value: object) -> bool:
        # A bool is an int to Python, and TOML knows inf and nan.
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "whole number" else int | float):
            return False
        return math.isfinite(value) and not (
            (self.least is not None and value < self.least) or (self.most is not None and value > self.most)
        )


class Card(dict[str, Any]):
    """The checked keys of a card, or of one of its tables. An unknown or missing key, or a wrong value, raises."""

    def __init__(self, where: str, values: Mapping[str, object], keys: Mapping[str, Key], table: str = "") -> None:
        self._where, self._keys, self._table = where, keys, table
        for name in values:
            if name not in keys:
                raise self._unknown(name)
        for name, key in keys.items():
            if name not in values and key.needed:
                raise BadSourceCard(f'{where}: key "{table}{name}" is missing: expected {key.expected()}')
            if name in values and not key.accepts(values[name]):
                raise self.bad(name, key.expected(), values[name])
        super().__init__({name: _settled(value) for name, value in values.items()})

    def table(self, name: str, keys: Mapping[str, Key]) -> "Card":
        """A table of the card, checked in turn; empty where the card has none."""
        return Card(self._where, self.get(name, {}), keys, table=f"{name}.")

    def bad(self, name: str, expected: str, found: object) -> BadSourceCard:
        """What to raise for a value that does not do."""
        shown = "true" if found is True else "false" if found is False else repr(found)
        if len(shown) > 100:
            shown = shown[:100] + "…"
        return BadSourceCard(f'{self._where}: key "{self._table}{name}": expected {expected}, found {shown}')

    def _unknown(self, name: str) -> BadSourceCard:
        near = get_close_matches(name, self._keys, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"expected one of {', '.join(self._keys)}"
        return BadSourceCard(f'{self._where}: unknown key "{self._table}{name}": {hint}')


def _settled(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return value.strip() if isinstance(value, str) else value


def _has_kind(kind: str, value: object) -> bool:
    if kind == "text":
        return isinstance(value, str) and bool(value.strip())
    if kind == "texts or text":
        return _has_kind("text", value) or _has_kind("texts", value)
    if kind == "texts":
        return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v.strip() for v in value)
    if kind == "range":
        whole = isinstance(value, list) and len(value) == 2 and all(type(v) is int and v >= 0 for v in value)
        return whole and value[0] <= value[1]  # type: ignore[index]
    if kind == "date":
        return isinstance(value, date) and not isinstance(value, datetime)
    return isinstance(value, bool if kind == "yes or no" else dict)
