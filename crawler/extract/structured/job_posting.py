"""Raw ad of JobPosting terms; teasers, and doubt in what a template filled."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from urllib.parse import urlsplit

from crawler.extract.fields.countries import country_code
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.pay import find_offers, read_pay
from crawler.extract.html_tree import html_to_text
from crawler.extract.raw import RawAd, RawSalary, Reader, completed
from crawler.extract.structured.json_repair import Json
from crawler.extract.structured.markup import Node, Posting, get, lines, nodes
from crawler.extract.text import fold, join_places, present, weight
from crawler.extract.vocabulary import plain

_TEXTS = (
    "responsibilities", "qualifications", "experienceRequirements", "jobBenefits", "incentiveCompensation", "benefits",
)  # fmt: skip
"""Terms in which some boards keep whole parts of the ad, outside its description."""

_ADDRESSES = ("http://", "https://", "//", "#", "_:")


def posting_to_raw(posting: Posting, reader: Reader, *, language: str | None = None, is_page: bool = False) -> RawAd:
    """The ad that a JobPosting describes; what it does not say is None, but for the page's ``language``.

    ``is_page`` says that the page it stands on is its own: its address is then the page's.
    """
    node, by_id = posting.node, posting.by_id
    organisation = get(node, "hiringOrganization")
    names = lines(organisation or get(node, "employer"), by_id, "name", "legalName", "alternateName")
    name = next((line for line in names if not line.startswith(_ADDRESSES)), None)
    employer = present(html_to_text(name)) if name and "&" in name else name
    profiles = (get(each, "description", "disambiguatingDescription") for each in nodes(organisation, by_id))
    profile = next((text for text in profiles if isinstance(text, str)), "")
    place, country = _place_of(node, by_id, employer)
    title = _first(get(node, "title", "name", "headline"), by_id, "name")
    # Where the ad sends applicants, if it says so; the address of the ad itself is not that.
    applying = (*nodes(get(node, "applicationContact"), by_id), *nodes(get(node, "potentialAction"), by_id))
    targets = (_first(get(each, "url", "target"), by_id, "urlTemplate", "url") for each in applying)
    reached = [
        line
        for term in ("applicationContact", "contactPoint", "hiringOrganization")
        for each in nodes(get(node, term), by_id)
        for key in ("telephone", "email")
        for line in lines(get(each, key), by_id)
    ]
    return RawAd(
        title=present(html_to_text(title)) if title and ("&" in title or "<" in title) else title,
        description=_description(node, by_id),
        url=None if is_page else _first(get(node, "url", "mainEntityOfPage"), by_id, "@id", "url"),
        identifier=_first(get(node, "identifier"), by_id, "value", "propertyID", "name"),
        date_posted=_first(get(node, "datePosted", "datePublished"), by_id),
        valid_through=_first(get(node, "validThrough", "expires"), by_id),
        hiring_organization=employer,
        company_profile=html_to_text(profile) or None,
        job_location=place,
        country=country,
        base_salary=_salary(node, by_id),
        employment_type=", ".join(lines(get(node, "employmentType"), by_id, "name")) or None,
        apply_url=next(filter(None, targets), None)
        or _first(get(node, "applyUrl", "applicationUrl", "applicationLink"), by_id),
        contact="; ".join(dict.fromkeys(reached)) or None,
        language=_first(get(node, "inLanguage"), by_id, "alternateName", "name") or language,
        reader=reader,
    )


def _first(value: Json, by_id: Mapping[str, Node], *names: str) -> str | None:
    return next(iter(lines(value, by_id, *names)), None)


def _description(node: Node, by_id: Mapping[str, Node]) -> str | None:
    """The description and the parts kept beside it that it does not already hold."""
    texts = [text for text in _texts(get(node, "description"), by_id) if len(text) > 20 or present(text)]
    stated: str | None = None
    for term in _TEXTS if get(node, *_TEXTS) else ():
        for text in _texts(get(node, term), by_id):
            folded = fold(text)
            # A shorter one is a keyword rather than a part of the text.
            if len(folded) < 40:
                continue
            stated = fold(" ".join(texts)) if stated is None else stated
            if folded[:200] not in stated:
                texts.append(text)
                stated += folded
    return "\n\n".join(texts) or None


def _texts(value: Json, by_id: Mapping[str, Node]) -> list[str]:
    texts = []
    for entry in (value if isinstance(value, list) else [value])[:100]:
        if isinstance(entry, dict):
            texts += [html_to_text(line) for line in lines(entry, by_id, "description", "name")]
        elif isinstance(entry, str):
            texts.append(html_to_text(entry))
    if len(texts) > 1 and all("\n" not in text for text in texts):
        return ["\n".join(text for text in texts if text)]
    return [text for text in texts if text]


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


def _place_of(node: Node, by_id: Mapping[str, Node], employer: str | None) -> tuple[str | None, str | None]:
    """The places in one line and the country as written.

    A place that only repeats the employer's name is a template's mistake and left out. Work from home without a place
    is where the applicants may live, or ``Remote``.
    """
    value = get(node, "jobLocation", "workLocation", "location")
    places = [_place(entry, by_id) for entry in (value[:200] if isinstance(value, list) else [value])]
    found = [(place, country) for place, country in places if place and fold(place) != fold(employer or "")]
    named = {country_code(country) or country: country for _, country in found if country}
    country = next(iter(named.values()), None) if len(named) == 1 else None
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


_WHOLE_TEXT = 600
"""Characters. A shorter text is taken for a teaser: it costs one request to find out, and none of the text is lost."""

_CUT_OFF = ("[…]", "[...]", "…", "...")
"""How texts end that were cut; the longer marks first."""


def is_teaser_entry(entry: RawAd) -> bool:
    """True where an entry says only so much of its ad that its page must say the rest."""
    text = (entry.description or "").strip()
    return len(text) < _WHOLE_TEXT or text.endswith(_CUT_OFF)


_FULL = 500
"""What is shorter may be the start of an ad only: some boards cut the text that they write for machines."""

_GOES_ON = ",;:-–(/&"
_START = 60


def is_teaser(text: str | None, *, is_broken: bool = False) -> bool:
    """Whether the text may go on elsewhere; ``is_broken`` where it was told in a form that had to be repaired."""
    if not text or text.endswith(_CUT_OFF):
        return True
    # A text that was cut by its length seldom ends where a sentence does; a whole one also ends with a number to call.
    return len(text) < _FULL and weight(text) < _FULL and (is_broken or text[-1].isalpha() or text[-1] in _GOES_ON)


def fuller_text(named: str | None, seen: str | None, *, is_broken: bool = False) -> str | None:
    """The text told to machines, unless it is a teaser and the one to be seen holds it and much more."""
    if not named or not seen:
        return named or seen
    if (
        is_teaser(named, is_broken=is_broken)
        # A text that is so much longer than a teaser is the ad's.
        and len(seen) > 1.3 * len(named)
        and fold(named[: 2 * _START])[:_START] in fold(seen)
    ):
        return seen
    return named


def with_whole_text(posting: RawAd, selected: RawAd) -> RawAd:
    """Structured data with what only the selectors find, and with their description where it has a teaser of it.

    A teaser is a text that the longer one holds and goes well beyond, or a short one that is cut off or less than half
    as long. Any other text of the structured data stays: a selector may take in more than the ad.
    """
    ad = completed(posting, selected)
    stated, whole = fold(ad.description or ""), fold(selected.description or "")
    is_cut = stated.endswith(_CUT_OFF)
    for end in _CUT_OFF:
        stated = stated.removesuffix(end).rstrip()
    if len(whole) <= len(stated):
        return ad
    if stated in whole:
        is_teaser_of = is_cut or len(whole) >= 1.5 * len(stated)
    else:
        is_teaser_of = len(ad.description or "") < _WHOLE_TEXT and (is_cut or len(whole) > 2 * len(stated))
    return replace(ad, description=selected.description) if is_teaser_of else ad


_ROUND_TERMS = frozenset({0, 7, 14, 15, 30, 45, 60, 90, 180, 365})
"""Days from posting to deadline that a template counts, as it does whole months; people name a day."""

_CUSTOMER = re.compile(r"[a-z][!-~]*|[!-~]*\d")
_LEAST_PAY = 5
_MOMENTS = (datetime(2024, 1, 2, 12, tzinfo=UTC), datetime(2024, 3, 4, 12, tzinfo=UTC))
"""A day that is the same whenever it was seen is one that a text names."""


def doubted_fields(raw: RawAd, *, site_name: str | None, url: str) -> frozenset[str]:
    """The fields of a marked-up ad that the rest of the page should confirm."""
    employer = fold(raw.hiring_organization or "").replace(" ", "")
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    is_host = employer == host or (len(employer) > 3 and employer == host.split(".")[0])
    start, end = _day(raw.date_posted), _day(raw.valid_through)
    found = {
        "base_salary": raw.base_salary is not None and not states_pay(raw.base_salary),
        # The employer is only the board, or what a system calls its customer.
        "hiring_organization": employer
        and (
            is_host
            or employer == fold(site_name or "").replace(" ", "")
            or _CUSTOMER.fullmatch(raw.hiring_organization or "")
        ),
        "valid_through": start
        and end
        and ((end - start).days in _ROUND_TERMS or (start.day == end.day and end > start)),
        "job_location": bool(raw.job_location and len(raw.job_location) < 40 and country_code(raw.job_location)),
    }
    return frozenset(name for name, is_so in found.items() if is_so)


def settled(raw: RawAd, shown: RawAd, doubted: Collection[str]) -> RawAd:
    """The ad with what the page shows in place of what is doubted; what that was stays in ``doubted``.

    Pay that is none gives way to what the title names, and to nothing too.
    """
    changes: dict[str, object] = {}
    for name in doubted:
        value = getattr(shown, name)
        if name == "base_salary":
            # What only repeats the doubted line confirms nothing.
            again = fold(_line(raw.base_salary)) if raw.base_salary else ""
            offered = [pay for pay in (shown.base_salary, _pay_in_title(raw.title)) if pay and states_pay(pay)]
            value = next((pay for pay in offered if not again or again not in fold(_line(pay))), None)
        elif name == "valid_through":
            value = value if value and _day(value) else None
        elif name == "job_location":
            value = value if value and not country_code(value) else None
        elif value and any(
            short in whole for short, whole in permutations((fold(value), fold(raw.hiring_organization or "")))
        ):
            value = None
        if value or name == "base_salary":
            changes[name] = value
    named = {name: _line(getattr(raw, name)) for name in changes if getattr(raw, name) != changes[name]}
    if not named:
        return raw
    doubted = "; ".join(f"{name}: {line}" for name, line in sorted(named.items()))
    return replace(raw, **changes, doubted=doubted)  # type: ignore[arg-type]  # each value is of its field's type


def _pay_in_title(title: str | None) -> RawSalary | None:
    """The pay that an ad's title names, as many write it there."""
    offers = find_offers(plain(title), None) if title else []
    if not title or len(offers) != 1:
        return None
    # The amount with the word or sign that touches it.
    behind = re.match(r"[^\s()\[\]]{0,12}", title[offers[0].end :])
    raw = RawSalary(raw=title[offers[0].start : offers[0].end] + (behind[0] if behind else ""))
    read = read_pay(raw, None)
    amounts = [amount for amount in (read.min, read.max) if amount and amount >= _LEAST_PAY] if read else []
    if not read or not amounts:
        return None
    are_years = all(1990 <= amount <= 2100 for amount in amounts)
    is_range = len(amounts) == 2 and amounts[0] >= 300 and not are_years
    return raw if read.currency or read.period or is_range else None


def contradicted(raw: RawAd, shown: RawAd) -> frozenset[str]:
    """The fields in which the page shows something else that can be read: its deadline."""
    ours, theirs = _day(raw.valid_through), _day(shown.valid_through)
    return frozenset({"valid_through"}) if ours and theirs and ours != theirs else frozenset()


def _line(value: object) -> str:
    return (value.raw or f"{value.min} - {value.max}") if isinstance(value, RawSalary) else str(value)


def states_pay(pay: RawSalary) -> bool:
    """Whether an amount can be read, or words stand in its place; nothing, nought and years of experience are none."""
    read = read_pay(pay, None)
    amounts = [amount for amount in (read.min, read.max) if amount] if read else []
    return any(amount >= _LEAST_PAY for amount in amounts) or (
        not amounts and not any(map(str.isdigit, pay.raw or f"{pay.min}{pay.max}"))
    )


def _day(text: str | None) -> date | None:
    days = {read_date(text, seen_at=moment, deadline=True) for moment in _MOMENTS} if text else {None}
    return days.pop() if len(days) == 1 else None
