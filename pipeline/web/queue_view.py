"""One page of the queue as it is shown: its lanes, what it can be narrowed by, its cases."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pipeline.case import Case
from pipeline.case_filter import LANES, CaseFilter, Facet, Lane, Place
from pipeline.contact_card import ContactChoice
from pipeline.redaction import hide_contacts
from pipeline.review_queue import ReviewQueue
from pipeline.store_desk import DeskPage, FacetValue, SavedFilter
from pipeline.web.gate import is_allowed

__all__ = ["FacetChoice", "QueueView", "present_queue"]

CHOSEN: Final[tuple[Facet, ...]] = ("reason", "kind", "indicator", "source", "language", "country", "analyst", "tag")
"""Facets of which one value is chosen from a list."""

TYPED: Final[tuple[Facet, ...]] = ("employer", "place")
"""Facets of so many values that one types, with the most frequent ones offered."""

OFFERED: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetChoice:
    """What a facet offers, and what is chosen of it."""

    facet: Facet
    chosen: str | None
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneTab:
    """One lane with how many cases wait in it, and the filter that leads there."""

    lane: Lane | None
    waiting: int
    query: dict[str, str]
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """All that the page of the queue shows."""

    cases: tuple[Case, ...]
    total: int | None
    wanted: CaseFilter
    query: dict[str, str]
    is_filtered: bool
    is_first: bool
    following: Place | None
    lanes: tuple[LaneTab, ...]
    chosen: tuple[FacetChoice, ...]
    typed: tuple[FacetChoice, ...]
    counts: dict[str, int]
    saved: tuple[SavedFilter, ...]
    last_run: datetime | None
    contacts: tuple[ContactChoice, ...]
    """Of the cases shown, the contacts that more than one has, and the one that is asked for; none for whoever may not
    see them."""

    resume: int | None
    """The case that one had open last."""


def present_queue(
    queue: ReviewQueue, wanted: CaseFilter, page: DeskPage, after: Place | None, analyst: str
) -> QueueView:
    """The view of a page; titles without contacts where whoever reads may not see them."""
    runs = queue.runs(limit=1)
    counts = {
        "waiting": queue.count(CaseFilter()),  # those that wait for a second opinion are decided, and wait
        "decided": queue.count(CaseFilter(state="decided")),
        "reopened": queue.count(CaseFilter(facets=(("standing", "reopened"),))),
    }
    return QueueView(
        cases=tuple(page.cases if is_allowed("see_contacts") else map(_without_contacts, page.cases)),
        total=page.total,
        wanted=wanted,
        query=wanted.query(),
        is_filtered=wanted != CaseFilter(state=wanted.state),
        is_first=after is None,
        following=page.following,
        lanes=_lanes(queue, wanted, counts),
        chosen=_choices(queue, wanted, CHOSEN),
        typed=_choices(queue, wanted, TYPED),
        counts=counts,
        saved=queue.saved_filters(analyst),
        last_run=runs[0].started_at if runs else None,
        contacts=_contacts(queue, wanted, page),
        resume=queue.last_read(analyst),
    )


def _contacts(queue: ReviewQueue, wanted: CaseFilter, page: DeskPage) -> tuple[ContactChoice, ...]:
    if not is_allowed("see_contacts"):
        return ()
    found = queue.contact_choices([case.case_id for case in page.cases], chosen=wanted.contact, most=OFFERED)
    return tuple(each for each in found if each.cases > 1 or each.hash == wanted.contact)


def _without_contacts(case: Case) -> Case:
    return replace(case, title=hide_contacts(case.title))


def _lanes(queue: ReviewQueue, wanted: CaseFilter, counts: dict[str, int]) -> tuple[LaneTab, ...]:
    waiting = {each.value: each.waiting for each in queue.facet_values("lane")}
    chosen = wanted.value_of("lane")
    every = LaneTab(lane=None, waiting=counts["waiting"], query={}, is_open=chosen is None)
    tabs = (
        LaneTab(lane=lane, waiting=waiting.get(lane, 0), query={"lane": lane}, is_open=chosen == lane) for lane in LANES
    )
    return (every, *tabs)


def _choices(queue: ReviewQueue, wanted: CaseFilter, facets: tuple[Facet, ...]) -> tuple[FacetChoice, ...]:
    decided = wanted.state == "decided"
    choices = (
        FacetChoice(
            facet=facet,
            chosen=wanted.value_of(facet),
            values=queue.facet_values(facet, decided=decided, limit=OFFERED),
        )
        for facet in facets
    )
    return tuple(choice for choice in choices if choice.values or choice.chosen)
