"""Legal hold and appeals on the page of a case."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from pipeline.store.queue.casework import Appeal, Hold
from pipeline.web.access import LONGEST_VALUE, needs, open_store
from pipeline.web.i18n import gettext as _

__all__ = ["CaseProceedings", "blueprint"]

LONGEST_APPEAL: Final = 4_000

blueprint = Blueprint("proceedings", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProceedings:
    """What keeps a case, and what was said against it."""

    holds: tuple[Hold, ...] = ()
    appeals: tuple[Appeal, ...] = ()

    @property
    def hold(self) -> Hold | None:
        """The hold that stands."""
        return next((each for each in self.holds if each.ended_at is None), None)


@blueprint.post("/case/<int:case_id>/hold")
@needs("adjudicate")
def hold(case_id: int) -> Response:
    """Hold the case, or end its hold; both want a reason."""
    store, now, name = open_store(), current_app.config["CLOCK"](), current_user.name
    store.cases.get(case_id)
    reason = request.form.get("reason", "").strip()[:LONGEST_VALUE]
    if not reason:
        flash(_("A hold, and its end, need a reason."))
    elif request.form.get("act") == "end":
        if store.proceedings.end_hold(case_id, reason=reason, by=name, account=name, at=now):
            flash(_("Case %(number)s is held no longer.", number=case_id))
    elif store.proceedings.hold(case_id, reason=reason, by=name, account=name, at=now):
        flash(_("Case %(number)s is held: nothing of it is removed.", number=case_id))
    return _to_case(case_id)


@blueprint.post("/case/<int:case_id>/appeal")
@needs("decide")
def record_appeal(case_id: int) -> Response:
    """Record an advertiser's appeal; a decided case waits again."""
    store = open_store()
    store.cases.get(case_id)
    text = request.form.get("text", "").strip()[:LONGEST_APPEAL]
    if text:
        name = current_user.name
        store.proceedings.appeal(case_id, text, by=name, account=name, at=current_app.config["CLOCK"]())
        flash(_("The appeal is recorded; case %(number)s is to be read again.", number=case_id))
    else:
        flash(_("An appeal needs words."))
    return _to_case(case_id)


def _to_case(case_id: int) -> Response:
    return redirect(url_for("case.show_case", case_id=case_id, _anchor="proceedings"))
