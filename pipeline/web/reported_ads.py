"""Ads from outside beside the store: the case, campaign and contacts that they match; cases for reported ones."""

import re
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from crawler.ad import JobAd, derive_ad_id, fingerprint
from pipeline.errors import BadReport
from pipeline.linking.campaigns import STRICT, THRESHOLD
from pipeline.linking.contacts import ContactCard, ContactVault, find_identities
from pipeline.linking.near_duplicates import Shingled, shingle_all, sign, unpack, words_shared
from pipeline.nightly.triage import TriagePolicy, priority_of
from pipeline.review.decisions import is_read_blind
from pipeline.settings.messages import mark
from pipeline.store.store import Store
from pipeline.web.checker import CheckedAd

__all__ = [
    "CampaignMatch",
    "Matches",
    "case_read_blind",
    "check_source",
    "find_matches",
    "matches_record",
    "open_reported",
]

_LEAST_ALIKE: Final = 0.2
"""As the night's gathering has it: less alike, words are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMatch:
    """The campaign whose text the ad repeats."""

    campaign_id: str
    title: str
    ads: int
    similarity: float
    """1.0 where the texts read the same but for numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What the store knows that is like the ad. It holds no verdict, so that it gives none away."""

    case_id: int | None
    """The case of this very text."""

    campaign: CampaignMatch | None
    contacts: tuple[tuple[ContactCard, str], ...]
    """Contacts of the ad that other ads have as well, each with the contact itself."""


def find_matches(store: Store, ad: JobAd, vault: ContactVault | None) -> Matches:
    """The matches of an ad, for readers who may see contacts; without a ``vault`` no contact is looked for."""
    contacts = [
        (card, each.value)
        for each in find_identities(ad)
        if vault and (card := store.contacts.get(vault.hash_of(each)))
    ]
    (text,) = shingle_all([ad])
    campaign_id, best = store.campaigns.of_key(text.key), 1.0
    if campaign_id is None:
        campaign_id, best = _nearest(store, text)
    campaign, title = None, store.campaigns.title(campaign_id) if campaign_id else None
    if campaign_id is not None and title is not None:  # without a title every text of it was removed
        size = store.campaigns.size(campaign_id)
        campaign = CampaignMatch(campaign_id=campaign_id, title=title, ads=size, similarity=round(best, 3))
    return Matches(case_id=store.cases.of_text(fingerprint(ad)), campaign=campaign, contacts=tuple(contacts))


def case_read_blind(store: Store, ad: JobAd, reader: str) -> int | None:
    """The case of these words that the reader still has to read without score and marks: a check shows them no sooner.

    The same words but for numbers count, and so does a title that was pasted as part of the text.
    """
    (text,) = shingle_all([ad])
    campaign = store.campaigns.of_key(text.key)
    cases = [each.case_id for each in store.campaigns.cases(campaign)] if campaign else []
    if (exact := store.cases.of_text(fingerprint(ad))) is not None:
        cases.insert(0, exact)
    read_so = (
        each for each in cases if is_read_blind(store.cases.get(each), store.decisions.opinion_state(each), reader)
    )
    return next(read_so, None)


def matches_record(found: Matches) -> dict[str, Any]:
    """The matches for a machine."""
    campaign = found.campaign
    return {
        "case": found.case_id,
        "campaign": None if campaign is None else {
            "id": campaign.campaign_id, "title": campaign.title, "ads": campaign.ads, "similarity": campaign.similarity,
        },
        "known_contacts": [
            {"kind": card.kind, "value": value, "ads": card.ads, "campaigns": card.campaigns,
             "first_seen": card.first_seen.isoformat(), "last_seen": card.last_seen.isoformat()}
            for card, value in found.contacts
        ],
    }  # fmt: skip


def _nearest(store: Store, text: Shingled) -> tuple[str | None, float]:
    """The campaign with the most similar text that counts as a copy, and how similar it is. Stored texts are compared
    one by one: adding the new one would join campaigns that it merely stands between."""
    found: str | None = None
    best = 0.0
    signature = sign([text.hashes])[0]
    for stored in store.campaigns.signed_texts():
        alike = (unpack(stored.signatures) == signature).mean(axis=1)
        for row in np.flatnonzero(alike >= _LEAST_ALIKE).tolist():
            share = float(alike[row])
            if share < STRICT:  # then only words in order tell a copy from a shared paragraph
                share = words_shared(text.words, stored.words[row])
                if share < THRESHOLD:
                    continue
            if share > best:
                found, best = stored.names[row].campaign_id, share
    return found, best


_SOURCE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


def check_source(source: str, crawled: Container[str]) -> None:
    """Raise ``BadReport`` unless a report may bear this source: one that a crawl collects would count it as missed by
    its next batch."""
    if not _SOURCE_NAME.fullmatch(source):
        raise BadReport(mark("source %(source)r: expected a short word such as hotline"), source=source[:40])
    if source in crawled:
        raise BadReport(mark("source %(source)r is one that a crawl collects"), source=source)


def open_reported(
    store: Store, checked: CheckedAd, source: str, *, by: str, vault: ContactVault | None
) -> tuple[int, bool]:
    """The case of a reported ad, and whether it is new: a text that has a case gets no second one."""
    assessment = checked.assessment
    ad_id = derive_ad_id(source, checked.ad.title, checked.ad.description)
    ad = replace(checked.ad, source=source, ad_id=ad_id)
    text, at = fingerprint(ad), ad.seen_at
    with store.atomic():
        known = store.cases.of_text(text)
        outcome = store.ads.record(ad, batch_id=None)
        store.cases.follow_text(ad_id, at=at)
        version_id = store.ads.current_version(ad_id)
        assert version_id is not None  # it was recorded above
        if known is None:
            policy = TriagePolicy(threshold=checked.threshold)
            rule = assessment.rule.rule if assessment.rule else None
            priority = priority_of(assessment.score, rule, 1, policy, floor=True)
            store.assessments.add(version_id, replace(assessment, ad_id=ad_id))
            case_id = store.cases.open(text, reason="reported", priority=priority, at=at)
        else:
            case_id = known
        if vault and outcome != "unchanged":
            store.contacts.link(version_id, ad, vault)
        store.audit.record("opened_case", f"case {case_id}", by=by, at=at, source=source, new=known is None)
    return case_id, known is None
