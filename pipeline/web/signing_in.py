"""Who may see the page: sign-in, sign-out, and a pause after failed tries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, login_user, logout_user
from werkzeug.wrappers import Response

from pipeline.analysts import Analyst, generate_password, hash_password, verify_password
from pipeline.web.store import open_queue

__all__ = ["FailedTries", "SignedIn", "blueprint", "login_manager"]

MOST_TRIES = 5
"""Failed tries for one name before it must wait."""
PAUSE_SECONDS = 60.0
"""How long it waits then. Argon2 makes each try slow; this makes guessing by many hands slow too."""

blueprint = Blueprint("signing_in", __name__)
login_manager = LoginManager()
login_manager.login_view = "signing_in.sign_in"
login_manager.login_message = ""
login_manager.session_protection = "strong"


class SignedIn(UserMixin):  # type: ignore[misc]
    """An analyst as Flask-Login knows them; the session ends when the account's version moves on."""

    def __init__(self, analyst: Analyst) -> None:
        self.name = analyst.name
        self.role = analyst.role
        self.id = f"{analyst.session_version}:{analyst.name}"


@dataclass
class FailedTries:
    """Failed sign-ins by name in this process, and when each may try again."""

    clock: Callable[[], float]
    since: dict[str, tuple[int, float]] = field(default_factory=dict)

    def must_wait(self, name: str) -> bool:
        """Whether this name has failed too often and too lately."""
        count, last = self.since.get(name, (0, 0.0))
        if count and self.clock() - last >= PAUSE_SECONDS:
            self.since.pop(name, None)
            return False
        return count >= MOST_TRIES

    def failed(self, name: str) -> None:
        """Count one more."""
        count, _ = self.since.get(name, (0, 0.0))
        if len(self.since) > 10_000:  # a flood of invented names must not fill the memory
            self.since.clear()
        self.since[name] = (count + 1, self.clock())

    def passed(self, name: str) -> None:
        """Forget what failed before."""
        self.since.pop(name, None)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load_signed_in(session_id: str) -> SignedIn | None:
    """The analyst of a session, unless the account was disabled or its password changed since."""
    _, _, name = session_id.partition(":")
    analyst = open_queue().analyst(name)
    if analyst is None or not analyst.active:
        return None
    signed_in = SignedIn(analyst)
    return signed_in if signed_in.id == session_id else None


@blueprint.get("/sign-in")
def sign_in() -> str:
    """The form; wherever one came from is kept, if it is a page of ours."""
    return render_template("sign_in.html", wanted=_own_path(request.args.get("next", "")))


@blueprint.post("/sign-in")
def try_sign_in() -> Response | tuple[str, int]:
    """In with the right password; otherwise the form again, which does not say what was wrong."""
    name, password = request.form.get("name", "").strip()[:64], request.form.get("password", "")[:256]
    wanted = _own_path(request.form.get("next", ""))
    tries: FailedTries = current_app.extensions["lurewatch_tries"]
    if tries.must_wait(name.casefold()):
        flash("Too many tries. Wait a minute, then try again.")
        return render_template("sign_in.html", wanted=wanted), 429
    analyst = open_queue().analyst(name)
    matches = verify_password(analyst.password_hash if analyst else _nobodys_hash(), password)
    if analyst is None or not matches or not analyst.active:
        tries.failed(name.casefold())
        flash("Name or password is not right.")
        return render_template("sign_in.html", wanted=wanted), 401
    tries.passed(name.casefold())
    session.clear()
    login_user(SignedIn(analyst))
    return redirect(wanted or url_for("queue.show_queue"))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Out, and back to the form."""
    logout_user()
    session.clear()
    return redirect(url_for("signing_in.sign_in"))


def _own_path(wanted: str) -> str:
    """The address, if it is a plain path on this page; anything that could lead elsewhere becomes nothing."""
    if len(wanted) > 500:
        abort(400)
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if plain and all(char.isprintable() for char in wanted) else ""


@cache
def _nobodys_hash() -> str:
    """A hash that no password matches, so that an unknown name takes as long to refuse as a known one."""
    return hash_password(generate_password())
