"""One's own account: the password, keys of one sign, and signing out everywhere."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.analysts import hash_password
from pipeline.care import LEAST_BREAK
from pipeline.errors import BadAnalyst
from pipeline.messages import mark
from pipeline.web.care_pages import dose_now, own_limits
from pipeline.web.gate import needs
from pipeline.web.language import gettext as _
from pipeline.web.recording import record
from pipeline.web.signing_in import begin_session, is_own_password, session_limits
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@needs("sign_in")
def show_account() -> str:
    """Who one is here, where else one is signed in, and the form for another password."""
    return _account_page()


@blueprint.post("/account/password")
@needs("sign_in")
def change_password() -> Response | tuple[str, int]:
    """Another password; every other session of this account is over, this one goes on."""
    right = is_own_password(request.form.get("password", ""))
    if not right:
        flash(_("Too many tries. Wait, then try again.") if right is None else _("The present password is not right."))
        return _account_page(), 429 if right is None else 400
    try:
        made = _hash_of_new()
    except BadAnalyst as err:
        flash(_("Not changed: %(why)s.", why=_(err.message, **err.values)))
        return _account_page(), 400
    _start_anew(made)
    flash(_("Your password is changed. Every other session of yours is over."))
    return redirect(url_for("account.show_account"))


@blueprint.post("/account/keys")
@needs("sign_in")
def choose_keys() -> Response:
    """Keys of one sign act from the next page on, or do not."""
    choice = request.form.get("single_keys", "")
    if choice not in {"on", "off"}:
        abort(400)
    open_queue().set_single_keys(current_user.name, choice == "on")
    flash(_("Kept."))
    return redirect(url_for("account.show_account", _anchor="keys"))


@blueprint.post("/account/sign-out-everywhere")
@needs("sign_in")
def sign_out_everywhere() -> Response:
    """Every session of this account is over, this one too."""
    open_queue().end_sessions(current_user.name)
    record("signed_out", everywhere=True)
    flash(_("You are signed out everywhere."))
    return redirect(url_for("signing_in.sign_in"))


def _hash_of_new() -> str:
    old, new, again = (request.form.get(field, "") for field in ("password", "new", "again"))
    if new != again:
        raise BadAnalyst(mark("the new password was typed in two ways"))
    if new == old:
        raise BadAnalyst(mark("the new password is the old one"))
    return hash_password(new)


def _start_anew(password_hash: str) -> None:
    queue = open_queue()
    with queue.atomic():
        queue.set_password_hash(current_user.name, password_hash)
        record("changed_password")
        analyst = queue.analyst(current_user.name)
        assert analyst is not None  # it was changed above
        begin_session(analyst)


def _account_page() -> str:
    now = current_app.config["CLOCK"]()
    sessions = open_queue().count_sessions(current_user.name, at=now, **session_limits())
    queue = open_queue()
    return render_template(
        "account.html", sessions=sessions, idle=session_limits()["idle"], dose=dose_now(queue, now),
        chosen=queue.chosen_care(current_user.name), limits=own_limits(), least_break=LEAST_BREAK,
    )  # fmt: skip
