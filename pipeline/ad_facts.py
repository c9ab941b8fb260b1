"""What is known of an ad beside its words, as plain values: for pages, exports, and a model that may learn it.

Nothing here is about a person: it is how the offer behaved while it ran, and how far its contacts reach.
"""

from dataclasses import dataclass
from datetime import datetime

from pipeline.changes import FACTS, Fact
from pipeline.review_queue import ReviewQueue

__all__ = ["AdFacts", "facts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdFacts:
    """One ad's facts."""

    changes: dict[Fact, int]
    """How often each fact of the offer was changed while it ran."""

    reposted: int
    reposted_under_another_name: int
    campaign_ads: int
    """Ads that say the same now, itself included."""

    contacts: int
    contact_campaigns: int
    """Unlike texts behind the contact of most; of contacts that connect."""

    contact_employers: int
    """Names behind the contact of most."""

    contact_countries: int
    contact_harmful_cases: int
    """Cases with one of its contacts that were last decided to be likely harmful or irregular."""

    contact_days: int
    """Days since the oldest of its contacts was first seen."""


def facts_of(queue: ReviewQueue, ad_id: str, *, at: datetime) -> AdFacts:
    """The facts of an ad as they stand at that moment."""
    changes = queue.ad_changes([ad_id], facts_only=True)
    reposts = queue.reposts([ad_id])
    campaign = queue.campaign_of(ad_id)
    cards = [card for card in queue.contacts_of(ad_id) if card.is_specific]
    return AdFacts(
        changes={fact: sum(change.fact == fact for change in changes) for fact in FACTS},
        reposted=sum(repost.fact == "reposted" for repost in reposts),
        reposted_under_another_name=sum(repost.fact != "reposted" for repost in reposts),
        campaign_ads=queue.campaign_size(campaign) if campaign else 1,
        contacts=len(cards),
        contact_campaigns=max((card.campaigns for card in cards), default=0),
        contact_employers=max((card.employers for card in cards), default=0),
        contact_countries=max((card.countries for card in cards), default=0),
        contact_harmful_cases=max((card.harmful_cases for card in cards), default=0),
        contact_days=max(((at - card.first_seen).days for card in cards), default=0),
    )
