"""All that the store knows of one case, as whoever reads it may see it."""

from dataclasses import dataclass, replace

from crawler.ad import JobAd
from model.assessment import Assessment
from pipeline.case import Case, Decision
from pipeline.changes import AdChange
from pipeline.redaction import (
    ad_without_contacts,
    assessment_without_contacts,
    changes_without_contacts,
    hide_contacts,
)
from pipeline.review_queue import ReviewQueue
from pipeline.store_opinions import OpinionState

__all__ = ["CaseReading", "read_case", "without_contacts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """One case with its ads, newest assessment, history and decisions."""

    case: Case
    ads: tuple[JobAd, ...]
    """Each copy, the one that stands for all first; never empty."""

    versions: tuple[JobAd, ...]
    """Every text that the first of them has carried, oldest first."""

    assessment: Assessment | None
    changed: tuple[AdChange, ...]
    decisions: tuple[Decision, ...]
    made: int
    """How many decisions there are, those that are not shown included."""

    opinion: OpinionState | None
    """How far a second opinion has come, where one is asked for."""


def read_case(queue: ReviewQueue, case_id: int, *, reader: str, contacts: bool) -> CaseReading:
    """The case as it stands now; without ``contacts`` none is left in it. While a second opinion is awaited nobody but
    the first analyst sees what was decided, and they only their own."""
    ads = queue.case_ads(case_id)
    opinion = queue.opinion_state(case_id)
    decisions = made = queue.decisions(case_id)
    if opinion is not None and opinion.standing == "awaited":
        decisions = tuple(each for each in decisions if each.analyst == reader == opinion.first)
    reading = CaseReading(
        case=queue.case(case_id),
        ads=ads,
        versions=queue.versions(ads[0].ad_id),
        assessment=queue.assessment(case_id),
        changed=queue.ad_changes([each.ad_id for each in ads], facts_only=True),
        decisions=decisions,
        made=len(made),
        opinion=opinion,
    )
    return reading if contacts else without_contacts(reading)


def without_contacts(reading: CaseReading) -> CaseReading:
    """The same case with every contact in it hidden, in notes too."""
    ads = tuple(map(ad_without_contacts, reading.ads))
    return replace(
        reading,
        case=replace(reading.case, title=ads[0].title),
        ads=ads,
        versions=tuple(map(ad_without_contacts, reading.versions)),
        assessment=reading.assessment and assessment_without_contacts(reading.assessment, ads[0]),
        changed=changes_without_contacts(reading.changed),
        decisions=tuple(replace(each, note=hide_contacts(each.note)) for each in reading.decisions),
    )
