"""State of one address and its ads after a run, and when it is revisited. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from operator import attrgetter
from typing import Any, Literal

import orjson

from crawler.ad import JobAd
from crawler.extract.raw import RawAd
from crawler.sources.card import Revisit

__all__ = [
    "AD_FIELDS", "AdState", "Reason", "UrlState", "entry_record", "fields_of", "from_line", "is_over",
    "is_settled", "is_unlisted_due", "to_line", "usable_date", "usable_etag", "why_not_request",
]  # fmt: skip

AD_FIELDS = (
    "title", "description", "url", "date_posted", "valid_through", "hiring_organization", "company_profile",
    "job_location", "country", "base_salary", "employment_type", "apply_url", "contacts", "language",
)  # fmt: skip
"""The fields that an ad may have or lack; their places are the bits of ``AdState.has`` in files that are years old by
now, so a new one goes to the end and none is ever taken out."""

_BITS = tuple(1 << place for place in range(len(AD_FIELDS)))
_values = attrgetter(*AD_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdState:
    """One ad, as its address showed it at the last fetch."""

    content: str
    """``content_hash``: two fetches that agree on it found the same."""

    has: int = 0
    """Which of ``AD_FIELDS`` it has, one bit each."""

    valid_through: date | None = None
    missed: int = 0
    """Runs in a row that should have shown it and did not."""

    is_past: bool = False
    """It counts as gone because its date is past, though it is still shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlState:
    """One address. Moments are the starts of runs: the schedule goes by nights, not by minutes."""

    address: str
    role: str = ""
    """How the address is read, where it is a page of its own that may be asked for; empty for a part of a listing."""

    etag: str | None = None
    modified: str | None = None
    """``Last-Modified``, as it was sent."""

    lastmod: str | None = None
    """As the sitemap had it at the last fetch."""

    digest: str | None = None
    """Of the body as it was read."""

    first: datetime
    last: datetime
    """The last run that requested it and got a response."""

    unlisted: int = 0
    """Whole runs in a row whose listings did not name it."""

    ads: Mapping[str, AdState] = field(default_factory=dict)
    """By ``ad_id``."""

    entry: Mapping[str, Any] | None = None
    """A feed's entry for the ad behind the address: without it, the page's ad would be another one."""

    @property
    def live(self) -> tuple[str, ...]:
        """The live ads at the last fetch."""
        return tuple(ad_id for ad_id, ad in self.ads.items() if not ad.is_past and not ad.missed)


def fields_of(ad: JobAd) -> int:
    """Which of ``AD_FIELDS`` the ad has, one bit each."""
    return sum([bit for bit, value in zip(_BITS, _values(ad), strict=True) if value not in (None, "", ())])


def to_line(known: UrlState) -> bytes:
    """The address as one line of JSON; what it lacks is left out."""
    record: dict[str, Any] = {"address": known.address, "first": known.first, "last": known.last}
    for name in ("role", "etag", "modified", "lastmod", "digest", "unlisted", "entry"):
        if value := getattr(known, name):
            record[name] = value
    record["ads"] = {
        ad_id: (ad.content, ad.has, ad.valid_through, ad.missed, ad.is_past) for ad_id, ad in known.ads.items()
    }
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def from_line(line: bytes) -> UrlState:
    """The address that ``to_line`` wrote. Raises ``ValueError`` or ``TypeError`` where it is something else."""
    record: dict[str, Any] = orjson.loads(line)
    record["first"], record["last"] = (datetime.fromisoformat(record[name]) for name in ("first", "last"))
    record["ads"] = {ad_id: _ad(*values) for ad_id, values in record["ads"].items()}
    return UrlState(**record)


def entry_record(entry: RawAd) -> dict[str, Any]:
    """A feed's entry as plain values."""
    return {name: value for name, value in asdict(entry).items() if value is not None}


def _ad(content: str, has: int, valid_through: str | None, missed: int, is_past: bool) -> AdState:
    return AdState(
        content=content,
        has=has,
        valid_through=date.fromisoformat(valid_through) if valid_through else None,
        missed=missed,
        is_past=is_past,
    )


Reason = Literal["lastmod", "not due"]

SLACK = 0.9
"""Of ``revisit.days``: a night that begins some minutes earlier than the last one still finds its addresses due."""

FURTHEST_ZONE = timedelta(hours=12)
"""A day ends last here, twelve hours behind UTC."""

LONGEST_ETAG = 300


def why_not_request(known: UrlState, *, lastmod: str | None, now: datetime, revisit: Revisit) -> Reason | None:
    """Why a listed address need not be asked for in this run; None where it must be."""
    days = (now - known.last) / timedelta(days=1)
    if lastmod is not None and lastmod == known.lastmod and is_settled(lastmod, at=known.last):
        return "lastmod" if days <= revisit.trust_lastmod_days else None
    if lastmod != known.lastmod or days >= revisit.days * SLACK:
        return None
    return "not due"


def is_unlisted_due(known: UrlState, *, now: datetime, revisit: Revisit) -> bool:
    """True where a known page that the listings no longer name should be asked for itself.

    The first such run asks at once: that a source stops naming an ad is its way of saying that something changed.
    """
    live = [ad for ad in known.ads.values() if not ad.is_past]
    if not known.role or not live:
        return False
    is_doubted = known.unlisted == 0 or any(ad.missed for ad in live)
    return is_doubted or (now - known.last) / timedelta(days=1) >= revisit.days * SLACK


def is_over(ad: AdState, *, now: datetime) -> bool:
    """True where the ad's own last day has ended everywhere on earth."""
    return ad.valid_through is not None and ad.valid_through < (now.astimezone(UTC) - FURTHEST_ZONE).date()


def is_settled(lastmod: str, *, at: datetime) -> bool:
    """True where a sitemap's ``lastmod`` speaks of a time that was wholly over at that moment.

    A day that was still going on, or one in the future, says nothing of what came after the response.
    """
    text = lastmod.strip()
    try:
        end = datetime.fromisoformat(text) + timedelta(days=len(text) == 10)  # a day alone ends with the day
        if end.tzinfo is None:
            end = end.replace(tzinfo=UTC) + FURTHEST_ZONE
    except (ValueError, OverflowError):
        return False
    return end < at


def usable_etag(value: bytes | None) -> str | None:
    """The ETag, where it is one that can be sent back."""
    if not value:
        return None
    text = value.decode("latin-1").strip()
    return text if 0 < len(text) <= LONGEST_ETAG and text.isprintable() else None


def usable_date(value: bytes | None, *, at: datetime) -> str | None:
    """``Last-Modified``, where it can be sent back: a page of this very second may change again within it, and a date
    in the future would hide every change until then (RFC 9110, 13.1.3)."""
    if not value:
        return None
    text = value.decode("latin-1").strip()
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return text if moment <= at - timedelta(seconds=2) else None
