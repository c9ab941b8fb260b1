"""Scored files: JSON Lines, one Assessment a line, in the order of the ads."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from crawler.files import dumps_line
from model.assessment import Assessment, Contribution, Evidence, RuleMet

__all__ = ["AssessmentRow", "assessment_from_record", "assessment_line", "assessment_row", "assessment_to_record"]


class AssessmentRow(NamedTuple):
    """What the database keeps of an assessment: columns to sort and count by, and all of it as a line."""

    model_version: str
    taxonomy_version: str
    score: float
    kind: str
    """The kind that the model holds likeliest."""

    rule: str | None
    assessed_at: datetime
    record: str


def assessment_row(assessment: Assessment) -> AssessmentRow:
    """The assessment as it is stored; what reads ads in a process of its own sends no more than this."""
    return AssessmentRow(
        model_version=assessment.model_version,
        taxonomy_version=assessment.taxonomy_version,
        score=assessment.score,
        kind=max(assessment.kinds, key=lambda kind: assessment.kinds[kind]),
        rule=assessment.rule.rule if assessment.rule else None,
        assessed_at=assessment.assessed_at,
        record=assessment_line(assessment),
    )


def assessment_to_record(assessment: Assessment) -> dict[str, Any]:
    """The assessment as a JSON object, every field there; contributions that are tied to nothing leave it out."""
    return {
        "ad_id": assessment.ad_id,
        "fingerprint": assessment.fingerprint,
        "score": round(assessment.score, 6),
        "kinds": {kind: round(share, 6) for kind, share in assessment.kinds.items()},
        "evidence": [_evidence(each) for each in assessment.evidence],
        "contributions": [_contribution(each) for each in assessment.contributions],
        "exploitation": list(assessment.exploitation),
        "rule": asdict(assessment.rule) if assessment.rule else None,
        "model_version": assessment.model_version,
        "taxonomy_version": assessment.taxonomy_version,
        "assessed_at": assessment.assessed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def assessment_from_record(record: Mapping[str, Any]) -> Assessment:
    """The assessment that was written; for records of our own making, so a missing key raises ``KeyError``."""
    rule = record["rule"]
    return Assessment(
        ad_id=record["ad_id"],
        fingerprint=record["fingerprint"],
        score=record["score"],
        kinds=record["kinds"],
        evidence=tuple(Evidence(**each) for each in record["evidence"]),
        contributions=tuple(Contribution(**each) for each in record["contributions"]),
        exploitation=tuple(record["exploitation"]),
        rule=RuleMet(**{**rule, "indicators": tuple(rule["indicators"])}) if rule else None,
        model_version=record["model_version"],
        taxonomy_version=record["taxonomy_version"],
        assessed_at=datetime.fromisoformat(record["assessed_at"]),
    )


def assessment_line(assessment: Assessment) -> str:
    """One line of a scored file, line end included."""
    return dumps_line(assessment_to_record(assessment))


# Field by field: what goes over the fields of a class, as ``asdict`` does, takes a third of writing a file.


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "indicator": evidence.indicator,
        "field": evidence.field,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
    }


def _contribution(contribution: Contribution) -> dict[str, Any]:
    record: dict[str, Any] = {"name": contribution.name, "value": contribution.value}
    if contribution.indicator is not None:
        record["indicator"] = contribution.indicator
    if contribution.field is not None:
        record["field"] = contribution.field
    if contribution.start is not None:
        record["start"] = contribution.start
    if contribution.end is not None:
        record["end"] = contribution.end
    return record
