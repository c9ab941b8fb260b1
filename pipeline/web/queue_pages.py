"""The queue and one case: what an analyst reads and decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

from model.assessment import KINDS
from model.taxonomy import Taxonomy
from pipeline.case import REASONS, VERDICTS, Decision, Reason
from pipeline.errors import UnknownCase
from pipeline.review_queue import Waiting
from pipeline.web.licences import present_licences
from pipeline.web.presenting import present_ad
from pipeline.web.store import open_queue

__all__ = ["blueprint"]

PAGE = 50
LONGEST_NOTE = 4_000

blueprint = Blueprint("queue", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases are asked for; a value that the queue does not know is left out, never passed on."""

    state: Waiting
    reason: Reason | None
    kind: str | None
    source: str | None
    language: str | None


@blueprint.get("/")
@login_required  # type: ignore[untyped-decorator]
def show_queue() -> str:
    """The cases that wait, by priority."""
    queue, wanted = open_queue(), _wanted(request.args)
    number = max(1, request.args.get("page", 1, type=int))
    filters = {"reason": wanted.reason, "kind": wanted.kind, "source": wanted.source, "language": wanted.language}
    total = queue.count_cases(
        state=wanted.state, reason=wanted.reason, kind=wanted.kind, source=wanted.source, language=wanted.language
    )
    cases = queue.cases(
        state=wanted.state, reason=wanted.reason, kind=wanted.kind, source=wanted.source, language=wanted.language,
        limit=PAGE, offset=(number - 1) * PAGE,
    )  # fmt: skip
    return render_template(
        "queue.html",
        cases=cases,
        total=total,
        number=number,
        pages=max(1, -(-total // PAGE)),
        counts=queue.counts_by_state(),
        state=wanted.state,
        filters=filters,
        query={name: value for name, value in {"state": wanted.state, **filters}.items() if value},
        kinds=KINDS,
        reasons=REASONS,
        runs=queue.runs(limit=1),
    )


@blueprint.get("/case/<int:case_id>")
@login_required  # type: ignore[untyped-decorator]
def show_case(case_id: int) -> str:
    """One case: its text with marks, the reasons, and the form to decide."""
    return _case_page(case_id)


@blueprint.post("/case/<int:case_id>")
@login_required  # type: ignore[untyped-decorator]
def decide(case_id: int) -> Response | tuple[str, int]:
    """Add a decision, then the next case. A text that changed while it was read is shown anew instead."""
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        flash("Choose a verdict.")
        return _case_page(case_id), 400
    queue = open_queue()
    with queue.atomic():
        case = queue.case(case_id)
        if request.form.get("fingerprint") != case.fingerprint:
            flash("The text changed while you read it. Nothing was saved; here it is as it stands now.")
            return _case_page(case_id), 409
        assessment = queue.assessment(case_id)
        shown = {each.indicator for each in assessment.evidence} if assessment else set()
        queue.add_decision(
            Decision(
                case_id=case_id,
                analyst=current_user.name,
                verdict=verdict,
                confirmed=_judged("confirm", shown),
                rejected=_judged("reject", shown),
                note=request.form.get("note", "").strip()[:LONGEST_NOTE],
                fingerprint=case.fingerprint,
                model_version=assessment.model_version if assessment else None,
                score=assessment.score if assessment else None,
                decided_at=current_app.config["CLOCK"](),
            )
        )
    flash(f"Saved: case {case_id}.")
    following = queue.next_waiting(after=case_id)
    if following is None:
        return redirect(url_for("queue.show_queue"))
    return redirect(url_for("queue.show_case", case_id=following))


@blueprint.app_errorhandler(UnknownCase)
def no_such_case(error: UnknownCase) -> tuple[str, int]:
    """A case that is not there is a page that is not there."""
    return render_template("error.html", title="No such case", text=str(error)), 404


def _case_page(case_id: int) -> str:
    queue = open_queue()
    case = queue.case(case_id)
    ads = queue.case_ads(case_id)
    if not ads:
        abort(404)
    taxonomy: Taxonomy = current_app.config["TAXONOMY"]
    assessment = queue.assessment(case_id)
    return render_template(
        "case.html",
        case=case,
        ad=ads[0],
        copies=ads[1:],
        assessment=assessment,
        view=present_ad(ads[0], assessment, taxonomy, queue.versions(ads[0].ad_id)),
        changed=queue.ad_changes([each.ad_id for each in ads], facts_only=True),
        licences=present_licences(queue.licence_lookup(ads[0].ad_id), on=current_app.config["CLOCK"]().date()),
        indicators=taxonomy.indicators,
        decisions=queue.decisions(case_id),
        verdicts=VERDICTS,
        form=request.form,
    )


def _judged(answer: str, shown: set[str]) -> tuple[str, ...]:
    """The indicators so judged, in the form's order; only ones that this text shows."""
    return tuple(key for key in sorted(shown) if request.form.get(f"indicator:{key}") == answer)


def _wanted(args: Mapping[str, str]) -> Wanted:
    state, reason, kind = args.get("state", ""), args.get("reason", ""), args.get("kind", "")
    return Wanted(
        state=cast(Waiting, state) if state in get_args(Waiting) else "waiting",
        reason=reason if reason in REASONS else None,
        kind=kind if kind in KINDS else None,
        source=args.get("source") or None,
        language=args.get("language") or None,
    )
