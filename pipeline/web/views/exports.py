"""Exports: referral packages of chosen cases, and labels for researchers.

Of chosen cases those that may go are counted before they are downloaded. Labels hold no contacts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.errors import CannotExport
from pipeline.exports.export import EXPORT_FORMATS, PackageForm, export_package, record_export
from pipeline.exports.package import Choice, Maker, choose_cases, read_filter, sort_cases
from pipeline.exports.referral import handling_of
from pipeline.review.decisions import label_lines
from pipeline.store.cases import Cases
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.web.access import GuardedBlueprint, download, is_allowed, record, small_number
from pipeline.web.i18n import PAGE, _, page_language
from pipeline.web.setup import open_store, page_setup, request_time

SHOWN: Final = 20
"""Cases of each sort that the page names."""


blueprint = GuardedBlueprint("exports", __name__)


@blueprint.get("/export", needs="export_cases")
def show_export() -> str:
    """Which of the chosen cases may go, which may not and why, and the form that makes the package. Where nothing is
    chosen, or too much, the answer is the way to another choice."""
    maker, choice, store = _maker(), _choice(), open_store()
    if not (choice.numbers or choice.campaign_id) and choice.wanted == CaseFilter(state="decided"):
        flash(_("Choose a filter first."))
        abort(redirect(url_for("queue.show_queue", state="decided")))
    try:
        chosen = sort_cases(store, choose_cases(store, choice))
    except CannotExport:
        flash(_("Too many cases. Narrow the filter."))
        abort(redirect(_back(store.cases, choice)))
    return render_template(
        "export.html", chosen=chosen, ready=store.cases.get_many(chosen.ready[:SHOWN]), shown=SHOWN,
        digest=_digest(chosen.ready), formats=EXPORT_FORMATS, may_include_contacts=_contacts_may_go(maker),
        handling=handling_of(maker.terms, contacts=False), query=_query(choice), form=request.form,
        back=_back(store.cases, choice),
    )  # fmt: skip


@blueprint.post("/export", needs="export_cases")
def export_cases() -> Response | tuple[str, int]:
    """The package of just the cases that were counted, as a file; it stands in the audit log before it is sent."""
    maker, store, at = _maker(), open_store(), request_time()
    name = next((each for each in EXPORT_FORMATS if each == request.form.get("format")), None)
    contacts = request.form.get("contacts") == "yes"
    if contacts and not _contacts_may_go(maker):
        abort(403)
    if name is None:
        flash(_("Choose a format."))
        return show_export(), 400
    try:
        form = PackageForm(name=name, contacts=contacts, translator=replace(PAGE, language=page_language()))
        made = export_package(store, _choice(), maker, form, at=at)
    except CannotExport:
        flash(_("None of these cases can be exported."))
        return show_export(), 409
    if _digest(made.chosen.ready) != request.form.get("digest", ""):
        flash(_("The cases have changed since they were counted. Nothing was exported; check again."))
        return show_export(), 409
    record_export(store.audit, made, by=current_user.name, at=at)
    return download(made.content, name=made.file_name, mimetype=made.mimetype)


def _maker() -> Maker:
    """Without one there is no such page."""
    return page_setup().exports or abort(404)


def _choice() -> Choice:
    """The cases by number, those of a campaign, or those of a filter of the queue."""
    numbers = tuple(request.args.getlist("case", type=small_number))
    campaign = request.args.get("campaign") or None
    wanted = None if numbers or campaign else read_filter(request.args)
    # Whoever asked waits for it, and others too. The command takes more.
    return Choice(numbers=numbers, campaign_id=campaign, wanted=wanted, most=500)


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


def _contacts_may_go(maker: Maker) -> bool:
    return maker.contacts_permitted and is_allowed("export_contacts")


def _digest(cases: Sequence[int]) -> str:
    return hashlib.sha256(repr(tuple(cases)).encode()).hexdigest()


@blueprint.get("/labels.jsonl", needs="export_labels")
def export_labels() -> Response:
    """The last decision of each case, one a line; nobody's contacts are in it, whoever asks, and nothing on which a
    second analyst is still asked."""
    lines = list(label_lines(open_store(), contacts=False, awaited=False))
    record("exported", "labels", labels=len(lines), contacts=False)
    return download("".join(lines), name="lurewatch-labels.jsonl", mimetype="application/x-ndjson")
