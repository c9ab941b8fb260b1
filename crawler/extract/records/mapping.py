"""Ads as records whose keys every API, feed and page names differently."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from crawler.extract.fields.countries import country_in_place, read_employment
from crawler.extract.raw import RawAd, Reader
from crawler.extract.records.values import (
    Record,
    by_plain_key,
    first_line,
    line_list,
    load_keys,
    moment,
    organisation,
    places,
    plain_key,
    salary,
    text_of,
    values_at,
)
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import fold, present, weight

_MOST_PAIRS = 100
_SHORT_TEXT = "text"
"""A title, where the record has another text."""

_IS_ADDRESS = re.compile(r"(?:https?://|/)\S{1,2000}")
_EMPLOYER, _ADDRESS = "hiringorganization", "loc"
_FIELD_OF = {_EMPLOYER: "hiring_organization", _ADDRESS: ""}
_IS_KEY = re.compile(r"[A-Za-z][\w .-]{1,40}")
_ANY_TITLES = frozenset({"name", "subject", "heading", "headline", "position", "role"})
"""Keys of titles that things of any kind have."""

_HEADED = re.compile(r"^[^|\n]{2,80}(?:\s\|\s[^|\n]{2,120}){2,}")
"""How a post that is a vacancy begins: ``Acme | Baker | Hue | Full time``."""

VACANCY_FIELDS = ("hiring_organization", "job_location", "employment_type", "base_salary", "valid_through", "apply_url")
"""What only a vacancy has."""

_LINES_OF_DIALECTS = (
    "title", "identifier", "date_posted", "valid_through", "hiring_organization", "job_location", "country"
)  # fmt: skip


def find_records(value: Json) -> Iterator[Record]:
    """Every dictionary that describes a vacancy, outermost first, in order. Iterative and bounded.

    What stands beside a list of vacancies may say whose they are, and what they name elsewhere in the same answer is
    put in its place.
    """
    keys = load_keys()
    # What a JSON:API answer holds beside its data, by type and id.
    listed = value.get("included") if isinstance(value, dict) else None
    things = [thing for thing in listed[:5_000] if isinstance(thing, dict)] if isinstance(listed, list) else []
    included: dict[tuple[str, str], Record] = {
        (str(thing.get("type")), str(thing.get("id"))): thing for thing in things
    }
    waiting: list[tuple[Json, dict[str, Json], bool]] = [(value, {}, False)]
    for _ in range(300_000):
        if not waiting:
            return
        node, beside, in_list = waiting.pop()
        if isinstance(node, list):
            waiting += [(entry, beside, in_list) for entry in reversed(node) if isinstance(entry, (dict, list))]
            continue
        whole = _assembled(node, included) if isinstance(node, dict) else {}
        is_record = _is_record(whole)
        if in_list and not is_record and not first_line(_fields(whole).get("title")):
            # An entry of a list of vacancies may be a text without a title, as people post it.
            is_record = weight(_longest_text(whole) or "") >= 40
        if is_record:
            yield {key: value for key, value in beside.items() if _FIELD_OF[key] not in _fields(whole)} | dict(whole)
            continue

        # Whose vacancies the ones below are, and the address of the page that a sitemap's entry is about.
        plain = by_plain_key(whole)
        strong = (key for key in keys.fields["hiring_organization"] if key in plain and key not in keys.weak)
        named = next((plain[key] for key in strong if isinstance(plain[key], (str, dict))), None)
        has_list = any(isinstance(plain.get(key), list) for key in keys.lists)
        employer = organisation(named) if named else first_line(plain.get("name")) if has_list else None
        stated = {_ADDRESS: plain[_ADDRESS]} if isinstance(plain.get(_ADDRESS), str) else {}
        beside = {**beside, **stated, **({_EMPLOYER: employer} if employer else {})}
        waiting += [
            (below, beside, plain_key(key) in keys.lists)
            for key, below in reversed(list(whole.items()))
            if isinstance(below, (dict, list)) and plain_key(key) not in keys.elsewhere
        ]


def _assembled(node: Record, included: Mapping[tuple[str, str], Record]) -> Record:
    """The record with what a general form keeps apart: attributes, related things, pairs of a name and a value."""
    attributes, related = node.get("attributes"), node.get("relationships")
    whole = dict(node)
    if isinstance(attributes, dict):
        whole = {key: below for key, below in node.items() if key not in {"attributes", "relationships"}} | attributes
        whole.setdefault("id", node.get("id"))
    for name, relation in related.items() if isinstance(related, dict) and isinstance(attributes, dict) else ():
        data = relation.get("data") if isinstance(relation, dict) else None
        named = [each for each in (data if isinstance(data, list) else [data]) if isinstance(each, dict)]
        things = [included.get((str(each.get("type")), str(each.get("id"))), {}) for each in named[:_MOST_PAIRS]]
        attributes_of = [thing["attributes"] for thing in things if isinstance(thing.get("attributes"), dict)]
        if attributes_of:
            whole.setdefault(name, attributes_of if isinstance(data, list) else attributes_of[0])
    keys = load_keys().values
    lists = (below for below in list(whole.values()) if isinstance(below, list) and len(below) <= _MOST_PAIRS)
    for entry in chain.from_iterable(lists):
        pair = entry if isinstance(entry, dict) and len(entry) <= 6 else {}
        label = next((found for key in keys["pair_name"] if isinstance(found := pair.get(key), str)), "")
        value = next((pair[key] for key in keys["pair_value"] if pair.get(key)), None)
        if value not in (None, label) and _IS_KEY.fullmatch(label):
            whole.setdefault(label, value)
    return whole


def _is_record(node: Record) -> bool:
    """Whether this is one vacancy: a title, a text or an address, and something that only a vacancy has."""
    if _dialect(node) is not None:
        return True
    if not _may_be_ad(node):
        return False
    fields = _fields(node)
    title = first_line(fields.get("title"))
    if not title or len(title) > 300:
        return False
    keys = load_keys()
    plain = by_plain_key(node)
    # The title's key is one that only a vacancy has, or says no more than that.
    is_sure = any(key in plain for key in keys.fields["title"] if key not in _ANY_TITLES)
    distinctive = [
        name
        for name in VACANCY_FIELDS
        if any(key in plain and (is_sure or key not in keys.weak) for key in keys.fields[name])
    ]
    if not distinctive:
        return False
    if text_of(fields.get("description")) or _address(node):
        return True
    is_dated = bool(first_line(fields.get("date_posted")))
    return is_sure and len(distinctive) + is_dated > 1 and bool(first_line(fields.get("identifier")))


def is_teaser_record(node: Record) -> bool:
    """Whether this is a vacancy told in short, as lists have it: a title, a name of its own, two things more."""
    if not _may_be_ad(node):
        return False
    fields = _fields(node)
    title = first_line(fields.get("title"))
    distinctive = [name for name in (*VACANCY_FIELDS, "date_posted") if first_line(fields.get(name))]
    return bool(title and len(title) <= 300 and first_line(fields.get("identifier"))) and (
        len(distinctive) > 1 and any(name in VACANCY_FIELDS for name in distinctive)
    )


def record_to_raw(record: Record, reader: Reader, *, language: str | None = None) -> RawAd:
    """The ad that a record describes; what it does not say is None."""
    if (dialect := _dialect(record)) is not None:
        return _from_dialect(dict(record), dialect, reader)
    fields, plain = _fields(record), by_plain_key(record)
    # How one is employed, in a word that says it: a "type" may be of anything.
    kinds = [plain[key] for key in load_keys().fields["employment_type"] if plain.get(key)]
    kinds = kinds or [below for below in [_below(record, "employment_type")] if below]
    labels = [label for value in kinds if (label := ", ".join(line_list(value)))]
    stated = (label for label in (*labels, first_line(plain.get("type"))) if label)
    known = (label for label in stated if read_employment(label) != label)
    raw = RawAd(
        title=first_line(fields.get("title")),
        description=_whole_text(record),
        url=_address(record),
        identifier=first_line(fields.get("identifier")),
        date_posted=moment(fields.get("date_posted") or _below(record, "date_posted")),
        valid_through=moment(fields.get("valid_through") or _below(record, "valid_through")),
        hiring_organization=organisation(fields.get("hiring_organization")),
        job_location=places(fields.get("job_location") or _below(record, "job_location")),
        country=first_line(fields.get("country")),
        base_salary=salary(fields.get("base_salary") or _below(record, "base_salary"), plain),
        company_profile=text_of(fields.get("company_profile")),
        employment_type=next(known, next(iter(labels), None)),
        apply_url=first_line(fields.get("apply_url") or _below(record, "apply_url")),
        contact="; ".join(line_list(fields.get("contact"))) or None,
        language=first_line(fields.get("language")) or language,
        reader=reader,
    )
    head = None if raw.title else _HEADED.match(raw.description or "")
    if head is None:
        return raw
    # A post without a title whose first line has the facts between bars: who hires first, whom next.
    parts = [part.strip() for part in head[0].split(" | ")]
    place = next((part for part in parts[2:] if country_in_place(part)), None)
    return replace(
        raw,
        title=present(parts[1]),
        hiring_organization=raw.hiring_organization or present(parts[0]),
        job_location=raw.job_location or place,
    )


def _address(record: Record) -> str | None:
    """The first of the record's addresses that is one."""
    plain = by_plain_key(record)
    links = plain.get("links")
    named = [plain, by_plain_key(links)] if isinstance(links, dict) else [plain]
    keys = (_ADDRESS, *load_keys().fields["url"])
    lines = (first_line(place[key]) for place in named for key in keys if place.get(key))
    return next((line for line in lines if line and _IS_ADDRESS.fullmatch(line)), None)


def _whole_text(record: Record) -> str | None:
    """The ad's text and the parts of it that the record keeps beside it."""
    text = _longest_text(record)
    plain = by_plain_key(record)
    folded_text = fold(text or "")
    for key in load_keys().parts if text else ():
        part = text_of(plain[key]) if plain.get(key) else None
        folded = fold(part or "")
        if part and len(folded) >= 20 and folded[:60] not in folded_text:
            text, folded_text = f"{text}\n\n{part}", folded_text + folded
    return text


def _may_be_ad(node: Record) -> bool:
    """False for the many things in a page's data that have no title, or little else."""
    titles = (*load_keys().fields["title"], _SHORT_TEXT)
    return len(node) > 2 and any(plain_key(key) in titles for key in node)


def _longest_text(record: Record) -> str | None:
    """The fullest of the texts that may be the ad's: a feed has a summary and a content, in either order."""
    plain = by_plain_key(record)
    texts = [text_of(plain[key]) for key in load_keys().fields["description"] if key in plain]
    return max((text for text in texts if text), key=len, default=None)


def _fields(record: Record) -> dict[str, Json]:
    """Field to value: of the keys that may hold it the first that says something, else the first that is there."""
    plain = by_plain_key(record)
    fields: dict[str, Json] = {}
    for name, keys in load_keys().fields.items():
        there = [plain[key] for key in keys if key in plain]
        if there:
            fields[name] = next((value for value in there if value not in (None, "", [], {})), there[0])
    short = plain.get(_SHORT_TEXT)
    if "title" not in fields and isinstance(short, str) and len(short) <= 150:
        texts = [key for key in load_keys().fields["description"] if plain.get(key)]
        if len(texts) > 1:
            fields["title"] = short
    return fields


def _below(record: Record, name: str) -> Json:
    """What stands under one of the field's keys in a thing inside the record, such as ``parameters``."""
    names = load_keys()
    outside = names.elsewhere.difference(names.values["inside"])
    inside = [dict(record)]
    for _ in range(2):
        inside = [
            below
            for node in inside
            for key, below in node.items()
            if isinstance(below, dict) and plain_key(key) not in outside and not _is_record(below)
        ]
        for node in inside:
            plain = by_plain_key(node)
            found = next((plain[key] for key in names.fields[name] if plain.get(key)), None)
            if found:
                return found
    return None


def _dialect(record: Record) -> Mapping[str, list[str]] | None:
    return next((dialect for dialect in load_keys().dialects if values_at(dict(record), dialect["when"])), None)


def _from_dialect(record: dict[str, Json], paths: Mapping[str, list[str]], reader: Reader) -> RawAd:
    found = {
        name: [value for path in paths.get(name, ()) for value in values_at(record, path)]
        for name in (*_LINES_OF_DIALECTS, "url", "contact", "description")
    }
    lines = {name: [line for value in values if (line := first_line(value))] for name, values in found.items()}
    url = next((line for line in lines["url"] if line.startswith(("http://", "https://"))), None)
    texts = [text for value in found["description"] if (text := text_of(value)) and text != url]
    return RawAd(
        **{name: next(iter(lines[name]), None) for name in _LINES_OF_DIALECTS},
        base_salary=None,
        description="\n\n".join(texts) or None,
        url=url,
        contact="; ".join(lines["contact"]) or None,
        reader=reader,
    )
