"""The API for programs: checks of an ad, health and metrics of the page."""

import json
import sqlite3
from contextlib import suppress
from typing import Any, Final

from flask import abort, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, HTTPException, TooManyRequests, Unauthorized
from werkzeug.wrappers import Response

from crawler.batch.ad_json import BadField
from pipeline.accounts.analysts import may
from pipeline.errors import PipelineError
from pipeline.linking.redaction import hide_contacts
from pipeline.nightly.report import Metric, as_text
from pipeline.web.access import GuardedBlueprint, record, token_owner
from pipeline.web.checker import ad_of, check_record, without_score
from pipeline.web.setup import open_store, page_checker, page_setup, request_time
from pipeline.web.views.check import LONGEST_TEXT, case_read_blind, find_matches, matches_record, waits, within_size

EXPECTED_HEADER: Final = "expected a header Authorization: Bearer TOKEN, with a token that is good"
BEARER: Final = WWWAuthenticate("bearer")

blueprint = GuardedBlueprint("api", __name__)


@blueprint.post("/api/check", needs="token")
def check_ad() -> Response:
    """What is found of one ad: the answer of ``lurewatch check --json``, with its matches in the store."""
    analyst = token_owner()
    if analyst is None:
        raise Unauthorized(EXPECTED_HEADER, www_authenticate=BEARER)
    if not may(analyst.role, "read") or analyst.must_change:
        abort(403, "the token's account may not read cases, or has to change its password first")
    found, now = page_checker(), request_time()
    within_size(LONGEST_TEXT * 8)
    asked = None
    with suppress(RecursionError):  # thousands of brackets
        asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        abort(400, "expected a JSON object with a title, a description, or both")
    if sum(len(value) for value in asked.values() if isinstance(value, str)) > LONGEST_TEXT:
        abort(413, f"expected {LONGEST_TEXT} characters at most")
    try:
        ad = ad_of(asked, at=now)
    except BadField as err:
        raise BadRequest(str(err)) from err
    if wait := waits(analyst.name, 1, now):
        raise TooManyRequests("too many checks; Retry-After says for how many seconds", retry_after=wait)
    (checked,) = found.check([ad], at=now)
    sealed = case_read_blind(open_store(), checked.ad, analyst.name)
    answer: dict[str, Any] = check_record(checked, found.assessor) | {"read_blind": sealed}
    if sealed is not None:
        answer = without_score(answer)
    if may(analyst.role, "see_contacts"):
        answer |= matches_record(find_matches(open_store(), checked.ad))
    else:
        answer["contacts"] = []
        if answer["licences"]:
            answer["licences"]["lines"] = [hide_contacts(line) for line in answer["licences"]["lines"]]
    record("checked", "ads", by=analyst.name, count=1, way="api")
    return jsonify(answer)


@blueprint.errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """Why a request is not answered, as JSON, with the headers of its status."""
    answer = error.get_response()
    answer.data = json.dumps({"error": error.description})
    answer.content_type = "application/json"
    return answer


health_blueprint = GuardedBlueprint("health", __name__)


@health_blueprint.get("/healthz", needs="nothing")
def show_health() -> Response:
    """200 and ``ok``, or 503; says nothing of what is in the database."""
    try:
        open_store().runs.latest(limit=1)
    except (PipelineError, sqlite3.Error):
        return Response("the database cannot be read\n", 503, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


@health_blueprint.get("/metrics", needs="token")
def show_metrics() -> Response:
    """The figures of the last night, as it wrote them, and those of the queue as it stands."""
    if token_owner() is None:
        return Response(f"{EXPECTED_HEADER}\n", 401, {"WWW-Authenticate": BEARER.to_header()}, mimetype="text/plain")
    written = page_setup().metrics
    night = written.read_text(encoding="utf-8") if written and written.is_file() else ""
    store = open_store()
    standings = store.queue.standings()
    figures = (
        ("queue_to_review", "Cases to review now.", standings.to_review),
        ("queue_reopened", "Cases to review that changed or came back.", standings.reopened),
        ("queue_awaiting", "Cases that await a second opinion now.", standings.awaiting),
        ("queue_closed", "Cases that are closed.", standings.closed),
        ("decisions", "Decisions made.", store.statistics.totals()["decisions"]),
    )
    queue = [Metric(name=name, help=words, values=[({}, value)]) for name, words, value in figures]
    return Response(night + as_text(queue), content_type="text/plain; version=0.0.4; charset=utf-8")
