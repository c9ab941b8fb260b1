"""Who may see or do what: every view names the right that it needs, and no app is made that has one without."""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.rights import Right, may

__all__ = ["Needed", "guard", "is_allowed", "needs"]

Needed = Right | Literal["nothing", "sign_in"]
"""``nothing``: open to everyone; ``sign_in``: to everyone with an account."""

View = TypeVar("View", bound=Callable[..., Any])

_MARK: Final = "lurewatch_needs"
_STATIC: Final = "static"
_WITH_OLD_PASSWORD: Final = frozenset(
    {"account.show_account", "account.change_password", "signing_in.sign_out", "languages.choose"}
)
"""All that is open to someone whose password somebody else knows."""


def needs(what: Needed) -> Callable[[View], View]:
    """Marks a view with what it asks of whoever calls it."""

    def mark(view: View) -> View:
        setattr(view, _MARK, what)
        return view

    return mark


def guard(app: Flask) -> None:
    """Have the app ask before every view. Comes after all views are registered, and refuses one that names nothing."""
    for endpoint in app.view_functions:
        _needed_by(app, endpoint)
    app.before_request(_check)
    app.jinja_env.globals.update(may=is_allowed)


def is_allowed(right: Right) -> bool:
    """Whether whoever asks may do that; templates leave out what would be refused."""
    return bool(current_user.is_authenticated) and may(current_user.role, right)


def _check() -> Response | None:
    if request.endpoint is None:  # no such page: there is nothing to keep from anyone
        return None
    needed = _needed_by(current_app, request.endpoint)
    if needed == "nothing":
        return None
    if not current_user.is_authenticated:
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signing_in.sign_in", next=wanted))
    if current_user.must_change and request.endpoint not in _WITH_OLD_PASSWORD:
        return redirect(url_for("account.show_account"))
    if needed != "sign_in" and not is_allowed(needed):
        abort(403)
    return None


def _needed_by(app: Flask, endpoint: str) -> Needed:
    if endpoint == _STATIC:
        return "nothing"
    needed: Needed | None = getattr(app.view_functions[endpoint], _MARK, None)
    if needed is None:
        raise RuntimeError(f"view {endpoint!r} says not what it needs; expected it marked with needs(...)")
    return needed
