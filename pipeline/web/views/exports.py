"""Referral packages on the desk: cases are chosen, those that may go are counted, then they are downloaded.

Labels for researchers: what was decided of which text, without contacts, as a file that training reads.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from pipeline.errors import CannotExport
from pipeline.exports.export import (
    EXPORT_FORMATS,
    Exported,
    ExportFormat,
    ExportSetup,
    Reader,
    export_package,
    record_export,
    seen_in_store,
)
from pipeline.exports.selection import Choice, choose_cases, read_filter, sort_cases
from pipeline.review.labels import label_lines
from pipeline.store.cases import Cases
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.web.access import is_allowed, needs, open_store, page_setup, record, request_time, small_number
from pipeline.web.i18n import PAGE, page_language
from pipeline.web.i18n import gettext as _

__all__ = ["blueprint", "label_blueprint"]

SHOWN: Final = 20
"""Cases of each sort that the page names."""

MOST_AT_ONCE: Final = 500
"""Cases that one export of the desk takes: whoever asked waits for it, and others too. The command takes more."""

blueprint = Blueprint("exports", __name__)


@blueprint.get("/export")
@needs("export_cases")
def show_export() -> str | AnyResponse:
    """Which of the chosen cases may go, which may not and why, and the form that makes the package."""
    return _export_page(_desk())


@blueprint.post("/export")
@needs("export_cases")
def export_cases() -> AnyResponse | tuple[str, int]:
    """The package of just the cases that were counted, as a file; it stands in the audit log before it is sent."""
    desk, store, at = _desk(), open_store(), request_time()
    name = _format(request.form.get("format", ""))
    contacts = request.form.get("contacts") == "yes"
    if contacts and not _contacts_may_go(desk):
        abort(403)
    if name is None:
        flash(_("Choose a format."))
        return _not_exported(desk, 400)
    try:
        made = export_package(
            store, _choice(), desk.maker, name, contacts=contacts, at=at,
            reader=Reader(translator=PAGE, language=page_language()),
            find_pages=lambda ad_id: seen_in_store(store.ads, ad_id, batches=desk.batches),
        )  # fmt: skip
    except CannotExport:
        flash(_("None of these cases can be exported."))
        return _not_exported(desk)
    if _digest(made.chosen.ready) != request.form.get("digest", ""):
        flash(_("The cases have changed since they were counted. Nothing was exported; check again."))
        return _not_exported(desk)
    record_export(store.audit, made.chosen, name, contacts=contacts, by=current_user.name, at=at)
    return _file(made)


def _not_exported(desk: ExportSetup, status: int = 409) -> AnyResponse | tuple[str, int]:
    """The page again, as what it is now; where there is none, the way to another choice."""
    page = _export_page(desk)
    return (page, status) if isinstance(page, str) else page


def _export_page(desk: ExportSetup) -> str | AnyResponse:
    choice = _choice()
    if not (choice.numbers or choice.campaign_id) and choice.wanted == CaseFilter(state="decided"):
        flash(_("Choose a filter first."))
        return redirect(url_for("queue.show_queue", state="decided"))
    store = open_store()
    try:
        chosen = sort_cases(store, choose_cases(store, choice))
    except CannotExport:
        flash(_("Too many cases. Narrow the filter."))
        return redirect(_back(store.cases, choice))
    return render_template(
        "export.html", chosen=chosen, ready=store.cases.get_many(chosen.ready[:SHOWN]), shown=SHOWN,
        digest=_digest(chosen.ready), formats=EXPORT_FORMATS, may_include_contacts=_contacts_may_go(desk),
        handling=desk.maker.handling(False), query=_query(choice), form=request.form,
        back=_back(store.cases, choice),
    )  # fmt: skip


def _desk() -> ExportSetup:
    desk = page_setup().exports
    if desk is None:
        abort(404)
    return desk


def _choice() -> Choice:
    """The cases by number, those of a campaign, or those of a filter of the queue."""
    numbers = tuple(request.args.getlist("case", type=small_number))
    campaign = request.args.get("campaign") or None
    wanted = None if numbers or campaign else read_filter(request.args)
    return Choice(numbers=numbers, campaign_id=campaign, wanted=wanted, most=MOST_AT_ONCE)


def _query(choice: Choice) -> dict[str, Any]:
    """What ``_choice`` reads back, and nothing else that an address may hold."""
    if choice.numbers:
        return {"case": list(choice.numbers)}
    if choice.campaign_id:
        return {"campaign": choice.campaign_id}
    return {**choice.wanted.query()} if choice.wanted else {}


def _back(cases: Cases, choice: Choice) -> str:
    if choice.campaign_id and is_allowed("see_contacts"):
        return url_for("campaigns.show_campaign", campaign_id=choice.campaign_id)
    if len(choice.numbers) == 1 and cases.get_many(choice.numbers):
        return url_for("case.show_case", case_id=choice.numbers[0])
    return url_for("queue.show_queue", **(_query(choice) if choice.wanted else {}))


def _contacts_may_go(desk: ExportSetup) -> bool:
    return desk.contacts_permitted and is_allowed("export_contacts")


def _format(given: str) -> ExportFormat | None:
    return next((name for name in EXPORT_FORMATS if name == given), None)


def _digest(cases: Sequence[int]) -> str:
    return hashlib.sha256(repr(tuple(cases)).encode()).hexdigest()


def _file(made: Exported) -> Response:
    answer = Response(made.content, mimetype=made.mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.file_name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


label_blueprint = Blueprint("labels", __name__)


@label_blueprint.get("/labels.jsonl")
@needs("export_labels")
def export_labels() -> Response:
    """The last decision of each case, one a line; nobody's contacts are in it, whoever asks, and nothing on which a
    second analyst is still asked."""
    lines = list(label_lines(open_store(), contacts=False, awaited=False))
    record("exported", "labels", labels=len(lines), contacts=False)
    answer = Response("".join(lines), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="lurewatch-labels.jsonl"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
