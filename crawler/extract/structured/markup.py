"""Things that a page marks up: JSON-LD, microdata and RDFa as values of one form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from crawler.extract.html_tree import element_to_text
from crawler.extract.structured.json_repair import Json, Unreadable, loads
from crawler.extract.text import one_line, present

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
        if number > 200:
            break
        try:
            value, repaired = loads(block)
        except Unreadable as err:
            if _MENTIONED.search(block[:1_000_000]):
                problems.append(f"JSON-LD block {number} could not be read: {err}")
            continue
        if repaired and _MENTIONED.search(block):
            problems.append(f"JSON-LD block {number} was broken and has been repaired")
        values.append(value)
    return tuple(values), tuple(problems)


Node = Mapping[str, Json]


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
        if len(node) > 2 and "jobposting" in types_of(node):
            found.append((node, in_list))
    return tuple(Posting(node=node, in_list=in_list, by_id=by_id) for node, in_list in found)


def dictionaries(values: tuple[Json, ...]) -> Iterator[tuple[Node, bool]]:
    """Every dictionary in the values and whether it stands in a list of entries. Iterative: depth is the page's choice.

    What hangs below a JobPosting is part of it and not visited again.
    """
    waiting: list[tuple[Json, bool]] = [(value, False) for value in reversed(values)]
    for _ in range(200_000):
        if not waiting:
            return
        value, in_list = waiting.pop()
        if isinstance(value, list):
            waiting += [(entry, in_list) for entry in reversed(value) if isinstance(entry, (dict, list))]
        elif isinstance(value, dict):
            yield value, in_list
            if "jobposting" not in types_of(value):
                waiting += [
                    (below, in_list or _lower(key) == "itemlistelement")
                    for key, below in reversed(value.items())
                    if isinstance(below, (dict, list))
                ]


def types_of(node: Node) -> frozenset[str]:
    """The node's types in lower case without their vocabulary's address."""
    declared = node.get("@type", node.get("type"))
    names = declared if isinstance(declared, list) else [declared]
    return frozenset(_lower(name) for name in names if isinstance(name, str))


def get(node: Node, *terms: str) -> Json:
    """The value of the first of these terms that the node has, however its keys are written."""
    # A thing with more keys is no ad; they are remembered, so they are bounded.
    for key in _spellings(terms, tuple(node)) if len(node) <= 200 else terms:
        value = node.get(key)
        if value or (value is not None and value == 0):
            return value
    return None


@lru_cache(maxsize=4096)
def _spellings(terms: tuple[str, ...], keys: tuple[str, ...]) -> list[str]:
    """The terms, and the keys that are one in other letters. The ads of one board have the same keys."""
    by_lower = {_lower(key): key for key in keys}
    return [*terms, *(by_lower[term.lower()] for term in terms if term.lower() in by_lower)]


def nodes(value: Json, by_id: Mapping[str, Node]) -> tuple[Node, ...]:
    """The dictionaries that a value consists of; references are followed."""
    found: list[Node] = []
    for entry in (value if isinstance(value, list) else [value])[:100]:
        if isinstance(entry, dict):
            identity = entry.get("@id")
            known = by_id.get(identity) if isinstance(identity, str) and len(entry) == 1 else None
            found.append(known if known is not None else entry)
        elif isinstance(entry, str) and entry in by_id:
            found.append(by_id[entry])
    return tuple(found)


def lines(value: Json, by_id: Mapping[str, Node], *names: str, depth: int = 0) -> tuple[str, ...]:
    """The value's texts on one line each: strings as they are, things by the first of ``names`` that they have."""
    if depth > 4 or value is None or isinstance(value, bool):
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
    return name.rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1].rsplit(":", 1)[-1].strip().lower()


_DIALECTS = (("itemscope", "itemtype", "itemprop"), ("typeof", "typeof", "property"))
"""Of each way to mark up, the attributes of a scope, of its type, and of a property."""

_ADDRESSES = frozenset({"url", "sameas", "logo", "image", "mainentityofpage", "applyurl"})
"""Properties whose value is where a link leads; of all others it is what a person reads."""

_TEXTS = frozenset(
    {"description", "responsibilities", "qualifications", "jobbenefits", "benefits", "experiencerequirements", "skills"}
    | {"educationrequirements", "incentivecompensation", "incentives"}
)


def read_markup(root: etree._Element) -> tuple[Json, ...]:
    """The outermost things that the page marks up, microdata before RDFa."""
    for scope, kind, name in _DIALECTS:
        if next(root.iterfind(f".//*[@{scope}]"), None) is None and root.get(scope) is None:
            continue
        reader = _Reader(scope, kind, name)
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                reader.open(element)
            else:
                reader.close(element)
        if reader.things:
            return tuple(reader.things)
    return ()


class _Reader:
    """Fills one dictionary a scope, those of scopes within into their owner's; in one pass, without recursion."""

    def __init__(self, scope: str, kind: str, name: str) -> None:
        self.things: list[Json] = []
        self._scope, self._kind, self._name = scope, kind, name
        self._open: list[tuple[etree._Element, dict[str, Json]]] = []
        self._seen = self._characters = 0

    def open(self, element: etree._Element) -> None:
        if self._seen > 2_000 or self._characters > 2_000_000:
            return
        inner: dict[str, Json] | None = None
        if element.get(self._scope) is not None:
            self._seen += 1
            inner = {"@type": list[Json](element.get(self._kind, "").split())}
        if self._open:
            owner = self._open[-1][1]
            for written in element.get(self._name, "").split():
                name = written.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
                _add(owner, name, inner if inner is not None else self._value(element, name))
            # A posting inside another thing's scope that is no property of it stands for itself.
            if inner is not None and not element.get(self._name):
                _add(owner, "@included", inner)
        if inner is not None:
            self._open.append((element, inner))

    def close(self, element: etree._Element) -> None:
        if self._open and self._open[-1][0] is element:
            _, node = self._open.pop()
            if len(node) == 1:
                # A thing without properties is still named by its text: <p itemprop="jobLocation" itemscope>Hue</p>.
                node["name"] = self._value(element, "name")
            if not self._open:
                self.things.append(node)

    def _value(self, element: etree._Element, name: str) -> Json:
        value = _value(element, name)
        self._characters += 100 + len(value or "")
        return value


def _add(node: dict[str, Json], name: str, value: Json) -> None:
    if value in (None, ""):
        return
    known = node.get(name)
    if known is None:
        node[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        node[name] = [known, value]


def _value(element: etree._Element, name: str) -> str | None:
    """What the property says: for a person where one reads it, for a machine where only one can."""
    lower = name.lower()
    if lower in _TEXTS:
        return element_to_text(element) or element.get("content")
    for attribute in ("content", "datetime"):
        if element.get(attribute):
            return element.get(attribute)
    if lower in _ADDRESSES:
        return element.get("href") or element.get("src") or one_line(element_to_text(element))
    return one_line(element_to_text(element)) or element.get("value") or element.get("href")
