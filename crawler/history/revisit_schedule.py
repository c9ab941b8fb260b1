"""Revisit schedule; trust in ``lastmod``, ``ETag`` and ``Last-Modified``. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

from crawler.history.url_state import AdState, UrlState
from crawler.sources.card import Revisit

__all__ = ["Reason", "is_over", "is_settled", "is_unlisted_due", "usable_date", "usable_etag", "why_not_request"]

Reason = Literal["lastmod", "not due"]

SLACK = 0.9
"""Of ``revisit.days``: a night that begins some minutes earlier than the last one still finds its addresses due."""

FURTHEST_ZONE = timedelta(hours=12)
"""A day ends last here, twelve hours behind UTC."""

LONGEST_ETAG = 300


@dataclass(frozen=True, slots=True)
class _Age:
    days: float

    def is_due(self, after: float) -> bool:
        return self.days >= after * SLACK


def why_not_request(known: UrlState, *, lastmod: str | None, now: datetime, revisit: Revisit) -> Reason | None:
    """Why a listed address need not be asked for in this run; None where it must be."""
    age = _age(known, now)
    if lastmod is not None and lastmod == known.lastmod and is_settled(lastmod, at=known.last):
        return "lastmod" if age.days <= revisit.trust_lastmod_days else None
    if lastmod != known.lastmod or age.is_due(revisit.days):
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
    return is_doubted or _age(known, now).is_due(revisit.days)


def is_over(ad: AdState, *, now: datetime) -> bool:
    """True where the ad's own last day has ended everywhere on earth."""
    return ad.valid_through is not None and ad.valid_through < (now.astimezone(UTC) - FURTHEST_ZONE).date()


def is_settled(lastmod: str, *, at: datetime) -> bool:
    """True where a sitemap's ``lastmod`` speaks of a time that was wholly over at that moment.

    A day that was still going on, or one in the future, says nothing of what came after the response.
    """
    text = lastmod.strip()
    try:
        end = _end_of_day(text) if len(text) == 10 else datetime.fromisoformat(text)
        if end.tzinfo is None:
            end = end.replace(tzinfo=UTC) + FURTHEST_ZONE
    except (ValueError, OverflowError):
        return False
    return end < at


def _end_of_day(text: str) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time()) + timedelta(days=1)


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


def _age(known: UrlState, now: datetime) -> _Age:
    return _Age((now - known.last) / timedelta(days=1))
