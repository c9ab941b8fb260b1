"""One ad of an applicant tracking system's answer."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

from crawler.extract.ats.paths import first_at, says, text_at, values_at
from crawler.extract.ats.systems import Pay, System, Text
from crawler.extract.lenient_json import Json
from crawler.extract.plain_text import fold
from crawler.extract.raw import RawAd, RawSalary
from crawler.extract.record_values import first_line, line_list, places

__all__ = ["join_all", "read_record"]

REMOTE = "Remote"
_GAP = re.compile(r"\{([\w.]+)\}")
_PLAIN_FIELDS = ("identifier", "date_posted", "valid_through", "country", "apply_url")


def read_record(record: dict[str, Json], system: System, *, url: str, employer: str) -> RawAd:
    """The ad that a record describes; what it does not say is None.

    ``url`` is the address of the answer, ``employer`` who hires unless the record says so itself.
    """
    lines = {name: first_at(record, system.fields.get(name, ())) for name in _PLAIN_FIELDS}
    return RawAd(
        **lines,
        title=first_at(record, system.fields["title"]),
        description=_text(record, system.texts),
        url=_address(record, system, url),
        hiring_organization=first_at(record, system.fields.get("hiring_organization", ())) or employer,
        job_location=_places(record, system),
        base_salary=_pay(record, system.pay) if system.pay else None,
        employment_type=_joined(record, system.fields.get("employment_type", ())),
        language=first_at(record, system.fields.get("language", ())) or _asked_language(system, url),
        reader="api",
    )


def join_all(found: Iterator[str] | list[str], mark: str = "; ") -> str | None:
    """The lines in one, each once, in their order."""
    distinct: dict[str, str] = {}
    for line in found:
        distinct.setdefault(fold(line), line)
    return mark.join(distinct.values()) or None


def _joined(record: Json, paths: tuple[str, ...]) -> str | None:
    return join_all([line for path in paths for value in values_at(record, path) for line in line_list(value)], ", ")


def _text(record: Json, parts: tuple[Text, ...]) -> str | None:
    found: list[str] = []
    for part in parts:
        for node in values_at(record, part.each) if part.each else [record]:
            text = text_at(node, part.body)
            if text:
                heading = first_at(node, part.heading)
                found.append(f"{heading}\n{text}" if heading else text)
    return "\n\n".join(found) or None


def _address(record: Json, system: System, url: str) -> str | None:
    """The ad's own page. One that is put together must have all its parts."""
    if system.address is None:
        line = first_at(record, system.fields["url"])
        return _join(url, line) if line else None
    parts = urlsplit(url)
    known = {"origin": f"{parts.scheme}://{parts.netloc}"}
    gaps = {name: known.get(name) or first_at(record, [name]) for name in _GAP.findall(system.address)}
    return _GAP.sub(lambda gap: str(gaps[gap[1]]), system.address) if all(gaps.values()) else None


def _join(base: str, url: str) -> str | None:
    try:
        joined = urljoin(base, url)
        return joined if urlsplit(joined).scheme in {"http", "https"} else None
    except ValueError:
        return None


def _places(record: Json, system: System) -> str | None:
    """Every place that the ad is shown with; work from home where there is none."""
    for path in system.places:
        found = list(_places_at(record, (path, *system.further_places), system))
        if found:
            return join_all(found)
    if any(says(place, system.unpublished_place) for path in system.places for place in values_at(record, path)):
        return None
    parts = [line for part in system.parts_of_place if (line := first_at(record, [part]))]
    if parts:
        return join_all(parts, ", ")
    return REMOTE if says(record, _remote(system)) else None


def _places_at(record: Json, paths: tuple[str, ...], system: System) -> Iterator[str]:
    for path in paths:
        for value in values_at(record, path):
            if not says(value, system.unpublished_place):
                place = places(_without_codes(value))
                if place:
                    yield place


def _without_codes(place: Json) -> Json:
    """A two-letter code is no word of the ad's; it goes to the country alone."""
    if not isinstance(place, dict):
        return place
    return {key: below for key, below in place.items() if len(str(below)) != 2 or not str(below).isascii()}


def _remote(system: System) -> dict[str, Json]:
    return {str(system.remote["path"]): system.remote["value"]} if system.remote else {}


def _asked_language(system: System, url: str) -> str | None:
    given = parse_qs(urlsplit(url).query).get(system.language_from_query or "", [])
    return given[0] if given else None


def _pay(record: Json, pay: Pay) -> RawSalary | None:
    """The pay: over several ranges of one currency and period, from the least to the most."""
    amounts: list[dict[str, Json]] = []
    for path in pay.at:
        found = [one for one in values_at(record, path) if isinstance(one, dict)]
        amounts = amounts or [one for one in found if _has_amount(one, pay) and (not pay.where or says(one, pay.where))]
    if not amounts:
        words = first_at(record, pay.described)
        return RawSalary(raw=words) if words else None
    ranges = [_range(one, pay) for one in amounts]
    raw = first_at(record, pay.written) or join_all([one.raw or "" for one in ranges])
    if len({one.currency for one in ranges}) > 1 or len({one.period for one in ranges}) > 1:
        return RawSalary(raw=raw)
    return RawSalary(
        min=_extreme([one.min for one in ranges], least=True),
        max=_extreme([one.max for one in ranges], least=False),
        currency=ranges[0].currency,
        period=ranges[0].period,
        raw=raw,
    )


def _has_amount(amount: dict[str, Json], pay: Pay) -> bool:
    return any(_number(amount.get(key), pay.scale) for key in (pay.min, pay.max))


def _range(amount: dict[str, Json], pay: Pay) -> RawSalary:
    low, high = _number(amount.get(pay.min), pay.scale), _number(amount.get(pay.max), pay.scale)
    currency, period = first_line(amount.get(pay.currency)), first_line(amount.get(pay.period))
    numbers = " - ".join(dict.fromkeys(one for one in (low, high) if one))
    raw = " ".join(part for part in (numbers, currency, period, first_line(amount.get(pay.label))) if part)
    return RawSalary(min=low, max=high, currency=currency, period=period, raw=raw)


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
