"""The archived page of a case as text. Nothing that its author wrote is anything but text here, and the browser is told
to trust none of it: the page is served alone, in a sandbox, and may load nothing."""

import base64
import hashlib
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, make_response, render_template
from markupsafe import Markup

from crawler.ad import JobAd
from crawler.errors import BadEvidence
from crawler.evidence import SeenAd
from crawler.stored_page import read_stored_page
from pipeline.web.care_pages import dose_now, enough_page
from pipeline.web.gate import is_allowed, needs
from pipeline.web.language import gettext as _
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["POLICY", "blueprint"]

STYLE: Final = (
    "body{font:16px/1.55 system-ui,sans-serif;color:#1f2a33;max-width:48rem;margin:0 auto;padding:1rem}"
    "pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate}"
    "header{border:1px solid #d5dbe0;border-radius:8px;padding:.2rem 1rem;margin-bottom:1rem;background:#f4f5f3}"
    "li,dd{overflow-wrap:anywhere}"
)
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script, no picture, no link to follow, no origin, no form; one style sheet, which is ours to the letter."""

_MOST: Final = 10
"""Looks that a case offers, the newest ones."""

blueprint = Blueprint("archived", __name__)


@blueprint.app_context_processor
def provide_looks() -> dict[str, Any]:
    """What the case's page asks for: when its ad's page was archived, newest first, by number."""
    return {"archived_looks": lambda ad: [(number, seen.ad.seen_at) for number, seen in _looks(ad)]}


@blueprint.get("/case/<int:case_id>/page/<int:number>")
@needs("see_contacts")
def show_page(case_id: int, number: int) -> Response:
    """One archived page; contacts stand on it, so it is for those who may see them."""
    queue, now = open_queue(), current_app.config["CLOCK"]()
    ad = queue.case_ads(case_id)[0]
    dose = dose_now(queue, now)
    if dose.is_enough_for(case_id):
        return make_response(enough_page(dose), 429)
    seen = dict(_looks(ad)).get(number)
    if seen is None:
        abort(404)
    record("saw", f"case {case_id}", page=seen.ad.seen_at.isoformat())
    try:
        page = read_stored_page(seen)
    except BadEvidence:  # its words name places on this machine
        text = _("The archive does not hold this page any more, or it was changed after it was written.")
        return make_response(render_template("error.html", title=_("No archived page"), text=text), 404)
    answer = make_response(render_template("archived.html", page=page, case_id=case_id, style=Markup(STYLE)))  # noqa: S704 - ours
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _looks(ad: JobAd) -> list[tuple[int, SeenAd]]:
    batches: Path | None = current_app.config["BATCHES"]
    if batches is None or not is_allowed("see_contacts"):
        return []
    versions = enumerate(open_queue().version_batches(ad.ad_id), start=1)
    found = [
        (number, SeenAd(ad=seen, batch=batches / source / run)) for number, (seen, source, run) in versions if seen.page
    ]
    return found[: -_MOST - 1 : -1]
