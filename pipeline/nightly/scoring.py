"""Assessment of pending ads, and facts of pending offers for the overview."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pipeline.nightly.offer_facts import read_offer
from pipeline.review.ad_facts import FactCounter
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["assess_pending", "read_offers"]

ADS_AT_ONCE: Final = 256
"""Ads that are read at a time: as many as the model looks at together, few enough that a crash loses seconds."""

OFFERS_AT_ONCE: Final = 500


def assess_pending(store: Store, assessor: "Assessor", *, now: datetime, progress: Callable[[int], None]) -> int:
    """How many ads of the store were assessed; each chunk is kept as soon as it is read. ``progress`` hears of each
    before it is committed."""
    count, counter = 0, FactCounter(store, at=now)
    for chunk in store.assessments.pending(assessor.model_version, assessor.taxonomy_version, chunk=ADS_AT_ONCE):
        versions = {pending.version_id: pending.ad.ad_id for pending in chunk}
        facts = counter.count(versions) if assessor.reads_facts else {}
        assessments = list(assessor.assess((pending.ad for pending in chunk), assessed_at=now, facts=facts))
        with store.atomic():
            for pending, assessment in zip(chunk, assessments, strict=True):
                store.assessments.add(pending.version_id, assessment)
            progress(len(chunk))
        count += len(chunk)
    return count


def read_offers(store: Store) -> int:
    """How many offers were read: those of new cases, of changed texts and of new assessments, some at a time.

    The overview counts cases by these facts, so that no page has to read texts.
    """
    count = 0
    while offers := store.assessments.pending_offers(limit=OFFERS_AT_ONCE):
        with store.atomic():
            for version_id, assessment_id, ad, hints in offers:
                store.assessments.set_offer_facts(version_id, assessment_id, read_offer(ad), hints)
        count += len(offers)
    return count
