"""Health and metrics of the page, for a monitor."""

import sqlite3
from pathlib import Path

from flask import Blueprint, Response, current_app

from pipeline.errors import PipelineError
from pipeline.nightly.notifications.metrics import Metric, as_text
from pipeline.web.access import needs, open_store, token_owner

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__)

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/healthz")
@needs("nothing")
def show_health() -> Response:
    """200 and ``ok``, or 503; says nothing of what is in the database."""
    try:
        open_store().runs.latest(limit=1)
    except (PipelineError, sqlite3.Error):
        return Response("the database cannot be read\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/metrics")
@needs("token")
def show_metrics() -> Response:
    """The figures of the last night, as it wrote them, and those of the queue as it stands."""
    if token_owner() is None:
        answer = Response("expected a header Authorization: Bearer TOKEN, with a token that is good\n", 401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    written: Path | None = current_app.config["METRICS"]
    night = written.read_text(encoding="utf-8") if written and written.is_file() else ""
    return Response(night + as_text(_queue_metrics()), content_type=PROMETHEUS)


def _queue_metrics() -> tuple[Metric, ...]:
    store = open_store()
    standings = store.queue.standings()
    found = {
        "queue_to_review": ("Cases to review now.", standings.to_review),
        "queue_reopened": ("Cases to review that changed or came back.", standings.reopened),
        "queue_awaiting": ("Cases that await a second opinion now.", standings.awaiting),
        "queue_closed": ("Cases that are closed.", standings.closed),
        "decisions": ("Decisions made.", store.statistics.totals()["decisions"]),
    }
    return tuple(Metric(name=name, help=words, values=[({}, value)]) for name, (words, value) in found.items())
