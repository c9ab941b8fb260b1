"""One ad of an applicant tracking system's answer, by listed paths."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.records.values import first_line, line_list, places, text_of
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import distinct, fold
from crawler.extract.urls import joined
from crawler.files import read_word_list

__all__ = [
    "Paging",
    "Pay",
    "System",
    "Text",
    "first_at",
    "group_openings",
    "join_openings",
    "load_systems",
    "read_record",
    "says",
    "values_at",
]

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


def says(record: Json, wanted: Mapping[str, Json]) -> bool:
    """True where the record has any of these values at these paths."""
    return any(value in values_at(record, path) for path, value in wanted.items())


def _entries(values: list[Json]) -> list[Json]:
    flat: list[Json] = []
    for value in values:
        flat += value if isinstance(value, list) else [value]
    return [entry for entry in flat[:_MOST] if entry is not None]


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
    """How one system answers. See the head of ``ats_systems.toml`` for each part."""

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
    systems: dict[str, System] = {}
    for name, table in read_word_list("ats_systems").items():
        texts, fields = table.pop("texts"), table.pop("fields")
        pay, paging = table.pop("pay", None), table.pop("paging", None)
        systems[name] = System(
            name=name,
            texts=tuple(Text(**_settled(part)) for part in texts),
            pay=Pay(**_settled(pay)) if pay else None,
            paging=Paging(**paging) if paging else None,
            fields=_settled(fields),
            **_settled(table),
        )
    return systems


def _settled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


_GAP = re.compile(r"\{([\w.]+)\}")
_PLAIN_FIELDS = ("identifier", "date_posted", "valid_through", "country", "apply_url")


def read_record(record: dict[str, Json], system: System, *, url: str, employer: str) -> RawAd:
    """The ad that a record describes; what it does not say is None.

    ``url`` is the address of the answer, ``employer`` who hires unless the record says so itself.
    """
    lines = {name: first_at(record, system.fields.get(name, ())) for name in _PLAIN_FIELDS}
    kinds = [value for path in system.fields.get("employment_type", ()) for value in values_at(record, path)]
    asked = parse_qs(urlsplit(url).query).get(system.language_from_query or "", [None])
    return RawAd(
        **lines,
        title=first_at(record, system.fields["title"]),
        description=_text(record, system.texts),
        url=_address(record, system, url),
        hiring_organization=first_at(record, system.fields.get("hiring_organization", ())) or employer,
        job_location=_places(record, system),
        base_salary=_pay(record, system.pay) if system.pay else None,
        employment_type=", ".join(distinct(line for value in kinds for line in line_list(value))) or None,
        language=first_at(record, system.fields.get("language", ())) or asked[0],
        reader="api",
    )


def _text(record: Json, parts: tuple[Text, ...]) -> str | None:
    found: list[str] = []
    for part in parts:
        for node in values_at(record, part.each) if part.each else [record]:
            texts = (text_of(value) for path in part.body for value in values_at(node, path))
            if text := next(filter(None, texts), None):
                heading = first_at(node, part.heading)
                found.append(f"{heading}\n{text}" if heading else text)
    return "\n\n".join(found) or None


def _address(record: Json, system: System, url: str) -> str | None:
    """The ad's own page. One that is put together must have all its parts."""
    if system.address is None:
        line = first_at(record, system.fields["url"])
        address = joined(url, line) if line else None
        return address if address and address.startswith(("http://", "https://")) else None
    parts = urlsplit(url)
    known = {"origin": f"{parts.scheme}://{parts.netloc}"}
    gaps = {name: known.get(name) or first_at(record, [name]) for name in _GAP.findall(system.address)}
    return _GAP.sub(lambda gap: str(gaps[gap[1]]), system.address) if all(gaps.values()) else None


def _places(record: Json, system: System) -> str | None:
    """Every place that the ad is shown with; work from home where there is none."""
    for path in system.places:
        found = distinct(_places_at(record, (path, *system.further_places), system))
        if found:
            return "; ".join(found)
    if any(says(place, system.unpublished_place) for path in system.places for place in values_at(record, path)):
        return None
    parts = [line for part in system.parts_of_place if (line := first_at(record, [part]))]
    if parts:
        return ", ".join(distinct(parts))
    is_remote = bool(system.remote) and system.remote["value"] in values_at(record, str(system.remote["path"]))
    return "Remote" if is_remote else None


def _places_at(record: Json, paths: tuple[str, ...], system: System) -> Iterator[str]:
    for path in paths:
        for value in values_at(record, path):
            if not says(value, system.unpublished_place):
                # A two-letter code is no word of the ad's; it goes to the country alone.
                parts = value.items() if isinstance(value, dict) else ()
                named = {key: below for key, below in parts if len(str(below)) != 2 or not str(below).isascii()}
                if place := places(named if isinstance(value, dict) else value):
                    yield place


def _pay(record: Json, pay: Pay) -> RawSalary | None:
    """The pay: over several ranges of one currency and period, from the least to the most."""
    amounts: list[dict[str, Json]] = []
    for path in pay.at:
        found = [item for item in values_at(record, path) if isinstance(item, dict)]
        amounts = amounts or [
            match
            for match in found
            if any(_number(match.get(key), pay.scale) for key in (pay.min, pay.max))
            and (not pay.where or says(match, pay.where))
        ]
    if not amounts:
        words = first_at(record, pay.described)
        return RawSalary(raw=words) if words else None
    ranges: list[RawSalary] = []
    for amount in amounts:
        low, high = _number(amount.get(pay.min), pay.scale), _number(amount.get(pay.max), pay.scale)
        currency, period = first_line(amount.get(pay.currency)), first_line(amount.get(pay.period))
        numbers = " - ".join(dict.fromkeys(item for item in (low, high) if item))
        parts = (numbers, currency, period, first_line(amount.get(pay.label)))
        line = " ".join(part for part in parts if part)
        ranges.append(RawSalary(min=low, max=high, currency=currency, period=period, raw=line))
    raw = first_at(record, pay.written) or "; ".join(distinct(range_.raw for range_ in ranges)) or None
    if len({range_.currency for range_ in ranges}) > 1 or len({range_.period for range_ in ranges}) > 1:
        return RawSalary(raw=raw)
    return RawSalary(
        min=_extreme([range_.min for range_ in ranges], least=True),
        max=_extreme([range_.max for range_ in ranges], least=False),
        currency=ranges[0].currency,
        period=ranges[0].period,
        raw=raw,
    )


def _number(value: Json, scale: float) -> str | None:
    line = first_line(value)
    if line is None or fold(line) in {"0", "0.0", "0.00"}:
        return None
    if scale == 1 or not isinstance(value, int | float):
        return line
    return f"{value * scale:.2f}".removesuffix(".00")


def _extreme(numbers: list[str | None], *, least: bool) -> str | None:
    given = [number for number in numbers if number]
    try:
        return (min if least else max)(given, key=float, default=None)
    except ValueError:  # written in some other way: the first is as good as any, and all of them stand in ``raw``
        return given[0]


_SHORTEST_NAME = 3
"""Characters of a place's name that is looked for in a text."""


def group_openings(ads: Sequence[RawAd]) -> list[list[int]]:
    """The positions of the ads that are one, in the order of each first one.

    Ads are one where title, text, employer and pay are the same; where the system gives them one identifier, the names
    of their own places do not count either. Anything else that differs is an offer of its own.
    """
    groups: list[list[int]] = []
    known: dict[tuple[object, ...], list[int]] = {}
    for number, ad in enumerate(ads):
        pay = ad.base_salary.raw if ad.base_salary else None
        title, text, employer = fold(ad.title or ""), fold(ad.description or ""), fold(ad.hiring_organization or "")
        keys: list[tuple[object, ...]] = []
        if ad.identifier:
            location = ad.job_location or ""
            names = {fold(location), *(fold(name).strip() for name in re.split(r"[;,|/()]", location))}
            longest_first = sorted((name for name in names if len(name) >= _SHORTEST_NAME), key=len, reverse=True)
            places = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
            keys.append((ad.identifier, places.sub("", title).strip(" -–|,()"), places.sub("", text), employer, pay))
        if text:
            keys.append((title, text, employer, pay))
        group = next((known[key] for key in keys if key in known), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(number)
        for key in keys:
            known.setdefault(key, group)
    return groups


def join_openings(ads: Sequence[RawAd]) -> tuple[int, RawAd]:
    """The position of the ad that stands for all, and that ad with the places of all.

    It is the oldest, so that the ad stays the same one when a place is added.
    """

    def age(ad: RawAd) -> tuple[str, int, str, str]:
        identifier = ad.identifier or ""
        return ad.date_posted or "~", len(identifier), identifier, ad.url or ""

    first = min(range(len(ads)), key=lambda number: age(ads[number]))
    ad = ads[first]
    countries = {item.country for item in ads}
    shown = [place for item in ads for place in (item.job_location or "").split("; ")]
    return first, replace(
        ad,
        job_location="; ".join(distinct(shown)) or None,
        country=ad.country or (countries.pop() if len(countries) == 1 else None),
        valid_through=max((item.valid_through for item in ads if item.valid_through), default=None),
    )
