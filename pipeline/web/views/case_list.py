"""The queue: a page of cases, its filters, orders and search, and the list as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case import Case
from pipeline.linking.contacts import ContactChoice, ContactVault, possible_identities
from pipeline.linking.redaction import hide_contacts
from pipeline.store.contacts import Contacts
from pipeline.store.queue.case_filter import LANES, CaseFilter, Facet, Lane, Position, language_codes
from pipeline.store.queue.case_queue import ORDERS, CaseQueue, FacetValue, Order, SavedFilter, Standings
from pipeline.store.store import Store
from pipeline.web.access import (
    LARGEST,
    asked_filter,
    asked_order,
    is_allowed,
    list_query,
    loggable,
    needs,
    open_store,
    record,
)
from pipeline.web.i18n import gettext as _
from pipeline.web.views.case import MOST_LISTED
from pipeline.web.views.case_rows import QueueRow, present_rows, rows_as_csv

__all__ = ["FacetChoice", "QueueView", "blueprint"]

CHOSEN: Final[tuple[Facet, ...]] = (
    "verdict", "second", "analyst", "indicator", "country", "language", "source", "kind", "reason", "tag",
)  # fmt: skip
"""Facets of which one value is chosen from a list."""

TYPED: Final[tuple[Facet, ...]] = ("employer", "place")
"""Facets of so many values that one types, with the most frequent ones offered."""

CHIPPED: Final[frozenset[Facet]] = frozenset({"verdict", "indicator", "country", "language"})
"""Facets whose most frequent values are a press away."""

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
class Chip:
    """One value to filter by, with the filter that it leads to: another press takes it away again."""

    facet: Facet
    value: str
    cases: int
    query: dict[str, str]
    is_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """All that the page of the queue shows."""

    rows: tuple[QueueRow, ...]
    total: int | None
    wanted: CaseFilter
    query: dict[str, str]
    order: Order
    is_filtered: bool
    is_first: bool
    following: str | None
    lanes: tuple[LaneTab, ...]
    chips: tuple[Chip, ...]
    chosen: tuple[FacetChoice, ...]
    typed: tuple[FacetChoice, ...]
    counts: Standings
    mine: tuple[int, ...]
    """Cases that one decided and that await somebody else."""

    saved: tuple[SavedFilter, ...]
    last_run: datetime | None
    contacts: tuple[ContactChoice, ...]
    """Of the cases shown, the contacts that more than one has, and the one that is asked for; none for whoever may not
    see them."""

    resume: int | None
    """The case that one had open last."""

    visit: datetime | None
    """When one was here last, before now."""

    reads: tuple[str, ...]
    """The languages that one reads, as one said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    cases: tuple[Case, ...]
    total: int | None
    following: str | None


PAGE = 50
CHIPS = 5
LIVE = 1_000
"""Up to so many cases of a filter the counts beside its values are those within the filter."""


def present_queue(store: Store, wanted: CaseFilter, listed: _Listed, mine: tuple[int, ...]) -> QueueView:
    """The view of a page; titles without contacts where whoever reads may not see them."""
    runs, counts, reader = store.runs.latest(limit=1), store.queue.standings(), current_user.name
    visit = store.audit.last_visit(reader)
    plain = replace(wanted, without=())
    live = _live_counts(store.queue, wanted, listed)
    chosen = _choices(store.queue, plain, CHOSEN, live)
    return QueueView(
        rows=present_rows(store, listed.cases, since=visit),
        total=listed.total,
        wanted=plain,
        query=list_query(plain),
        order=asked_order(),
        is_filtered=plain != CaseFilter(state=wanted.state),
        is_first="after" not in request.args,
        following=listed.following,
        lanes=_lanes(store.queue, plain, counts, len(mine)),
        chips=_chips(plain, chosen),
        chosen=chosen,
        typed=_choices(store.queue, plain, TYPED, live),
        counts=counts,
        mine=mine,
        saved=store.queue.saved_filters(reader),
        last_run=runs[0].started_at if runs else None,
        contacts=_contacts(store.contacts, wanted, listed.cases),
        resume=store.cases.last_read(reader),
        visit=visit,
        reads=store.accounts.languages_read(reader),
    )


def _live_counts(queue: CaseQueue, wanted: CaseFilter, listed: _Listed) -> dict[tuple[str, str], int] | None:
    """How many cases of this filter have each value; None where there are too many to count, or no filter is set."""
    if listed.total is None or listed.total > LIVE or wanted == CaseFilter(state=wanted.state):
        return None
    return queue.facet_counts(queue.case_ids(wanted, limit=LIVE))


def _chips(wanted: CaseFilter, choices: Iterable[FacetChoice]) -> tuple[Chip, ...]:
    """The most frequent values of a few facets, each a press away."""
    found = []
    for choice in choices:
        if choice.facet not in CHIPPED:
            continue
        for each in choice.values[:CHIPS]:
            is_on = each.value == choice.chosen
            facets = tuple(pair for pair in wanted.facets if pair[0] != choice.facet)
            after = replace(wanted, facets=facets if is_on else (*facets, (choice.facet, each.value)))
            cases = each.decided if wanted.state == "decided" else each.waiting
            found.append(Chip(facet=choice.facet, value=each.value, cases=cases, query=list_query(after), is_on=is_on))
    return tuple(found)


def _contacts(contacts: Contacts, wanted: CaseFilter, cases: Sequence[Case]) -> tuple[ContactChoice, ...]:
    if not is_allowed("see_contacts"):
        return ()
    found = contacts.choices([case.case_id for case in cases], chosen=wanted.contact, most=OFFERED)
    return tuple(each for each in found if each.cases > 1 or each.hash == wanted.contact)


def _lanes(queue: CaseQueue, wanted: CaseFilter, counts: Standings, mine: int) -> tuple[LaneTab, ...]:
    """The tabs: all that one may review, each queue, and what is closed. Cases that await another's opinion after one's
    own are in none of them."""
    waiting = {each.value: each.waiting for each in queue.facet_values("lane")}
    waiting["second_opinion"] = waiting.get("second_opinion", 0) - mine
    chosen, here = wanted.value_of("lane"), wanted.state == "waiting"
    every = LaneTab(
        lane=None, waiting=counts.to_review + waiting["second_opinion"], query={}, is_open=here and chosen is None
    )
    tabs = (
        LaneTab(lane=lane, waiting=waiting.get(lane, 0), query={"lane": lane}, is_open=here and chosen == lane)
        for lane in LANES
    )
    return (every, *tabs)


def _choices(
    queue: CaseQueue, wanted: CaseFilter, facets: tuple[Facet, ...], live: dict[tuple[str, str], int] | None
) -> tuple[FacetChoice, ...]:
    decided = wanted.state == "decided"
    choices = (
        FacetChoice(
            facet=facet,
            chosen=wanted.value_of(facet),
            values=_values(_offered(facet, queue.facet_values(facet, decided=decided, limit=OFFERED)), facet, live),
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


def _values(
    values: tuple[FacetValue, ...], facet: Facet, live: dict[tuple[str, str], int] | None
) -> tuple[FacetValue, ...]:
    if live is None:
        return values
    counted = (
        replace(each, waiting=count, decided=count) for each in values if (count := live.get((facet, each.value)))
    )
    return tuple(sorted(counted, key=lambda each: (-each.waiting, each.value)))


LONGEST_TITLE = 60

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
@needs("read")
def show_queue() -> str:
    """The cases that wait, by priority, or what a filter leaves of all."""
    store, wanted = open_store(), asked_filter()
    store.cases.leave(current_user.name, at=current_app.config["CLOCK"]())
    own = store.decisions.awaiting(current_user.name) if is_allowed("decide") else ()
    if request.args.get("state") == "mine":
        listed = _Listed(cases=store.cases.get_many(own[:MOST_LISTED]), total=len(own), following=None)
    else:
        wanted = replace(wanted, without=own if wanted.state == "waiting" else ())
        listed = _list(store.queue, store, wanted, limit=PAGE)
    record("listed", **loggable(wanted) | {"total": listed.total, "after": request.args.get("after")})
    return render_template(
        "queue.html", view=present_queue(store, wanted, listed, own), orders=ORDERS,
        is_mine=request.args.get("state") == "mine",
    )  # fmt: skip


def _list(queue: CaseQueue, store: Store, wanted: CaseFilter, *, limit: int) -> _Listed:
    """A page of the filter in the order that is asked for. Only the queue's own order goes on without end: of others
    the first thousands are sorted."""
    order, after = asked_order(), request.args.get("after", "")
    if order == "priority":
        page = queue.page(wanted, after=_position(after), limit=limit)
        return _Listed(cases=page.cases, total=page.total, following=str(page.following) if page.following else None)
    found = queue.sorted_ids(wanted, order, limit=MOST_LISTED)
    start = int(after) if after.isascii() and after.isdigit() else 0
    return _Listed(
        cases=store.cases.get_many(found[start : start + limit]),
        total=len(found) if len(found) < MOST_LISTED else None,
        following=str(start + limit) if len(found) > start + limit else None,
    )


def _position(text: str) -> Position | None:
    position = Position.of(text)
    return position if position and 0 <= position.case_id <= LARGEST and isfinite(position.priority) else None


@blueprint.get("/queue.csv")
@needs("read")
def list_file() -> Response:
    """The cases of the filter as a table, in the order that is asked for; nothing that the page does not show."""
    store, wanted = open_store(), asked_filter()
    own = store.decisions.awaiting(current_user.name) if is_allowed("decide") and wanted.state == "waiting" else ()
    found = store.queue.sorted_ids(replace(wanted, without=own), asked_order(), limit=MOST_LISTED)
    record("exported", "list", **loggable(wanted) | {"cases": len(found)})
    table = rows_as_csv(present_rows(store, store.cases.get_many(found)))
    answer = current_app.response_class(table, mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="lurewatch-queue.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/search")
@needs("read")
def search() -> Response:
    """What was typed, found as a contact where it is one, as an ad prints it too, and as words otherwise. It is sent
    in a form, so that a contact stands in no address and no log."""
    store, wanted, typed = open_store(), asked_filter(), request.form.get("typed", "").strip()[:200]
    vault: ContactVault | None = current_app.config["VAULT"]
    if typed and vault and is_allowed("see_contacts"):
        countries = [each.value for each in store.queue.facet_values("country")]
        countries += [each.value for each in store.queue.facet_values("country", decided=True)]
        identities = possible_identities(typed, store.contacts.kinds(), countries=countries)
        known = store.contacts.first_known([vault.hash_of(each) for each in identities])
        if known is not None:
            return redirect(url_for("queue.show_queue", contact=known, state="all"))
    return redirect(_page(replace(wanted, words=typed, contact="")))


@blueprint.post("/languages-read")
@needs("read")
def choose_languages() -> Response:
    """Remember which languages one reads, and show ads in these."""
    codes = language_codes(request.form.get("reads", ""))
    open_store().accounts.set_languages_read(current_user.name, codes)
    return redirect(_page(replace(asked_filter(), languages=codes)))


@blueprint.post("/filters")
@needs("read")
def save_filter() -> Response:
    """Keep the filter of the address under a title."""
    wanted, title = asked_filter(), request.form.get("title", "").strip()[:LONGEST_TITLE]
    if title and not open_store().queue.save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more searches; delete one first."))
    return redirect(_page(wanted))


@blueprint.post("/filters/<int:filter_id>/forget")
@needs("read")
def forget_filter(filter_id: int) -> Response:
    """Keep one's own filter no longer."""
    open_store().queue.delete_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


def _page(wanted: CaseFilter) -> str:
    return url_for("queue.show_queue", **list_query(wanted))  # type: ignore[arg-type]
