"""Records for tests: state only what matters. Every text here is invented."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from crawler.ad import JobAd, fingerprint
from model.assessment import Assessment, Contribution, Evidence

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


def make_assessment(**fields: Any) -> Assessment:
    assessment = Assessment(
        ad_id="test:1",
        fingerprint=fingerprint(make_ad()),
        score=0.25,
        kinds={"trafficking_recruitment": 0.2, "job_fraud": 0.05, "legitimate": 0.7, "not_an_ad": 0.05},
        evidence=(Evidence(indicator="offer.urgency", field="title", start=0, end=5, quote="Night"),),
        contributions=(Contribution(name="base", value=-1.0),),
        exploitation=("forced_criminality",),
        rule=None,
        model_version="m1",
        taxonomy_version="t1",
        assessed_at=NOON,
    )
    return replace(assessment, **fields)
