"""A case as it is read: its history, archived pages, legal holds, appeals, timeline.

Nothing that an author of an archived page wrote is anything but text here, and the browser is made to trust none of it:
that page is served alone, in a sandbox, and may load nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final, Literal

from flask import abort, flash, make_response, render_template, request
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from crawler.ad import JobAd
from crawler.batch.evidence import SeenAd, read_stored_page
from crawler.errors import BadEvidence
from model.assessment import Assessment
from model.text.folding import ad_text
from pipeline.case import Case, Decision
from pipeline.exports.formats import style_hash
from pipeline.linking.changes import AdChange
from pipeline.linking.redaction import (
    ad_without_contacts,
    assessment_without_contacts,
    changes_without_contacts,
    hide_contacts,
)
from pipeline.review.decisions import is_read_blind
from pipeline.store.cases import CopyLife
from pipeline.store.decisions import OpinionState
from pipeline.store.queue.casework import Appeal, Hold
from pipeline.store.store import Store
from pipeline.web.access import LONGEST_VALUE, GuardedBlueprint, dose_before, is_allowed, record, to_case, typed_text
from pipeline.web.i18n import _, written_moment
from pipeline.web.presenters import Change, changes
from pipeline.web.setup import open_store, page_setup, request_time

blueprint = GuardedBlueprint("case_history", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """One case with its ads, newest assessment, history and decisions."""

    case: Case
    ads: tuple[JobAd, ...]
    """Each copy, the one that stands for all first; never empty."""

    versions: tuple[JobAd, ...]
    """Every text that the first of them has carried, oldest first."""

    assessment: Assessment | None
    changed: tuple[AdChange, ...]
    decisions: tuple[Decision, ...]
    made: int
    """How many decisions there are, those that are not shown included."""

    opinion: OpinionState | None
    """How far a second opinion has come, where one is asked for."""

    copies: tuple[CopyLife, ...]
    """Each ad that carries or carried the text."""

    holds: tuple[Hold, ...]
    appeals: tuple[Appeal, ...]
    is_blind: bool
    """Whether score and marks are held back until this reader has decided."""

    @property
    def gone_at(self) -> datetime | None:
        """Since when no source shows the ad any more; None while one does."""
        present = [copy for copy in self.copies if copy.left_at is None]
        gone = [copy.gone_at for copy in present if copy.gone_at is not None]
        return max(gone) if gone and len(gone) == len(present) else None


def read_case(store: Store, case_id: int) -> CaseReading:
    """The case as it stands now, as whoever is signed in may see it. While a second opinion is awaited nobody but the
    first analyst sees what was decided, and they only their own."""
    reader = current_user.name
    ads = store.cases.ads(case_id)
    opinion = store.decisions.opinion_state(case_id)
    decisions = made = store.decisions.of_case(case_id)
    if opinion is not None and opinion.standing == "awaited":
        decisions = tuple(each for each in decisions if each.analyst == reader == opinion.first)
    case = store.cases.get(case_id)
    is_blind = is_read_blind(case, opinion, reader)
    reading = CaseReading(
        case=case,
        ads=ads,
        versions=store.ads.versions(ads[0].ad_id),
        assessment=None if is_blind else store.assessments.of_case(case_id),
        changed=store.changes.of_ads([each.ad_id for each in ads], facts_only=True),
        decisions=decisions,
        made=len(made),
        opinion=opinion,
        copies=store.cases.copies(case_id),
        holds=store.proceedings.holds(case_id),
        appeals=store.proceedings.appeals(case_id),
        is_blind=is_blind,
    )
    return reading if is_allowed("see_contacts") else without_contacts(reading)


def without_contacts(reading: CaseReading) -> CaseReading:
    """The same case with every contact in it hidden, in notes too."""
    known = reading.ads[0].contacts
    ads = tuple(map(ad_without_contacts, reading.ads))
    return replace(
        reading,
        case=replace(reading.case, title=ads[0].title),
        ads=ads,
        versions=tuple(map(ad_without_contacts, reading.versions)),
        assessment=reading.assessment and assessment_without_contacts(reading.assessment, ads[0]),
        changed=changes_without_contacts(reading.changed, known),
        holds=(),
        appeals=(),
        decisions=tuple(
            replace(
                each,
                note=hide_contacts(each.note, known),
                tags=tuple(hide_contacts(tag, known) for tag in each.tags),
            )
            for each in reading.decisions
        ),
    )


@blueprint.post("/case/<int:case_id>/hold", needs="adjudicate")
def hold(case_id: int) -> Response:
    """Hold the case, or end its hold; both want a reason."""
    store, now, name = open_store(), request_time(), current_user.name
    store.cases.get(case_id)
    reason = request.form.get("reason", "").strip()[:LONGEST_VALUE]
    if not reason:
        flash(_("A hold, and its end, need a reason."))
    elif request.form.get("act") == "end":
        if store.proceedings.end_hold(case_id, reason=reason, by=name, account=name, at=now):
            flash(_("Case %(number)s is held no longer.", number=case_id))
    elif store.proceedings.hold(case_id, reason=reason, by=name, account=name, at=now):
        flash(_("Case %(number)s is held: nothing of it is removed.", number=case_id))
    return to_case(case_id, _anchor="proceedings")


@blueprint.post("/case/<int:case_id>/appeal", needs="decide")
def record_appeal(case_id: int) -> Response:
    """Record an advertiser's appeal; a decided case waits again."""
    store = open_store()
    store.cases.get(case_id)
    text = typed_text("text", most=4_000)
    if text:
        name = current_user.name
        store.proceedings.appeal(case_id, text, by=name, account=name, at=request_time())
        flash(_("The appeal is recorded; case %(number)s is to be read again.", number=case_id))
    else:
        flash(_("An appeal needs words."))
    return to_case(case_id, _anchor="proceedings")


Kind = Literal["collected", "joined", "changed", "fact", "gone", "decided", "withdrawn", "held", "released", "appealed"]

_CONTEXT: Final = 60
"""Characters of what was kept that are shown on either side of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    at: datetime
    kind: Kind
    about: CopyLife | JobAd | AdChange | Decision | Hold | Appeal
    steps: tuple[Change, ...] = ()
    """The way from the text before to the one after, shortened; empty for a short fact."""


def build_timeline(reading: CaseReading) -> tuple[TimelineEvent, ...]:
    """What happened to the case, newest first."""
    found: list[TimelineEvent] = []
    for copy in reading.copies:
        if copy.ad_id != reading.ads[0].ad_id:
            found.append(TimelineEvent(at=copy.joined_at, kind="joined", about=copy))
        if copy.gone_at is not None:
            found.append(TimelineEvent(at=copy.gone_at, kind="gone", about=copy))
    found += [TimelineEvent(at=ad.seen_at, kind="collected", about=ad) for ad in reading.versions[:1]]
    # Of versions with the same words the first alone: what else changed is among the facts.
    for old, new in pairwise(next(same) for _text, same in groupby(reading.versions, key=ad_text)):
        steps = short_changes(changes(ad_text(old), ad_text(new)))
        found.append(TimelineEvent(at=new.seen_at, kind="changed", about=new, steps=steps))
    for fact in reading.changed:
        before, after = fact.before or "", fact.after or ""
        # A long text is shown by what changed in it, not twice.
        is_long = before and after and len(before) + len(after) > 2 * _CONTEXT
        steps = short_changes(changes(before, after)) if is_long else ()
        found.append(TimelineEvent(at=fact.changed_at, kind="fact", about=fact, steps=steps))
    for decision in reading.decisions:
        kind: Kind = "withdrawn" if decision.withdraws else "decided"
        found.append(TimelineEvent(at=decision.decided_at, kind=kind, about=decision))
    for hold in reading.holds:
        found.append(TimelineEvent(at=hold.set_at, kind="held", about=hold))
        if hold.ended_at is not None:
            found.append(TimelineEvent(at=hold.ended_at, kind="released", about=hold))
    found += [TimelineEvent(at=appeal.at, kind="appealed", about=appeal) for appeal in reading.appeals]
    return tuple(sorted(found, key=lambda event: event.at))[::-1]


def short_changes(steps: Iterable[Change]) -> tuple[Change, ...]:
    """The same with long stretches of what was kept cut to the words around a change."""
    every = tuple(steps)
    last = len(every) - 1
    found = []
    for number, step in enumerate(every):
        if step.act != "kept" or len(step.text) <= 2 * _CONTEXT:
            found.append(step)
            continue
        before = step.text[:_CONTEXT] if number else ""
        after = step.text[-_CONTEXT:] if number < last else ""
        found.append(replace(step, text=f"{before} … {after}"))
    return tuple(found)


STYLE: Final = Path(__file__).parents[1].joinpath("templates", "archived.css").read_text(encoding="utf-8")
POLICY: Final = (
    f"default-src 'none'; style-src '{style_hash(STYLE)}'; sandbox; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No script, no picture, no link to follow, no origin, no form; one style sheet, which is ours to the letter."""


@blueprint.app_context_processor
def provide_archived_pages() -> dict[str, Any]:
    """What the case's page asks for: when its ad's page was archived, newest first, by number."""
    return {"archived_pages": lambda ad: [(number, seen.ad.seen_at) for number, seen in _versions(ad)]}


@blueprint.get("/case/<int:case_id>/page/<int:number>", needs="see_contacts")
def show_archived_page(case_id: int, number: int) -> Response:
    """One archived page; contacts stand on it, so it is for those who may see them."""
    ad = open_store().cases.ads(case_id)[0]
    dose_before(case_id)
    seen = dict(_versions(ad)).get(number)
    if seen is None:
        abort(404)
    record("saw", f"case {case_id}", page=seen.ad.seen_at.isoformat())
    try:
        page = read_stored_page(seen)
    except BadEvidence:  # its words name places on this machine
        text = _("The saved copy is gone, or was changed after it was written.")
        return make_response(render_template("error.html", title=_("No saved copy"), text=text), 404)
    style = Markup(STYLE)  # noqa: S704 - ours
    fetched_at = page.fetched_at
    with suppress(ValueError):  # as an archive has it where it is no moment
        fetched_at = written_moment(datetime.fromisoformat(fetched_at))
    answer = make_response(
        render_template("archived.html", page=page, case_id=case_id, style=style, fetched_at=fetched_at)
    )
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


def _versions(ad: JobAd) -> list[tuple[int, SeenAd]]:
    batches = page_setup().batches
    if batches is None or not is_allowed("see_contacts"):
        return []
    versions = enumerate(open_store().ads.version_batches(ad.ad_id), start=1)
    found = [
        (number, SeenAd(ad=seen, batch=batches / source / run)) for number, (seen, source, run) in versions if seen.page
    ]
    return found[:-11:-1]  # the ten newest
