"""Signing in and out. Whether a name exists, is disabled or must wait cannot be told from the answers."""

import hashlib
from datetime import timedelta
from functools import cache
from typing import Literal

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from pipeline.analysts import Analyst, hash_password, is_outdated, nobodys_hash, verify_password
from pipeline.web.gate import needs
from pipeline.web.language import LANGUAGES, page_language
from pipeline.web.language import gettext as _
from pipeline.web.recording import record
from pipeline.web.store import open_queue

__all__ = [
    "SignedIn", "begin_session", "blueprint", "enter", "is_own_password", "login_manager", "own_path", "session_limits",
    "tries_key",
]  # fmt: skip

blueprint = Blueprint("signing_in", __name__)
login_manager = LoginManager()
login_manager.session_protection = "strong"


class SignedIn(UserMixin):  # type: ignore[misc]
    """An analyst as Flask-Login knows them: by the secret of their session, which the store can end."""

    def __init__(self, analyst: Analyst, secret: str) -> None:
        self.name = analyst.name
        self.role = analyst.role
        self.must_change = analyst.must_change
        self.language = analyst.language
        self.by_provider = analyst.by_provider
        self.single_keys = analyst.single_keys
        self.id = secret


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_signed_in(secret: str) -> SignedIn | None:
    """Whoever this session belongs to, while it lasts."""
    analyst = open_queue().session_analyst(secret, at=current_app.config["CLOCK"](), **session_limits())
    return SignedIn(analyst, secret) if analyst else None


@blueprint.get("/sign-in")
@needs("nothing")
def sign_in() -> str:
    """The form; wherever one came from is kept, if it is a page of ours."""
    return render_template("sign_in.html", wanted=own_path(request.args.get("next", "")))


@blueprint.post("/sign-in")
@needs("nothing")
def try_sign_in() -> Response | tuple[str, int]:
    """In with the right password; otherwise the form again, which does not say what was wrong."""
    name, password = request.form.get("name", "").strip()[:64], request.form.get("password", "")[:300]
    wanted = own_path(request.form.get("next", ""))
    queue, now = open_queue(), current_app.config["CLOCK"]()
    if not queue.reserve_try(tries_key(name), at=now):
        flash(_("Too many tries. Wait, then try again: a minute at first, an hour at most."))
        return render_template("sign_in.html", wanted=wanted), 429
    analyst = queue.analyst(name)
    matches = verify_password(analyst.password_hash if analyst else _nobodys_hash(), password)
    if analyst is None or not matches or not analyst.active:
        if analyst is not None:  # what else is typed there may be a password
            record("failed_to_sign_in", f"analyst {analyst.name}", by=analyst.name, way="password")
        flash(_("Name or password is not right."))
        return render_template("sign_in.html", wanted=wanted), 401
    queue.clear_tries(tries_key(name))
    if is_outdated(analyst.password_hash):
        queue.renew_password_hash(analyst.name, hash_password(password))
    enter(analyst, way="password")
    return redirect(wanted or url_for("queue.show_queue"))


@blueprint.post("/sign-out")
@needs("nothing")
def sign_out() -> Response:
    """Out, and back to the form. The session is over, not only its cookie."""
    if current_user.is_authenticated:
        open_queue().end_session(current_user.id)
        record("signed_out")
    spoken = page_language()
    logout_user()
    session.clear()
    session["language"] = spoken  # of the form that follows; whoever signs in next has their own
    return redirect(url_for("signing_in.sign_in"))


def enter(analyst: Analyst, *, way: Literal["password", "provider"]) -> None:
    """Sign this browser in as somebody who has shown who they are, and say in the log by which way."""
    _keep_language(analyst)
    begin_session(analyst)
    record("signed_in", way=way)


def _keep_language(analyst: Analyst) -> None:
    """What was chosen on the form becomes the account's, if it has none yet."""
    if analyst.language is None and session.get("language") in LANGUAGES:
        open_queue().set_language(analyst.name, session["language"])


def begin_session(analyst: Analyst) -> None:
    """Sign in this browser anew. Nothing of an earlier session stays: one that was planted here is worth nothing."""
    longest = session_limits()["longest"]
    secret = open_queue().start_session(analyst.name, at=current_app.config["CLOCK"](), longest=longest)
    session.clear()
    login_user(SignedIn(analyst, secret))


def is_own_password(password: str) -> bool | None:
    """Whether this is the password of whoever is signed in; None when there were too many tries. It is asked for
    before an act that a borrowed screen must not be enough for."""
    queue, key = open_queue(), tries_key(current_user.name)
    if not queue.reserve_try(key, at=current_app.config["CLOCK"]()):
        return None
    analyst = queue.analyst(current_user.name)
    if analyst is None or not verify_password(analyst.password_hash, password[:300]):
        return False
    queue.clear_tries(key)
    return True


def session_limits() -> dict[str, timedelta]:
    """How long a session may lie unused, and how old it may get."""
    return {"idle": current_app.config["IDLE"], "longest": current_app.config["PERMANENT_SESSION_LIFETIME"]}


def tries_key(name: str) -> str:
    """What stands for a name among the failed tries: people type passwords into the wrong field."""
    key = current_app.config["SECRET_KEY"]
    return hashlib.blake2b(name.casefold().encode("utf-8", "replace"), key=key[:64], digest_size=16).hexdigest()


def own_path(wanted: str) -> str:
    """The address, if it is a plain path on this page; anything that could lead elsewhere becomes nothing."""
    if len(wanted) > 500:
        abort(400)
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if plain and all(char.isprintable() for char in wanted) else ""


@cache
def _nobodys_hash() -> str:
    """What an unknown name is compared with, so that it takes as long to refuse as a known one."""
    return nobodys_hash()
