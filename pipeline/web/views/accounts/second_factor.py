"""One's own second factor: set up, confirmed, renewed, removed."""

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from pipeline.accounts.audit_log import Act
from pipeline.accounts.second_factor import FactorKey, key_address, make_recovery_codes, matching_step, new_secret
from pipeline.web.access import needs, open_store, record
from pipeline.web.auth import TOO_MANY, accept_code, begin_session, is_own_password
from pipeline.web.i18n import gettext as _

__all__ = ["blueprint"]

blueprint = Blueprint("second_factor", __name__)


@blueprint.post("/account/second-factor")
@needs("sign_in")
def begin() -> Response | str:
    """A new secret, as a picture and in letters; it is in force once its first code was typed."""
    if refused := _refused_password():
        return refused
    secret = new_secret()
    open_store().second_factors.begin(current_user.name, _key().seal(secret))
    return _set_up_page(secret)


@blueprint.post("/account/second-factor/confirm")
@needs("sign_in")
def confirm() -> Response | str | tuple[str, int]:
    """In force with its first code; the recovery codes are shown on the answer and nowhere else."""
    store, now = open_store(), current_app.config["CLOCK"]()
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
    return _codes_page(codes)


@blueprint.post("/account/second-factor/codes")
@needs("sign_in")
def renew_codes() -> Response | str:
    """New recovery codes in the place of the old ones."""
    if refused := _refused_password() or _refused_code():
        return refused
    codes, store = make_recovery_codes(), open_store()
    with store.atomic():
        store.second_factors.renew_codes(current_user.name, map(_key().hash_of, codes))
        record("made_recovery_codes", f"analyst {current_user.name}")
    return _codes_page(codes)


@blueprint.post("/account/second-factor/off")
@needs("sign_in")
def remove() -> Response:
    """Off, for another telephone or for good."""
    if refused := _refused_password() or _refused_code():
        return refused
    store = open_store()
    with store.atomic():
        store.second_factors.remove(current_user.name)
        _end_other_sessions("removed_second_factor")
    flash(_("The second factor is off. You are signed out everywhere else."))
    return redirect(url_for("account.show_account"))


def _end_other_sessions(act: Act) -> None:
    store = open_store()
    store.accounts.end_sessions(current_user.name)
    record(act, f"analyst {current_user.name}")
    analyst = store.accounts.get(current_user.name)
    assert analyst is not None  # its sessions were ended above
    begin_session(analyst)


def _refused_password() -> Response | None:
    """A borrowed screen is not enough."""
    right = is_own_password(request.form.get("password", ""))
    if right:
        return None
    flash(_(TOO_MANY) if right is None else _("Your password is wrong."), "error")
    return redirect(url_for("account.show_account"))


def _refused_code() -> Response | None:
    accepted, is_waiting = accept_code(current_user.name, request.form.get("code", ""))
    if accepted:
        return None
    flash(_(TOO_MANY) if is_waiting else _("This code is wrong, too old or used already."), "error")
    return redirect(url_for("account.show_account"))


def _set_up_page(secret: str) -> str:
    picture = segno.make(key_address(secret, current_user.name), error="m")
    drawn = Markup(picture.svg_inline(scale=5, dark="#000", light="#fff"))  # noqa: S704 - of our own making
    return render_template("second_factor.html", picture=drawn, secret=secret)


def _codes_page(codes: tuple[str, ...]) -> str:
    return render_template("recovery_codes.html", codes=codes)


def _key() -> FactorKey:
    key: FactorKey = current_app.config["FACTOR_KEY"]
    return key
