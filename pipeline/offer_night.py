"""Reads by night what the overview counts cases by, so that no page has to read texts."""

from typing import Final

from pipeline.offer_facts import read_offer
from pipeline.review_queue import ReviewQueue

__all__ = ["read_offers"]

CHUNK: Final = 500


def read_offers(queue: ReviewQueue) -> int:
    """How many offers were read: those of new cases, of changed texts and of new assessments, some at a time."""
    count = 0
    while offers := queue.unread_offers(limit=CHUNK):
        with queue.atomic():
            for version_id, assessment_id, ad, hints in offers:
                queue.keep_offer(version_id, assessment_id, read_offer(ad), hints)
        count += len(offers)
    return count
