"""Normalisation of a raw ad: dates, pay, country, employment and contacts."""

import re
from datetime import datetime
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.ad import JobAd, PageRef, derive_ad_id
from crawler.errors import NotAnAd
from crawler.extract.fields.contacts import find_contacts
from crawler.extract.fields.countries import country_code, country_in_place, read_employment
from crawler.extract.fields.dates import read_date
from crawler.extract.fields.lexicon import load_contact_words
from crawler.extract.fields.pay import read_pay
from crawler.extract.raw import RawAd
from crawler.extract.text import clean_text, one_line, present
from crawler.extract.urls import is_loopback, joined
from crawler.language.identify import read_language

_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8}){0,3}")


def normalise(
    raw: RawAd,
    *,
    source: str,
    seen_at: datetime,
    url: str,
    language: str | None = None,
    country: str | None = None,
    page: PageRef | None = None,
) -> JobAd:
    """The ad with every field that could be read; what could not be is None, and the raw ad keeps its words.

    ``language`` and ``country`` are the source's own, for ads that say nothing: a board's ads are where the board is
    unless they name another country. The text's own language counts where it is plain, whatever its page says: a
    board's template is in one language, its ads in several. ``url`` is empty for an ad that is at home nowhere: a row
    of a file; without an identifier such an ad is known by what it says. Raises ``NotAnAd`` where there is neither
    title nor text.
    """
    title = one_line(raw.title or "")
    description = clean_text(raw.description or "").strip()
    if not title and not description:
        raise NotAnAd(f"{raw.url or url}: expected a title or a description, found neither")
    where = country_code(raw.country) or country_in_place(raw.job_location) or country_code(country)
    address = _absolute(raw.url, url) or url
    board = country_code(country)
    of_page, of_source = _language(raw.language), _language(language)
    # The text's own language where it is plain, else its page's, else the likeliest; in the tag that says most of it.
    reading = read_language(f"{title}\n{description}"[:2_000])
    # From so many letters on what they say overrules the page.
    is_plain = reading.is_sure and reading.letters >= 40
    found = reading.language if is_plain or not of_page else of_page
    tag = next((tag for tag in (of_page, of_source) if tag and tag.partition("-")[0] == found), found or of_source)
    day = partial(read_date, seen_at=seen_at, country=board or where, language=of_page or of_source or tag)
    # A number in a field of its own for contacts is a phone; in running text it may be anything.
    contact = f"tel: {raw.contact}" if raw.contact else None
    stated = "\n".join(part for part in (title, description, contact, raw.apply_url) if part)
    is_known = raw.identifier or address
    identity = (
        (raw.identifier or "", _without_tracking(address))
        if is_known
        else (title, description, raw.hiring_organization or "", raw.job_location or "")
    )
    # The board's own pages, and the one to apply on, are where the ad stands and not whom it names.
    own = (_absolute(item, "") for item in (address, url, raw.apply_url))
    own_hosts = frozenset((urlsplit(item).hostname or "").removeprefix("www.") for item in own if item)
    return JobAd(
        ad_id=derive_ad_id(source, *identity),
        source=source,
        seen_at=seen_at,
        title=title,
        description=description,
        url=address or None,
        date_posted=day(raw.date_posted),
        valid_through=day(raw.valid_through, deadline=True),
        hiring_organization=present(raw.hiring_organization),
        company_profile=clean_text(raw.company_profile).strip() or None if raw.company_profile else None,
        job_location=present(raw.job_location),
        country=where,
        base_salary=read_pay(raw.base_salary, where, home=where if board in (None, where) else None),
        employment_type=read_employment(raw.employment_type),
        apply_url=_absolute(raw.apply_url, url),
        contacts=find_contacts(stated, where, source_country=board, language=tag, own_hosts=own_hosts),
        language=tag,
        page=page,
    )


def _absolute(address: str | None, base: str) -> str | None:
    """The address as one that can be opened; None for anything but http and https."""
    url = joined(base, one_line(address)) if address else None
    return url if url and url.lower().startswith(("http:", "https:")) else None


def _without_tracking(address: str) -> str:
    """The address without what only says how it was come by, so that one ad has one id."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    is_tracking = load_contact_words().tracking.fullmatch
    pairs = parse_qsl(parts.query, keep_blank_values=True) if parts.query else ()
    query = urlencode([pair for pair in pairs if not is_tracking(pair[0])]) if pairs else ""
    # A session stands behind a semicolon where a server made in Java writes it: /jobs/17;jsessionid=ABC
    path = re.sub(r";(\w{1,40})=[^;/]*", lambda found: "" if is_tracking(found[1]) else found[0], parts.path)
    # A source on this machine is served at whatever port is free: its ads are the same ones at another.
    host = parts.hostname or ""
    netloc = host if is_loopback(host) else parts.netloc.lower()
    return urlunsplit((parts.scheme, netloc, path, query, parts.fragment))


def _language(tag: str | None) -> str | None:
    """The tag in BCP 47's form: ``vi_VN`` is ``vi-VN``."""
    if not tag or not _LANGUAGE.fullmatch(tag.strip()):
        return None
    primary, *rest = tag.strip().replace("_", "-").split("-")
    others = (part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part for part in rest)
    return "-".join([primary.lower(), *others])
