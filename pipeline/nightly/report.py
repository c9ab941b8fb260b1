"""Night report: its figures, and what is unusual in them against earlier nights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from crawler.history.crawl_state import usual_shown
from pipeline.licences.results import Result
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.store.store import Store

__all__ = ["LookedUp", "NightReport", "SourceReport", "find_drift", "find_unusual_sources"]

NIGHTS: Final = timedelta(days=28)
"""What a night is compared with."""

FEWEST: Final = 30
"""Texts; of fewer, a share says nothing."""

STRICT: Final = 3.29
"""Standard errors: one false alarm in a thousand shares, since dozens are compared each night."""

LEAST_CHANGE: Final = 0.05
"""A share that moved by less is not worth a line, however sure it is."""

COUNTED: Final = (
    "scored", "opened", "audit", "uncertain", "unflagged", "resurfaced", "covered", "copies", "waiting", "awaiting",
    "closed",
)  # fmt: skip

FEW: Final = 10
"""Ads; a source of fewer has no usual number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What a night's look-ups came to."""

    ads: int = 0
    registers: int = 0
    results: Mapping[Result, int] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    """Registers that are older than their maps allow, with their day."""

    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one source brought this night."""

    source: str
    run: str | None
    """None where its crawl came to nothing."""

    addresses: int = 0
    outcomes: Mapping[str, int]
    taken_down: int = 0
    """Of the addresses that failed, those that answered 404 or 410: what becomes of every ad, and no trouble."""

    ads: int = 0
    """Ads found standing."""

    new: int = 0
    changed: tuple[str, ...] = ()
    """Ads whose text or terms read otherwise than before, by id."""

    changed_fields: Mapping[str, str] = field(default_factory=dict)
    """For each of them, what reads otherwise, in words."""

    unchanged: int = 0
    not_seen: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Why it was held back, or failed; none when all is well."""

    @property
    def failed(self) -> int:
        """Addresses that were not answered, or with an error such as 503."""
        return self.outcomes.get("failed", 0) - self.taken_down


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """One night."""

    run: str
    started_at: datetime
    ended_at: datetime
    model_version: str
    taxonomy_version: str
    taxonomy_edited: bool
    """Whether the taxonomy in use is another than the model learnt from."""

    threshold: float
    sources: tuple[SourceReport, ...]
    scored: int
    by_score: int
    by_rule: int
    audit: int
    uncertain: int
    unflagged: int
    reopened: int
    """Cases to review that were decided before: they changed, came back or were appealed."""

    waiting: int
    """Cases that are not closed: those to review, and those that await a second opinion."""

    awaiting: int
    closed: int
    resurfaced: int
    """Copies of decided campaigns that brought a new contact, destination, pay or rule."""

    covered: int
    """Flagged texts without a case of their own: copies of a campaign that has one."""

    copies: int
    """Texts that came this night and found others of their campaign."""

    campaigns_merged: int
    problems: tuple[str, ...]
    """One line each, naming the source."""

    licences: LookedUp
    """What the registers of licensed agencies said of the ads that they were not asked about before."""

    held_back: tuple[str, ...]
    """Batches of earlier nights that wait for a person to release or drop them, one line each."""

    not_due: tuple[str, ...]
    """Sources that their cards give to another night."""

    decided: int
    """Decisions since the night before: what left the queue."""

    stages: Mapping[str, float]
    """Seconds that each stage took."""

    free_mb: int
    """Megabytes that are free on the database's disk."""

    unusual: tuple[str, ...]
    """Sources that brought nothing for some nights, or far from their usual number of ads."""

    drift: tuple[str, ...]
    """Shares of tonight's texts that moved against the last 28 days."""

    @property
    def opened(self) -> int:
        """New cases, and decided ones that wait again because of a copy."""
        return self.by_score + self.by_rule + self.audit + self.uncertain + self.resurfaced

    def counts(self) -> dict[str, int]:
        """The night in numbers, as the store keeps them."""
        return {
            "sources": len(self.sources),
            "crawled": sum(source.ads for source in self.sources),
            "new": sum(source.new for source in self.sources),
            "changed": sum(len(source.changed) for source in self.sources),
            "unchanged": sum(source.unchanged for source in self.sources),
            "not_seen": sum(len(source.not_seen) for source in self.sources),
            "gone": sum(len(source.gone) for source in self.sources),
            **{name: getattr(self, name) for name in COUNTED},
        }


def find_drift(store: "Store", *, began: datetime, model_version: str, until: datetime) -> Iterator[str]:
    """What of tonight's texts is surely another share than in the 28 days before, one line each."""
    from pipeline.review.figures import newcombe  # loads NumPy, which commands on a night do without

    now = store.statistics.offer_profile(began, until, model_version=model_version)
    before = store.statistics.offer_profile(began - NIGHTS, began, model_version=model_version)
    if min(now.texts, before.texts) < FEWEST:
        return
    shares = [
        (f"language {name}", now.languages.get(name, 0), now.texts, before.languages.get(name, 0), before.texts)
        for name in sorted({*now.languages, *before.languages})
    ]
    shares.append(("pay is given", now.with_pay, now.texts, before.with_pay, before.texts))
    shares += [
        (f"indicator {name}", now.indicators.get(name, 0), now.scored, before.indicators.get(name, 0), before.scored)
        for name in sorted({*now.indicators, *before.indicators})
    ]
    for name, count, of, other, other_of in shares:
        if min(of, other_of) < FEWEST:
            continue
        low, high = newcombe(count / of, of, other / other_of, other_of, errors=STRICT)
        if not low <= 0 <= high and abs(count / of - other / other_of) >= LEAST_CHANGE:
            yield f"{name}: {count / of:.0%} of {of} texts, was {other / other_of:.0%} of {other_of}"
    if min(now.scored, before.scored) >= FEWEST and abs(now.mean_score - before.mean_score) >= LEAST_CHANGE:
        yield f"mean score: {now.mean_score:.2f}, was {before.mean_score:.2f}"


def find_unusual_sources(
    store: "Store", settings: Settings, sources: tuple[SourceReport, ...], *, began: datetime
) -> Iterator[str]:
    """Sources that brought nothing new for some nights, never an ad, or far fewer or more ads than usual."""
    quiet = settings.night.quiet_nights
    for source in sources:
        if store.runs.quiet_batches(source.source) >= quiet:
            yield f"{source.source}: brought nothing new or changed in {quiet} nights that read it"
        usual = usual_shown(settings.batches / source.source, now=began)
        if source.run and not source.ads and not source.problems and not usual:
            yield f"{source.source}: no ad was found, tonight nor before: does its card fit the site?"
        if usual is not None and usual >= FEW and not usual / 2 <= source.ads <= usual * 2:
            yield f"{source.source}: {source.ads} ads, usually {usual:g}"
