"""The API that checks one ad for a program, and the tokens that open it."""

from typing import Any, Final

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from crawler.batch.ad_json import BadField
from pipeline.accounts.analysts import Analyst, may
from pipeline.linking.redaction import hide_contacts
from pipeline.web.access import needs, open_store, record, token_owner
from pipeline.web.check.checker import ad_of, check_record, without_score
from pipeline.web.check.matches import case_read_blind, find_matches, matches_record
from pipeline.web.i18n import gettext as _
from pipeline.web.views.work.check import LONGEST_TEXT, checker, waits, within_size

__all__ = ["blueprint", "token_blueprint"]

MOST_TOKENS: Final = 10
LONGEST_TITLE: Final = 60

blueprint = Blueprint("api", __name__)
token_blueprint = Blueprint("tokens", __name__)


class _Refused(Exception):
    """Raised when a request cannot be answered, from ``check_ad`` and what it calls."""

    def __init__(self, status: int, why: str, wait: int = 0) -> None:
        super().__init__(why)
        self.status = status
        self.wait = wait


@blueprint.post("/api/check")
@needs("token")
def check_ad() -> Response:
    """What is found of one ad: the answer of ``lurewatch check --json``, with its matches in the store."""
    analyst = _owner()
    found, now = checker(), current_app.config["CLOCK"]()
    ad = _asked_ad()
    if wait := waits(analyst.name, 1, now):
        raise _Refused(429, f"too many checks; try again in {wait} seconds", wait)
    (checked,) = found.check([ad], at=now)
    sealed = case_read_blind(open_store(), checked.ad, analyst.name)
    answer: dict[str, Any] = check_record(checked, found.assessor) | {"read_blind": sealed}
    if sealed is not None:
        answer = without_score(answer)
    if may(analyst.role, "see_contacts"):
        answer |= matches_record(find_matches(open_store(), checked.ad, current_app.config["VAULT"]))
    else:
        answer["contacts"] = []
        if answer["licences"]:
            answer["licences"]["lines"] = [hide_contacts(line) for line in answer["licences"]["lines"]]
    record("checked", "ads", by=analyst.name, count=1, way="api")
    return jsonify(answer)


@blueprint.errorhandler(_Refused)
def refused(error: _Refused) -> tuple[Response, int]:
    """Why a request is not answered, as JSON."""
    answer = jsonify({"error": str(error)})
    if error.wait:
        answer.headers["Retry-After"] = str(error.wait)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer, error.status


@blueprint.errorhandler(HTTPException)
def not_answered(error: HTTPException) -> tuple[Response, int]:
    """What no view answered, as JSON too."""
    return jsonify({"error": error.name}), error.code or 500


@token_blueprint.post("/account/tokens")
@needs("read")
def make() -> Response | str:
    """A new token, shown on this answer and nowhere else."""
    store, now = open_store(), current_app.config["CLOCK"]()
    title = " ".join(request.form.get("title", "").split())[:LONGEST_TITLE] or _("token")
    if len(store.tokens.of_analyst(current_user.name)) >= MOST_TOKENS:
        flash(_("You have %(most)s tokens already. End one first.", most=MOST_TOKENS))
        return redirect(url_for("account.show_account", _anchor="tokens"))
    with store.atomic():
        secret = store.tokens.make(current_user.name, title, at=now)
        record("made_token", f"analyst {current_user.name}", title=title)
    example = f"POST {url_for('api.check_ad', _external=True)}\nAuthorization: Bearer {secret}"
    return render_template("new_token.html", title=title, secret=secret, example=example)


@token_blueprint.post("/account/tokens/<int:token_id>/end")
@needs("sign_in")
def end(token_id: int) -> Response:
    """End one of one's own tokens."""
    store = open_store()
    with store.atomic():
        if not store.tokens.end(token_id, current_user.name):
            abort(404)
        record("ended_token", f"analyst {current_user.name}", token=token_id)
    flash(_("The token is good no longer."))
    return redirect(url_for("account.show_account", _anchor="tokens"))


@token_blueprint.app_context_processor
def provide_tokens() -> dict[str, Any]:
    """What the account page asks for: the tokens of this account."""
    return {"own_tokens": lambda: open_store().tokens.of_analyst(current_user.name)}


def _owner() -> Analyst:
    analyst = token_owner()
    if analyst is None:
        raise _Refused(401, "expected a header Authorization: Bearer TOKEN, with a token that is good")
    if not may(analyst.role, "read") or analyst.must_change:
        raise _Refused(403, "the token's account may not read cases, or has to change its password first")
    return analyst


def _asked_ad() -> JobAd:
    within_size(LONGEST_TEXT * 8)
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise _Refused(400, "expected a JSON object with a title, a description, or both")
    if sum(len(value) for value in asked.values() if isinstance(value, str)) > LONGEST_TEXT:
        raise _Refused(413, f"expected {LONGEST_TEXT} characters at most")
    try:
        return ad_of(asked, at=current_app.config["CLOCK"]())
    except BadField as err:
        raise _Refused(400, str(err)) from err
