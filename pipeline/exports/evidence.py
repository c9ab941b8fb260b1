"""Batches in which the store saw an ad, for its evidence."""

from pathlib import Path

from crawler.errors import BadEvidence
from crawler.evidence.gather import SeenAd
from pipeline.store.ads.ads import Ads

__all__ = ["seen_in_store"]


def seen_in_store(ads: Ads, ad_id: str, *, batches: Path) -> tuple[SeenAd, ...]:
    """Every version of the ad that came with an archived page, oldest first. The others are no evidence of anything.

    Raises ``UnknownAd`` for an ad that the store does not hold, ``BadEvidence`` where no version has a page.
    """
    ads.get(ad_id)
    versions = ads.version_batches(ad_id)
    found = tuple(SeenAd(ad=ad, batch=batches / source / run) for ad, source, run in versions if ad.page)
    if not found:
        raise BadEvidence(f"ad {ad_id}: expected a version with an archived page, found none: its source keeps none")
    return found
