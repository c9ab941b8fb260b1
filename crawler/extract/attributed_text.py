"""Text whose list entries and paragraphs are named beside it, by where they start and how long they are."""

from collections.abc import Iterator, Mapping

from crawler.extract.lenient_json import Json

__all__ = ["with_line_breaks"]

_BLOCKS = ("ListItem", "Paragraph")
_UNIT = 2
"""Bytes of what is counted: UTF-16, as in the languages of browsers and phones."""


def with_line_breaks(value: Mapping[str, Json]) -> str | None:
    """The text with each list entry and paragraph on lines of its own; None where the value is no such text.

    LinkedIn's answers have ``{"text": ..., "attributes": [{"start": 27, "length": 60, "type": {"...ListItem": {}}}]}``:
    without this, the last word of an entry and the first of the next are one.
    """
    text, attributes = value.get("text"), value.get("attributes")
    if not isinstance(text, str) or not isinstance(attributes, list) or not attributes:
        return None
    units = text.encode("utf-16-le", "surrogatepass")
    edges = sorted({_UNIT * edge for edge in _edges(attributes) if 0 < _UNIT * edge < len(units)})
    pieces = [units[start:end] for start, end in zip([0, *edges], [*edges, len(units)], strict=True)]
    joined = ""
    for piece in pieces:
        line = piece.decode("utf-16-le", "replace")
        joined += line if not joined or joined.endswith("\n") or line.startswith("\n") else f"\n{line}"
    return joined


def _edges(attributes: list[Json]) -> Iterator[int]:
    """Where a block begins or ends."""
    for attribute in attributes:
        if not isinstance(attribute, dict):
            continue
        start, length, kind = attribute.get("start"), attribute.get("length"), attribute.get("type")
        names = kind if isinstance(kind, (dict, str)) else ""
        is_block = any(block in name for name in ([names] if isinstance(names, str) else names) for block in _BLOCKS)
        if is_block and type(start) is int and type(length) is int:
            yield start
            yield start + length
