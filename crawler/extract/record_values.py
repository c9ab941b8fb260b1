"""Reading lines, texts, places and pay out of whatever stands in a record's field."""

import re
from collections.abc import Iterator, Mapping

from crawler.extract.attributed_text import with_line_breaks
from crawler.extract.html_text import html_to_text
from crawler.extract.lenient_json import Json
from crawler.extract.place import join_places
from crawler.extract.plain_text import fold, present
from crawler.extract.raw import RawSalary
from crawler.extract.record_keys import load_keys, plain_key

__all__ = [
    "Record",
    "by_plain_key",
    "find_at",
    "first_line",
    "line_list",
    "organisation",
    "places",
    "salary",
    "text_of",
]

Record = Mapping[str, Json]

_DEEPEST = 5
_MOST = 100
_LOCALE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2,4})?")


def by_plain_key(record: Record) -> dict[str, Json]:
    """The record under plain keys; of two that read the same the first stays."""
    plain: dict[str, Json] = {}
    for key, value in record.items():
        plain.setdefault(plain_key(key), value)
    return plain


def find_at(value: Json, path: str) -> tuple[str, ...]:
    """The lines at a dotted path; lists on the way are entered."""
    found = [value]
    for step in path.split("."):
        entries = [one for node in found for one in (node if isinstance(node, list) else [node])]
        found = [node[step] for node in entries if isinstance(node, dict) and step in node]
    return tuple(str(one) for one in found if isinstance(one, (str, int, float)) and not isinstance(one, bool))


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
    return next((lines for below in _worth(value, "line") if (lines := line_list(below, depth + 1))), ())


def first_line(value: Json) -> str | None:
    """The value's first line."""
    return next(iter(line_list(value)), None)


def text_of(value: Json, depth: int = 0) -> str | None:
    """The value as text with line breaks."""
    if isinstance(value, str):
        return html_to_text(value) or None
    if isinstance(value, list):
        texts = [text for entry in value[:_MOST] if (text := text_of(entry, depth + 1))] if depth < _DEEPEST else []
        return "\n\n".join(texts) or None
    if isinstance(value, dict) and depth < _DEEPEST:
        attributed = with_line_breaks(value)
        if attributed is not None:
            return html_to_text(attributed) or None
        return next((text for below in _worth(value, "text") if (text := text_of(below, depth + 1))), None)
    return None


def places(value: Json) -> str | None:
    """The places in one line; one in parts is put together, of places by language the first language's are taken."""
    entries = value if isinstance(value, list) else [value]
    found: list[str | None] = []
    for entry in entries[:_MOST]:
        if isinstance(entry, dict):
            found += _place(entry)
        else:
            found += line_list(entry)
    return join_places(found)


def _place(value: Record) -> Iterator[str | None]:
    if _is_by_language(value):
        yield places(next(iter(value.values())))
        return
    plain = by_plain_key(value)
    parts = [line for key in load_keys().values["place"] for line in line_list(plain.get(key))[:1]]
    if len(parts) > 1:
        yield ", ".join(dict.fromkeys(parts))
    else:
        whole = line_list(dict(value))
        yield from whole or [places(below) for below in list(value.values())[:1] if isinstance(below, (dict, list))]


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
    inside = by_plain_key(value) if isinstance(value, dict) else {}

    def part(name: str) -> str | None:
        keys = (*names.values[name],) if inside else ()
        for source, wanted in ((inside, keys), (beside, names.fields[name])):
            for key in wanted:
                line = first_line(source.get(key))
                if line:
                    return line
        return None

    low, high = part("salary_min"), part("salary_max")
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


def _worth(value: Record, kind: str) -> Iterator[Json]:
    """The values in a thing to look at, in order."""
    if _is_by_language(value):
        yield from value.values()
        return
    plain = by_plain_key(value)
    for key in load_keys().values[kind]:
        if key in plain:
            yield plain[key]
    if len(value) == 1:
        yield from value.values()
