"""JobAd: one published job ad, as collected. Standard library only.

Field names are schema.org JobPosting's terms in snake case
(https://schema.org/JobPosting).
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from unicodedata import normalize


@dataclass(frozen=True, slots=True, kw_only=True)
class Salary:
    """Pay as offered: schema.org's ``baseSalary``, with the words it was read from."""

    min: float | None = None
    """The least amount."""

    max: float | None = None
    """The greatest amount."""

    currency: str | None = None
    """ISO 4217, or ``USDT``, in which some ads pay; absent where the ad does not say."""

    period: str | None = None
    """``hour``, ``day``, ``week``, ``month`` or ``year``."""

    raw: str | None = None
    """The text the numbers were read from; kept also where they could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to reach whoever placed the ad."""

    kind: str
    """``phone``, ``email``, ``telegram``, ``whatsapp``, ``zalo``, ``line``, ``wechat``, ``viber``, ``facebook``,
    ``web`` or another lower-case word."""

    value: str
    """Phones in E.164 where they could be read so, handles without ``@``, the rest as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRef:
    """Where the archived page lies: the exact WARC record."""

    file: str
    """Name of the WARC file, relative to the batch folder."""

    offset: int
    """Byte offset of the record in the compressed file."""

    sha256: str
    """Hex digest of the page's payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAd:
    """One published job ad. Text is Unicode NFC and otherwise exactly as collected, so that offsets stay true."""

    ad_id: str
    """The ad's id; derived from the text where an outside file has none."""

    source: str
    """The source's name; `file` where an outside file does not say."""

    seen_at: datetime
    """When this text was collected, in UTC."""

    title: str
    """The title, as plain text."""

    description: str
    """Plain text with line breaks. Title or description may be empty, not both."""

    url: str | None = None
    """The ad's own address."""

    date_posted: date | None = None
    """The day of publication."""

    valid_through: date | None = None
    """The last day on which one can apply."""

    hiring_organization: str | None = None
    """The employer's name."""

    company_profile: str | None = None
    """What the ad says of the employer."""

    job_location: str | None = None
    """The place as the ad names it; several are joined by ``; ``."""

    country: str | None = None
    """ISO 3166-1 alpha-2."""

    base_salary: Salary | None = None
    """Pay. In an outside file it may be a plain string, which becomes ``raw``."""

    employment_type: str | None = None
    """schema.org's words where the label is known, otherwise the label."""

    apply_url: str | None = None
    """The address to apply at."""

    contacts: tuple[Contact, ...] = ()
    """Ways to reach whoever placed the ad; in CSV, the list as JSON in one cell."""

    language: str | None = None
    """BCP 47."""

    page: PageRef | None = None
    """Where the archived page lies."""


def fingerprint(ad: JobAd) -> str:
    """The text's fingerprint: 32 hex digits, equal for ads whose title and description read the same.

    Case, white space and Unicode compatibility forms do not count, so that a copy under another address is the same
    case. Everything else does.
    """
    return _digest(*(" ".join(normalize("NFKC", text).casefold().split()) for text in (ad.title, ad.description)))


def content_hash(ad: JobAd) -> str:
    """32 hex digits over all that the ad says; two fetches of an unchanged ad agree."""
    stated = (
        ad.title, ad.description, ad.hiring_organization, ad.company_profile, ad.job_location, ad.country,
        repr(ad.base_salary), ad.employment_type, ad.apply_url,
        repr(sorted((c.kind, c.value) for c in ad.contacts)), str(ad.valid_through),
    )  # fmt: skip
    return _digest(*(part or "" for part in stated))


def derive_ad_id(source: str, *parts: str) -> str:
    """An id for an ad that came without one: the source's name and 16 hex digits over what identifies it there."""
    return f"{source}:{_digest(*parts)[:16]}"


def _digest(*parts: str) -> str:
    # "surrogatepass": a hostile page can hold lone surrogates; they must not stop a night.
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_HEADING = 80
"""Characters of a message that stand for its title."""


def heading(ad: JobAd) -> str:
    """The ad's title; a message has none, and is known by how it begins."""
    if ad.title.strip():
        return ad.title
    text = " ".join(ad.description[: 4 * _HEADING].split())
    return text if len(text) <= _HEADING else f"{text[: _HEADING - 1].rstrip()}…"
