"""Deciding all cases of a filter at once: first how many they are, then the decision on just those."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case import VERDICTS
from pipeline.case_filter import CaseFilter
from pipeline.deciding import MOST_AT_ONCE, decide_many, find_many
from pipeline.errors import CannotDecide
from pipeline.web.asking import asked_filter
from pipeline.web.case_pages import decider, read_judgement
from pipeline.web.gate import needs
from pipeline.web.language import gettext as _
from pipeline.web.language import ngettext
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

SHOWN = 20

blueprint = Blueprint("bulk", __name__)


@blueprint.get("/bulk")
@needs("decide")
def show() -> str | Response:
    """How many cases the filter has, the first of them, and the form that decides all."""
    return _bulk_page()


@blueprint.post("/bulk")
@needs("decide")
def decide_all() -> Response | tuple[str | Response, int]:
    """Decide the cases that were counted, all or none."""
    judged, digest = read_judgement(), request.form.get("digest", "")
    if judged is None or request.form.get("number_confirmed") != "yes":
        flash(_("Choose a verdict, and confirm the number. Nothing was saved."))
        return _bulk_page(), 400
    try:
        decided = decide_many(
            open_queue(), asked_filter(), judged, by=decider(),
            at=current_app.config["CLOCK"](), digest=digest,
        )  # fmt: skip
    except CannotDecide:
        flash(_("The cases of this filter are no longer those that were counted. Nothing was saved; count again."))
        return _bulk_page(), 409
    flash(ngettext("Saved: %(num)s case.", "Saved: %(num)s cases.", len(decided)))
    return redirect(url_for("queue.show_queue"))


def _bulk_page() -> str | Response:
    wanted, queue = asked_filter(), open_queue()
    if wanted == CaseFilter(state=wanted.state):
        flash(_("Choose a filter first: nobody decides the whole queue at once."))
        return redirect(url_for("queue.show_queue"))
    many = find_many(queue, wanted, by=current_user.name, at=current_app.config["CLOCK"]())
    return render_template(
        "bulk.html", many=many, first=queue.cases_of(many.case_ids[:SHOWN]), query=wanted.query(), most=MOST_AT_ONCE,
        verdicts=VERDICTS, form=request.form, copies=queue.campaign_size(wanted.campaign) if wanted.campaign else 0,
    )  # fmt: skip
