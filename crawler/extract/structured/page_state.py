"""Ads in page state: Next.js, Nuxt, Apollo, Redux, Inertia, JSON of any name."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from lxml import etree

from crawler.extract.raw import RawAd
from crawler.extract.records.mapping import VACANCY_FIELDS, find_records, is_teaser_record, record_to_raw
from crawler.extract.structured.json_repair import Json, Unreadable, loads_at, loads_start, read_scruffy
from crawler.extract.text import fold, weight

_LONGEST = 4_000_000
_LONGEST_SCRUFFY = 300_000
_SHORTEST = 200
_MOST_STATES = 40
_MOST_NODES = 200_000
_DEEPEST = 40
_FEWEST = 2

_JSON_TYPES = ("application/json", "text/json", "application/vnd.api+json", "text/x-component")
_ASSIGNED = re.compile(r"(?:[=:(]|^)\s{0,20}(?=[{\[]|JSON\.parse\(|decodeURIComponent\()")
"""Where a value may begin: behind an assignment, as a key's value, or as what a function is given."""

_DECLARED = re.compile(
    r"(?:^|[;\s])(?:(?:var|let|const)\s+[\w$]{1,60}|(?:window|self|globalThis)[\w$.\[\]\"']{1,80})\s*=\s*(?=\{)"
)
_TITLED = re.compile(r"[\s{,](?:title|jobTitle)\s*:\s*[\"'`]")
"""A script's own object, whose keys stand without quotes."""

_PARSED = re.compile(r"(?:JSON\.parse\(|decodeURIComponent\(){1,2}\s{0,5}([\"'`])")
_CHUNK = re.compile(r"self\.__next_f\.push\(\s*(?=\[)")
_ROW = re.compile(r"^([0-9a-f]{1,6}):(?:T([0-9a-f]{1,8}),)?", re.MULTILINE)
_ROW_NAME = re.compile(r"\$L?([0-9a-f]{1,6})")
_CALLED = re.compile(r"=\s*\(?function\s*\(([\w$,\s]{1,20000})\)\s*\{\s*return\s*(?=\{)")
_ISLANDS = etree.XPath("//@*[(starts-with(., '{') or starts-with(., '[{')) and string-length(.) > 200]")
_REVIVED = ("ShallowReactive", "Reactive", "Ref", "ShallowRef", "EmptyRef", "EmptyShallowRef", "NuxtError")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """What a page's data says of ads."""

    ad: RawAd | None = None
    """The one that the page is about."""

    listed: tuple[RawAd, ...] = ()
    """Those of its longest list, where the page is about none: mostly without a text."""


def read_state(root: etree._Element, titles: tuple[str, ...], *, has_title: bool = True) -> PageState:
    """The ad in the page's data whose title is the page's; else the ads that the data lists.

    Of a page that has no title, ``has_title`` is False: its only ad is then the one.
    """
    wanted = [fold(title) for title in titles]
    full: list[RawAd] = []
    listed: list[RawAd] = []
    for value in _values(root):
        found = [record_to_raw(record, "api") for record in find_records(value)]
        stated = (raw for raw in found if weight(raw.description or "") >= 100 and raw.title)
        full += [raw for raw in stated if any(getattr(raw, name) for name in VACANCY_FIELDS)]
        entries = [record_to_raw(record, "api") for record in _longest_list(value)] or found
        if len(entries) > len(listed):
            listed = entries
    named = [fold(raw.title or "") for raw in full]
    several = len(set(named)) >= 3
    # A title of the page holds the ad's; beside several ads it must not say much more.
    about = [
        raw
        for raw, title in zip(full, named, strict=True)
        if len(title) >= 3
        and any(
            title in item and (not several or item.startswith(title) or 2 * len(title) >= len(item)) for item in wanted
        )
    ]
    if not about and len(set(named)) == 1 and len(listed) <= _FEWEST and not has_title:
        about = full
    ad = max(about, key=lambda raw: len(raw.description or ""), default=None)
    return PageState(ad=ad, listed=() if ad or len(listed) < _FEWEST else tuple(listed))


def _longest_list(value: Json) -> list[Mapping[str, Json]]:
    """The longest list of vacancies that are told in short. Iterative and bounded."""
    best: list[Mapping[str, Json]] = []
    waiting = [value]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, list):
            entries: list[Mapping[str, Json]] = [entry for entry in node if isinstance(entry, dict)]
            if len(entries) > len(best):
                best = max(best, [entry for entry in entries if is_teaser_record(entry)], key=len)
        below = node if isinstance(node, list) else node.values() if isinstance(node, dict) else ()
        waiting += [item for item in below if isinstance(item, (dict, list))]
    return best


def _values(root: etree._Element) -> Iterator[Json]:
    """Every value in the page's data, unwrapped: of scripts that hold, stream or assign one, and of attributes."""
    chunks: list[str] = []
    count = 0
    for script in root.iter("script"):
        text = script.text or ""
        kind = (script.get("type") or "").lower()
        if "ld+json" in kind or not 20 < len(text) < _LONGEST:
            continue
        if "__next_f" in text:  # strings that the script adds to the page's stream
            pushed = (loads_start(text[begin.end() :]) for begin in _CHUNK.finditer(text))
            chunks += [part for value in pushed if isinstance(value, list) for part in value if isinstance(part, str)]
            continue
        if len(text) < _SHORTEST:
            continue
        for value in islice(_in_script(text, is_json=kind.startswith(_JSON_TYPES)), max(0, _MOST_STATES - count)):
            count += 1
            yield _unwrapped(value)
    if chunks:
        yield from map(_unwrapped, _rows("".join(chunks)[:_LONGEST]))
    found = _ISLANDS(root)
    for attribute in islice(found if isinstance(found, list) else [], _MOST_STATES):
        value = loads_start(str(attribute)[:_LONGEST])
        if value is not None:
            yield _unwrapped(value)


def _in_script(text: str, *, is_json: bool) -> Iterator[Json]:
    """The values that a script consists of, gives to a variable, or gives to a function."""
    if is_json or text.lstrip()[:1] in {"{", "["}:
        value = loads_start(text.lstrip())
        if value is not None:
            yield value
            return
    at = 0
    for begin in islice(_ASSIGNED.finditer(text), 5_000):
        start = begin.end()
        if start >= at and len(text) - start >= _SHORTEST:
            value, end = _value_at(text, start)
            if isinstance(value, (dict, list)) and end - start >= _SHORTEST:
                at = end
                yield value
    declared = _DECLARED.search(text) if at == 0 and len(text) < _LONGEST_SCRUFFY and _TITLED.search(text) else None
    if declared:
        with suppress(Unreadable):
            yield read_scruffy(text[declared.end() :])
    called = _CALLED.search(text)
    if called and (value := _applied(text, called)) is not None:
        yield value


def _value_at(text: str, start: int) -> tuple[Json, int]:
    """The strict value that begins there and where it ends; None where there is none."""
    quoted = _PARSED.match(text, start)
    if not quoted:
        return loads_at(text, start)
    # A script's string that holds a value.
    sign, end = quoted[1], quoted.end()
    while end < len(text) and text[end] != sign:
        end += 2 if text[end] == "\\" else 1
    inner = text[quoted.end() : end]
    if sign != '"' and '\\"' not in inner:
        inner = inner.replace("\\'", "'").replace("\\`", "`").replace('"', '\\"')
    try:
        literal = str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        literal = inner.replace('\\"', '"').replace("\\\\", "\\")
    return loads_start(unquote(literal) if literal.startswith("%") else literal), end + 1


def _rows(stream: str) -> Iterator[Json]:
    """The values of React's stream: rows of a name and a value, long texts in rows of their own that others name."""
    rows: dict[str, Json] = {}
    at = 0
    while found := _ROW.search(stream, at):
        start = found.end()
        if found[2]:
            size = int(found[2], 16)
            text = stream[start : start + size].encode()[:size].decode("utf-8", "ignore")  # counted in bytes
            rows[found[1]], at = text, start + len(text)
            continue
        end = stream.find("\n", start)
        end = len(stream) if end < 0 else end
        value = loads_start(stream[start:end])
        if value is not None:
            rows[found[1]] = value
        at = end

    def named(text: str) -> Json:
        found = _ROW_NAME.fullmatch(text) if text.startswith("$") else None
        row = rows.get(found[1]) if found else None
        return row if isinstance(row, str) else text

    yield from (_with_texts(value, named) for value in rows.values() if isinstance(value, (dict, list)))


def _applied(text: str, called: re.Match[str]) -> Json:
    """Nuxt's older form: a function's object in which the function's arguments stand by their short names."""
    if len(text) - called.start() > _LONGEST_SCRUFFY * 3:
        return None
    names = [name.strip() for name in called[1].split(",")]
    end = text.rfind("}(")
    try:
        body = read_scruffy(text[called.end() : end])
        given = read_scruffy(f"[{text[end + 2 : text.rfind(')')].rstrip(');')}]")
    except Unreadable:
        return None
    values = dict(zip(names, given if isinstance(given, list) else [], strict=False))
    return _with_texts(body, lambda text: values.get(text, text))


def _with_texts(value: Json, read: Callable[[str], Json]) -> Json:
    """The value with each of its texts as it is to be read. Bounded."""
    budget = [_MOST_NODES]

    def filled(node: Json, depth: int) -> Json:
        budget[0] -= 1
        if budget[0] < 0 or depth > _DEEPEST:
            return None
        if isinstance(node, dict):
            return {key: filled(below, depth + 1) for key, below in node.items()}
        if isinstance(node, list):
            return [filled(below, depth + 1) for below in node]
        return read(node) if isinstance(node, str) else node

    return filled(value, 0)


def _unwrapped(value: Json) -> Json:
    """The value with what is wrapped once more read: JSON in strings, references into a cache, rich text as a text."""
    value = _revived(value) if isinstance(value, list) else value
    cache = _cache(value)
    budget = [_MOST_NODES]

    def unwrap(node: Json, depth: int, followed: int) -> Json:
        budget[0] -= 1
        if budget[0] < 0 or depth > _DEEPEST:
            return None
        if isinstance(node, str):
            inner = loads_start(node) if len(node) > 20 and node[0] in "{[" and node[-1] in "}]" else None
            return unwrap(inner, depth + 1, followed) if isinstance(inner, (dict, list)) else node
        if isinstance(node, list):
            return [unwrap(below, depth + 1, followed) for below in node]
        if not isinstance(node, dict):
            return node
        name = node.get("__ref") or (node.get("id") if node.get("type") == "id" else None)
        target = cache.get(name) if isinstance(name, str) and followed < 4 else None
        if target is not None:
            return unwrap(target, depth + 1, followed + 1)
        text = _rich_text(node)
        return text or {key: unwrap(below, depth + 1, followed) for key, below in node.items()}

    return unwrap(value, 0, 0)


def _cache(value: Json) -> dict[str, Json]:
    """The things of a normalised cache (Apollo, Relay) by their names."""
    found: dict[str, Json] = {}
    waiting = [value]
    for _ in range(20_000):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, dict):
            if "__typename" in node or "__ref" in node:
                continue
            found.update(
                (key, below) for key, below in node.items() if isinstance(below, dict) and "__typename" in below
            )
            waiting += [below for below in node.values() if isinstance(below, dict)]
    return found


def _rich_text(node: Mapping[str, Json]) -> str | None:
    """The text of an editor's document (Draft.js, Editor.js, ProseMirror): a line a block."""
    blocks = node.get("blocks")
    if not isinstance(blocks, list):
        blocks = node.get("content") if node.get("type") == "doc" else None
    lines: list[str] = []
    for block in blocks if isinstance(blocks, list) else ():
        line, left = "", 2_000
        waiting: list[Json] = [block]
        while waiting and left:
            below, left = waiting.pop(), left - 1
            if isinstance(below, dict):
                text = below.get("text")
                line += text if isinstance(text, str) else ""
                waiting += filter(None, map(below.get, ("data", "items", "content", "children")))
            elif isinstance(below, list):
                waiting += reversed(below)
                first = below[0] if len(below) > 1 else None
                line += "\n" if isinstance(first, dict) and first.get("type") in {"listItem", "list_item"} else ""
        lines.append(line.strip())
    return "\n".join(filter(None, lines)) or None


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
