"""The queue and one case: what an analyst reads and decides."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from model.taxonomy import Taxonomy
from pipeline.case import VERDICTS, Decision
from pipeline.case_filter import CaseFilter, Place
from pipeline.errors import UnknownCase
from pipeline.redaction import hide_contacts
from pipeline.web.case_reading import read_case
from pipeline.web.gate import is_allowed, needs
from pipeline.web.language import gettext as _
from pipeline.web.presenting import present_ad
from pipeline.web.queue_view import present_queue
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

PAGE = 50
LONGEST_NOTE = 4_000
LONGEST_TITLE = 60

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
@needs("read")
def show_queue() -> str:
    """The cases that wait, by priority, or what a filter leaves of all."""
    queue, wanted = open_queue(), CaseFilter.of(request.args)
    if not is_allowed("see_contacts") and hide_contacts(wanted.words) != wanted.words:
        flash(_("Your account may not search for contacts."))
        wanted = replace(wanted, words="")
    after = Place.of(request.args.get("after", ""))
    page = queue.desk_page(wanted, after=after, limit=PAGE)
    record("listed", total=page.total, after=after and str(after), **wanted.query())
    return render_template("queue.html", view=present_queue(queue, wanted, page, after, current_user.name))


@blueprint.post("/filters")
@needs("read")
def save_filter() -> Response:
    """Keep the filter of the address under a title."""
    wanted, title = CaseFilter.of(request.args), request.form.get("title", "").strip()[:LONGEST_TITLE]
    if title and not open_queue().save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more filters; forget one first."))
    return redirect(_address("queue.show_queue", **wanted.query()))


@blueprint.post("/filters/<int:filter_id>/forget")
@needs("read")
def forget_filter(filter_id: int) -> Response:
    """Keep one's own filter no longer."""
    open_queue().forget_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


@blueprint.get("/case/<int:case_id>")
@needs("read")
def show_case(case_id: int) -> str:
    """One case: its text with marks, the reasons, and the form to decide."""
    page = _case_page(case_id)
    record("saw", f"case {case_id}", fingerprint=open_queue().case(case_id).fingerprint)
    return page


@blueprint.post("/case/<int:case_id>")
@needs("decide")
def decide(case_id: int) -> Response | tuple[str, int]:
    """Add a decision, then the next case. A text that changed while it was read is shown anew instead."""
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        flash(_("Choose a verdict."))
        return _case_page(case_id), 400
    queue = open_queue()
    with queue.atomic():
        case = queue.case(case_id)
        if request.form.get("fingerprint") != case.fingerprint:
            flash(_("The text changed while you read it. Nothing was saved; here it is as it stands now."))
            return _case_page(case_id), 409
        assessment = queue.assessment(case_id)
        shown = {each.indicator for each in assessment.evidence} if assessment else set()
        queue.add_decision(
            Decision(
                case_id=case_id,
                analyst=current_user.name,
                verdict=verdict,
                confirmed=_judged("confirm", shown),
                rejected=_judged("reject", shown),
                note=request.form.get("note", "").strip()[:LONGEST_NOTE],
                fingerprint=case.fingerprint,
                model_version=assessment.model_version if assessment else None,
                score=assessment.score if assessment else None,
                decided_at=current_app.config["CLOCK"](),
            )
        )
    flash(_("Saved: case %(number)s.", number=case_id))
    wanted = CaseFilter.of(request.args)
    following = queue.next_waiting(after=case_id, wanted=wanted)
    if following is None:
        return redirect(_address("queue.show_queue", **wanted.query()))
    return redirect(_address("queue.show_case", case_id=following, **wanted.query()))


@blueprint.app_errorhandler(UnknownCase)
def no_such_case(error: UnknownCase) -> tuple[str, int]:
    """A case that is not there is a page that is not there."""
    return render_template("error.html", title=_("No such case"), text=str(error)), 404


def _case_page(case_id: int) -> str:
    reading = read_case(open_queue(), case_id, contacts=is_allowed("see_contacts"))
    taxonomy: Taxonomy = current_app.config["TAXONOMY"]
    return render_template(
        "case.html",
        case=reading.case,
        ad=reading.ads[0],
        copies=reading.ads[1:],
        assessment=reading.assessment,
        view=present_ad(reading.ads[0], reading.assessment, taxonomy, reading.versions),
        changed=reading.changed,
        decisions=reading.decisions,
        query=CaseFilter.of(request.args).query(),
        verdicts=VERDICTS,
        form=request.form,
    )


def _judged(answer: str, shown: set[str]) -> tuple[str, ...]:
    """The indicators so judged, in the form's order; only ones that this text shows."""
    return tuple(key for key in sorted(shown) if request.form.get(f"indicator:{key}") == answer)


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)
