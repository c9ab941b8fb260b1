"""The queue: its lanes, filters and search, and the filters that one keeps.

One page of the queue as it is shown: its lanes, what it can be narrowed by, its cases.

Deciding all cases of a filter at once: first how many they are, then the decision on just those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case import VERDICTS, Case
from pipeline.errors import CannotDecide
from pipeline.linking.contacts import ContactChoice
from pipeline.linking.redaction import hide_contacts
from pipeline.review.deciding import MOST_AT_ONCE, decide_many, find_many
from pipeline.store.cases import Cases
from pipeline.store.contacts import Contacts
from pipeline.store.queue.case_filter import LANES, CaseFilter, Facet, Lane, Position
from pipeline.store.queue.case_queue import CaseQueue, FacetValue, QueuePage, SavedFilter
from pipeline.store.store import Store
from pipeline.web.access import (
    LARGEST,
    asked_filter,
    is_allowed,
    loggable,
    needs,
    open_store,
    record,
    refused_words,
)
from pipeline.web.i18n import gettext as _
from pipeline.web.i18n import ngettext
from pipeline.web.views.case import decider, read_judgement

__all__ = ["FacetChoice", "QueueView", "blueprint", "bulk_blueprint", "present_queue"]

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
    following: Position | None
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


def present_queue(store: Store, wanted: CaseFilter, page: QueuePage, after: Position | None, analyst: str) -> QueueView:
    """The view of a page; titles without contacts where whoever reads may not see them."""
    runs = store.runs.latest(limit=1)
    counts = {
        "waiting": store.queue.count_matching(
            CaseFilter()
        ),  # those that wait for a second opinion are decided, and wait
        "decided": store.queue.count_matching(CaseFilter(state="decided")),
        "reopened": store.queue.count_matching(CaseFilter(facets=(("standing", "reopened"),))),
    }
    return QueueView(
        cases=page.cases if is_allowed("see_contacts") else _without_contacts(store.cases, page.cases),
        total=page.total,
        wanted=wanted,
        query=wanted.query(),
        is_filtered=wanted != CaseFilter(state=wanted.state),
        is_first=after is None,
        following=page.following,
        lanes=_lanes(store.queue, wanted, counts),
        chosen=_choices(store.queue, wanted, CHOSEN),
        typed=_choices(store.queue, wanted, TYPED),
        counts=counts,
        saved=store.queue.saved_filters(analyst),
        last_run=runs[0].started_at if runs else None,
        contacts=_contacts(store.contacts, wanted, page),
        resume=store.cases.last_read(analyst),
    )


def _contacts(contacts: Contacts, wanted: CaseFilter, page: QueuePage) -> tuple[ContactChoice, ...]:
    if not is_allowed("see_contacts"):
        return ()
    found = contacts.choices([case.case_id for case in page.cases], chosen=wanted.contact, most=OFFERED)
    return tuple(each for each in found if each.cases > 1 or each.hash == wanted.contact)


def _without_contacts(stored: Cases, cases: Iterable[Case]) -> tuple[Case, ...]:
    """The cases with their titles as their own pages show them."""
    ads = ((case, stored.ads(case.case_id)[0]) for case in cases)
    return tuple(replace(case, title=hide_contacts(ad.title, ad.contacts, ad.country)) for case, ad in ads)


def _lanes(queue: CaseQueue, wanted: CaseFilter, counts: dict[str, int]) -> tuple[LaneTab, ...]:
    waiting = {each.value: each.waiting for each in queue.facet_values("lane")}
    chosen = wanted.value_of("lane")
    every = LaneTab(lane=None, waiting=counts["waiting"], query={}, is_open=chosen is None)
    tabs = (
        LaneTab(lane=lane, waiting=waiting.get(lane, 0), query={"lane": lane}, is_open=chosen == lane) for lane in LANES
    )
    return (every, *tabs)


def _choices(queue: CaseQueue, wanted: CaseFilter, facets: tuple[Facet, ...]) -> tuple[FacetChoice, ...]:
    decided = wanted.state == "decided"
    choices = (
        FacetChoice(
            facet=facet,
            chosen=wanted.value_of(facet),
            values=_offered(facet, queue.facet_values(facet, decided=decided, limit=OFFERED)),
        )
        for facet in facets
    )
    return tuple(choice for choice in choices if choice.values or choice.chosen)


def _offered(facet: Facet, values: Iterable[FacetValue]) -> tuple[FacetValue, ...]:
    """What may be offered to whoever reads. Employers and places are as an ad wrote them, and nobody knows here what
    of them its contacts are: who may see none types them."""
    if is_allowed("see_contacts"):
        return tuple(values)
    return () if facet in TYPED else tuple(each for each in values if hide_contacts(each.value) == each.value)


PAGE = 50
LONGEST_NOTE = 4_000
LONGEST_TITLE = 60

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
@needs("read")
def show_queue() -> str:
    """The cases that wait, by priority, or what a filter leaves of all."""
    store, wanted = open_store(), asked_filter()
    if refused_words(wanted):
        flash(_("Your account may not search for contacts, nor for numbers or the beginnings of words."))
        wanted = replace(wanted, words="")
    after = _position(request.args.get("after", ""))
    page = store.queue.page(wanted, after=after, limit=PAGE)
    record("listed", **loggable(wanted) | {"total": page.total, "after": after and str(after)})
    return render_template("queue.html", view=present_queue(store, wanted, page, after, current_user.name))


def _position(text: str) -> Position | None:
    position = Position.of(text)
    return position if position and 0 <= position.case_id <= LARGEST and isfinite(position.priority) else None


@blueprint.post("/filters")
@needs("read")
def save_filter() -> Response:
    """Keep the filter of the address under a title."""
    wanted, title = asked_filter(), request.form.get("title", "").strip()[:LONGEST_TITLE]
    if title and not open_store().queue.save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more filters; forget one first."))
    return redirect(_address("queue.show_queue", **wanted.query()))


@blueprint.post("/filters/<int:filter_id>/forget")
@needs("read")
def forget_filter(filter_id: int) -> Response:
    """Keep one's own filter no longer."""
    open_store().queue.delete_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)


SHOWN = 20

bulk_blueprint = Blueprint("bulk", __name__)


@bulk_blueprint.get("/bulk")
@needs("decide")
def show() -> str | Response:
    """How many cases the filter has, the first of them, and the form that decides all."""
    return _bulk_page()


@bulk_blueprint.post("/bulk")
@needs("decide")
def decide_all() -> Response | tuple[str | Response, int]:
    """Decide the cases that were counted, all or none."""
    judged, digest = read_judgement(), request.form.get("digest", "")
    if judged is None or request.form.get("number_confirmed") != "yes":
        flash(_("Choose a verdict, and confirm the number. Nothing was saved."))
        return _bulk_page(), 400
    try:
        decided = decide_many(
            open_store(), asked_filter(), judged, by=decider(),
            at=current_app.config["CLOCK"](), digest=digest,
        )  # fmt: skip
    except CannotDecide:
        flash(_("The cases of this filter are no longer those that were counted. Nothing was saved; count again."))
        return _bulk_page(), 409
    flash(ngettext("Saved: %(num)s case.", "Saved: %(num)s cases.", len(decided)))
    return redirect(url_for("queue.show_queue"))


def _bulk_page() -> str | Response:
    wanted, store = asked_filter(), open_store()
    if wanted == CaseFilter(state=wanted.state):
        flash(_("Choose a filter first: nobody decides the whole queue at once."))
        return redirect(url_for("queue.show_queue"))
    many = find_many(store, wanted, by=current_user.name, at=current_app.config["CLOCK"]())
    return render_template(
        "bulk.html", many=many, first=store.cases.get_many(many.case_ids[:SHOWN]), query=wanted.query(),
        most=MOST_AT_ONCE, verdicts=VERDICTS, form=request.form,
        copies=store.campaigns.size(wanted.campaign) if wanted.campaign else 0,
    )  # fmt: skip
