"""The JSON-LD of a page: its scripts' texts to values.

schema.org terms in whatever shape a page gives them: JSON-LD, microdata and RDFa all become such dictionaries.

Where the work is, as a JobPosting says it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from crawler.extract.structured.json_repair import Json, UnreadableJson, loads
from crawler.extract.text import fold, present

__all__ = [
    "Node",
    "Posting",
    "dictionaries",
    "find_postings",
    "get",
    "join_places",
    "json_ld_scripts",
    "keys_of",
    "lines",
    "nodes",
    "place_of",
    "read_json_ld",
    "types_of",
]

_MOST_BLOCKS = 200
_JSON_LD = re.compile(r"\A\s*application/ld\+json", re.IGNORECASE)
_MENTIONED = re.compile(r"job\s*posting", re.IGNORECASE)


def json_ld_scripts(root: etree._Element) -> list[str]:
    """The texts of the tree's JSON-LD scripts, also of those in ``noscript`` and ``template``: some pages are built of
    templates whole."""
    return [script.text or "" for script in root.iter("script") if _JSON_LD.match(script.get("type", ""))]


def read_json_ld(scripts: Iterable[str]) -> tuple[tuple[Json, ...], tuple[str, ...]]:
    """The values of the scripts, and what was wrong with any that could hold an ad."""
    values: list[Json] = []
    problems: list[str] = []
    for number, block in enumerate(scripts, 1):
        if number > _MOST_BLOCKS:
            break
        try:
            value, repaired = loads(block)
        except UnreadableJson as err:
            if _MENTIONED.search(block[:1_000_000]):
                problems.append(f"JSON-LD block {number} could not be read: {err}")
            continue
        if repaired and _MENTIONED.search(block):
            problems.append(f"JSON-LD block {number} was broken and has been repaired")
        values.append(value)
    return tuple(values), tuple(problems)


Node = Mapping[str, Json]

_MOST_NODES = 200_000
_DEEPEST_NAME = 4
_MOST_KEYS = 200
"""A thing with more is no ad; the keys are kept, so they are bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One JobPosting on a page, and where it stood."""

    node: Node
    in_list: bool
    """Whether it is an entry of a list (ItemList and the like): then the page is about several."""

    by_id: Mapping[str, Node] = field(repr=False, default_factory=dict)
    """The page's other things, for ``{"@id": ...}`` in their place."""


def find_postings(values: tuple[Json, ...]) -> tuple[Posting, ...]:
    """Every JobPosting in the values, in reading order, however deep: in a graph, an array, a list or another thing."""
    by_id: dict[str, Node] = {}
    found: list[tuple[Node, bool]] = []
    for node, in_list in dictionaries(values):
        identity = node.get("@id")
        if isinstance(identity, str) and len(node) > 1:
            by_id.setdefault(identity, node)
        if len(node) > 2 and _is_posting(node):
            found.append((node, in_list))
    return tuple(Posting(node=node, in_list=in_list, by_id=by_id) for node, in_list in found)


def dictionaries(values: tuple[Json, ...]) -> Iterator[tuple[Node, bool]]:
    """Every dictionary in the values and whether it stands in a list of entries. Iterative: depth is the page's choice.

    What hangs below a JobPosting is part of it and not visited again.
    """
    waiting: list[tuple[Json, bool]] = [(value, False) for value in reversed(values)]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        value, in_list = waiting.pop()
        if isinstance(value, list):
            waiting += [(entry, in_list) for entry in reversed(value) if isinstance(entry, (dict, list))]
        elif isinstance(value, dict):
            yield value, in_list
            if not _is_posting(value):
                waiting += [
                    (below, in_list or _lower(key) == "itemlistelement")
                    for key, below in reversed(value.items())
                    if isinstance(below, (dict, list))
                ]


def _is_posting(node: Node) -> bool:
    declared = node.get("@type", node.get("type"))
    return _lower(declared) == "jobposting" if isinstance(declared, str) else "jobposting" in types_of(node)


def types_of(node: Node) -> frozenset[str]:
    """The node's types in lower case without their vocabulary's address."""
    declared = node.get("@type", node.get("type"))
    if declared is None:
        return frozenset()
    names = declared if isinstance(declared, list) else [declared]
    return frozenset(_lower(name) for name in names if isinstance(name, str))


def get(node: Node, *terms: str) -> Json:
    """The value of the first of these terms that the node has, however its keys are written."""
    for term in terms:  # as nearly all pages write them
        value = node.get(term)
        if value or (value is not None and value == 0):
            return value
    for key in keys_of(node, terms):
        value = node[key]
        if value or (value is not None and value == 0):
            return value
    return None


def keys_of(node: Node, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The node's keys that may hold the terms, best first."""
    return _keys_for(terms, tuple(node))


@lru_cache(maxsize=4096)
def _keys_for(terms: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys that may hold the terms, best first. The ads of one board have the same keys, so this is known."""
    if len(keys) > _MOST_KEYS:
        return tuple(term for term in terms if term in keys)
    by_lower = {_lower(key): key for key in keys}
    same = [by_lower[term.lower()] for term in terms if term.lower() in by_lower]
    return tuple(dict.fromkeys([*(term for term in terms if term in keys), *same]))


def nodes(value: Json, by_id: Mapping[str, Node]) -> tuple[Node, ...]:
    """The dictionaries that a value consists of; references are followed."""
    if value is None:
        return ()
    entries = value if isinstance(value, list) else [value]
    found: list[Node] = []
    for entry in entries[:100]:
        if isinstance(entry, dict):
            identity = entry.get("@id")
            known = by_id.get(identity) if isinstance(identity, str) and len(entry) == 1 else None
            found.append(known if known is not None else entry)
        elif isinstance(entry, str) and entry in by_id:
            found.append(by_id[entry])
    return tuple(found)


def lines(value: Json, by_id: Mapping[str, Node], *names: str, depth: int = 0) -> tuple[str, ...]:
    """The value's texts on one line each: strings as they are, things by the first of ``names`` that they have."""
    if depth > _DEEPEST_NAME or value is None or isinstance(value, bool):
        return ()
    if isinstance(value, list):
        return tuple(line for entry in value[:100] for line in lines(entry, by_id, *names, depth=depth + 1))
    if isinstance(value, (int, float)):
        return (str(value),)
    if isinstance(value, str):
        line = present(value)
        return () if line is None or value in by_id else (line,)
    (node,) = nodes(value, by_id)
    return lines(get(node, *names, "@value"), by_id, *names, depth=depth + 1)


def _lower(name: str) -> str:
    """``http://schema.org/JobPosting`` and ``schema:JobPosting`` to ``jobposting``."""
    return _lower_short(name) if len(name) < 100 else name


@lru_cache(maxsize=4096)
def _lower_short(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1].strip().lower()


_MOST_PLACES = 20


def place_of(node: Node, by_id: Mapping[str, Node], employer: str | None) -> tuple[str | None, str | None]:
    """The places in one line and the country as written.

    A place that only repeats the employer's name is a template's mistake and left out. Work from home without a place
    is where the applicants may live, or ``Remote``.
    """
    found = [_place(entry, by_id) for entry in _entries(get(node, "jobLocation", "workLocation", "location"))]
    found = [(place, country) for place, country in found if place and fold(place) != fold(employer or "")]
    country = next((country for _, country in found if country), None)
    place = join_places(place for place, _ in found)
    if place is None:
        remote = lines(get(node, "jobLocationType"), by_id, "name")
        required = lines(get(node, "applicantLocationRequirements"), by_id, "name", "addressCountry")
        if remote or required:
            place = join_places(required) or "Remote"
            country = required[0] if len(required) == 1 else None
    return place, country


def join_places(places: Iterable[str | None]) -> str | None:
    """Several places in one line, each once."""
    distinct: dict[str, str] = {}
    for place in places:
        if place:
            distinct.setdefault(fold(place), place)
    return "; ".join(list(distinct.values())[:_MOST_PLACES]) or None


def _entries(value: Json) -> list[Json]:
    return value[:200] if isinstance(value, list) else [value]


def _place(value: Json, by_id: Mapping[str, Node]) -> tuple[str | None, str | None]:
    """One place and its country; a postal address may be written out, nested, or a plain line."""
    for node in nodes(value, by_id):
        address = get(node, "address", "location")
        for inner in nodes(address, by_id) or ((node,) if address is None else ()):
            place, country = _address(inner, by_id)
            if place:
                return place, country
        written = lines(address, by_id, "name")
        if written:
            return ", ".join(written), next(iter(lines(get(node, "addressCountry"), by_id, "name")), None)
        return next(iter(lines(get(node, "name"), by_id)), None), None
    written = lines(value, by_id)
    return (", ".join(written), None) if written else (None, None)


def _address(node: Node, by_id: Mapping[str, Node]) -> tuple[str | None, str | None]:
    countries = lines(get(node, "addressCountry"), by_id, "name", "alternateName", "identifier")
    country = countries[0] if countries else None
    parts: list[str] = []
    for term in ("streetAddress", "addressLocality", "addressRegion"):
        for line in lines(get(node, term), by_id, "name"):
            if not any(_says(part, line) for part in parts):
                parts.append(line)
    # A two-letter code is no word of the ad's; it goes to the country alone.
    if country and (len(country) > 2 or not parts) and not any(_says(part, country) for part in parts):
        parts.append(country)
    if not parts:
        parts = list(lines(get(node, "name", "description"), by_id))
    return ", ".join(parts) or None, country


def _says(part: str, line: str) -> bool:
    """Whether a part already holds this line, as a street that was typed with its city does."""
    return f", {fold(line)}," in f", {fold(part)},"
