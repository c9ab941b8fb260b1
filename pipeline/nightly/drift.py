"""Drift of a night against earlier ones: texts, indicators, scores, sources."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from crawler.history.crawl_state import usual_shown
from pipeline.nightly.notifications.report import SourceReport
from pipeline.review.trends import newcombe
from pipeline.settings.records import Settings
from pipeline.store.statistics import OfferProfile
from pipeline.store.store import Store

__all__ = ["find_drift", "find_unusual_sources"]

NIGHTS: Final = timedelta(days=28)
"""What a night is compared with."""

FEWEST: Final = 30
"""Texts; of fewer, a share says nothing."""

STRICT: Final = 3.29
"""Standard errors: one false alarm in a thousand shares, since dozens are compared each night."""

LEAST_CHANGE: Final = 0.05
"""A share that moved by less is not worth a line, however sure it is."""


def find_drift(store: Store, *, began: datetime, model_version: str, until: datetime) -> tuple[str, ...]:
    """What of tonight's texts is surely another share than in the 28 days before, one line each."""
    now = store.statistics.offer_profile(began, until, model_version=model_version)
    before = store.statistics.offer_profile(began - NIGHTS, began, model_version=model_version)
    if min(now.texts, before.texts) < FEWEST:
        return ()
    return tuple(_moved(now, before))


def _moved(now: OfferProfile, before: OfferProfile) -> Iterator[str]:
    shares = [
        *(
            (f"language {name}", now.languages.get(name, 0), before.languages.get(name, 0))
            for name in sorted({*now.languages, *before.languages})
        ),
        ("pay is given", now.with_pay, before.with_pay),
    ]  # fmt: skip
    for name, count, other in shares:
        yield from _line(name, count, now.texts, other, before.texts)
    for name in sorted({*now.indicators, *before.indicators}):
        count, other = now.indicators.get(name, 0), before.indicators.get(name, 0)
        yield from _line(f"indicator {name}", count, now.scored, other, before.scored)
    if min(now.scored, before.scored) >= FEWEST and abs(now.mean_score - before.mean_score) >= LEAST_CHANGE:
        yield f"mean score: {now.mean_score:.2f}, was {before.mean_score:.2f}"


def _line(name: str, count: int, of: int, other: int, other_of: int) -> Iterator[str]:
    if min(of, other_of) < FEWEST:
        return
    share, before = count / of, other / other_of
    low, high = newcombe(share, of, before, other_of, errors=STRICT)
    if not low <= 0 <= high and abs(share - before) >= LEAST_CHANGE:
        yield f"{name}: {share:.0%} of {of} texts, was {before:.0%} of {other_of}"


def find_unusual_sources(
    store: Store, settings: Settings, sources: tuple[SourceReport, ...], *, began: datetime
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


FEW: Final = 10
"""Ads; a source of fewer has no usual number."""
