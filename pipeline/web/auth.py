"""Signing in and out, by password or by the organisation's OpenID provider.

The answers do not show whether an account exists, is disabled, must wait or is another person's; the log has the cause.
"""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

import structlog
from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import Analyst
from pipeline.accounts.credentials import (
    FactorKey,
    attempt_key,
    hash_password,
    is_missing,
    is_outdated,
    verify_password,
)
from pipeline.errors import BadAnalyst, NotSignedIn
from pipeline.settings.messages import mark
from pipeline.store.accounts import Accepted
from pipeline.web.access import GuardedBlueprint, record
from pipeline.web.i18n import LANGUAGES, _, page_language, word
from pipeline.web.setup import open_store, page_setup, request_time

if TYPE_CHECKING:
    from pipeline.accounts.openid import Person, Provider


blueprint = GuardedBlueprint("signing_in", __name__)

_HALFWAY: Final = "halfway"
"""Who has shown a password in this browser, while the second factor is asked for."""

TOO_MANY: Final = mark("Too many attempts. Try again in a minute; the wait grows to an hour at most.")

WRONG_PASSWORD: Final = mark("Your password is wrong.")

login_manager = LoginManager()
login_manager.session_protection = "strong"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """An analyst as Flask-Login knows them: by the secret of their session, which the store can end. It has all that
    the analyst has."""

    def __init__(self, analyst: Analyst, secret: str) -> None:
        self._analyst, self.id = analyst, secret
        self.lacks_second_factor = is_missing(analyst, page_setup().review.second_factor)

    def __getattr__(self, name: str) -> object:
        return getattr(self._analyst, name)


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def load_signed_in(secret: str) -> SignedIn | None:
    """Whoever this session belongs to, while it lasts."""
    analyst = open_store().accounts.session_analyst(secret, at=request_time(), **session_limits())
    return SignedIn(analyst, secret) if analyst else None


@blueprint.get("/sign-in", needs="nothing")
def sign_in() -> str:
    """The form; wherever one came from is kept, if it is a page of ours."""
    return render_template("sign_in.html", wanted=own_path(request.args.get("next", "")))


@blueprint.post("/sign-in", needs="nothing")
def try_sign_in() -> Response | tuple[str, int]:
    """In with the right password; otherwise the form again, which does not say what was wrong."""
    name, password = request.form.get("name", "").strip()[:64], request.form.get("password", "")[:300]
    wanted = own_path(request.form.get("next", ""))
    store, now = open_store(), request_time()
    if not store.accounts.reserve_attempt(tries_key(name), at=now):
        flash(_(TOO_MANY), "error")
        return render_template("sign_in.html", wanted=wanted, name=name), 429
    analyst = store.accounts.get(name)
    matches = verify_password(analyst.password_hash if analyst else None, password)
    if analyst is None or not matches or not analyst.active:
        if analyst is not None:  # what else is typed there may be a password
            _record_failure(analyst, "password")
        flash(_("Wrong name or password."), "error")
        return render_template("sign_in.html", wanted=wanted, name=name), 401
    store.accounts.clear_attempts(tries_key(name))
    if is_outdated(analyst.password_hash):
        with suppress(BadAnalyst):  # one that would be refused today is still theirs
            store.accounts.renew_password_hash(analyst.name, hash_password(password))
    if analyst.has_second_factor:
        session[_HALFWAY] = {
            "name": analyst.name, "version": analyst.session_version, "next": wanted, "at": now.isoformat(),
        }  # fmt: skip
        return redirect(url_for("signing_in.ask_code"))
    enter(analyst, way="password")
    return redirect(wanted or url_for("queue.show_queue"))


@blueprint.get("/sign-in/code", needs="nothing")
def ask_code() -> Response | str:
    """The form for the second factor, for whoever has just shown the password."""
    return render_template("sign_in_code.html") if _halfway() else _back_to_beginning()


@blueprint.post("/sign-in/code", needs="nothing")
def try_code() -> Response | tuple[str, int]:
    """In with the code of now, or with a recovery code."""
    analyst = _halfway()
    if analyst is None:
        return _back_to_beginning()
    accepted, status = accept_code(analyst.name)
    if accepted is None:
        _record_failure(analyst, "code")
        return render_template("sign_in_code.html"), status
    wanted = session[_HALFWAY]["next"]
    enter(analyst, way="password", second=accepted)
    return redirect(wanted or url_for("queue.show_queue"))


def accept_code(name: str) -> tuple[Accepted | None, int]:
    """What the form's code is: the one of now or a recovery code; None with the status of a refusal, which is flashed.

    Tries are counted apart from those of the password: whoever gets here knows it.
    """
    store, now, key = open_store(), request_time(), tries_key(f"{name}\ncode")
    if not store.accounts.reserve_attempt(key, at=now):
        flash(_(TOO_MANY), "error")
        return None, 429
    typed = request.form.get("code", "")[:100]
    accepted = store.second_factors.accept(name, typed, FactorKey(page_setup().secret_key), at=now)
    if accepted is None:
        flash(_("This code is wrong, too old or used already."), "error")
        return None, 401
    store.accounts.clear_attempts(key)
    return accepted, 200


def _halfway() -> Analyst | None:
    """Whoever has shown the password in this browser, and not the second factor yet."""
    begun = session.get(_HALFWAY)
    # A telephone has to be found and unlocked.
    if not begun or not timedelta() <= request_time() - datetime.fromisoformat(begun["at"]) <= timedelta(minutes=5):
        return None
    analyst = open_store().accounts.get(begun["name"])
    if analyst is None or not analyst.active or analyst.session_version != begun["version"]:
        return None
    return analyst


def _back_to_beginning() -> Response:
    session.pop(_HALFWAY, None)
    flash(_("Sign in again: this took too long, or the account has changed."), "error")
    return redirect(url_for("signing_in.sign_in"))


@blueprint.post("/sign-out", needs="nothing")
def sign_out() -> Response:
    """Out, and back to the form. The session is over, not only its cookie."""
    if current_user.is_authenticated:
        open_store().accounts.end_session(current_user.id)
        open_store().cases.leave(current_user.name, at=request_time())
        record("signed_out")
    spoken = page_language()
    logout_user()
    session.clear()
    session["language"] = spoken  # of the form that follows; whoever signs in next has their own
    return redirect(url_for("signing_in.sign_in"))


def enter(analyst: Analyst, *, way: Literal["password", "provider"], second: Accepted | None = None) -> None:
    """Sign this browser in as somebody who has shown who they are, and say in the log by which way."""
    if analyst.language is None and session.get("language") in LANGUAGES:  # chosen on the form
        open_store().accounts.set_language(analyst.name, session["language"])
    begin_session(analyst.name)
    record("signed_in", way=way, address=request.remote_addr, **({"second": second} if second else {}))


def _record_failure(analyst: Analyst, way: str) -> None:
    record("failed_to_sign_in", f"analyst {analyst.name}", by=analyst.name, way=way, address=request.remote_addr)


def begin_session(name: str) -> None:
    """Sign in this browser anew. Nothing of an earlier session stays: one that was planted here is worth nothing."""
    accounts, longest = open_store().accounts, session_limits()["longest"]
    secret, analyst = accounts.start_session(name, at=request_time(), longest=longest), accounts.get(name)
    assert analyst is not None  # or no session would have been started
    session.clear()
    login_user(SignedIn(analyst, secret))


def refused_password(typed: str, wrong: str = WRONG_PASSWORD) -> int | None:
    """The status of the answer that refuses an act which a borrowed screen must not be enough for, and flashes why;
    None where the password of whoever is signed in was typed."""
    # Counted apart from sign-ins: strangers who try a name must not stop whoever is signed in by it.
    store, key = open_store(), tries_key(f"{current_user.name}\n{current_user.id}")
    if not store.accounts.reserve_attempt(key, at=request_time()):
        flash(_(TOO_MANY), "error")
        return 429
    analyst = store.accounts.get(current_user.name)
    if analyst is None or not verify_password(analyst.password_hash, typed[:300]):
        flash(_(wrong), "error")
        return 400
    store.accounts.clear_attempts(key)
    return None


def session_limits() -> dict[str, timedelta]:
    """How long a session may lie unused, and how old it may get."""
    review = page_setup().review
    return {"idle": timedelta(minutes=review.idle_minutes), "longest": timedelta(hours=review.session_hours)}


def tries_key(name: str) -> str:
    """What stands for a name among the failed tries, by the page's own key."""
    return attempt_key(page_setup().secret_key, name)


def own_path(wanted: str) -> str:
    """The address, if it is a plain path on this page; anything that could lead elsewhere becomes nothing, and so does
    what a cookie has no room for, as the address of many ticked cases."""
    plain = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if plain and len(wanted) <= 500 else ""


openid_blueprint = GuardedBlueprint("openid", __name__)
log = structlog.get_logger()


_BEGUN: Final = "openid"
"""What this browser has begun. The newest alone: many would outgrow its cookie."""


@openid_blueprint.get("/sign-in/openid", needs="nothing")
def begin() -> Response:
    """The way to the provider; wherever one came from is kept, if it is a page of ours."""
    provider, now, wanted = _provider(), request_time(), own_path(request.args.get("next", ""))
    try:
        address, begun = provider.begin(_callback_address(), now=now)
    except NotSignedIn as err:
        return _back_to_form(err, wanted)
    session[_BEGUN] = begun | {"next": wanted, "at": now.isoformat()}
    return redirect(address)


@openid_blueprint.get("/sign-in/openid/callback", needs="nothing")
def arrive() -> Response:
    """In, if whoever comes back from the provider has an account; otherwise the form again."""
    provider, now, begun = _provider(), request_time(), session.get(_BEGUN) or {}
    lost = ""
    # A state that is not this browser's is somebody else's sign-in; this browser's own one stays begun.
    if not begun or not secrets.compare_digest(request.args.get("state", "").encode(), begun["state"].encode()):
        lost = "no sign-in with this state was begun in this browser"
    # Time for a password, a second factor, and a telephone that has to be found first.
    elif not timedelta() <= now - datetime.fromisoformat(begun["at"]) <= timedelta(minutes=15):
        lost = "the sign-in was begun too long ago"
    if lost:
        return _back_to_form(NotSignedIn("lost", lost), begun.get("next", ""))
    # Gone before anything is asked: what was begun is good for one answer.
    session.pop(_BEGUN)
    try:
        person = provider.finish(
            request.args, nonce=begun["nonce"], verifier=begun["verifier"], callback=_callback_address(), now=now
        )
        analyst = _account_of(person, provider.issuer, now)
    except NotSignedIn as err:
        return _back_to_form(err, begun["next"])
    enter(analyst, way="provider")
    return redirect(begun["next"] or url_for("queue.show_queue"))


def _account_of(person: "Person", issuer: str, now: datetime) -> Analyst:
    store = open_store()
    analyst = store.accounts.get(person.name)
    if analyst is None:
        raise NotSignedIn("refused", "there is no account of the name that the provider gives")
    hindrance = None
    if not analyst.active:
        hindrance = "the account is disabled"
    elif not analyst.by_provider and store.accounts.must_wait(tries_key(analyst.name), at=now):
        hindrance = "the account waits after failed tries"
    elif not store.accounts.link_person(analyst.name, issuer=issuer, subject=person.subject, at=now):
        hindrance = "the account is another person's at the provider, or this person has another account"
    if hindrance:
        _record_failure(analyst, "provider")
        raise NotSignedIn("refused", hindrance)
    return analyst


def _back_to_form(err: NotSignedIn, wanted: str) -> Response:
    log.warning("not signed in by the provider", why=err.why, cause=str(err))
    flash(word(err.why, "fault"), "error")
    return redirect(url_for("signing_in.sign_in", next=wanted or None))


def _callback_address() -> str:
    """This page's own address that the provider sends people back to; behind a proxy it is the proxy that has HTTPS."""
    scheme = "https" if page_setup().secure_cookie else request.scheme
    return url_for("openid.arrive", _external=True, _scheme=scheme)


def _provider() -> "Provider":
    return page_setup().openid or abort(404)
