"""Case, Decision and Run: what is triaged, what is decided, one night's work."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

Verdict = Literal[
    "trafficking_recruitment", "job_fraud", "irregular_recruitment", "legitimate", "not_an_ad", "cannot_tell"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

HARMFUL: Final[frozenset[Verdict | None]] = frozenset({"trafficking_recruitment", "job_fraud", "irregular_recruitment"})
"""Verdicts that count against an offer and its contacts."""

Reason = Literal["score", "indicator_rule", "audit", "uncertain", "resurfaced", "reported"]
"""Why a case was opened: its score, a combination of indicators, the random audit, that the model is unsure and would
learn from it, a text that changed since, or somebody who brought it (a hotline, a visitor)."""
REASONS: tuple[Reason, ...] = get_args(Reason)

State = Literal["open", "decided", "reopened"]
"""Derived from the decisions: none yet; the newest saw the present text; the text has changed since the newest."""


def rank_of(draw: str, fingerprint: str) -> float:
    """Where a text stands in a draw, from 0 to below 1: as if by chance, and the same whenever the draw is repeated."""
    digest = hashlib.blake2b(f"{draw}\x1f{fingerprint}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one analyst said of one case. Only ever added; a change of mind is another decision."""

    decision_id: int | None = None
    """Given by the store."""

    case_id: int
    analyst: str
    verdict: Verdict
    confirmed: tuple[str, ...] = ()
    """Indicators that the analyst found true of the offer."""

    rejected: tuple[str, ...] = ()
    """Indicators that the analyst found wrongly shown."""

    tags: tuple[str, ...] = ()
    """Words that the analysts of this installation find cases by."""

    note: str = ""
    withdraws: int | None = None
    """The decision that this one takes back; it then says nothing of its own."""

    settles: bool = False
    """Whether it settles what two others saw differently."""

    fingerprint: str
    """The text that was judged."""

    model_version: str | None
    """The assessment that was seen."""

    score: float | None
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case for all copies of a text."""

    case_id: int
    fingerprint: str
    """The text as it stands now."""

    reason: Reason
    priority: float
    """The queue's order: largest first. Policy, not a probability."""

    opened_at: datetime
    state: State
    title: str
    source: str
    language: str | None
    score: float | None
    kind: str | None
    """The likeliest kind."""

    copies: int
    """How many ads carry this text now."""

    campaign_ads: int
    """How many ads say this in these words or nearly, as the last night counted them."""

    lane: str
    employer: str | None
    country: str | None
    blind: bool
    """Whether whoever decides next sees neither score nor marks: the audit, and a share of the others with it."""

    verdict: Verdict | None
    """Of a closed case."""

    analyst: str | None
    """Who decided last; None while a second opinion is awaited."""

    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One night: when it ran, what came of it, what went wrong."""

    run_id: int
    started_at: datetime
    ended_at: datetime | None
    """None while it runs, or when it was cut short."""

    counts: Mapping[str, int]
    """``crawled``, ``new``, ``changed``, ``unchanged``, ``not_seen``, ``gone``, ``scored``, ``opened``, ``audit``,
    ``unflagged``."""

    problems: tuple[str, ...]
    """One line each, naming the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """How one offer reads."""

    sector: str
    """``unknown`` where no word tells."""

    addressed: str
    """``women``, ``men`` or ``either``, by the words of the offer."""

    schooling: str
    """``higher``, ``secondary``, ``none_needed`` or ``not_said``."""

    reached: str
    """By what one is to answer: ``messenger`` where a messenger or social network is named, ``other`` for telephone,
    mail or a page alone, ``not_said``."""
