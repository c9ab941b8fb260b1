"""Records for tests: state only what matters. Every text here is invented."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler.ad import JobAd

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def make_ad(**fields: Any) -> JobAd:
    ad = JobAd(
        ad_id="test:1",
        source="test",
        seen_at=NOON,
        title="Night-shift baker",
        description="A small bakery in the old town looks for a baker. Sundays off.",
    )
    return replace(ad, **fields)
