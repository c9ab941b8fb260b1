"""Labels for researchers: what was decided of which text, without contacts, as a file that training reads."""

from flask import Blueprint, Response

from pipeline.labels import label_lines
from pipeline.web.gate import needs
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

blueprint = Blueprint("labels", __name__)


@blueprint.get("/labels.jsonl")
@needs("export_labels")
def export_labels() -> Response:
    """The last decision of each case, one a line; nobody's contacts are in it, whoever asks."""
    lines = list(label_lines(open_queue(), contacts=False))
    record("exported", "labels", labels=len(lines), contacts=False)
    answer = Response("".join(lines), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = 'attachment; filename="lurewatch-labels.jsonl"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
