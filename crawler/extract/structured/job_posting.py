"""A JobPosting's terms to a raw ad; teasers, and which of two texts is the whole one."""

from collections.abc import Mapping

from crawler.extract.html.tree import html_to_text
from crawler.extract.raw import RawAd, RawSalary, Reader
from crawler.extract.structured.json_repair import Json
from crawler.extract.structured.markup import Node, Posting, get, keys_of, lines, nodes
from crawler.extract.text import fold, join_places, present, weight

__all__ = ["CUT_OFF", "fuller_text", "is_teaser", "is_teaser_entry", "posting_to_raw"]

_TEXTS = (
    "responsibilities",
    "qualifications",
    "experienceRequirements",
    "jobBenefits",
    "incentiveCompensation",
    "benefits",
)
"""Terms in which some boards keep whole parts of the ad, outside its description."""

_APPLYING = ("applicationContact", "potentialAction", "applyUrl", "applicationUrl", "applicationLink")
_REACHED_BY = ("telephone", "email")
_A_PART = 40
"""Characters from which such a term is a part of the text rather than a keyword."""


def posting_to_raw(posting: Posting, reader: Reader, *, language: str | None = None, is_page: bool = False) -> RawAd:
    """The ad that a JobPosting describes; what it does not say is None, but for the page's ``language``.

    ``is_page`` says that the page it stands on is its own: its address is then the page's.
    """
    node, by_id = posting.node, posting.by_id
    employer = _employer(get(node, "hiringOrganization", "employer"), by_id)
    place, country = _place_of(node, by_id, employer)
    title = _first(get(node, "title", "name", "headline"), by_id, "name")
    return RawAd(
        title=present(html_to_text(title)) if title and ("&" in title or "<" in title) else title,
        description=_description(node, by_id),
        url=None if is_page else _first(get(node, "url", "mainEntityOfPage"), by_id, "@id", "url"),
        identifier=_first(get(node, "identifier"), by_id, "value", "propertyID", "name"),
        date_posted=_first(get(node, "datePosted", "datePublished"), by_id),
        valid_through=_first(get(node, "validThrough", "expires"), by_id),
        hiring_organization=employer,
        company_profile=_profile(get(node, "hiringOrganization"), by_id),
        job_location=place,
        country=country,
        base_salary=_salary(node, by_id),
        employment_type=", ".join(lines(get(node, "employmentType"), by_id, "name")) or None,
        apply_url=_apply_url(node, by_id),
        contact=_contact(node, by_id),
        language=_first(get(node, "inLanguage"), by_id, "alternateName", "name") or language,
        reader=reader,
    )


def _first(value: Json, by_id: Mapping[str, Node], *names: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return None if value in by_id else present(value)
    return next(iter(lines(value, by_id, *names)), None)


def _description(node: Node, by_id: Mapping[str, Node]) -> str | None:
    """The description and the parts kept beside it that it does not already hold."""
    texts = [text for text in _texts(get(node, "description"), by_id) if len(text) > 20 or present(text)]
    stated: str | None = None
    for term in _TEXTS if keys_of(node, _TEXTS) else ():
        for text in _texts(get(node, term), by_id):
            folded = fold(text)
            if len(folded) < _A_PART:
                continue
            stated = fold(" ".join(texts)) if stated is None else stated
            if folded[:200] not in stated:
                texts.append(text)
                stated += folded
    return "\n\n".join(texts) or None


def _texts(value: Json, by_id: Mapping[str, Node]) -> list[str]:
    if value is None:
        return []
    entries = value if isinstance(value, list) else [value]
    texts = []
    for entry in entries[:100]:
        if isinstance(entry, dict):
            texts += [html_to_text(line) for line in lines(entry, by_id, "description", "name")]
        elif isinstance(entry, str):
            texts.append(html_to_text(entry))
    if len(texts) > 1 and all("\n" not in text for text in texts):
        return ["\n".join(text for text in texts if text)]
    return [text for text in texts if text]


def _employer(value: Json, by_id: Mapping[str, Node]) -> str | None:
    for line in lines(value, by_id, "name", "legalName", "alternateName"):
        if not line.startswith(("http://", "https://", "//", "#", "_:")):
            return present(html_to_text(line)) if "&" in line else line
    return None


def _profile(value: Json, by_id: Mapping[str, Node]) -> str | None:
    for organisation in nodes(value, by_id):
        text = get(organisation, "description", "disambiguatingDescription")
        if isinstance(text, str):
            return html_to_text(text) or None
    return None


def _salary(node: Node, by_id: Mapping[str, Node]) -> RawSalary | None:
    """Pay as found: as a number, a range or a sentence, at whatever depth."""
    value = get(node, "baseSalary", "estimatedSalary", "salary")
    currency = _first(get(node, "salaryCurrency"), by_id)
    amounts = nodes(value, by_id)
    if not amounts:
        raw = " - ".join(lines(value, by_id)) or None
        return RawSalary(currency=currency, raw=raw) if raw else None
    amount = amounts[0]
    currency = _first(get(amount, "currency", "priceCurrency", "salaryCurrency"), by_id) or currency
    parts = (amount, *nodes(get(amount, "value", "price", "amount"), by_id))
    low = high = single = period = None
    for part in parts:
        low = low or _first(get(part, "minValue", "minPrice"), by_id)
        high = high or _first(get(part, "maxValue", "maxPrice"), by_id)
        period = period or _first(get(part, "unitText", "unitCode", "duration"), by_id)
        currency = currency or _first(get(part, "currency"), by_id)
    for value in (get(parts[-1], "value", "price"), get(amount, "value", "price", "amount", "name", "description")):
        if not isinstance(value, dict):
            single = single or " - ".join(lines(value, by_id)[:2]) or None
    if low is None and high is None and single is None:
        return None
    numbers = " - ".join(part for part in (low, high) if part) or single
    raw = " ".join(part for part in (numbers, currency, period) if part)
    return RawSalary(min=low, max=high, currency=currency, period=period, raw=raw)


def _apply_url(node: Node, by_id: Mapping[str, Node]) -> str | None:
    """Where the ad sends applicants, if it says so; the address of the ad itself is not that."""
    if not keys_of(node, _APPLYING):
        return None
    for place in (*nodes(get(node, "applicationContact"), by_id), *nodes(get(node, "potentialAction"), by_id)):
        found = _first(get(place, "url", "target"), by_id, "urlTemplate", "url")
        if found:
            return found
    return _first(get(node, "applyUrl", "applicationUrl", "applicationLink"), by_id)


def _contact(node: Node, by_id: Mapping[str, Node]) -> str | None:
    stated: list[str] = []
    for term in ("applicationContact", "contactPoint", "hiringOrganization"):
        for place in nodes(get(node, term), by_id):
            if keys_of(place, _REACHED_BY):
                stated += [line for key in _REACHED_BY for line in lines(get(place, key), by_id)]
    return "; ".join(dict.fromkeys(stated)) or None


_WHOLE_TEXT = 600
"""Characters. A shorter text is taken for a teaser: it costs one request to find out, and none of the text is lost."""

CUT_OFF = ("[…]", "[...]", "…", "...")
"""How texts end that were cut; the longer marks first."""


def is_teaser_entry(entry: RawAd) -> bool:
    """True where an entry says only so much of its ad that its page must say the rest."""
    text = (entry.description or "").strip()
    return len(text) < _WHOLE_TEXT or text.endswith(CUT_OFF)


_FULL = 500
"""What is shorter may be the start of an ad only: some boards cut the text that they write for machines."""

_GOES_ON = ",;:-–(/&"
_MUCH_FULLER = 1.3
"""Times the length of a teaser: from there on a longer text is the ad's."""

_START = 60


def is_teaser(text: str | None, *, is_broken: bool = False) -> bool:
    """Whether the text may go on elsewhere; ``is_broken`` where it was told in a form that had to be repaired."""
    if not text or text.endswith(CUT_OFF):
        return True
    # A text that was cut by its length seldom ends where a sentence does; a whole one also ends with a number to call.
    return len(text) < _FULL and weight(text) < _FULL and (is_broken or text[-1].isalpha() or text[-1] in _GOES_ON)


def fuller_text(named: str | None, seen: str | None, *, is_broken: bool = False) -> str | None:
    """The text told to machines, unless it is a teaser and the one to be seen holds it and much more."""
    if not named or not seen:
        return named or seen
    if (
        is_teaser(named, is_broken=is_broken)
        and len(seen) > _MUCH_FULLER * len(named)
        and fold(named[: 2 * _START])[:_START] in fold(seen)
    ):
        return seen
    return named


def _place_of(node: Node, by_id: Mapping[str, Node], employer: str | None) -> tuple[str | None, str | None]:
    """The places in one line and the country as written.

    A place that only repeats the employer's name is a template's mistake and left out. Work from home without a place
    is where the applicants may live, or ``Remote``.
    """
    value = get(node, "jobLocation", "workLocation", "location")
    places = [_place(entry, by_id) for entry in (value[:200] if isinstance(value, list) else [value])]
    found = [(place, country) for place, country in places if place and fold(place) != fold(employer or "")]
    country = next((country for _, country in found if country), None)
    place = join_places(place for place, _ in found)
    if place is None:
        remote = lines(get(node, "jobLocationType"), by_id, "name")
        required = lines(get(node, "applicantLocationRequirements"), by_id, "name", "addressCountry")
        if remote or required:
            place = join_places(required) or "Remote"
            country = required[0] if len(required) == 1 else None
    return place, country


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
