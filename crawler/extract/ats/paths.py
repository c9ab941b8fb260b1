"""What lies at a path of an answer, whatever stands on the way."""

from collections.abc import Iterable, Mapping

from crawler.extract.lenient_json import Json
from crawler.extract.record_values import first_line, text_of

__all__ = ["first_at", "says", "text_at", "values_at"]

_MOST = 50_000


def values_at(value: Json, path: str) -> list[Json]:
    """Every value at a dotted path that is not null; lists are entered, ``*`` is everything below."""
    found = _entries([value])
    for step in filter(None, path.split(".")):
        below: list[Json] = []
        for node in found:
            if isinstance(node, dict) and step == "*":
                below += node.values()
            elif isinstance(node, dict) and node.get(step) is not None:
                below.append(node[step])
        found = _entries(below)
    return found


def first_at(value: Json, paths: Iterable[str]) -> str | None:
    """The first line that any of the paths gives, in turn."""
    return next((line for path in paths for found in values_at(value, path) if (line := first_line(found))), None)


def text_at(value: Json, paths: Iterable[str]) -> str | None:
    """The first text that any of the paths gives, in turn."""
    return next((text for path in paths for found in values_at(value, path) if (text := text_of(found))), None)


def says(record: Json, wanted: Mapping[str, Json]) -> bool:
    """True where the record has any of these values at these paths."""
    return any(value in values_at(record, path) for path, value in wanted.items())


def _entries(values: list[Json]) -> list[Json]:
    flat: list[Json] = []
    for value in values:
        flat += value if isinstance(value, list) else [value]
    return [entry for entry in flat[:_MOST] if entry is not None]
