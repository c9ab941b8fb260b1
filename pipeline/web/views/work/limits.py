"""Care for whoever reads: a limit on a day's cases, a word when it is time for a break, something benign in between."""

from datetime import datetime
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.accounts.reading_limits import LEAST_BREAK, WINDOW, Care, Dose, measure_dose
from pipeline.settings.records import CareSettings
from pipeline.store.accounts import ChosenLimits
from pipeline.store.queue.case_filter import CaseFilter, Facet
from pipeline.store.store import Store
from pipeline.web.access import needs, open_store
from pipeline.web.i18n import gettext as _

__all__ = ["blueprint", "dose_now", "enough_page", "filter_in_between", "own_limits"]

_IN_BETWEEN: Final[tuple[Facet, ...]] = ("language",)
"""What a case in between has in common with the filter that one works along: one must be able to read it."""

blueprint = Blueprint("care", __name__)


@blueprint.post("/account/care")
@needs("sign_in")
def choose_care() -> Response:
    """Another limit or reminder for oneself, within what the desk allows; empty is as the desk has it."""
    limits = own_limits()
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


def own_limits() -> CareSettings:
    """What the desk allows everybody."""
    limits: CareSettings = current_app.config["CARE"]
    return limits


def dose_now(store: Store, now: datetime) -> Dose:
    """What whoever is signed in has read today."""
    limits, chosen = own_limits(), store.accounts.chosen_limits(current_user.name)
    care = Care(
        most=min(chosen.most or limits.daily_most, limits.daily_most),
        break_minutes=min(chosen.break_minutes or limits.break_minutes, limits.break_minutes),
    )
    return measure_dose(store.audit.reading_acts(current_user.name, since=now - WINDOW), care, now=now)


def enough_page(dose: Dose) -> str:
    """What is shown in place of one more case."""
    return render_template("enough.html", dose=dose, hours=int(WINDOW.total_seconds() // 3600))


def filter_in_between(store: Store, wanted: CaseFilter, now: datetime) -> CaseFilter | None:
    """Where the next case comes from when so many in a row were likely lures: those that are read blind, of which
    most are benign. None while it is not time, or where one asks for other cases than those that wait."""
    every = own_limits().audit_every
    if not every or wanted.state != "waiting" or wanted.value_of("blind"):
        return None
    read = store.audit.last_opened(current_user.name, since=now - WINDOW, most=every)
    if len(read) < every or any(case.reason == "audit" for case in store.cases.get_many(read)):
        return None
    kept = tuple((facet, value) for facet, value in wanted.facets if facet in _IN_BETWEEN)
    return CaseFilter(facets=(("blind", "yes"), *kept))


def _within(typed: str, least: int, most: int) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and least <= int(typed[:9]) <= most else None
