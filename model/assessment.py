"""Assessment of one ad: score, reasons, the record and the line of a scored file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from crawler.files import dumps_line

Kind = Literal["trafficking_recruitment", "job_fraud", "legitimate", "not_an_ad"]

KINDS: tuple[Kind, ...] = ("trafficking_recruitment", "job_fraud", "legitimate", "not_an_ad")
"""The kinds in the order of every probability vector; the score is the sum of the first two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One span of an ad's text that shows an indicator."""

    indicator: str
    """Key in the taxonomy, ``family.name``, e.g. ``debt.fee_before_travel``."""

    field: str
    """The JobAd field that holds the text: ``title``, ``description``, ``hiring_organization``, ..."""

    start: int
    end: int
    quote: str
    """The text itself: always ``getattr(ad, field)[start:end]``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one reason added to the score, in log-odds; negative speaks against."""

    name: str
    """The reason in words for people: an indicator's title, or ``words: ...``."""

    value: float
    """Signed log-odds. All contributions of an assessment, ``base`` included, sum to the score's logit."""

    indicator: str | None = None
    field: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMet:
    """A combination of indicators that the ad met."""

    rule: str
    title: str
    source: str
    """Where the rule comes from, for people: a title and an address."""

    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the model says of one ad. It never says that an ad *is* trafficking: it says how likely a reviewer is to
    act on it, and why."""

    ad_id: str
    """The ad's id."""

    fingerprint: str
    """Of the text; equal for copies."""

    score: float
    """0 to 1: calibrated probability that a reviewer would act on this ad."""

    kinds: dict[Kind, float]
    """Probability by kind; they sum to 1, and the first two sum to the score."""

    evidence: tuple[Evidence, ...]
    """In reading order: by field, then start."""

    contributions: tuple[Contribution, ...]
    """Largest first by absolute value."""

    exploitation: tuple[str, ...]
    """Hints from the indicators shown: ``forced_criminality``, ``debt_bondage``, ..."""

    rule: RuleMet | None
    """The combination of indicators that was met."""

    model_version: str
    """The model's folder name."""

    taxonomy_version: str
    """A digest of the taxonomy's content."""

    assessed_at: datetime
    """When the ad was scored, in UTC."""


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
        "evidence": [{name: getattr(each, name) for name in _EVIDENCE} for each in assessment.evidence],
        "contributions": [
            {name: value for name in _CONTRIBUTION if (value := getattr(each, name)) is not None}
            for each in assessment.contributions
        ],
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


_EVIDENCE: Final = ("indicator", "field", "start", "end", "quote")
_CONTRIBUTION: Final = ("name", "value", "indicator", "field", "start", "end")
