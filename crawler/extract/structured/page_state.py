"""The ad in the state that a page's script starts from: Next.js, Nuxt and their like."""

import re
from itertools import islice

from crawler.extract.raw import RawAd
from crawler.extract.records.mapping import find_records, record_to_raw
from crawler.extract.structured.json_repair import Json, loads_start
from crawler.extract.text import fold

__all__ = ["read_state"]

_SCRIPT = re.compile(
    r"<script\b[^<>]{0,500}?\b(?:type\s*=\s*[\"']?application/json|id\s*=\s*[\"']?__N[A-Z_]{2,20}DATA__)[^<>]{0,500}>",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(r"window\.[\w$.]{2,60}\s{0,5}=\s{0,5}(?=\{)")
_CLOSE = re.compile(r"</script", re.IGNORECASE)
_LONGEST = 4_000_000
_MOST_STATES = 30
_SHORTEST_AD = 100
_REVIVED = frozenset({"ShallowReactive", "Reactive", "Ref", "ShallowRef", "EmptyRef", "EmptyShallowRef", "NuxtError"})


def read_state(page: str, titles: tuple[str, ...]) -> RawAd | None:
    """The ad in the page's embedded state whose title is the page's; other ads in it are merely related."""
    wanted = [fold(title) for title in titles]
    best: RawAd | None = None
    for value in _states(page):
        for record in find_records(value):
            raw = record_to_raw(record, "api")
            title = fold(raw.title or "")
            if len(title) < 3 or not any(title in one for one in wanted):
                continue
            length = len(raw.description or "")
            if length >= _SHORTEST_AD and (best is None or length > len(best.description or "")):
                best = raw
    return best


def _states(page: str) -> list[Json]:
    """The values of the page's data scripts, then those assigned to the window."""
    found: list[Json] = []
    at = 0
    for _ in range(_MOST_STATES if "application/json" in page or "DATA__" in page else 0):
        opening = _SCRIPT.search(page, at)
        if not opening:
            break
        end = _script_end(page, opening.end())
        found += _value(page[opening.end() : end])
        at = end
    for opening in islice(_ASSIGNED.finditer(page), _MOST_STATES):
        found += _value(page[opening.end() : _script_end(page, opening.end())])
    return found


def _script_end(page: str, start: int) -> int:
    closing = _CLOSE.search(page, start)
    return closing.start() if closing else len(page)


def _value(text: str) -> list[Json]:
    if not 200 < len(text) < _LONGEST:
        return []
    value = loads_start(text.lstrip())
    return [] if value is None else [_revived(value) if isinstance(value, list) else value]


def _revived(value: list[Json]) -> Json:
    """Nuxt's flat form: one list of values that refer to each other by position. Bounded in depth and size."""
    if len(value) < 2 or not isinstance(value[0], list) or not value[0] or value[0][0] not in _REVIVED:
        return value
    budget = [100_000]

    def revive(index: Json, depth: int) -> Json:
        budget[0] -= 1
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(value):
            return None
        if depth > 20 or budget[0] < 0:
            return None
        node = value[index]
        if isinstance(node, dict):
            return {key: revive(below, depth + 1) for key, below in node.items()}
        if isinstance(node, list):
            if node and isinstance(node[0], str):
                return revive(node[1], depth + 1) if len(node) > 1 else None
            return [revive(below, depth + 1) for below in node]
        return node

    return revive(0, 0)
