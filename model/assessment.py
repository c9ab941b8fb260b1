"""Assessment: the model's score of one ad, with its reasons."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["KINDS", "Assessment", "Contribution", "Evidence", "Kind", "RuleMet"]

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
