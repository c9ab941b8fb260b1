"""Ads as records of an API, a feed or a page's embedded state: dictionaries whose keys everybody names differently."""

from collections.abc import Iterator, Mapping

from crawler.extract.raw import RawAd, Reader
from crawler.extract.records.values import (
    Record,
    by_plain_key,
    find_at,
    first_line,
    line_list,
    load_keys,
    organisation,
    places,
    plain_key,
    salary,
    text_of,
)
from crawler.extract.structured.json_repair import Json
from crawler.extract.text import first_present

__all__ = ["find_records", "is_teaser_record", "record_to_raw"]

_MOST_NODES = 300_000
_LEVELS_BELOW = 2
_TELLING = ("hiring_organization", "job_location", "employment_type", "base_salary", "valid_through", "apply_url")
"""What only a vacancy has."""


def find_records(value: Json) -> Iterator[Record]:
    """Every dictionary that describes a vacancy, outermost first, in order. Iterative and bounded."""
    elsewhere = load_keys().elsewhere
    waiting: list[Json] = [value]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting += [entry for entry in reversed(node) if isinstance(entry, (dict, list))]
        elif isinstance(node, dict) and is_record(node):
            yield node
        elif isinstance(node, dict):
            waiting += [
                below
                for key, below in reversed(node.items())
                if isinstance(below, (dict, list)) and plain_key(key) not in elsewhere
            ]


def is_record(node: Record) -> bool:
    """Whether this is one vacancy: a title, a text or an address, and something that only a vacancy has."""
    if _dialect(node) is not None:
        return True
    fields = _fields(node)
    title = first_line(fields.get("title"))
    if not title or len(title) > 300:
        return False
    has_text = isinstance(fields.get("description"), (str, dict, list)) and bool(text_of(fields.get("description")))
    return (has_text or bool(first_line(fields.get("url")))) and any(name in fields for name in _TELLING)


def is_teaser_record(node: Record) -> bool:
    """Whether this is a vacancy told in short, as lists have it: a title, a name of its own, two things more."""
    fields = _fields(node)
    title = first_line(fields.get("title"))
    told = [name for name in (*_TELLING, "date_posted") if first_line(fields.get(name))]
    return bool(title and len(title) <= 300 and first_line(fields.get("identifier"))) and (
        len(told) > 1 and any(name in _TELLING for name in told)
    )


def record_to_raw(record: Record, reader: Reader, *, language: str | None = None) -> RawAd:
    """The ad that a record describes; what it does not say is None."""
    dialect = _dialect(record)
    if dialect is not None:
        return _from_dialect(record, dialect, reader)
    fields = _fields(record)
    url = first_line(fields.get("url"))
    employment = fields.get("employment_type") or _below(record, "employment_type")
    return RawAd(
        title=first_line(fields.get("title")),
        description=_longest_text(record),
        url=url if url and url.startswith(("http://", "https://", "/")) else None,
        identifier=first_line(fields.get("identifier")),
        date_posted=first_line(fields.get("date_posted")),
        valid_through=first_line(fields.get("valid_through")),
        hiring_organization=organisation(fields.get("hiring_organization")),
        job_location=places(fields.get("job_location")),
        country=first_line(fields.get("country")),
        base_salary=salary(fields.get("base_salary"), by_plain_key(record)),
        company_profile=text_of(fields.get("company_profile")),
        employment_type=", ".join(line_list(employment)) or None,
        apply_url=first_line(fields.get("apply_url") or _below(record, "apply_url")),
        contact="; ".join(line_list(fields.get("contact"))) or None,
        language=first_present(first_line(fields.get("language")), language),
        reader=reader,
    )


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
        present = [plain[key] for key in keys if key in plain]
        if present:
            fields[name] = next((value for value in present if value not in (None, "", [], {})), present[0])
    return fields


def _below(record: Record, name: str) -> Json:
    """What stands under one of the field's keys in a thing inside the record, such as ``parameters``."""
    names = load_keys()
    inside = [dict(record)]
    for _ in range(_LEVELS_BELOW):
        inside = [
            below
            for node in inside
            for key, below in node.items()
            if isinstance(below, dict) and plain_key(key) not in names.elsewhere and not is_record(below)
        ]
        for node in inside:
            plain = by_plain_key(node)
            found = next((plain[key] for key in names.fields[name] if plain.get(key)), None)
            if found:
                return found
    return None


def _dialect(record: Record) -> Mapping[str, tuple[str, ...]] | None:
    return next((one.paths for one in load_keys().dialects if find_at(dict(record), one.when)), None)


def _from_dialect(record: Record, paths: Mapping[str, tuple[str, ...]], reader: Reader) -> RawAd:
    whole = dict(record)

    def line(name: str) -> str | None:
        found = (first_line(text) for path in paths.get(name, ()) for text in find_at(whole, path))
        return next((text for text in found if text), None)

    texts = [text_of(text) for path in paths.get("description", ()) for text in find_at(whole, path)]
    contacts = [first_line(text) for path in paths.get("contact", ()) for text in find_at(whole, path)]
    urls = (first_line(text) for path in paths.get("url", ()) for text in find_at(whole, path))
    url = next((text for text in urls if text and text.startswith(("http://", "https://"))), None)
    return RawAd(
        title=line("title"),
        description="\n\n".join(text for text in texts if text and text != url) or None,
        url=url,
        identifier=line("identifier"),
        date_posted=line("date_posted"),
        valid_through=line("valid_through"),
        hiring_organization=line("hiring_organization"),
        job_location=line("job_location"),
        country=line("country"),
        contact="; ".join(text for text in contacts if text) or None,
        reader=reader,
    )
