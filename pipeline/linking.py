"""Puts a night's ads into the graph of contacts: after intake, each version of an ad once."""

from pipeline.contact_vault import ContactVault
from pipeline.review_queue import ReviewQueue

__all__ = ["link_contacts"]


def link_contacts(queue: ReviewQueue, vault: ContactVault) -> int:
    """How many versions were linked; one act, so that a crash repeats it whole."""
    with queue.atomic():
        versions = queue.unlinked_versions()
        for version_id, ad in zip(versions, queue.version_ads(versions), strict=True):
            queue.link_contacts(version_id, ad, vault)
    return len(versions)
