"""The queue: its lanes, filters and search, and the filters that one keeps."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.case_filter import Place
from pipeline.redaction import hide_contacts
from pipeline.web.asking import asked_filter
from pipeline.web.gate import is_allowed, needs
from pipeline.web.language import gettext as _
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
    queue, wanted = open_queue(), asked_filter()
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
    wanted, title = asked_filter(), request.form.get("title", "").strip()[:LONGEST_TITLE]
    if title and not open_queue().save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more filters; forget one first."))
    return redirect(_address("queue.show_queue", **wanted.query()))


@blueprint.post("/filters/<int:filter_id>/forget")
@needs("read")
def forget_filter(filter_id: int) -> Response:
    """Keep one's own filter no longer."""
    open_queue().forget_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


def _address(endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)
