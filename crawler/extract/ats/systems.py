"""The applicant tracking systems that can be read, from ``systems.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from crawler.extract.lenient_json import Json

__all__ = ["Paging", "Pay", "System", "Text", "load_systems"]

Paths = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One part of an ad's text."""

    body: Paths
    heading: Paths = ()
    each: str | None = None
    """Where a list of such parts lies; the other paths are then those of one entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Where the pay lies."""

    at: Paths
    min: str
    max: str
    currency: str
    period: str = ""
    label: str = ""
    """What the range is called: a region, or the period in some words."""

    scale: float = 1.0
    """What an amount is multiplied with: 0.01 where the system counts in cents."""

    where: Mapping[str, Json] = field(default_factory=dict)
    written: Paths = ()
    """The same pay in words: it stands for the numbers."""

    described: Paths = ()
    """Words around the pay: they stand in where there are no numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """The query keys of a list in pages."""

    offset: str
    limit: str
    asked_for: bool = False
    """Everything comes at once unless the address has the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """How one system answers. See the head of ``systems.toml`` for each part."""

    name: str
    docs: str
    list: str
    key: str
    fields: Mapping[str, Paths]
    places: Paths
    texts: tuple[Text, ...]
    answer: str = "json"
    total: str | None = None
    employer: Paths = ()
    address: str | None = None
    detail: bool = False
    paging: Paging | None = None
    unpublished: Mapping[str, Json] = field(default_factory=dict)
    unpublished_place: Mapping[str, Json] = field(default_factory=dict)
    further_places: Paths = ()
    parts_of_place: Paths = ()
    remote: Mapping[str, Json] = field(default_factory=dict)
    language_from_query: str | None = None
    pay: Pay | None = None


@cache
def load_systems() -> Mapping[str, System]:
    """Every system by its name; read once, because they are part of the program."""
    text = files("crawler.extract.ats").joinpath("systems.toml").read_text("utf-8")
    return {name: _system(name, table) for name, table in tomllib.loads(text).items()}


def _system(name: str, table: dict[str, Any]) -> System:
    texts = tuple(Text(**_settled(part)) for part in table.pop("texts"))
    pay = table.pop("pay", None)
    paging = table.pop("paging", None)
    return System(
        name=name,
        texts=texts,
        pay=Pay(**_settled(pay)) if pay else None,
        paging=Paging(**paging) if paging else None,
        fields=_settled(table.pop("fields")),
        **_settled(table),
    )


def _settled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
