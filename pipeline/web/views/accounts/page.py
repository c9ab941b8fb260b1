"""One's own account: the password, keys of one sign, and signing out everywhere.

The accounts of all, which an administrator looks after. A password made here is shown once and must change.

Which language the page speaks, as whoever reads it chooses: kept with the account, or until they sign in.
"""

from collections.abc import Callable
from typing import cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import ROLES, Analyst, Role
from pipeline.accounts.audit_log import Act
from pipeline.accounts.passwords import generate_password, hash_password, nobodys_hash
from pipeline.accounts.reading_limits import LEAST_BREAK
from pipeline.errors import BadAnalyst, UnknownAnalyst
from pipeline.settings.messages import mark
from pipeline.store.store import Store
from pipeline.web.access import needs, open_store, record
from pipeline.web.auth import begin_session, is_own_password, own_path, session_limits, tries_key
from pipeline.web.i18n import LANGUAGES
from pipeline.web.i18n import gettext as _
from pipeline.web.views.work.limits import dose_now, own_limits

__all__ = ["analyst_blueprint", "blueprint", "language_blueprint"]

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
        flash(_("Too many attempts. Try again in a minute.") if right is None else _("The current password is wrong."))
        return _account_page(), 429 if right is None else 400
    try:
        made = _hash_of_new()
    except BadAnalyst as err:
        flash(_("Not changed: %(why)s.", why=_(err.message, **err.values)))
        return _account_page(), 400
    _start_anew(made)
    flash(_("Password changed. You are signed out everywhere else."))
    return redirect(url_for("account.show_account"))


@blueprint.post("/account/keys")
@needs("sign_in")
def choose_keys() -> Response:
    """Keys of one sign act from the next page on, or do not."""
    choice = request.form.get("single_keys", "")
    if choice not in {"on", "off"}:
        abort(400)
    open_store().accounts.set_single_keys(current_user.name, choice == "on")
    flash(_("Saved."))
    return redirect(url_for("account.show_account", _anchor="keys"))


@blueprint.post("/account/sign-out-everywhere")
@needs("sign_in")
def sign_out_everywhere() -> Response:
    """Every session of this account is over, this one too."""
    open_store().accounts.end_sessions(current_user.name)
    record("signed_out", everywhere=True)
    flash(_("You are signed out everywhere."))
    return redirect(url_for("signing_in.sign_in"))


def _hash_of_new() -> str:
    old, new, again = (request.form.get(field, "") for field in ("password", "new", "again"))
    if new != again:
        raise BadAnalyst(mark("the new password was typed in two ways"))
    if new == old:
        raise BadAnalyst(mark("the new password is the old one"))
    return hash_password(new, name=current_user.name)


def _start_anew(password_hash: str) -> None:
    store = open_store()
    with store.atomic():
        store.accounts.set_password_hash(current_user.name, password_hash)
        record("changed_password")
        analyst = store.accounts.get(current_user.name)
        assert analyst is not None  # it was changed above
        begin_session(analyst)


def _account_page() -> str:
    now = current_app.config["CLOCK"]()
    sessions = open_store().accounts.count_sessions(current_user.name, at=now, **session_limits())
    store = open_store()
    return render_template(
        "account.html", sessions=sessions, idle=session_limits()["idle"], dose=dose_now(store, now),
        chosen=store.accounts.chosen_limits(current_user.name), limits=own_limits(), least_break=LEAST_BREAK,
        codes_left=store.second_factors.codes_left(current_user.name),
    )  # fmt: skip


analyst_blueprint = Blueprint("analysts", __name__)


@analyst_blueprint.get("/analysts")
@needs("manage_accounts")
def show_analysts() -> str:
    """Every account, disabled ones too."""
    return _analysts_page()


@analyst_blueprint.post("/analysts")
@needs("manage_accounts")
def add() -> Response | tuple[str, int]:
    """One more account; its first password, if it has one, is shown on the answer and nowhere else."""
    if refused := _refusal():
        return refused
    name, role, password = request.form.get("name", "").strip(), request.form.get("role", ""), generate_password()
    by_provider = "by_provider" in request.form
    made = Analyst(
        name=name, role=cast(Role, role), password_hash=nobodys_hash() if by_provider else hash_password(password),
        must_change=not by_provider, by_provider=by_provider,
    )  # fmt: skip
    store = open_store()
    try:
        with store.atomic():
            store.accounts.add(made, at=current_app.config["CLOCK"]())
            record("added_account", f"analyst {name}", role=role, by_provider=by_provider)
    except BadAnalyst as err:
        flash(_("Not added: %(why)s.", why=_(err.message, **err.values)))
        return _analysts_page(), 400
    if by_provider:
        flash(_("Added: %(name)s.", name=name))
        return redirect(url_for("analysts.show_analysts"))
    return _password_page(name, password), 200


@analyst_blueprint.post("/analysts/<name>/password")
@needs("manage_accounts")
def renew_password(name: str) -> tuple[str, int]:
    """Another password for somebody, shown once; a disabled account is open again, a locked one may try again."""
    if refused := _refusal():
        return refused
    password, store = generate_password(), open_store()
    with store.atomic():
        store.accounts.set_password_hash(name, hash_password(password), must_change=True)
        store.accounts.clear_attempts(tries_key(name))
        record("reset_password", f"analyst {name}")
    return _password_page(name, password), 200


@analyst_blueprint.post("/analysts/<name>/provider")
@needs("manage_accounts")
def leave_to_provider(name: str) -> Response | tuple[str, int]:
    """Somebody's password is over: they sign in by the OpenID provider alone."""
    if refused := _refusal(not_of=name):
        return refused
    return _change(name, lambda store: store.accounts.leave_to_provider(name, nobodys_hash()), "left_to_provider")


@analyst_blueprint.post("/analysts/<name>/unlink")
@needs("manage_accounts")
def unlink(name: str) -> Response | tuple[str, int]:
    """Whose this account is at the provider is forgotten: the next person who comes by its name is."""
    if refused := _refusal():
        return refused
    return _change(name, lambda store: store.accounts.unlink_person(name), "unlinked_account")


@analyst_blueprint.post("/analysts/<name>/second-factor")
@needs("manage_accounts")
def remove_second_factor(name: str) -> Response | tuple[str, int]:
    """Somebody's telephone is lost: the password alone opens their account, and the sessions of before are over."""
    if refused := _refusal(not_of=name):
        return refused
    return _change(name, _without_second_factor(name), "removed_second_factor")


def _without_second_factor(name: str) -> Callable[[Store], object]:
    def act(store: Store) -> None:
        store.accounts.end_sessions(name)
        store.second_factors.remove(name)
        store.accounts.clear_attempts(tries_key(f"{name}\ncode"))

    return act


@analyst_blueprint.post("/analysts/<name>/role")
@needs("manage_accounts")
def change_role(name: str) -> Response | tuple[str, int]:
    """Another role for somebody else: nobody locks themselves out, so that there is always an administrator."""
    if refused := _refusal(not_of=name):
        return refused
    role = request.form.get("role", "")
    return _change(name, lambda store: store.accounts.set_role(name, cast(Role, role)), "changed_role", role=role)


@analyst_blueprint.post("/analysts/<name>/disable")
@needs("manage_accounts")
def disable(name: str) -> Response | tuple[str, int]:
    """End somebody else's account; what they decided stays."""
    if refused := _refusal(not_of=name):
        return refused
    store = open_store()
    with store.atomic():
        store.accounts.disable(name)
        record("disabled_account", f"analyst {name}")
    flash(_("%(name)s can no longer sign in.", name=name))
    return redirect(url_for("analysts.show_analysts"))


@analyst_blueprint.post("/analysts/<name>/sign-out")
@needs("manage_accounts")
def end_sessions(name: str) -> Response:
    """Sign somebody out everywhere."""
    store = open_store()
    with store.atomic():
        store.accounts.end_sessions(name)
        record("signed_out", f"analyst {name}", everywhere=True)
    flash(_("%(name)s is signed out everywhere.", name=name))
    return redirect(url_for("analysts.show_analysts"))


@analyst_blueprint.errorhandler(UnknownAnalyst)
def no_such_analyst(_error: UnknownAnalyst) -> tuple[str, int]:
    """An account that is not there is a page that is not there."""
    return render_template("error.html", title=_("No such account"), text=_("There is no account of that name.")), 404


def _refusal(*, not_of: str | None = None) -> tuple[str, int] | None:
    """The answer where one's own account is meant, or the administrator's own password was not given with the act."""
    if not_of is not None and not_of.casefold() == current_user.name.casefold():
        flash(_("You cannot change or disable your own account."))
        return _analysts_page(), 400
    right = is_own_password(request.form.get("own_password", ""))
    if right:
        return None
    flash(_("Too many attempts. Try again in a minute.") if right is None else _("Your password is wrong."))
    return _analysts_page(), 429 if right is None else 400


def _change(name: str, act: Callable[[Store], object], said: Act, **details: str) -> Response | tuple[str, int]:
    """The answer once an account is changed, and the log says so; or why it cannot be changed so."""
    store = open_store()
    try:
        with store.atomic():
            act(store)
            record(said, f"analyst {name}", **details)
    except BadAnalyst as err:
        flash(_("Not changed: %(why)s.", why=_(err.message, **err.values)))
        return _analysts_page(), 400
    flash(_("Changed: %(name)s.", name=name))
    return redirect(url_for("analysts.show_analysts"))


def _analysts_page() -> str:
    return render_template("analysts.html", analysts=open_store().accounts.all(), roles=ROLES)


def _password_page(name: str, password: str) -> str:
    return render_template("new_password.html", name=name, password=password)


language_blueprint = Blueprint("languages", __name__)


@language_blueprint.post("/language")
@needs("nothing")
def choose() -> Response:
    """The page that one was on, in another language."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if current_user.is_authenticated:
        open_store().accounts.set_language(current_user.name, language)
    else:
        session["language"] = language
    return redirect(own_path(request.form.get("next", "")) or url_for("queue.show_queue"))
