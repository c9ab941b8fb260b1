"""Accounts: one's own page, those of all analysts, and the audit log.

An administrator keeps accounts. A password made here is shown once and must change.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final, cast

import segno
from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from markupsafe import Markup
from pyotp import TOTP, random_base32
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import LEAST_BREAK, ROLES, Analyst, Role
from pipeline.accounts.audit_log import ACTS, Act
from pipeline.accounts.credentials import (
    FactorKey,
    generate_password,
    hash_password,
    make_recovery_codes,
    matching_step,
    nobodys_hash,
)
from pipeline.errors import BadAnalyst
from pipeline.settings.messages import mark
from pipeline.store.accounts import ChosenLimits
from pipeline.store.store import Store
from pipeline.web.access import GuardedBlueprint, dose_now, record, small_number
from pipeline.web.auth import accept_code, begin_session, own_path, refused_password, session_limits, tries_key
from pipeline.web.i18n import LANGUAGES, _
from pipeline.web.setup import open_store, page_setup, request_time

blueprint = GuardedBlueprint("account", __name__)


@blueprint.get("/account", needs="sign_in")
def show_account() -> str:
    """Who one is here, where else one is signed in, and the form for another password."""
    store, now, limits = open_store(), request_time(), session_limits()
    sessions = store.accounts.count_sessions(current_user.name, at=now, **limits)
    return render_template(
        "account.html", sessions=sessions, idle=limits["idle"], dose=dose_now(),
        chosen=store.accounts.chosen_limits(current_user.name), limits=page_setup().care, least_break=LEAST_BREAK,
        codes_left=store.second_factors.codes_left(current_user.name),
        tokens=store.tokens.of_analyst(current_user.name),
    )  # fmt: skip


@blueprint.post("/account/password", needs="sign_in")
def change_password() -> Response | tuple[str, int]:
    """Another password; every other session of this account is over, this one goes on."""
    if refused := refused_password(request.form.get("password", ""), mark("The current password is wrong.")):
        return show_account(), refused
    old, new, again = (request.form.get(field, "") for field in ("password", "new", "again"))
    made, why = "", ""
    if new != again:
        why = _("the new password was typed in two ways")
    elif new == old:
        why = _("the new password is the old one")
    else:
        try:
            made = hash_password(new, name=current_user.name)
        except BadAnalyst as err:
            why = _(err.message, **err.values)
    if why:
        flash(_("Not changed: %(why)s.", why=why))
        return show_account(), 400
    store = open_store()
    with store.atomic():
        store.accounts.set_password_hash(current_user.name, made)
        record("changed_password")
        begin_session(current_user.name)
    flash(_("Password changed. You are signed out everywhere else."))
    return redirect(url_for("account.show_account"))


@blueprint.post("/account/keys", needs="sign_in")
def choose_keys() -> Response:
    """Keys of one sign act from the next page on, or do not."""
    choice = request.form.get("single_keys", "")
    if choice not in {"on", "off"}:
        abort(400)
    open_store().accounts.set_single_keys(current_user.name, choice == "on")
    flash(_("Saved."))
    return redirect(url_for("account.show_account", _anchor="keys"))


@blueprint.post("/account/sign-out-everywhere", needs="sign_in")
def sign_out_everywhere() -> Response:
    open_store().accounts.end_sessions(current_user.name)
    record("signed_out", everywhere=True)
    flash(_("You are signed out everywhere."))
    return redirect(url_for("signing_in.sign_in"))


@blueprint.post("/language", needs="nothing")
def choose_language() -> Response:
    """The page that one was on, in another language."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    if current_user.is_authenticated:
        open_store().accounts.set_language(current_user.name, language)
    else:
        session["language"] = language
    return redirect(own_path(request.form.get("next", "")) or url_for("queue.show_queue"))


@blueprint.post("/account/second-factor", needs="sign_in")
def begin_second_factor() -> Response | str:
    """A new secret, as a picture and in letters; it is in force once its first code was typed."""
    if refused_password(request.form.get("password", "")):
        return redirect(url_for("account.show_account"))
    secret = random_base32()
    open_store().second_factors.begin(current_user.name, _key().seal(secret))
    return _set_up_page(secret)


@blueprint.post("/account/second-factor/confirm", needs="sign_in")
def confirm_second_factor() -> Response | str | tuple[str, int]:
    """In force with its first code; the recovery codes are shown on the answer and nowhere else."""
    store, now = open_store(), request_time()
    sealed = store.second_factors.begun(current_user.name)
    secret = _key().unseal(sealed) if sealed else None
    if secret is None:
        flash(_("Begin again: nothing was set up."))
        return redirect(url_for("account.show_account"))
    step = matching_step(secret, request.form.get("code", "")[:100], at=now, after=0)
    if step is None:
        flash(_("This code is wrong or too old. Is the clock of your phone right?"), "error")
        return _set_up_page(secret), 400
    codes = make_recovery_codes()
    with store.atomic():
        store.second_factors.confirm(current_user.name, step, map(_key().hash_of, codes), at=now)
        _end_other_sessions("added_second_factor")
    return render_template("recovery_codes.html", codes=codes)


@blueprint.post("/account/second-factor/codes", needs="sign_in")
def renew_codes() -> Response | str:
    if refused_password(request.form.get("password", "")) or not accept_code(current_user.name)[0]:
        return redirect(url_for("account.show_account"))
    codes, store = make_recovery_codes(), open_store()
    with store.atomic():
        store.second_factors.renew_codes(current_user.name, map(_key().hash_of, codes))
        record("made_recovery_codes", f"analyst {current_user.name}")
    return render_template("recovery_codes.html", codes=codes)


@blueprint.post("/account/second-factor/off", needs="sign_in")
def remove_second_factor() -> Response:
    if refused_password(request.form.get("password", "")) or not accept_code(current_user.name)[0]:
        return redirect(url_for("account.show_account"))
    store = open_store()
    with store.atomic():
        store.second_factors.remove(current_user.name)
        _end_other_sessions("removed_second_factor")
    flash(_("The second factor is off. You are signed out everywhere else."))
    return redirect(url_for("account.show_account"))


def _end_other_sessions(act: Act) -> None:
    open_store().accounts.end_sessions(current_user.name)
    record(act, f"analyst {current_user.name}")
    begin_session(current_user.name)


def _set_up_page(secret: str) -> str:
    address = TOTP(secret, name=current_user.name, issuer="lurewatch").provisioning_uri()
    picture = segno.make(address, error="m")
    drawn = Markup(picture.svg_inline(scale=5, dark="#000", light="#fff"))  # noqa: S704 - of our own making
    return render_template("second_factor.html", picture=drawn, secret=secret)


def _key() -> FactorKey:
    return FactorKey(page_setup().secret_key)


MOST_TOKENS: Final = 10


@blueprint.post("/account/tokens", needs="read")
def make_token() -> Response | str:
    """A new token, shown on this answer and nowhere else."""
    store, now = open_store(), request_time()
    title = " ".join(request.form.get("title", "").split())[:60] or _("token")
    if len(store.tokens.of_analyst(current_user.name)) >= MOST_TOKENS:
        flash(_("You have %(most)s tokens already. End one first.", most=MOST_TOKENS))
        return redirect(url_for("account.show_account", _anchor="tokens"))
    with store.atomic():
        secret = store.tokens.make(current_user.name, title, at=now)
        record("made_token", f"analyst {current_user.name}", title=title)
    example = f"POST {url_for('api.check_ad', _external=True)}\nAuthorization: Bearer {secret}"
    return render_template("new_token.html", title=title, secret=secret, example=example)


@blueprint.post("/account/tokens/<int:token_id>/end", needs="sign_in")
def end_token(token_id: int) -> Response:
    store = open_store()
    with store.atomic():
        if not store.tokens.end(token_id, current_user.name):
            abort(404)
        record("ended_token", f"analyst {current_user.name}", token=token_id)
    flash(_("The token is good no longer."))
    return redirect(url_for("account.show_account", _anchor="tokens"))


@blueprint.post("/account/care", needs="sign_in")
def choose_care() -> Response:
    """Another limit or reminder for oneself, within what the installation allows; empty is as it has it."""
    limits = page_setup().care
    typed = {name: request.form.get(name, "").strip() for name in ("most", "break_minutes")}
    most = _within(typed["most"], 1, limits.daily_most)
    minutes = _within(typed["break_minutes"], LEAST_BREAK, limits.break_minutes)
    if (typed["most"] and most is None) or (typed["break_minutes"] and minutes is None):
        flash(_("Not changed: choose at most %(most)s cases and %(minutes)s minutes, and at least %(least)s.",
                most=limits.daily_most, minutes=limits.break_minutes, least=LEAST_BREAK))  # fmt: skip
    else:
        open_store().accounts.choose_limits(current_user.name, ChosenLimits(most=most, break_minutes=minutes))
        flash(_("Saved."))
    return redirect(url_for("account.show_account"))


def _within(typed: str, least: int, most: int) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and least <= int(typed[:9]) <= most else None


analysts_blueprint = GuardedBlueprint("analysts", __name__)


@analysts_blueprint.get("/analysts", needs="manage_accounts")
def show_analysts() -> str:
    return render_template("analysts.html", analysts=open_store().accounts.all(), roles=ROLES)


@analysts_blueprint.post("/analysts", needs="manage_accounts")
def add() -> Response | tuple[str, int]:
    """One more account; its first password, if it has one, is shown on the answer and nowhere else."""
    if refused := refused_password(request.form.get("own_password", "")):
        return show_analysts(), refused
    name, role, password = request.form.get("name", "").strip(), _role(), generate_password()
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
        return show_analysts(), 400
    if by_provider:
        flash(_("Added: %(name)s.", name=name))
        return redirect(url_for("analysts.show_analysts"))
    return render_template("new_password.html", name=name, password=password), 200


@analysts_blueprint.post("/analysts/<name>/password", needs="manage_accounts")
def renew_password(name: str) -> tuple[str, int]:
    """Another password for somebody, shown once; a disabled account is open again, a locked one may try again."""
    if refused := refused_password(request.form.get("own_password", "")):
        return show_analysts(), refused
    password, store = generate_password(), open_store()
    with store.atomic():
        store.accounts.set_password_hash(name, hash_password(password), must_change=True)
        store.accounts.clear_attempts(tries_key(name))
        record("reset_password", f"analyst {name}")
    return render_template("new_password.html", name=name, password=password), 200


def _remove_second_factor(store: Store, name: str) -> None:
    store.accounts.end_sessions(name)
    store.second_factors.remove(name)
    store.accounts.clear_attempts(tries_key(f"{name}\ncode"))


_CHANGES: Final[Mapping[str, tuple[Act, Callable[[Store, str], object]]]] = {
    "provider": ("left_to_provider", lambda store, name: store.accounts.leave_to_provider(name, nobodys_hash())),
    "unlink": ("unlinked_account", lambda store, name: store.accounts.unlink_person(name)),
    "second-factor": ("removed_second_factor", _remove_second_factor),
    "role": ("changed_role", lambda store, name: store.accounts.set_role(name, cast(Role, _role()))),
    "disable": ("disabled_account", lambda store, name: store.accounts.disable(name)),
}
"""By the end of its address, how the log calls a change and what it does."""


@analysts_blueprint.post(f"/analysts/<name>/<any({','.join(map(repr, _CHANGES))}):what>", needs="manage_accounts")
def change(name: str, what: str) -> Response | tuple[str, int]:
    """Change an account, or say why it cannot be changed so. Nobody locks themselves out: there is always an
    administrator."""
    if what != "unlink" and name.casefold() == current_user.name.casefold():
        flash(_("You cannot change or disable your own account."))
        return show_analysts(), 400
    if refused := refused_password(request.form.get("own_password", "")):
        return show_analysts(), refused
    act, make = _CHANGES[what]
    store = open_store()
    try:
        with store.atomic():
            make(store, name)
            record(act, f"analyst {name}", **({"role": _role()} if what == "role" else {}))
    except BadAnalyst as err:
        flash(_("Not changed: %(why)s.", why=_(err.message, **err.values)))
        return show_analysts(), 400
    flash(_("Changed: %(name)s.", name=name))
    return redirect(url_for("analysts.show_analysts"))


@analysts_blueprint.post("/analysts/<name>/sign-out", needs="manage_accounts")
def end_sessions(name: str) -> Response:
    store = open_store()
    with store.atomic():
        store.accounts.end_sessions(name)
        record("signed_out", f"analyst {name}", everywhere=True)
    flash(_("%(name)s is signed out everywhere.", name=name))
    return redirect(url_for("analysts.show_analysts"))


def _role() -> str:
    return request.form.get("role", "")


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
