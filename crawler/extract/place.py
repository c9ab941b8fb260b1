"""Where the work is, as a JobPosting says it."""

from collections.abc import Iterable, Mapping

from crawler.extract.lenient_json import Json
from crawler.extract.plain_text import fold
from crawler.extract.schema_org import Node, get, lines, nodes

__all__ = ["join_places", "place_of"]

_MOST_PLACES = 20


def place_of(node: Node, by_id: Mapping[str, Node], employer: str | None) -> tuple[str | None, str | None]:
    """The places in one line and the country as written.

    A place that only repeats the employer's name is a template's mistake and left out. Work from home without a place
    is where the applicants may live, or ``Remote``.
    """
    found = [_place(entry, by_id) for entry in _entries(get(node, "jobLocation", "workLocation", "location"))]
    found = [(place, country) for place, country in found if place and fold(place) != fold(employer or "")]
    country = next((country for _, country in found if country), None)
    place = join_places(place for place, _ in found)
    if place is None:
        remote = lines(get(node, "jobLocationType"), by_id, "name")
        required = lines(get(node, "applicantLocationRequirements"), by_id, "name", "addressCountry")
        if remote or required:
            place = join_places(required) or "Remote"
            country = required[0] if len(required) == 1 else None
    return place, country


def join_places(places: Iterable[str | None]) -> str | None:
    """Several places in one line, each once."""
    distinct: dict[str, str] = {}
    for place in places:
        if place:
            distinct.setdefault(fold(place), place)
    return "; ".join(list(distinct.values())[:_MOST_PLACES]) or None


def _entries(value: Json) -> list[Json]:
    return value[:200] if isinstance(value, list) else [value]


def _place(value: Json, by_id: Mapping[str, Node]) -> tuple[str | None, str | None]:
    """One place and its country; a postal address may be written out, nested, or a plain line."""
    for node in nodes(value, by_id):
        address = get(node, "address", "location")
        for inner in nodes(address, by_id) or ((node,) if address is None else ()):
            place, country = _address(inner, by_id)
            if place:
                return place, country
        written = lines(address, by_id, "name")
        if written:
            return ", ".join(written), next(iter(lines(get(node, "addressCountry"), by_id, "name")), None)
        return next(iter(lines(get(node, "name"), by_id)), None), None
    written = lines(value, by_id)
    return (", ".join(written), None) if written else (None, None)


def _address(node: Node, by_id: Mapping[str, Node]) -> tuple[str | None, str | None]:
    countries = lines(get(node, "addressCountry"), by_id, "name", "alternateName", "identifier")
    country = countries[0] if countries else None
    parts: list[str] = []
    for term in ("streetAddress", "addressLocality", "addressRegion"):
        for line in lines(get(node, term), by_id, "name"):
            if not any(_says(part, line) for part in parts):
                parts.append(line)
    # A two-letter code is no word of the ad's; it goes to the country alone.
    if country and (len(country) > 2 or not parts) and not any(_says(part, country) for part in parts):
        parts.append(country)
    if not parts:
        parts = list(lines(get(node, "name", "description"), by_id))
    return ", ".join(parts) or None, country


def _says(part: str, line: str) -> bool:
    """Whether a part already holds this line, as a street that was typed with its city does."""
    return f", {fold(line)}," in f", {fold(part)},"
