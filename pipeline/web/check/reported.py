"""Reported ads: opened as cases, with the source that they came from."""

import re
from dataclasses import replace
from typing import Final

from crawler.ad import derive_ad_id, fingerprint
from pipeline.errors import BadReport
from pipeline.linking.contacts import ContactVault
from pipeline.nightly.triage import TriagePolicy, priority_of
from pipeline.settings.messages import mark
from pipeline.store.store import Store
from pipeline.web.check.checker import CheckedAd

__all__ = ["open_reported"]

_SOURCE: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


def open_reported(
    store: Store, checked: CheckedAd, source: str, *, by: str, vault: ContactVault | None, crawled: frozenset[str]
) -> tuple[int, bool]:
    """The case of a reported ad, and whether it is new: a text that has a case gets no second one.

    ``crawled`` are the names of sources that a crawl collects: a reported ad under one of them would count as missed by
    its next batch. Raises ``BadReport``.
    """
    if not _SOURCE.fullmatch(source):
        raise BadReport(mark("source %(source)r: expected a short word such as hotline"), source=source[:40])
    if source in crawled:
        raise BadReport(mark("source %(source)r is one that a crawl collects"), source=source)
    assessment = checked.assessment
    ad_id = derive_ad_id(source, checked.ad.title, checked.ad.description)
    ad = replace(checked.ad, source=source, ad_id=ad_id)
    text, at = fingerprint(ad), ad.seen_at
    with store.atomic():
        known = store.cases.of_text(text)
        recorded = store.ads.record(ad, batch_id=None)
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
        if vault and recorded.outcome != "unchanged":
            store.contacts.link(version_id, ad, vault)
        store.audit.record("opened_case", f"case {case_id}", by=by, at=at, source=source, new=known is None)
    return case_id, known is None
