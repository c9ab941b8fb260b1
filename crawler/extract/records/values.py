"""Lines, texts, places and pay out of whatever stands in a record's field."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from crawler.extract.html_tree import html_to_text
from crawler.extract.raw import RawSalary
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import fold, join_places, present
from crawler.files import read_word_list

_SEPARATORS = re.compile(r"[\s_.:-]+")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ])")
_ONE_NUMBER = re.compile(r"[\d.,]{1,20}")


class RecordKeys:
    """What records call the fields of an ad; all names plain."""

    def __init__(self) -> None:
        table = read_word_list("records")
        self.parts = tuple(table["keys"].pop("parts"))
        """Parts of an ad's text beside its description."""

        self.fields: dict[str, tuple[str, ...]] = {name: tuple(keys) for name, keys in table["keys"].items()}
        self.values: dict[str, tuple[str, ...]] = {name: tuple(keys) for name, keys in table["values"].items()}
        self.weak = frozenset[str](table["values"]["weak"])
        """Keys that records of anything have."""

        self.lists = frozenset[str](table["values"]["lists"])
        """Lists whose entries are ads though they have no title."""

        self.elsewhere = frozenset[str](table["elsewhere"]["keys"])
        self.dialects: list[dict[str, Any]] = table["dialect"]
        """One source's own form: the paths of each field, and of what tells it (``when``)."""

        self.titled = [(item["channel"], re.compile(item["pattern"])) for item in table["titled"]]
        """Feeds that write the employer into their titles."""


load_keys = cache(RecordKeys)
"""The names; read once, because they are part of the program."""


@lru_cache(maxsize=4096)
def _plain(key: str) -> str:
    return _SEPARATORS.sub("", key).lower()


def plain_key(key: str) -> str:
    """``job_title``, ``job-title`` and ``jobTitle`` as ``jobtitle``."""
    return _plain(key) if len(key) < 60 else ""


_BLOCKS = ("ListItem", "Paragraph")
_UNIT = 2
"""Bytes of what is counted: UTF-16, as in the languages of browsers and phones."""


def _with_line_breaks(value: Mapping[str, Json]) -> str | None:
    """The text with each list entry and paragraph on lines of its own; None where the value is no such text.

    LinkedIn's answers have ``{"text": ..., "attributes": [{"start": 27, "length": 60, "type": {"...ListItem": {}}}]}``:
    without this, the last word of an entry and the first of the next are one.
    """
    text, attributes = value.get("text"), value.get("attributes")
    if not isinstance(text, str) or not isinstance(attributes, list) or not attributes:
        return None
    units = text.encode("utf-16-le", "surrogatepass")
    edges: set[int] = set()
    for attribute in attributes:
        if not isinstance(attribute, dict):
            continue
        start, length, kind = attribute.get("start"), attribute.get("length"), attribute.get("type")
        names = [kind] if isinstance(kind, str) else kind if isinstance(kind, dict) else ()
        is_block = any(block in name for name in names for block in _BLOCKS)
        if is_block and type(start) is int and type(length) is int:
            edges |= {edge for edge in (_UNIT * start, _UNIT * (start + length)) if 0 < edge < len(units)}
    joined = ""
    for start_at, end_at in pairwise((0, *sorted(edges), len(units))):
        line = units[start_at:end_at].decode("utf-16-le", "replace")
        joined += line if not joined or joined.endswith("\n") or line.startswith("\n") else f"\n{line}"
    return joined


Record = Mapping[str, Json]

_DEEPEST = 5
_LONGEST_HEADING = 80
_MOST = 100
_LOCALE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")


def by_plain_key(record: Record) -> dict[str, Json]:
    """The record under plain keys; of two that read the same the first stays."""
    plain: dict[str, Json] = {}
    for key, value in record.items():
        plain.setdefault(plain_key(key), value)
    return plain


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


def _entries(values: list[Json]) -> list[Json]:
    flat: list[Json] = []
    for value in values:
        flat += value if isinstance(value, list) else [value]
    return [entry for entry in flat[:50_000] if entry is not None]


def line_list(value: Json, depth: int = 0) -> tuple[str, ...]:
    """Every line in the value: of a list all, of a thing its name, of a thing by language the first."""
    if depth > _DEEPEST or value is None or isinstance(value, bool):
        return ()
    if isinstance(value, (int, float)):
        return (str(value),)
    if isinstance(value, str):
        line = present(html_to_text(value[:5_000])) if "<" in value or "&" in value else present(value)
        return (line,) if line else ()
    if isinstance(value, list):
        return tuple(line for entry in value[:_MOST] for line in line_list(entry, depth + 1))
    return next((lines for below in _weight(value, "line") if (lines := line_list(below, depth + 1))), ())


def first_line(value: Json) -> str | None:
    """The value's first line."""
    return next(iter(line_list(value)), None)


def moment(value: Json) -> str | None:
    """The moment that a value names: of a thing with several forms of it the one that is the same on every day."""
    stamps = (stated for stated in value.values() if isinstance(stated, str)) if isinstance(value, dict) else ()
    return next((stated for stated in stamps if _STAMP.match(stated)), None) or first_line(value)


def text_of(value: Json, depth: int = 0) -> str | None:
    """The value as text with line breaks."""
    if isinstance(value, str):
        return html_to_text(value) or None
    if isinstance(value, list):
        texts = [text for entry in value[:_MOST] if (text := text_of(entry, depth + 1))] if depth < _DEEPEST else []
        return "\n\n".join(texts) or None
    if isinstance(value, dict) and depth < _DEEPEST:
        attributed = _with_line_breaks(value)
        if attributed is not None:
            return html_to_text(attributed) or None
        text = next((text for below in _weight(value, "text") if (text := text_of(below, depth + 1))), None)
        plain = by_plain_key(value)
        lines = (line for key in load_keys().values["heading"] if (line := first_line(plain.get(key))))
        heading = "" if text is None or _is_by_language(value) else next(lines, "")
        # Under its heading where it has one of its own.
        is_stated = len(heading) > _LONGEST_HEADING or fold(heading) in fold((text or "")[: 2 * _LONGEST_HEADING])
        if text and heading and not is_stated and len(text) > len(heading):
            text = f"{heading}\n{text}"
        are_sections = all(isinstance(each, dict) or plain_key(key) in load_keys().parts for key, each in value.items())
        if text or len(value) < 2 or not are_sections:
            return text
        return "\n\n".join(section for below in value.values() if (section := text_of(below, depth + 1))) or None
    return None


def places(value: Json) -> str | None:
    """The places in one line; one in parts is put together, of places by language the first language's are taken."""
    found: list[str | None] = []
    for entry in (value if isinstance(value, list) else [value])[:_MOST]:
        plain = by_plain_key(entry) if isinstance(entry, dict) else {}
        parts = [line for key in load_keys().values["place"] for line in line_list(plain.get(key))[:1]]
        inside = list(entry.values())[:1] if isinstance(entry, dict) else []
        if isinstance(entry, dict) and _is_by_language(entry):
            found += map(places, inside)
        elif len(parts) > 1:
            found.append(", ".join(dict.fromkeys(parts)))
        else:
            found += line_list(entry) or [places(below) for below in inside if isinstance(below, (dict, list))]
    return join_places(found)


def organisation(value: Json, depth: int = 0) -> str | None:
    """An employer's name: the line itself, or the first name inside, however deep it is wrapped."""
    if isinstance(value, dict) and depth < _DEEPEST:
        plain = by_plain_key(value)
        for key in load_keys().values["organisation"]:
            line = first_line(plain.get(key))
            if line:
                return line
        inner = (organisation(below, depth + 1) for below in value.values() if isinstance(below, dict))
        return next((name for name in inner if name), None)
    return None if isinstance(value, dict) else first_line(value)


def salary(value: Json, beside: Mapping[str, Json]) -> RawSalary | None:
    """Pay from a line, from a thing with its parts, or from fields beside each other."""
    names = load_keys()
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0]
    inside = by_plain_key(value) if isinstance(value, dict) else {}

    def part(name: str) -> str | None:
        keys = (*names.values[name],) if inside else ()
        for source, wanted in ((inside, keys), (beside, names.fields[name])):
            for key in wanted:
                if key in source and (line := first_line(source[key])):
                    return line
        return None

    low, high = part("salary_min"), part("salary_max")
    if high and not low and isinstance(value, (int, float, str)) and _ONE_NUMBER.fullmatch(str(value)):
        low = str(value)  # the lower end stands where the whole does elsewhere
        value = None
    if isinstance(value, dict):
        line = next((line for key in names.values["salary_raw"] if (line := first_line(inside.get(key)))), None)
    else:
        line = " - ".join(line_list(value)[:2]) or None
    if _is_nothing(low) and _is_nothing(high) and _is_nothing(line):
        return None
    currency, period = part("salary_currency"), part("salary_period")
    numbers = " - ".join(dict.fromkeys(text for text in (low, high) if text))
    raw = line or " ".join(text for text in (numbers, currency, period) if text)
    return RawSalary(min=low, max=high, currency=currency, period=period, raw=raw)


def _is_nothing(line: str | None) -> bool:
    return line is None or fold(line) in {"0", "0.0"}


def _is_by_language(value: Record) -> bool:
    return bool(value) and all(_LOCALE.fullmatch(key) for key in value)


def _weight(value: Record, kind: str) -> list[Json]:
    """The values in a thing to look at, in order."""
    if _is_by_language(value):
        return list(value.values())
    plain = by_plain_key(value)
    named = [plain[key] for key in load_keys().values[kind] if key in plain]
    return [*named, *(value.values() if len(value) == 1 else ())]
