"""The audit log, for those who answer for the record."""

from flask import Blueprint, render_template, request

from pipeline.audit import ACTS
from pipeline.web.gate import needs
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

PAGE = 100

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
@needs("read_audit")
def show_audit() -> str:
    """Who saw, decided and exported what, newest first. Reading it is an act as well."""
    before = request.args.get("before", type=int)
    analyst, act = request.args.get("analyst") or None, request.args.get("act") or None
    queue = open_queue()
    entries = queue.audit_entries(before=before, analyst=analyst, act=act, limit=PAGE + 1)
    record("read_audit", who=analyst, what=act)
    return render_template(
        "audit.html", entries=entries[:PAGE], older=entries[PAGE - 1].entry_id if len(entries) > PAGE else None,
        analyst=analyst, act=act, acts=ACTS, head=queue.audit_head(),
    )  # fmt: skip
