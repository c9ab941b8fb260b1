"""JSON as pages hold it: strict first, then repaired, within bounds."""

import json
import re
from html import unescape
from typing import TypeAlias

from crawler.extract.scruffy_json import UnreadableJson, read_scruffy

__all__ = ["Json", "UnreadableJson", "loads", "loads_start"]

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_DECODER = json.JSONDecoder(strict=False)
_LONGEST = 32_000_000
_LONGEST_SCRUFFY = 1_000_000
"""The repairing reader is plain Python; an ad that needs it is a few kilobytes."""

_LEADING = re.compile(r"\A(?:\s+|//[^\n{\[]*\n|/\*[^*]{0,200}\*/|<!--|(?://)?\s*<!\[CDATA\[)+")
_TRAILING = re.compile(r"(?:\s|;|/\*|\*/|//|\]\]>|-->)+$")


def loads(text: str) -> tuple[Json, bool]:
    """The value, and whether it had to be repaired to be read.

    Raises ``UnreadableJson`` for what holds no object or list at all, and for what is larger or deeper than any ad.
    """
    if len(text) > _LONGEST:
        raise UnreadableJson(f"JSON of {len(text):,} characters; at most {_LONGEST:,} are read")
    value, error = _strict(text)
    if error is None:
        return value, False
    bare = _unwrap(text)
    value, error = _strict(bare)
    if error is None:
        return value, bare != text.strip()
    if "&quot;" in bare and bare.count("&quot;") > bare.count('"'):
        bare = unescape(bare)
        value, error = _strict(bare)
        if error is None:
            return value, True
    if len(bare) > _LONGEST_SCRUFFY:
        raise UnreadableJson(f"broken JSON of {len(bare):,} characters: {error}")
    return read_scruffy(bare), True


def loads_start(text: str) -> Json:
    """The strict JSON value that the text starts with, whatever follows; None where there is none."""
    try:
        value: Json = _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None
    return value


def _strict(text: str) -> tuple[Json, str | None]:
    """The value or what is wrong. Raw control characters in strings are let through: too many templates write them."""
    try:
        return _DECODER.decode(text), None
    except RecursionError:
        raise UnreadableJson("JSON nested deeper than can be read") from None
    except ValueError as err:
        return None, str(err)


def _unwrap(text: str) -> str:
    """The JSON without the CDATA, comment and semicolon around it."""
    head = text[:500]
    match = _LEADING.match(head)
    body = text[match.end() :] if match else text
    tail = body[-200:]
    return body[: len(body) - len(tail)] + _TRAILING.sub("", tail)
