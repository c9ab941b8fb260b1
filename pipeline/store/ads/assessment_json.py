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
    """The assessment as a JSON object, every field there; contributions that are tied to nothing leave it out.

    Field by field: ``asdict`` takes a third of writing a file.
    """
    return {
        "ad_id": assessment.ad_id,
        "fingerprint": assessment.fingerprint,
        "score": round(assessment.score, 6),
        "kinds": {kind: round(share, 6) for kind, share in assessment.kinds.items()},
        "evidence": [
            {
                "indicator": each.indicator,
                "field": each.field,
                "start": each.start,
                "end": each.end,
                "quote": each.quote,
            }
            for each in assessment.evidence
        ],
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


def _contribution(contribution: Contribution) -> dict[str, Any]:
    record = {
        "name": contribution.name, "value": contribution.value, "indicator": contribution.indicator,
        "field": contribution.field, "start": contribution.start, "end": contribution.end,
    }  # fmt: skip
    return {name: value for name, value in record.items() if value is not None}
