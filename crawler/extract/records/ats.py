"""Answers of applicant tracking systems: ads by listed paths, further pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from crawler.errors import Outcome
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.records.feed import xml_value
from crawler.extract.records.values import first_at, first_line, line_list, places, text_of, values_at
from crawler.extract.structured.json_repair import Json, Unreadable, loads
from crawler.extract.text import decode, distinct, fold, one_line
from crawler.extract.urls import joined
from crawler.files import read_word_list

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
            texts=tuple(Text(**_settled(part)) for part in texts),
            pay=Pay(**_settled(pay)) if pay else None,
            paging=Paging(**paging) if paging else None,
            fields=_settled(fields),
            **_settled(table),
        )
    return systems


def _settled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def says(record: Json, wanted: Mapping[str, Json]) -> bool:
    """True where the record has any of these values at these paths."""
    return any(value in values_at(record, path) for path, value in wanted.items())


_GAP = re.compile(r"\{([\w.]+)\}")
_PLAIN_FIELDS = ("identifier", "date_posted", "valid_through", "country", "apply_url")


def read_record(record: dict[str, Json], system: System, *, url: str, employer: str) -> RawAd:
    """The ad that a record describes; what it does not say is None.

    ``url`` is the address of the answer, ``employer`` who hires unless the record says so itself.
    """
    lines = {name: first_at(record, system.fields.get(name, ())) for name in _PLAIN_FIELDS}
    kinds = [value for path in system.fields.get("employment_type", ()) for value in values_at(record, path)]
    asked = parse_qs(urlsplit(url).query).get(system.language_from_query or "", [None])
    if system.address is None:
        line = first_at(record, system.fields["url"])
        address = joined(url, line) if line else None
        address = address if address and address.startswith(("http://", "https://")) else None
    else:
        # One that is put together must have all its parts.
        origin = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        gaps = {name: origin if name == "origin" else first_at(record, [name]) for name in _GAP.findall(system.address)}
        address = _GAP.sub(lambda gap: str(gaps[gap[1]]), system.address) if all(gaps.values()) else None
    texts: list[str] = []
    for part in system.texts:
        for node in values_at(record, part.each) if part.each else [record]:
            stated = (text_of(value) for path in part.body for value in values_at(node, path))
            if text := next(filter(None, stated), None):
                heading = first_at(node, part.heading)
                texts.append(f"{heading}\n{text}" if heading else text)
    return RawAd(
        **lines,
        title=first_at(record, system.fields["title"]),
        description="\n\n".join(texts) or None,
        url=address,
        hiring_organization=first_at(record, system.fields.get("hiring_organization", ())) or employer,
        job_location=_places(record, system),
        base_salary=_pay(record, system.pay) if system.pay else None,
        employment_type=", ".join(distinct(line for value in kinds for line in line_list(value))) or None,
        language=first_at(record, system.fields.get("language", ())) or asked[0],
        reader="api",
    )


def _places(record: Json, system: System) -> str | None:
    """Every place that the ad is shown with; work from home where there is none."""
    for path in system.places:
        values = [value for each in (path, *system.further_places) for value in values_at(record, each)]
        shown = [value for value in values if not says(value, system.unpublished_place)]
        for number, value in enumerate(shown):
            if isinstance(value, dict):
                # A two-letter code is no word of the ad's; it goes to the country alone.
                named = {key: part for key, part in value.items() if len(str(part)) != 2 or not str(part).isascii()}
                shown[number] = named
        if found := distinct(map(places, shown)):
            return "; ".join(found)
    if any(says(place, system.unpublished_place) for path in system.places for place in values_at(record, path)):
        return None
    if parts := distinct(first_at(record, [part]) for part in system.parts_of_place):
        return ", ".join(parts)
    is_remote = bool(system.remote) and system.remote["value"] in values_at(record, str(system.remote["path"]))
    return "Remote" if is_remote else None


def _pay(record: Json, pay: Pay) -> RawSalary | None:
    """The pay: over several ranges of one currency and period, from the least to the most."""
    amounts = (
        [
            item
            for item in values_at(record, path)
            if isinstance(item, dict)
            and any(_number(item.get(key), pay.scale) for key in (pay.min, pay.max))
            and (not pay.where or says(item, pay.where))
        ]
        for path in pay.at
    )
    if not (chosen := next(filter(None, amounts), [])):
        words = first_at(record, pay.described)
        return RawSalary(raw=words) if words else None
    ranges: list[RawSalary] = []
    for amount in chosen:
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
    if scale == 1 or not line.replace(".", "", 1).isdecimal():
        return line
    return f"{float(line) * scale:.2f}".removesuffix(".00")


def _extreme(numbers: list[str | None], *, least: bool) -> str | None:
    given = list(filter(None, numbers))
    try:
        return (min if least else max)(given, key=float, default=None)
    except ValueError:  # written in some other way: the first is as good as any, and all of them stand in ``raw``
        return given[0]


_MOST_ENTRIES = 50_000
_ERROR_KEYS = ("error", "errors.message", "errors", "message", "errorMessage", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One ad of a list."""

    key: str
    """The system's own for it; the same one again on a later page says that the list is at its end."""

    raw: RawAd
    detail: str | None = None
    """The address of its text, where the list does not hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one answer holds. Without entries, ``failure`` says why where that is not as it should be."""

    entries: tuple[Entry, ...] = ()
    total: int | None = None
    """How many ads the system says there are."""

    following: str | None = None
    """The address of the next page of the list."""

    notes: tuple[str, ...] = ()
    """What was left out or repaired, for the ledger."""

    failure: str | None = None

    def detail(self, new: int) -> str:
        """What the ledger says of the list, of whose ads so many were ``new``."""
        count = f"{len(self.entries)} ads" + (f" of {self.total}" if self.total is not None else "")
        return "; ".join([count, *([] if new or not self.entries else ["none of them new"]), *self.notes])


def read_answer(body: bytes, system: System, *, url: str, employer: str) -> Answer:
    """The ads of a list in its order; never raises: what is no list at all is a failure with its reason."""
    value, notes, failure = _value(body, system)
    if failure is not None:
        return Answer(failure=failure)
    found = _list_in(value, system)
    if found is None:
        expected = f"a list of ads under {system.list!r}" if system.list else "a list of ads"
        stated = _stated(value)
        return Answer(failure=f"the API says: {stated}" if stated else f"expected {expected}, found none")
    employer = first_at(value, system.employer) or employer
    parts = urlsplit(url)
    entries: list[Entry] = []
    left_out: dict[str, list[str]] = {}
    for number, record in enumerate(found[:_MOST_ENTRIES], 1):
        reason = _why_left_out(record, system)
        if reason is None and isinstance(record, dict):
            raw = read_record(record, system, url=url, employer=employer)
            key = first_at(record, [system.key])
            path = f"{parts.path.rstrip('/')}/{quote(key or '', safe='')}"
            detail = urlunsplit((parts.scheme, parts.netloc, path, "", "")) if key and system.detail else None
            entries.append(Entry(key=key or f"{raw.identifier} {raw.url}", raw=raw, detail=detail))
        else:
            key = first_at(record, [system.key]) if isinstance(record, dict) else None
            left_out.setdefault(reason or "", []).append(key or f"number {number}")
    if len(found) > _MOST_ENTRIES:
        notes = (*notes, f"{len(found)} entries, at most {_MOST_ENTRIES} are read")
    total = _whole_number(first_at(value, [system.total]) if system.total else None)
    for reason, keys in left_out.items():
        named = ", ".join(keys[:10]) + (", …" if len(keys) > 10 else "")
        notes = (*notes, f"{len(keys)} left out, {reason}: {named}")
    following = _following(url, system, len(found), total)
    return Answer(entries=tuple(entries), total=total, following=following, notes=notes)


def read_detail(body: bytes, system: System, *, url: str, employer: str) -> tuple[RawAd | None, Outcome, str]:
    """The ad behind an address of its own, the address's outcome and what is to be said of it. Never raises."""
    value, notes, failure = _value(body, system)
    if failure is not None:
        return None, "failed", failure
    reason = _why_left_out(value, system)
    if isinstance(value, dict) and reason is None:
        return read_record(value, system, url=url, employer=employer), "ad", "; ".join(notes)
    if isinstance(value, dict) and says(value, system.unpublished):
        return None, "not_an_ad", reason or ""
    return None, "failed", f"the API says: {_stated(value)}" if _stated(value) else reason or ""


def _value(body: bytes, system: System) -> tuple[Json, tuple[str, ...], str | None]:
    """The answer's value and what had to be repaired; or why it is none."""
    try:
        if system.answer == "xml":
            return *xml_value(body), None
        text = decode(body)
        start = text.lstrip("\ufeff \t\r\n")[:1]
        if start not in {"{", "["}:
            found = "markup" if start == "<" else "something else" if start else "nothing"
            return None, (), f"expected JSON, found {found}"
        value, repaired = loads(text)
    except Unreadable as err:
        return None, (), str(err)
    return value, ("the JSON was broken and has been repaired",) if repaired else (), None


def _list_in(value: Json, system: System) -> list[Json] | None:
    """The list where it belongs; an empty one where there is nothing in a thing that has a place for it."""
    if not system.list:
        return value if isinstance(value, list) else None
    if not isinstance(value, dict) or system.list not in value:
        # An XML list without entries has nothing in it.
        return [] if system.answer == "xml" and value == "" else None
    below = value[system.list]
    if below is None:
        return []
    # One entry of an XML list is no list.
    return below if isinstance(below, list) else [below] if system.answer == "xml" and below else None


def _stated(value: Json) -> str | None:
    """What an answer says of itself where it is an error."""
    line = first_at(value, _ERROR_KEYS) if isinstance(value, dict) else None
    return one_line(line)[:200] if line else None


def _why_left_out(record: Json, system: System) -> str | None:
    if not isinstance(record, dict):
        return "not a record"
    if says(record, system.unpublished):
        return "not shown to everybody"
    if first_at(record, system.fields["title"]) is None and not any(
        values_at(record, part.each or part.body[0]) for part in system.texts
    ):
        return "without title and text"
    return None


def _following(url: str, system: System, count: int, total: int | None) -> str | None:
    """The next page, if there can be one; the reader stops anyway at a page that brings nothing new."""
    paging = system.paging
    if paging is None or not count:
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if paging.asked_for and not _whole_number(query.get(paging.limit)):
        return None
    reached = (_whole_number(query.get(paging.offset)) or 0) + count
    if total is not None and reached >= total:
        return None
    query[paging.offset] = str(reached)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
