"""Health of the page, for a monitor: answers while the database can be read, and says nothing of what is in it."""

import sqlite3

from flask import Blueprint, Response

from pipeline.errors import PipelineError
from pipeline.web.access import needs, open_store

__all__ = ["blueprint"]

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@needs("nothing")
def show_health() -> Response:
    """200 and ``ok``, or 503."""
    try:
        open_store().runs.latest(limit=1)
    except (PipelineError, sqlite3.Error):
        return Response("the database cannot be read\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")
