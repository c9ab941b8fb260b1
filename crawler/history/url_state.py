"""State of one address and its ads after a run; one line of ``known.jsonl.gz``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any

import orjson

from crawler.ad import JobAd
from crawler.batch.ad_json import from_plain
from crawler.extract.raw import RawAd

__all__ = ["AD_FIELDS", "AdState", "UrlState", "entry_of", "entry_record", "fields_of", "from_line", "to_line"]

AD_FIELDS = (
    "title", "description", "url", "date_posted", "valid_through", "hiring_organization", "company_profile",
    "job_location", "country", "base_salary", "employment_type", "apply_url", "contacts", "language",
)  # fmt: skip
"""The fields that an ad may have or lack; their places are the bits of ``KnownAd.has`` in files that are years old by
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


def entry_of(record: Mapping[str, Any]) -> RawAd:
    """The entry that ``entry_record`` made plain."""
    return from_plain(RawAd, record)


def _ad(content: str, has: int, valid_through: str | None, missed: int, is_past: bool) -> AdState:
    return AdState(
        content=content,
        has=has,
        valid_through=date.fromisoformat(valid_through) if valid_through else None,
        missed=missed,
        is_past=is_past,
    )
