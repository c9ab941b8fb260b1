"""Accounts of all analysts, and the audit log.

An administrator keeps accounts. A password made here is shown once and must change.
"""

from collections.abc import Callable
from datetime import date
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import ROLES, Analyst, Role
from pipeline.accounts.audit_log import ACTS, Act
from pipeline.accounts.credentials import generate_password, hash_password, nobodys_hash
from pipeline.errors import BadAnalyst
from pipeline.store.store import Store
from pipeline.web.access import GuardedBlueprint, record, small_number
from pipeline.web.auth import refused_password, tries_key
from pipeline.web.i18n import _
from pipeline.web.setup import open_store, request_time

blueprint = GuardedBlueprint("analysts", __name__)


@blueprint.get("/analysts", needs="manage_accounts")
def show_analysts() -> str:
    """Every account, disabled ones too."""
    return _analysts_page()


@blueprint.post("/analysts", needs="manage_accounts")
def add() -> Response | tuple[str, int]:
    """One more account; its first password, if it has one, is shown on the answer and nowhere else."""
    if refused := refused_password(request.form.get("own_password", "")):
        return _analysts_page(), refused
    name, role, password = request.form.get("name", "").strip(), request.form.get("role", ""), generate_password()
    by_provider = "by_provider" in request.form
    made = Analyst(
        name=name, role=cast(Role, role), password_hash=nobodys_hash() if by_provider else hash_password(password),
        must_change=not by_provider, by_provider=by_provider,
    )  # fmt: skip
    store = open_store()
    try:
        with store.atomic():
            store.accounts.add(made, at=request_time())
            record("added_account", f"analyst {name}", role=role, by_provider=by_provider)
    except BadAnalyst as err:
        flash(_("Not added: %(why)s.", why=_(err.message, **err.values)))
        return _analysts_page(), 400
    if by_provider:
        flash(_("Added: %(name)s.", name=name))
        return redirect(url_for("analysts.show_analysts"))
    return render_template("new_password.html", name=name, password=password), 200


@blueprint.post("/analysts/<name>/password", needs="manage_accounts")
def renew_password(name: str) -> tuple[str, int]:
    """Another password for somebody, shown once; a disabled account is open again, a locked one may try again."""
    if refused := refused_password(request.form.get("own_password", "")):
        return _analysts_page(), refused
    password, store = generate_password(), open_store()
    with store.atomic():
        store.accounts.set_password_hash(name, hash_password(password), must_change=True)
        store.accounts.clear_attempts(tries_key(name))
        record("reset_password", f"analyst {name}")
    return render_template("new_password.html", name=name, password=password), 200


@blueprint.post("/analysts/<name>/provider", needs="manage_accounts")
def leave_to_provider(name: str) -> Response | tuple[str, int]:
    """Somebody's password is over: they sign in by the OpenID provider alone."""
    return _change(name, lambda store: store.accounts.leave_to_provider(name, nobodys_hash()), "left_to_provider")


@blueprint.post("/analysts/<name>/unlink", needs="manage_accounts")
def unlink(name: str) -> Response | tuple[str, int]:
    """Whose this account is at the provider is forgotten: the next person who comes by its name is."""
    return _change(name, lambda store: store.accounts.unlink_person(name), "unlinked_account", may_be_own=True)


@blueprint.post("/analysts/<name>/second-factor", needs="manage_accounts")
def remove_second_factor(name: str) -> Response | tuple[str, int]:
    """Somebody's telephone is lost: the password alone opens their account, and the sessions of before are over."""

    def remove(store: Store) -> None:
        store.accounts.end_sessions(name)
        store.second_factors.remove(name)
        store.accounts.clear_attempts(tries_key(f"{name}\ncode"))

    return _change(name, remove, "removed_second_factor")


@blueprint.post("/analysts/<name>/role", needs="manage_accounts")
def change_role(name: str) -> Response | tuple[str, int]:
    """Another role for somebody else: nobody locks themselves out, so that there is always an administrator."""
    role = request.form.get("role", "")
    return _change(name, lambda store: store.accounts.set_role(name, cast(Role, role)), "changed_role", role=role)


@blueprint.post("/analysts/<name>/disable", needs="manage_accounts")
def disable(name: str) -> Response | tuple[str, int]:
    """End somebody else's account; what they decided stays."""
    return _change(name, lambda store: store.accounts.disable(name), "disabled_account")


@blueprint.post("/analysts/<name>/sign-out", needs="manage_accounts")
def end_sessions(name: str) -> Response:
    """Sign somebody out everywhere."""
    store = open_store()
    with store.atomic():
        store.accounts.end_sessions(name)
        record("signed_out", f"analyst {name}", everywhere=True)
    flash(_("%(name)s is signed out everywhere.", name=name))
    return redirect(url_for("analysts.show_analysts"))


def _change(
    name: str, change: Callable[[Store], object], act: Act, *, may_be_own: bool = False, **details: str
) -> Response | tuple[str, int]:
    """The answer once an account is changed, and the log says so; or why it cannot be changed so."""
    if not may_be_own and name.casefold() == current_user.name.casefold():
        flash(_("You cannot change or disable your own account."))
        return _analysts_page(), 400
    if refused := refused_password(request.form.get("own_password", "")):
        return _analysts_page(), refused
    store = open_store()
    try:
        with store.atomic():
            change(store)
            record(act, f"analyst {name}", **details)
    except BadAnalyst as err:
        flash(_("Not changed: %(why)s.", why=_(err.message, **err.values)))
        return _analysts_page(), 400
    flash(_("Changed: %(name)s.", name=name))
    return redirect(url_for("analysts.show_analysts"))


def _analysts_page() -> str:
    return render_template("analysts.html", analysts=open_store().accounts.all(), roles=ROLES)


PAGE = 100

audit_blueprint = GuardedBlueprint("audit", __name__)


@audit_blueprint.get("/audit", needs="read_audit")
def show_audit() -> str:
    """Who saw, decided and exported what, newest first. Reading it is an act as well."""
    before = request.args.get("before", type=small_number)
    analyst, act = request.args.get("analyst") or None, request.args.get("act") or None
    store = open_store()
    # The last of all days has no next one.
    until = request.args.get("until", type=date.fromisoformat)
    entries = store.audit.entries(before=before, analyst=analyst, act=act, until=until, limit=PAGE + 1)
    record("read_audit", who=analyst, what=act)
    return render_template(
        "audit.html", entries=entries[:PAGE], older=entries[PAGE - 1].entry_id if len(entries) > PAGE else None,
        analyst=analyst, act=act, until=until, acts=ACTS, head=store.audit.head(),
    )  # fmt: skip
