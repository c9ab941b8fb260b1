"""Scored files: JSON Lines, one Assessment a line, in the order of the ads."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

from crawler.whole_file import dumps_line
from model.assessment import Assessment, Contribution, Evidence, RuleMet

__all__ = ["assessment_from_record", "assessment_line", "assessment_to_record"]

_EVIDENCE: Final = tuple(each.name for each in fields(Evidence))
_CONTRIBUTION: Final = tuple(each.name for each in fields(Contribution))
_values_of_evidence = attrgetter(*_EVIDENCE)  # ``asdict`` would copy each value: a third of writing a file
_values_of_contribution = attrgetter(*_CONTRIBUTION)


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


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return dict(zip(_EVIDENCE, _values_of_evidence(evidence), strict=True))


def _contribution(contribution: Contribution) -> dict[str, Any]:
    values = zip(_CONTRIBUTION, _values_of_contribution(contribution), strict=True)
    return {name: value for name, value in values if value is not None}
