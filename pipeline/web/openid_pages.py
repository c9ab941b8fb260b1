"""Signing in by the organisation's OpenID provider. Whether an account exists, is disabled, must wait or is another
person's cannot be told from the answers; the log has the cause."""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from flask import Blueprint, abort, current_app, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from pipeline.analysts import Analyst
from pipeline.messages import mark
from pipeline.openid.round_trip import NotSignedIn, Person, Why
from pipeline.web.gate import needs
from pipeline.web.language import gettext as _
from pipeline.web.recording import record
from pipeline.web.signing_in import enter, own_path, tries_key
from pipeline.web.store import open_queue

if TYPE_CHECKING:
    from pipeline.openid.provider import Provider

__all__ = ["blueprint"]

blueprint = Blueprint("openid", __name__)
log = structlog.get_logger()

TIME_AWAY: Final = timedelta(minutes=15)
"""How long one may be at the provider: a password, a second factor, and a telephone that has to be found first."""

_KEPT: Final = "openid"
"""What this browser has begun. The newest alone: many would outgrow its cookie."""

_SAID: Final[dict[Why, str]] = {
    "away": mark("The sign-in of your organisation does not answer as it should. Try again in a while."),
    "denied": mark("The sign-in of your organisation did not let you in."),
    "lost": mark("This sign-in took too long, or was begun elsewhere. Begin again here."),
    "refused": mark("You could not be signed in. Ask an administrator whether there is an account here for you."),
}


@blueprint.get("/sign-in/openid")
@needs("nothing")
def begin() -> Response:
    """The way to the provider; wherever one came from is kept, if it is a page of ours."""
    provider, now, wanted = _provider(), _now(), own_path(request.args.get("next", ""))
    try:
        begun = provider.begin(_callback_address(), now=now)
    except NotSignedIn as err:
        return _back_to_form(err, wanted)
    session[_KEPT] = {
        "state": begun.state, "nonce": begun.nonce, "verifier": begun.verifier, "next": wanted, "at": now.isoformat(),
    }  # fmt: skip
    return redirect(begun.address)


@blueprint.get("/sign-in/openid/callback")
@needs("nothing")
def arrive() -> Response:
    """In, if whoever comes back from the provider has an account; otherwise the form again."""
    provider, now, begun = _provider(), _now(), session.get(_KEPT) or {}
    try:
        _check_begun(begun, now)
        # Gone before anything is asked: what was begun is good for one answer.
        session.pop(_KEPT)
        person = provider.finish(
            request.args, nonce=begun["nonce"], verifier=begun["verifier"], callback=_callback_address(), now=now
        )
        analyst = _account_of(person, provider.issuer, now)
    except NotSignedIn as err:
        return _back_to_form(err, begun.get("next", ""))
    enter(analyst, way="provider")
    return redirect(begun["next"] or url_for("queue.show_queue"))


def _check_begun(begun: dict[str, Any], now: datetime) -> None:
    """A state that is not this browser's is somebody else's sign-in; this browser's own one stays begun."""
    state = request.args.get("state", "")
    if not begun or not secrets.compare_digest(state.encode(), str(begun["state"]).encode()):
        raise NotSignedIn("lost", "no sign-in with this state was begun in this browser")
    if not timedelta() <= now - datetime.fromisoformat(begun["at"]) <= TIME_AWAY:
        raise NotSignedIn("lost", "the sign-in was begun too long ago")


def _account_of(person: Person, issuer: str, now: datetime) -> Analyst:
    queue = open_queue()
    analyst = queue.analyst(person.name)
    if analyst is None:
        raise NotSignedIn("refused", "there is no account of the name that the provider gives")
    hindrance = None
    if not analyst.active:
        hindrance = "the account is disabled"
    elif not analyst.by_provider and queue.must_wait(tries_key(analyst.name), at=now):
        hindrance = "the account waits after failed tries"
    elif not queue.link_person(analyst.name, issuer=issuer, subject=person.subject, at=now):
        hindrance = "the account is another person's at the provider, or this person has another account"
    if hindrance:
        record("failed_to_sign_in", f"analyst {analyst.name}", by=analyst.name, way="provider")
        raise NotSignedIn("refused", hindrance)
    return analyst


def _back_to_form(err: NotSignedIn, wanted: str) -> Response:
    log.warning("not signed in by the provider", why=err.why, cause=str(err))
    flash(_(_SAID[err.why]))
    return redirect(url_for("signing_in.sign_in", next=wanted or None))


def _callback_address() -> str:
    """This desk's own address that the provider sends people back to; behind a proxy it is the proxy that has HTTPS."""
    scheme = "https" if current_app.config["SESSION_COOKIE_SECURE"] else request.scheme
    return url_for("openid.arrive", _external=True, _scheme=scheme)


def _provider() -> "Provider":
    provider: Provider | None = current_app.config["OPENID"]
    return provider or abort(404)


def _now() -> datetime:
    now: datetime = current_app.config["CLOCK"]()
    return now
