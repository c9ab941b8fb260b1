"""One decision on many cases: what they are, the decision on those that stay ticked, and its undoing."""

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case import VERDICTS
from pipeline.errors import CannotDecide
from pipeline.review.deciding import MOST_AT_ONCE, Many, decide_many, find_many, take_back_many
from pipeline.settings.messages import VERDICT_WORDS
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.web.access import asked_filter, list_query, needs, open_store
from pipeline.web.i18n import gettext as _
from pipeline.web.i18n import ngettext
from pipeline.web.views.case import decider, read_judgement
from pipeline.web.views.case_rows import present_rows

__all__ = ["blueprint"]

_LAST: Final = "decided_together"
"""Where the session keeps the numbers of the cases of the last act, for its undoing."""

blueprint = Blueprint("bulk", __name__)


@blueprint.get("/bulk")
@needs("decide")
def show() -> str | Response:
    """The cases of the filter, or those that were ticked in the list, and the form that decides them."""
    return _bulk_page()


@blueprint.post("/bulk")
@needs("decide")
def decide_all() -> Response | tuple[str | Response, int]:
    """Decide the ticked ones of the cases that were counted, all or none."""
    judged, digest = read_judgement(), request.form.get("digest", "")
    chosen = frozenset(request.form.getlist("chosen", type=int))
    if judged is None or request.form.get("number_confirmed") != "yes" or not chosen:
        flash(_("Choose a verdict, and confirm the number. Nothing was saved."))
        return _bulk_page(), 400
    store, now = open_store(), current_app.config["CLOCK"]()
    try:
        decided = decide_many(store, _wanted(), judged, by=decider(), at=now, digest=digest, chosen=chosen)
    except CannotDecide:
        flash(_("The cases of this filter are no longer those that were counted. Nothing was saved; count again."))
        return _bulk_page(), 409
    session[_LAST] = list(decided)
    verdict = _(VERDICT_WORDS[judged.verdict])
    flash(ngettext("Saved: %(num)s case.", "Saved: %(num)s cases.", len(decided)) + f" {verdict}.")
    return redirect(url_for("queue.show_queue", together=len(decided)))


@blueprint.post("/bulk/undo")
@needs("decide")
def undo_all() -> Response:
    """Undo the last decision on many cases, as far as it still stands."""
    undone = take_back_many(
        open_store(), session.pop(_LAST, []), by=current_user.name, at=current_app.config["CLOCK"]()
    )
    flash(ngettext("Undone: %(num)s case.", "Undone: %(num)s cases.", undone))
    return redirect(url_for("queue.show_queue"))


def _wanted() -> CaseFilter | Sequence[int]:
    """The cases that the address names, or its filter."""
    return request.args.getlist("case", type=int) or asked_filter()


def _bulk_page() -> str | Response:
    wanted, store = _wanted(), open_store()
    if isinstance(wanted, CaseFilter) and wanted == CaseFilter(state=wanted.state):
        flash(_("Choose a filter first."))
        return redirect(url_for("queue.show_queue"))
    many: Many = find_many(store, wanted, by=current_user.name, at=current_app.config["CLOCK"]())
    campaign = wanted.campaign if isinstance(wanted, CaseFilter) else ""
    query = list_query(wanted) if isinstance(wanted, CaseFilter) else {"case": [str(each) for each in wanted]}
    return render_template(
        "bulk.html", many=many, rows=present_rows(store, store.cases.get_many(many.case_ids)), query=query,
        opened=store.audit.opened_cases(current_user.name, many.case_ids), most=MOST_AT_ONCE, verdicts=VERDICTS,
        form=request.form, copies=store.campaigns.size(campaign) if campaign else 0,
    )  # fmt: skip
