"""Puts a night together out of an installation's settings: the model in service, the policy, the open database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.source import Source
from pipeline.errors import BadSettings
from pipeline.in_service import load_assessor
from pipeline.nightly import Night, run_night
from pipeline.report import NightReport
from pipeline.review_queue import ReviewQueue
from pipeline.settings import Settings
from pipeline.showing import progress
from pipeline.triage import TriagePolicy

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["policy_of", "run_here"]


def policy_of(settings: Settings, assessor: "Assessor") -> TriagePolicy:
    """Triage's numbers: those that are set, and the model's own operating point where the threshold is not."""
    triage = settings.triage
    return TriagePolicy(
        threshold=_operating_point(assessor, triage.ordinary_flagged) if triage.threshold is None else triage.threshold,
        audit_share=triage.audit_share,
        audit_least=triage.audit_least,
        uncertain_share=triage.uncertain_share,
        rule_bonus=triage.rule_bonus,
        copies_bonus=triage.copies_bonus,
    )


def run_here(settings: Settings, sources: Sequence[Source], *, problems: Sequence[str] = ()) -> NightReport:
    """What a night of these sources came to in this installation."""
    assessor = load_assessor(settings)
    at: dict[str, int] = {}
    with (
        ReviewQueue.open(settings.database, create=True) as queue,
        progress("pages") as on_pages,
        progress("ads scored") as on_scored,
    ):

        def on_crawled(source: str, addresses: int, _ads: int) -> None:
            on_pages(addresses - at.get(source, 0))
            at[source] = addresses

        night = Night(
            settings=settings,
            queue=queue,
            assessor=assessor,
            policy=policy_of(settings, assessor),
            clock=lambda: datetime.now(UTC),
            on_crawled=on_crawled,
            on_scored=on_scored,
        )
        return run_night(night, sources, problems=problems)


def _operating_point(assessor: "Assessor", share: float) -> float:
    """The score from which on the model flags this share of ordinary ads, as it was measured."""
    points = assessor.thresholds
    if share not in points:
        known = ", ".join(f"{each:g}" for each in sorted(points)) or "none"
        raise BadSettings(
            f"triage.ordinary_flagged: {share:g} is not among the operating points of {assessor.model_version} "
            f"({known}); expected one of them, or triage.threshold set in lurewatch.toml"
        )
    return points[share]
