"""The queue: its page, search, filters and file, and one decision on many cases."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case import VERDICTS
from pipeline.errors import CannotDecide
from pipeline.linking.redaction import hide_contacts
from pipeline.review.decisions import MOST_AT_ONCE, ConfirmedCases, Many, decide_many, find_many, take_back_many
from pipeline.store.queue.case_filter import CaseFilter, Position, language_codes
from pipeline.store.queue.case_queue import ORDERS
from pipeline.web.access import (
    LARGEST,
    asked_filter,
    asked_order,
    download,
    is_allowed,
    list_query,
    loggable,
    needs,
    record,
)
from pipeline.web.i18n import gettext as _
from pipeline.web.i18n import ngettext
from pipeline.web.queue_view import PAGE, Listed, present_queue, present_rows, rows_as_csv
from pipeline.web.setup import open_store, request_time
from pipeline.web.views.campaigns import known_contact, like_contacts
from pipeline.web.views.case import MOST_LISTED, decider, listed_cases, read_judgement
from pipeline.web.wording import word

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
@needs("read")
def show_queue() -> str:
    """The cases that wait, by priority, or what a filter leaves of all."""
    store, wanted = open_store(), asked_filter()
    store.cases.leave(current_user.name, at=request_time())
    own = store.decisions.awaiting(current_user.name) if is_allowed("decide") else ()
    if request.args.get("state") == "mine":
        listed = Listed(cases=store.cases.get_many(own[:MOST_LISTED]), total=len(own), following=None)
    else:
        wanted = replace(wanted, without=own if wanted.state == "waiting" else ())
        order, after = asked_order(), request.args.get("after", "")
        if order == "priority":
            position = Position.of(after)
            if position and not (0 <= position.case_id <= LARGEST and isfinite(position.priority)):
                position = None
            page = store.queue.page(wanted, after=position, limit=PAGE)
            following = str(page.following) if page.following else None
            listed = Listed(cases=page.cases, total=page.total, following=following)
        else:  # only the queue's own order goes on without end: of others the first thousands are sorted
            found = store.queue.sorted_ids(wanted, order, limit=MOST_LISTED)
            start = int(after) if after.isascii() and after.isdigit() else 0
            listed = Listed(
                cases=store.cases.get_many(found[start : start + PAGE]),
                total=len(found) if len(found) < MOST_LISTED else None,
                following=str(start + PAGE) if len(found) > start + PAGE else None,
            )
    record("listed", **loggable(wanted) | {"total": listed.total, "after": request.args.get("after")})
    return render_template(
        "queue.html", view=present_queue(store, wanted, listed, own), orders=ORDERS,
        is_mine=request.args.get("state") == "mine",
    )  # fmt: skip


@blueprint.get("/queue.csv")
@needs("read")
def list_file() -> Response:
    """The cases of the filter as a table, in the order that is asked for; nothing that the page does not show."""
    store, wanted = open_store(), asked_filter()
    found = listed_cases(wanted)
    record("exported", "list", **loggable(wanted) | {"cases": len(found)})
    table = rows_as_csv(present_rows(store, store.cases.get_many(found)))
    return download(table, name="lurewatch-queue.csv", mimetype="text/csv")


@blueprint.post("/search")
@needs("read")
def search() -> Response | str:
    """What was typed, found as a contact where it is one, as an ad prints it too, or in part, and as words otherwise.
    It is sent in a form, so that a contact stands in no address and no log."""
    wanted, typed = asked_filter(), request.form.get("typed", "").strip()[:200]
    if typed and is_allowed("see_contacts"):
        known = known_contact(typed)
        if known is not None:
            return redirect(url_for("queue.show_queue", contact=known, state="all"))
        found = like_contacts(typed)
        if found or hide_contacts(typed) != typed:
            named = CaseFilter(words=typed, state="all")
            cases = open_store().queue.page(named, limit=50).cases
            record("listed", **loggable(named) | {"total": len(cases)})
            return render_template("contact_search.html", found=found, cases=cases, form=request.form)
    return redirect(_queue_address(replace(wanted, words=typed, contact="")))


@blueprint.post("/languages-read")
@needs("read")
def choose_languages() -> Response:
    """Remember which languages one reads, and show ads in these."""
    codes = language_codes(request.form.get("reads", ""))
    open_store().accounts.set_languages_read(current_user.name, codes)
    return redirect(_queue_address(replace(asked_filter(), languages=codes)))


@blueprint.post("/filters")
@needs("read")
def save_filter() -> Response:
    """Keep the filter of the address under a title."""
    wanted, title = asked_filter(), request.form.get("title", "").strip()[:60]
    if title and not open_store().queue.save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more searches; delete one first."))
    return redirect(_queue_address(wanted))


@blueprint.post("/filters/<int:filter_id>/forget")
@needs("read")
def forget_filter(filter_id: int) -> Response:
    """Keep one's own filter no longer."""
    open_store().queue.delete_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


def _queue_address(wanted: CaseFilter) -> str:
    return url_for("queue.show_queue", **list_query(wanted))


_LAST: Final = "decided_together"
"""Where the session keeps the numbers of the cases of the last act, for its undoing."""

bulk_blueprint = Blueprint("bulk", __name__)


@bulk_blueprint.get("/bulk")
@needs("decide")
def show_bulk() -> str:
    """The cases of the filter, or those that were ticked in the list, and the form that decides them."""
    return _bulk_page()


@bulk_blueprint.post("/bulk")
@needs("decide")
def decide_all() -> Response | tuple[str, int]:
    """Decide the ticked ones of the cases that were counted, all or none."""
    judged = read_judgement()
    confirmed = ConfirmedCases(
        wanted=_wanted(),
        digest=request.form.get("digest", ""),
        chosen=frozenset(request.form.getlist("chosen", type=int)),
    )
    if judged is None or request.form.get("number_confirmed") != "yes" or not confirmed.chosen:
        flash(_("Choose a verdict, and confirm the number. Nothing was saved."))
        return _bulk_page(), 400
    store, now = open_store(), request_time()
    try:
        decided = decide_many(store, confirmed, judged, by=decider(), at=now)
    except CannotDecide:
        flash(_("The cases of this filter are no longer those that were counted. Nothing was saved; count again."))
        return _bulk_page(), 409
    session[_LAST] = list(decided)
    verdict = word(judged.verdict, "verdict")
    flash(ngettext("Saved: %(num)s case.", "Saved: %(num)s cases.", len(decided)) + f" {verdict}.")
    return redirect(url_for("queue.show_queue", together=len(decided)))


@bulk_blueprint.post("/bulk/undo")
@needs("decide")
def undo_all() -> Response:
    """Undo the last decision on many cases, as far as it still stands."""
    undone = take_back_many(open_store(), session.pop(_LAST, []), by=current_user.name, at=request_time())
    flash(ngettext("Undone: %(num)s case.", "Undone: %(num)s cases.", undone))
    return redirect(url_for("queue.show_queue"))


def _wanted() -> CaseFilter | Sequence[int]:
    """The cases that the address names, or its filter."""
    return request.args.getlist("case", type=int) or asked_filter()


def _bulk_page() -> str:
    wanted, store = _wanted(), open_store()
    if isinstance(wanted, CaseFilter) and wanted == CaseFilter(state=wanted.state):
        flash(_("Tick cases, or choose a filter first."))
        abort(redirect(url_for("queue.show_queue")))
    many: Many = find_many(store, wanted, by=current_user.name, at=request_time())
    campaign = wanted.campaign if isinstance(wanted, CaseFilter) else ""
    query = list_query(wanted) if isinstance(wanted, CaseFilter) else {"case": [str(each) for each in wanted]}
    return render_template(
        "bulk.html", many=many, rows=present_rows(store, store.cases.get_many(many.case_ids)), query=query,
        opened=store.audit.opened_cases(current_user.name, many.case_ids), most=MOST_AT_ONCE, verdicts=VERDICTS,
        form=request.form, copies=store.campaigns.size(campaign) if campaign else 0,
    )  # fmt: skip
