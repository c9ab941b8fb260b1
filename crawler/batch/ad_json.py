"""A JobAd as one JSON object and back, checked field by field.

``from_plain`` reads any frozen record of ours by the types that it declares. It is for what this very program wrote,
such as a journal; what comes from outside is checked field by field.
"""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from functools import cache
from itertools import repeat
from operator import attrgetter
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from unicodedata import normalize

from crawler.ad import Contact, JobAd, PageRef, Salary, derive_ad_id

FIELDS = tuple(JobAd.__dataclass_fields__)
_values = attrgetter(*FIELDS)
COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
PERIODS = ("hour", "day", "week", "month", "year")


class BadField(ValueError):
    """Raised when one field of a record is not what the contract says, from ``ad_from_record``; the caller knows the
    file and the line."""


class UnknownField(BadField):
    """Raised when a record has a field that an ad has not, from ``ad_from_record``; some callers can pass over it."""


def ad_to_record(ad: JobAd) -> dict[str, Any]:
    """The ad as a JSON object: fields in their order, absent ones left out, dates in ISO 8601."""
    return {
        name: value if isinstance(value, str) else _plain(value)
        for name, value in zip(FIELDS, _values(ad), strict=True)
        if value is not None and value != ()
    }


def ad_from_record(
    record: Mapping[str, object], *, source: str, seen_at: datetime, ignore_unknown: bool = False
) -> JobAd:
    """The ad that a JSON object holds; ``source`` and ``seen_at`` stand in where it has none, and an ad without an id
    gets one from its text. Raises ``BadField`` naming the field, what was found and what was expected."""
    unknown = None if ignore_unknown else next((name for name in record if name not in FIELDS), None)
    if unknown is not None:
        raise UnknownField(f"unknown field {with_hint(unknown)}")
    given = {name: record[name] for name in FIELDS if record.get(name) not in (None, "")}
    values: dict[str, Any] = {"title": "", "description": ""}
    values |= {name: READERS.get(name, _read_text)(name, value) for name, value in given.items()}
    if not values["title"].strip() and not values["description"].strip():
        raise BadField("expected a title or a description, found neither")
    values.setdefault("source", source)
    values.setdefault("seen_at", seen_at)
    if "ad_id" not in values:
        values["ad_id"] = derive_ad_id(values["source"], values["title"], values["description"])
    return JobAd(**values)


def with_hint(name: str) -> str:
    """An unknown name, and the field that may be meant."""
    near = get_close_matches(name.strip().lower(), FIELDS, n=1)
    return f"{name!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(each) for each in value]
        case Salary() | Contact() | PageRef():
            names = type(value).__dataclass_fields__
            return {name: each for name in names if (each := getattr(value, name)) is not None}
        case _:
            return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadField(f"field {name!r}: expected text, found {_kind(value)}")
    return normalize("NFC", value)


def _read_text(name: str, value: object) -> object:
    text = _text(name, value)
    if name not in EXPECTED:
        return text
    try:
        match name:
            case "seen_at" if (moment := datetime.fromisoformat(text)).tzinfo:
                return moment.astimezone(UTC)
            case "date_posted" | "valid_through":
                return datetime.fromisoformat(text).date()
            case "country" if COUNTRY.fullmatch(text):
                return text.upper()
            case "language" if LANGUAGE.fullmatch(text):
                return text
    except (ValueError, OverflowError):
        pass
    raise BadField(f"field {name!r}: expected {EXPECTED[name]}, found {text[:40]!r}")


EXPECTED = {
    "seen_at": "a moment as 2026-11-02T20:15:00Z",
    "date_posted": "a date as 2026-11-02",
    "valid_through": "a date as 2026-11-02",
    "country": "two letters of ISO 3166-1 as 'VN'",
    "language": "a BCP 47 tag as 'vi' or 'zh-Hant'",
}


def _salary(name: str, value: object) -> Salary | None:
    if isinstance(value, str):
        return Salary(raw=_text(name, value)) if value.strip() else None
    parts = _object(name, value, Salary)
    if parts.get("period") not in (None, *PERIODS):
        raise BadField(f"field '{name}.period': expected one of {', '.join(PERIODS)}, found {parts['period'][:40]!r}")
    return Salary(**parts) if parts else None


def _contacts(name: str, value: object) -> tuple[Contact, ...]:
    if not isinstance(value, list):
        raise BadField(f"field {name!r}: expected a list of objects with kind and value, found {_kind(value)}")
    return tuple(Contact(**_object(f"{name}[{number}]", each, Contact)) for number, each in enumerate(value))


def _object(name: str, value: object, kind: type[Salary | Contact | PageRef]) -> dict[str, Any]:
    """The parts of a nested object that are there, once each of them is known to belong and none is missing."""
    if not isinstance(value, dict):
        expected = "text or an object" if kind is Salary else "an object"
        raise BadField(f"field {name!r}: expected {expected}, found {_kind(value)}")
    known = tuple(kind.__dataclass_fields__)
    for key in value:
        if key not in known:
            raise BadField(f"unknown field '{name}.{key}'; expected {', '.join(known)}")
    parts = {key: each for key, each in value.items() if each is not None}
    if kind is not Salary and parts.keys() != {*known}:
        expected = f"{', '.join(known[:-1])} and {known[-1]}"
        raise BadField(f"field {name!r}: expected {expected}, found {', '.join(parts) or 'nothing'}")
    readers = {"min": _number, "max": _number, "offset": _offset}
    return {key: readers.get(key, _text)(f"{name}.{key}", each) for key, each in parts.items()}


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadField(f"field {name!r}: expected a number, found {_kind(value)}")
    if not abs(value) <= sys.float_info.max:
        raise BadField(f"field {name!r}: expected a number of ordinary size")
    return float(value)


def _offset(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadField(f"field {name!r}: expected a whole number from 0, found {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


READERS: dict[str, Callable[[str, object], object]] = {
    "base_salary": _salary,
    "contacts": _contacts,
    "page": lambda name, value: PageRef(**_object(name, value, PageRef)),
}


T = TypeVar("T")


def from_plain(kind: type[T], record: Mapping[str, Any]) -> T:
    """The dataclass that a JSON object holds; raises ``TypeError``, ``ValueError`` or ``AttributeError`` where it holds
    something else.

    A field that the object lacks has its default. Understood are nested dataclasses, tuples, sets, mappings, dates,
    moments, paths, and any of these or None.
    """
    hints = _hints(kind)  # type: ignore[arg-type]  # every class of ours can be hashed
    return kind(**{name: _value(declared, record[name]) for name, declared in hints.items() if name in record})


_hints = cache(get_type_hints)


def _value(kind: Any, value: Any) -> Any:
    origin, of = get_origin(kind), get_args(kind)
    if value is None:
        pass
    elif origin in (Union, UnionType):
        inner = [each for each in of if each is not NoneType]
        value = _value(inner[0], value) if len(inner) == 1 else value
    elif origin is tuple:
        value = tuple(_value(*pair) for pair in zip(repeat(of[0]) if of[-1] is ... else of, value, strict=False))
    elif origin is frozenset:
        value = frozenset(_value(of[0], each) for each in value)
    elif origin is Mapping:
        value = {key: _value(of[1], each) for key, each in value.items()}
    elif isinstance(kind, type) and is_dataclass(kind):
        value = from_plain(kind, value)
    elif kind in (date, datetime):
        value = kind.fromisoformat(value)
    elif kind is Path:
        value = Path(value)
    return value
