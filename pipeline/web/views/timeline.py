"""Timeline of a case: when its copies came, changed and went, and what was decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Final, Literal

from crawler.ad import JobAd
from pipeline.case import Decision
from pipeline.linking.changes import AdChange, pay_text
from pipeline.store.cases import CopyLife
from pipeline.web.presenters import Change, changes
from pipeline.web.views.work.proceedings import CaseProceedings

__all__ = ["TimelineEvent", "build_timeline", "short_changes"]

Kind = Literal["collected", "joined", "changed", "fact", "gone", "decided", "withdrawn", "held", "released", "appealed"]

_CONTEXT: Final = 60
"""Characters of what was kept that are shown on either side of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One thing that happened to a case or to an ad of it."""

    at: datetime
    kind: Kind
    ad_id: str | None = None
    source: str | None = None
    steps: tuple[Change, ...] = ()
    """The way from the text before to the one after, shortened; empty for a short fact."""

    fact: AdChange | None = None
    decision: Decision | None = None
    by: str | None = None
    """Who held or released the case, or recorded an appeal."""

    text: str | None = None
    """Why, or what was said."""


def build_timeline(
    *,
    copies: Iterable[CopyLife],
    versions: tuple[JobAd, ...],
    changed: Iterable[AdChange],
    decisions: Iterable[Decision],
    proceedings: CaseProceedings,
) -> tuple[TimelineEvent, ...]:
    """What happened, newest first. ``versions`` are the texts of the ad that stands for the case."""
    found = [
        *_copies(copies, versions),
        *_versions(versions),
        *map(_fact, changed),
        *(
            TimelineEvent(at=each.decided_at, kind="withdrawn" if each.withdraws else "decided", decision=each)
            for each in decisions
        ),
        *_proceedings(proceedings),
    ]
    return tuple(sorted(found, key=lambda event: event.at))[::-1]


def short_changes(steps: Iterable[Change]) -> tuple[Change, ...]:
    """The same with long stretches of what was kept cut to the words around a change."""
    every = tuple(steps)
    last = len(every) - 1
    found = []
    for number, step in enumerate(every):
        if step.act != "kept" or len(step.text) <= 2 * _CONTEXT:
            found.append(step)
            continue
        before = step.text[:_CONTEXT] if number else ""
        after = step.text[-_CONTEXT:] if number < last else ""
        found.append(replace(step, text=f"{before} … {after}"))
    return tuple(found)


def _fact(change: AdChange) -> TimelineEvent:
    """A long text is shown by what changed in it, not twice."""
    before, after = change.before or "", change.after or ""
    is_long = before and after and len(before) + len(after) > 2 * _CONTEXT
    steps = short_changes(changes(before, after)) if is_long else ()
    return TimelineEvent(at=change.changed_at, kind="fact", ad_id=change.ad_id, fact=change, steps=steps)


def _copies(copies: Iterable[CopyLife], versions: tuple[JobAd, ...]) -> Iterator[TimelineEvent]:
    first = versions[0].ad_id if versions else None
    for copy in copies:
        if copy.ad_id != first:
            yield TimelineEvent(at=copy.joined_at, kind="joined", ad_id=copy.ad_id, source=copy.source)
        if copy.gone_at is not None:
            yield TimelineEvent(at=copy.gone_at, kind="gone", ad_id=copy.ad_id, source=copy.source)


def _versions(versions: tuple[JobAd, ...]) -> Iterator[TimelineEvent]:
    for ad in versions[:1]:
        yield TimelineEvent(at=ad.seen_at, kind="collected", ad_id=ad.ad_id, source=ad.source)
    for old, new in pairwise(versions):
        steps = short_changes(changes(_whole(old), _whole(new)))
        yield TimelineEvent(at=new.seen_at, kind="changed", ad_id=new.ad_id, source=new.source, steps=steps)


def _proceedings(known: CaseProceedings) -> Iterator[TimelineEvent]:
    for each in known.holds:
        yield TimelineEvent(at=each.set_at, kind="held", by=each.set_by, text=each.reason)
        if each.ended_at is not None:
            yield TimelineEvent(at=each.ended_at, kind="released", by=each.ended_by, text=each.end_reason)
    for appeal in known.appeals:
        yield TimelineEvent(at=appeal.at, kind="appealed", by=appeal.recorded_by, text=appeal.text)


def _whole(ad: JobAd) -> str:
    lines = (ad.title, ad.hiring_organization, ad.job_location, pay_text(ad.base_salary), ad.description)
    contacts = "; ".join(f"{each.kind}: {each.value}" for each in ad.contacts)
    return "\n".join(line for line in (*lines, contacts) if line)
