"""JSON as pages hold it: strict first, then repaired, within bounds.

A reader for what was meant to be JSON. Linear in the text, bounded in depth.
"""

import json
import re
from html import unescape
from typing import TypeAlias

_DEEPEST = 100
_SKIPPED = re.compile(r"(?:[\s,;\ufeff]+|//[^\n]*|/\*[^*]*\*/)+")
_PLAIN = {'"': re.compile(r'[^"\\]+'), "'": re.compile(r"[^'\\]+")}
_BARE = re.compile(r"[^\s,:;{}\[\]\"']+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?$")
_CONSTANTS: dict[str, bool | None] = {
    "true": True, "false": False, "null": None, "undefined": None,
    "NaN": None, "True": True, "False": False, "None": None,
}  # fmt: skip
_DIGITS = {"u": re.compile(r"[0-9a-fA-F]{4}"), "x": re.compile(r"[0-9a-fA-F]{2}")}
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""How escapes write one character outside of the first plane, as emoji and many a bold letter are."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_AFTER_STRING = re.compile(
    r"""\s*+(?:[:}\]]|$|"[\w@$:-]{1,60}"\s*+:|,\s*+(?:["'{\[}\]]|-?\d|true\b|false\b|null\b|[A-Za-z_@$][\w$]{0,60}\s*+:|$))"""
)
"""What may follow the quote that ends a string; before anything else it was meant as a quotation mark."""


class Unreadable(ValueError):
    """Raised when a text holds nothing that can be read as JSON, from this module, or a body no XML, from ``feed``."""


def read_scruffy(text: str) -> "Json":
    """The value in a text that breaks JSON's rules.

    Understood: trailing and missing commas, comments, single quotes, bare keys, quotes inside strings, unknown
    escapes, raw line breaks, an assignment in front, several values in a row (they become a list), a missing end.
    """
    start = _start(text)
    if start < 0:
        raise Unreadable("no JSON object in the text")
    reader = _Reader(text, start)
    values: list[Json] = []
    while len(values) < 1000:
        reader.skip()
        if reader.peek() not in ("{", "["):
            break
        values.append(reader.value(0))
    return values[0] if len(values) == 1 else values


def _start(text: str) -> int:
    """Where the first object or list begins; -1 where none does."""
    return min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at

    def skip(self) -> None:
        found = _SKIPPED.match(self._text, self._at)
        if found:
            self._at = found.end()

    def peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def value(self, depth: int) -> "Json":
        if depth > _DEEPEST:
            raise Unreadable(f"JSON nested deeper than {_DEEPEST} and broken")
        self.skip()
        first = self.peek()
        if first == "{":
            return self._object(depth)
        if first == "[":
            return self._list(depth)
        if first in _PLAIN:
            return self._string(first)
        return self._bare()

    def _object(self, depth: int) -> dict[str, "Json"]:
        self._at += 1
        members: dict[str, Json] = {}
        while True:
            self.skip()
            first = self.peek()
            if first in ("}", "]", ""):
                self._at += first == "}"
                return members
            key = self._string(first) if first in _PLAIN else str(self._bare())
            self.skip()
            if self.peek() != ":":
                continue
            self._at += 1
            members[key] = self.value(depth + 1)

    def _list(self, depth: int) -> list["Json"]:
        self._at += 1
        members: list[Json] = []
        while True:
            self.skip()
            first = self.peek()
            if first in ("]", "}", ""):
                self._at += first == "]"
                return members
            if first == ":":
                self._at += 1
                continue
            members.append(self.value(depth + 1))

    def _bare(self) -> "Json":
        found = _BARE.match(self._text, self._at)
        if not found:
            self._at += 1
            return None
        self._at = found.end()
        word = found[0]
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        if _NUMBER.match(word):
            return float(word) if "." in word or "e" in word.lower() else int(word)
        return word

    def _string(self, quote: str) -> str:
        self._at += 1
        parts: list[str] = []
        while self._at < len(self._text):
            plain = _PLAIN[quote].match(self._text, self._at)
            if plain:
                parts.append(plain[0])
                self._at = plain.end()
            char = self.peek()
            self._at += 1
            if char == "\\":
                char = self.peek()
                self._at += 1
                digits = _DIGITS[char].match(self._text, self._at) if char in _DIGITS else None
                self._at = digits.end() if digits else self._at
                parts.append(chr(int(digits[0], 16)) if digits else _ESCAPES.get(char, char))
            elif char == quote:
                if _AFTER_STRING.match(self._text, self._at):
                    break
                parts.append(char)
        return _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), "".join(parts))


Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_DECODER = json.JSONDecoder(strict=False)
_LONGEST = 32_000_000


def loads(text: str) -> tuple[Json, bool]:
    """The value, and whether it had to be repaired to be read.

    Raises ``Unreadable`` for what holds no object or list at all, and for what is larger or deeper than any ad.
    """
    if len(text) > _LONGEST:
        raise Unreadable(f"JSON of {len(text):,} characters; at most {_LONGEST:,} are read")
    value, error = _strict(text)
    if error is None:
        return value, False
    bare = unescape(text) if text.count("&quot;") > text.count('"') else text
    # Strict but for what stands around it: CDATA, a comment, an assignment, a semicolon.
    value, end = loads_at(bare, max(0, _start(bare)))
    if isinstance(value, (dict, list)) and _start(bare[end:]) < 0:
        return value, True
    # The repairing reader is plain Python; an ad that needs it is a few kilobytes.
    if len(bare) > 1_000_000:
        raise Unreadable(f"broken JSON of {len(bare):,} characters: {error}")
    return read_scruffy(bare), True


def loads_start(text: str) -> Json:
    """The strict JSON value that the text starts with, whatever follows; None where there is none."""
    return loads_at(text, 0)[0]


def loads_at(text: str, start: int) -> tuple[Json, int]:
    """The strict JSON value that begins there, and where it ends; None where there is none."""
    try:
        return _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start


def _strict(text: str) -> tuple[Json, str | None]:
    """The value or what is wrong. Raw control characters in strings are let through: too many templates write them."""
    try:
        return _DECODER.decode(text), None
    except RecursionError:
        raise Unreadable("JSON nested deeper than can be read") from None
    except ValueError as err:
        return None, str(err)
