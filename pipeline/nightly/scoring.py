"""Assessment of pending ads, and facts of pending offers for the overview."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pipeline.nightly.offer_facts import read_offer
from pipeline.review.ad_facts import FactCounter
from pipeline.review.scored_file import ADS_AT_ONCE, AdsToScore, Places, score_chunks
from pipeline.store.store import Store

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["assess_pending", "read_offers"]

OFFERS_AT_ONCE: Final = 500


def assess_pending(
    store: Store, assessor: "Assessor", *, places: Places, workers: int, now: datetime, progress: Callable[[int], None]
) -> int:
    """How many ads of the store were assessed; each chunk is kept as soon as it is read.

    ``places`` are the folders that ``assessor`` was loaded from: few ads are read here, of more each worker loads its
    own. ``progress`` hears of each chunk before it is committed.
    """
    count = 0
    pending = _pending(store, assessor, now)
    for chunk, (rows, _) in score_chunks(pending, places=places, workers=workers, now=now, assessor=assessor):
        with store.atomic():
            store.assessments.add_rows(zip(chunk.versions, rows, strict=True))
            progress(len(rows))
        count += len(rows)
    return count


def _pending(store: Store, assessor: "Assessor", now: datetime) -> Iterator[AdsToScore]:
    counter = FactCounter(store, at=now)
    for chunk in store.assessments.pending(assessor.model_version, assessor.taxonomy_version, chunk=ADS_AT_ONCE):
        versions = {pending.version_id: pending.ad.ad_id for pending in chunk}
        facts = counter.count(versions) if assessor.reads_facts else {}
        yield AdsToScore([pending.ad for pending in chunk], facts, tuple(versions))


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
