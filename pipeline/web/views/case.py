"""Page of one case: reading, deciding, skipping, and the way to the next."""

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any, Final, cast, get_args

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from pipeline.accounts.analysts import Dose
from pipeline.case import VERDICTS
from pipeline.errors import CannotDecide
from pipeline.exports.package import lookup_without_contacts
from pipeline.review.decisions import LONGEST_NOTE, Decider, Judgement, Seen, decide, is_settling, read_tags, take_back
from pipeline.store.cases import Deferral
from pipeline.store.decisions import Decisions
from pipeline.store.queue.case_filter import CaseFilter
from pipeline.store.store import Store
from pipeline.web.access import (
    GuardedBlueprint,
    asked_filter,
    asked_order,
    dose_before,
    dose_now,
    is_allowed,
    list_query,
    record,
    to_case,
    typed_text,
)
from pipeline.web.i18n import _, word
from pipeline.web.presenters import present_ad
from pipeline.web.setup import open_store, page_setup, request_time
from pipeline.web.views.case_history import build_timeline, read_case
from pipeline.web.views.teamwork import present_disagreement, present_talk

MOST_LISTED: Final = 5_000
"""Cases of a list along which one goes from case to case."""

blueprint = GuardedBlueprint("case", __name__)


@blueprint.get("/case/<int:case_id>", needs="read")
def show_case(case_id: int) -> str:
    """One case: its text with marks, the reasons, and the form to decide. Where one has read enough today, that."""
    store = open_store()
    with store.atomic():
        dose = _open(case_id)
        # A link on another's page claims no case.
        is_ours = request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
        may_claim = is_ours and is_allowed("decide") and store.queue.is_waiting(case_id)
        if may_claim and not _not_to_judge(store.decisions, [case_id]):
            store.cases.claim(case_id, current_user.name, at=request_time())
    return _case_page(case_id, dose)


@blueprint.post("/case/<int:case_id>", needs="decide")
def decide_case(case_id: int) -> Response | tuple[str, int]:
    """Add a decision, then the next case. A text that changed while it was read is shown anew instead."""
    judged = read_judgement()
    if judged is None:
        flash(_("Choose a verdict."))
        return _case_page(case_id, _open(case_id)), 400
    store = open_store()
    seen = Seen(
        case_id=case_id,
        fingerprint=request.form.get("fingerprint", ""),
        decisions=request.form.get("decisions", -1, type=int),
    )
    decide(store, seen, judged, by=decider(), at=request_time())
    opinion, verdict = store.decisions.opinion_state(case_id), word(judged.verdict, "verdict")
    if opinion is not None and opinion.standing == "awaited":
        flash(_("Case %(number)s: %(verdict)s. It waits for a second analyst.", number=case_id, verdict=verdict))
    else:
        flash(_("Case %(number)s: %(verdict)s.", number=case_id, verdict=verdict))
    return _to_next(case_id, decided=case_id)


@blueprint.post("/case/<int:case_id>/undo", needs="decide")
def undo(case_id: int) -> Response:
    """Take back one's own decision, by another one; the case is shown again."""
    take_back(open_store(), case_id, by=current_user.name, at=request_time())
    flash(_("Decision on case %(number)s undone.", number=case_id))
    return to_case(case_id)


@blueprint.post("/case/<int:case_id>/aside", needs="decide")
def put_aside(case_id: int) -> Response | tuple[str, int]:
    """The next case; this one later, or by somebody else."""
    act = request.form.get("aside", "")
    store = open_store()
    if act not in get_args(Deferral):
        return _case_page(case_id, _open(case_id)), 400
    with store.atomic():
        store.cases.get(case_id)
        store.cases.defer(case_id, current_user.name, cast(Deferral, act), at=request_time())
        store.cases.release(case_id, current_user.name)
        record("put_aside", f"case {case_id}", how=act)
    flash(_("Case %(number)s skipped.", number=case_id) if act == "later" else
          _("A colleague is asked about case %(number)s.", number=case_id))  # fmt: skip
    return _to_next(case_id, skipped=case_id)


@blueprint.post("/case/<int:case_id>/aside/undo", needs="decide")
def undo_aside(case_id: int) -> Response:
    """Take back that one skipped the case, or asked a colleague; it is shown again."""
    open_store().cases.undo_deferral(case_id, current_user.name)
    flash(_("Case %(number)s is yours again.", number=case_id))
    return to_case(case_id)


@blueprint.get("/case/<int:case_id>/previous", defaults={"step": -1}, needs="read")
@blueprint.get("/case/<int:case_id>/following", defaults={"step": 1}, needs="read")
def show_neighbour(case_id: int, step: int) -> Response:
    """The case before or after this one in the list that it was opened from, without a decision."""
    wanted = asked_filter()
    listed = listed_cases(wanted)
    place = listed.index(case_id) + step if case_id in listed else 0  # one that is decided by now: from the beginning
    if not 0 <= place < len(listed):
        flash(_("The list ends here."))
        return redirect(url_for("queue.show_queue", **list_query(wanted)))
    return redirect(url_for("case.show_case", case_id=listed[place], **list_query(wanted)))


@blueprint.errorhandler(CannotDecide)
def not_decided(error: CannotDecide) -> Response | tuple[str, int]:
    """The case as it stands, with what prevented the decision; what was typed is still there."""
    case_id = (request.view_args or {})["case_id"]
    flash(word(error.why, "not_decided"))
    try:
        return _case_page(case_id, _open(case_id)), 409
    except HTTPException as enough:  # which nobody would take here
        return enough.get_response()


def decider() -> Decider:
    share = page_setup().review.double_coded
    return Decider(name=current_user.name, may_settle=is_allowed("adjudicate"), double_coded=share)


def read_judgement() -> Judgement | None:
    """What the form says of a case; None without a verdict."""
    verdict = request.form.get("verdict", "")
    if verdict not in VERDICTS:
        return None
    answers = {name.removeprefix("indicator:"): value for name, value in request.form.items()}
    return Judgement(
        verdict=verdict,
        confirmed={key for key, value in answers.items() if value == "confirm"},
        rejected={key for key, value in answers.items() if value == "reject"},
        tags=read_tags(request.form.get("tags", "")),
        note=typed_text("note", most=LONGEST_NOTE),
    )


def _to_next(case_id: int, **more: Any) -> Response:
    wanted, store, now = asked_filter(), open_store(), request_time()
    with store.atomic():  # claimed at once, so that two who finish together are not led to the same case
        passed = store.cases.passed_over(current_user.name, at=now)

        def passing(cases: Sequence[int]) -> Set[int]:
            return passed | _not_to_judge(store.decisions, cases)

        dose = dose_now()
        between = _filter_in_between(store, wanted, dose)
        following = store.queue.next_waiting(case_id, filters=between, excluded=passing) if between else None
        if following is None:
            following = store.queue.next_waiting(case_id, filters=wanted, excluded=passing)
        if following is not None and not dose.is_enough_for(following):  # or nobody could read it meanwhile
            store.cases.claim(following, current_user.name, at=now)
    if following is None:
        return redirect(url_for("queue.show_queue", **list_query(wanted), **more))
    return redirect(url_for("case.show_case", case_id=following, **list_query(wanted), **more))


def listed_cases(wanted: CaseFilter) -> Sequence[int]:
    """The cases of a filter in the order that is asked for, without those on which a colleague's opinion is awaited."""
    store = open_store()
    own = store.decisions.awaiting(current_user.name) if wanted.state == "waiting" and is_allowed("decide") else ()
    return store.queue.sorted_ids(replace(wanted, without=own), asked_order(), limit=MOST_LISTED)


def _not_to_judge(decisions: Decisions, case_ids: Sequence[int]) -> frozenset[int]:
    return decisions.reserved_for_others(case_ids, current_user.name, may_settle=is_allowed("adjudicate"))


def _open(case_id: int) -> Dose:
    """What was read today with this case, which is in the record before any page shows it."""
    case = open_store().cases.get(case_id)
    dose_before(case_id)
    record("saw", f"case {case_id}", fingerprint=case.fingerprint)
    return dose_now()


def _case_page(case_id: int, dose: Dose) -> str:
    store, now = open_store(), request_time()
    reading = read_case(store, case_id)
    held, opinion = store.cases.claim_of(case_id, at=now), reading.opinion
    is_others = is_settling(reading.case, opinion, decider()) and not is_allowed("adjudicate")
    licences = store.licences.of_ad(reading.ads[0].ad_id)
    if licences is not None and not is_allowed("see_contacts"):
        licences = lookup_without_contacts(licences, store.ads.get(reading.ads[0].ad_id).contacts)
    # What there is to show beside the ad's text, in order. What an ad says is shown with ``| seen`` there.
    parts = {
        "_disagreement.html": present_disagreement(opinion, reading.decisions),
        "_licences.html": licences,
        "_talk.html": present_talk(store, case_id, opinion),
        # An appeal says who an advertiser is.
        "_proceedings.html": {"holds": reading.holds, "appeals": reading.appeals} if is_allowed("decide") else None,
    }
    return render_template(
        "case.html",
        reading=reading,
        case=reading.case,
        ad=reading.ads[0],
        copies=reading.ads[1:],
        assessment=reading.assessment,
        view=present_ad(reading.ads[0], reading.assessment),
        timeline=build_timeline(reading),
        parts={template: part for template, part in parts.items() if part is not None},
        held=held if held and held.analyst != current_user.name else None,
        unsure=store.cases.unsure_analysts(case_id),
        opinion=opinion,
        may_judge=is_allowed("decide") and not is_others,
        known_tags=store.queue.facet_values("tag", decided=True),
        dose=dose,
        query=list_query(asked_filter()),
        form=request.form,
    )


def _filter_in_between(store: Store, wanted: CaseFilter, dose: Dose) -> CaseFilter | None:
    """Where the next case comes from when so many in a row were likely lures: those that are read blind, of which
    most are benign. None while it is not time, or where one asks for other cases than those that wait."""
    every = page_setup().care.audit_every
    if not every or wanted.state != "waiting" or wanted.value_of("blind"):
        return None
    read = dose.case_ids[-every:]
    if len(read) < every or any(case.reason == "audit" for case in store.cases.get_many(read)):
        return None
    readable = tuple((facet, value) for facet, value in wanted.facets if facet == "language")
    return CaseFilter(facets=(("blind", "yes"), *readable), languages=wanted.languages)
