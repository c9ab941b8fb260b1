"""The queue: its page, search, filters and file, and one decision on many cases."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from crawler.ad import heading
from model.taxonomy.records import Taxonomy
from pipeline.case import Case
from pipeline.errors import CannotDecide
from pipeline.exports.formats import as_csv
from pipeline.linking.contacts import ContactChoice
from pipeline.linking.redaction import ad_without_contacts, hide_contacts
from pipeline.review.decisions import MOST_AT_ONCE, ConfirmedCases, Many, decide_many, find_many, take_back_many
from pipeline.store.queue.case_filter import LANES, CaseFilter, Facet, Position, language_codes
from pipeline.store.queue.case_queue import ORDERS, CaseQueue, FacetValue, RowDetails
from pipeline.store.store import Store
from pipeline.web.access import (
    LARGEST,
    GuardedBlueprint,
    asked_filter,
    asked_order,
    download,
    is_allowed,
    list_query,
    loggable,
    record,
)
from pipeline.web.i18n import _, ngettext, word
from pipeline.web.presenters import STRENGTHS
from pipeline.web.setup import open_store, page_taxonomy, request_time
from pipeline.web.views.campaigns import known_contact, like_contacts
from pipeline.web.views.case import MOST_LISTED, decider, listed_cases, read_judgement

blueprint = GuardedBlueprint("queue", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One case of a list, with what there is to triage it by."""

    case: Case
    details: RowDetails
    """Without evidence and reach for whoever may not see contacts."""

    indicators: tuple[str, ...]
    """Keys of the two strongest."""

    quote: str
    """What shows the strongest of them."""

    days: int
    """Since it was opened."""

    is_new: bool
    """Opened since the last visit."""


def present_rows(store: Store, cases: Sequence[Case], *, since: datetime | None = None) -> tuple[QueueRow, ...]:
    details, now = store.queue.details([case.case_id for case in cases]), request_time()
    taxonomy, open_to = page_taxonomy(), is_allowed("see_contacts")
    rows = []
    for case in cases:
        shown, detail = case, details[case.case_id]
        indicators, quote = _strongest(json.loads(detail.evidence), taxonomy)
        if not open_to:  # the title as the case's own page shows it
            title = heading(ad_without_contacts(store.cases.ads(case.case_id)[0]))
            shown, quote = replace(case, title=title, employer=None), ""
            detail = replace(detail, evidence="[]", reach=0)
        days, is_new = max(0, (now - case.opened_at).days), since is not None and case.opened_at > since
        rows.append(QueueRow(case=shown, details=detail, indicators=indicators, quote=quote, days=days, is_new=is_new))
    return tuple(rows)


def _strongest(evidence: Iterable[Mapping[str, str]], taxonomy: Taxonomy) -> tuple[tuple[str, ...], str]:
    """The two strongest indicators of risk, and the longest quote that shows the first."""
    quotes: dict[str, str] = {}
    for each in evidence:
        known = taxonomy.indicators.get(each["indicator"])
        if known is not None and known.polarity == "risk" and not each["indicator"].startswith("hint."):
            quotes[each["indicator"]] = max(quotes.get(each["indicator"], ""), each["quote"], key=len)
    keys = sorted(quotes, key=lambda key: (STRENGTHS.get(taxonomy.indicators[key].strength, 3), not quotes[key]))
    return tuple(keys[:2]), next((quotes[key] for key in keys if quotes[key]), "")


COLUMNS: Final = (
    "case", "title", "employer", "country", "language", "source", "score", "kind", "indicators", "quote", "copies",
    "gone", "queue", "opened", "verdict", "decided_by", "second", "decided",
)  # fmt: skip


def rows_as_csv(rows: Iterable[QueueRow]) -> str:
    """The rows as a table; nothing that the page does not show."""
    cells = []
    for row in rows:
        case = row.case
        cells.append((
            case.case_id, case.title, case.employer, case.country, case.language, case.source, case.score, case.kind,
            " ".join(row.indicators), row.quote, case.copies, "yes" if row.details.is_gone else "", case.lane,
            case.opened_at.date(), case.verdict, case.analyst if case.verdict else None, row.details.second,
            case.decided_at.date() if case.verdict and case.decided_at else None,
        ))  # fmt: skip
    return as_csv(COLUMNS, cells)


CHOSEN: Final[tuple[Facet, ...]] = (
    "verdict", "second", "analyst", "indicator", "country", "language", "source", "kind", "reason", "tag",
)  # fmt: skip
"""Facets of which one value is chosen from a list."""

TYPED: Final[tuple[Facet, ...]] = ("employer", "place")
"""Facets of so many values that one types, with the most frequent ones offered."""

OFFERED: Final = 60


PAGE = 50
LIVE = 1_000
"""Up to so many cases of a filter the counts beside its values are those within the filter."""


def present_queue(
    store: Store, wanted: CaseFilter, cases: Sequence[Case], total: int | None, mine: tuple[int, ...]
) -> dict[str, Any]:
    """What the page of the queue shows of these cases of a filter, ``total`` in all. ``mine`` are the cases that one
    decided and that await somebody else."""
    runs, counts, reader = store.runs.latest(limit=1), store.queue.standings(), current_user.name
    visit = store.audit.last_visit(reader)
    plain = replace(wanted, without=())
    live = None  # where there are too many cases to count, or no filter is set
    if total is not None and total <= LIVE and wanted != CaseFilter(state=wanted.state):
        live = store.queue.facet_counts(store.queue.case_ids(wanted, limit=LIVE))
    shared: Sequence[ContactChoice] = ()
    if is_allowed("see_contacts"):
        shared = store.contacts.choices([case.case_id for case in cases], chosen=wanted.contact, most=OFFERED)
    # Of each queue, how many cases wait; those that await another's opinion after one's own are in none of them.
    waiting = Counter({each.value: each.waiting for each in store.queue.facet_values("lane")})
    waiting["second_opinion"] -= len(mine)
    return {
        "rows": present_rows(store, cases, since=visit),
        "total": total,
        "most": MOST_AT_ONCE,
        "wanted": plain,
        "query": list_query(plain),
        "order": asked_order(),
        "is_filtered": plain != CaseFilter(state=wanted.state),
        "is_first": "after" not in request.args,
        "lanes": [(None, counts.to_review + waiting["second_opinion"]), *((lane, waiting[lane]) for lane in LANES)],
        "open_lane": plain.value_of("lane") if wanted.state == "waiting" else "none",
        "chosen": _choices(store.queue, plain, CHOSEN, live),
        "typed": _choices(store.queue, plain, TYPED, live),
        "counts": counts,
        "mine": mine,
        "saved": store.queue.saved_filters(reader),
        "last_run": runs[0].started_at if runs else None,
        # Of the cases shown, those that more than one has, and the one that is asked for.
        "contacts": [each for each in shared if each.cases > 1 or each.hash == wanted.contact],
        "resume": store.cases.last_read(reader),
        "visit": visit,
        "reads": store.accounts.languages_read(reader),
    }


def _choices(
    queue: CaseQueue, wanted: CaseFilter, facets: tuple[Facet, ...], live: dict[tuple[str, str], int] | None
) -> dict[Facet, tuple[FacetValue, ...]]:
    """What may be offered to this reader of each facet, with the numbers within the filter where they are counted.

    Employers and places are as an ad wrote them, and nobody knows here what of them its contacts are: who may see none
    types them.
    """
    found = {}
    for facet in facets:
        values = queue.facet_values(facet, decided=wanted.state == "decided", limit=OFFERED)
        if not is_allowed("see_contacts"):
            values = tuple(each for each in values if facet not in TYPED and hide_contacts(each.value) == each.value)
        if live is not None:
            counted = ((each, live.get((facet, each.value), 0)) for each in values)
            within = (replace(each, waiting=count, decided=count) for each, count in counted if count)
            values = tuple(sorted(within, key=lambda each: (-each.waiting, each.value)))
        if values or wanted.value_of(facet):
            found[facet] = values
    return found


@blueprint.get("/", needs="read")
def show_queue() -> str:
    """The cases that wait, by priority, or what a filter leaves of all."""
    store, wanted = open_store(), asked_filter()
    store.cases.leave(current_user.name, at=request_time())
    own = store.decisions.awaiting(current_user.name) if is_allowed("decide") else ()
    is_mine, order, after = request.args.get("state") == "mine", asked_order(), request.args.get("after", "")
    total: int | None
    following: Position | int | None = None
    if is_mine:
        cases, total = store.cases.get_many(own[:MOST_LISTED]), len(own)
    else:
        wanted = replace(wanted, without=own if wanted.state == "waiting" else ())
        if order == "priority":
            position = Position.of(after)
            if position and not (0 <= position.case_id <= LARGEST and isfinite(position.priority)):
                position = None
            page = store.queue.page(wanted, after=position, limit=PAGE)
            cases, total, following = page.cases, page.total, page.following
        else:  # only the queue's own order goes on without end: of others the first thousands are listed
            found = store.queue.sorted_ids(wanted, order, limit=MOST_LISTED)
            start = max(0, request.args.get("after", 0, type=int))
            cases = store.cases.get_many(found[start : start + PAGE])
            total = len(found) if len(found) < MOST_LISTED else None
            following = start + PAGE if len(found) > start + PAGE else None
    record("listed", **loggable(wanted) | {"total": total, "after": request.args.get("after")})
    view = present_queue(store, wanted, cases, total, own)
    return render_template("queue.html", view=view, following=following, orders=ORDERS, is_mine=is_mine)


@blueprint.get("/queue.csv", needs="read")
def list_file() -> Response:
    """The cases of the filter as a table, in the order that is asked for; nothing that the page does not show."""
    store, wanted = open_store(), asked_filter()
    found = listed_cases(wanted)
    record("exported", "list", **loggable(wanted) | {"cases": len(found)})
    table = rows_as_csv(present_rows(store, store.cases.get_many(found)))
    return download(table, name="lurewatch-queue.csv", mimetype="text/csv")


@blueprint.post("/search", needs="read")
def search() -> Response | str:
    """What was typed, found as a contact where it is one, as an ad prints it too, or in part, and as words otherwise.
    It is sent in a form, so that a contact stands in no address and no log."""
    wanted, typed = asked_filter(), request.form.get("typed", "").strip()[:200]
    if typed[:1] == "#" and typed[1:].isdecimal() and len(typed) < 19:  # as a colleague names it
        return redirect(url_for("case.show_case", case_id=int(typed[1:])))
    if typed and is_allowed("see_contacts"):
        known = known_contact(typed)
        if known is not None:
            return redirect(url_for("queue.show_queue", contact=known, state="all"))
        found = like_contacts(typed)
        if found or hide_contacts(typed) != typed:
            named = CaseFilter(words=typed, state="all")
            cases = open_store().queue.page(named, limit=50).cases
            record("listed", **loggable(named) | {"total": len(cases)})
            return render_template("contact_search.html", found=found, cases=cases, form=request.form)
    return redirect(_queue_address(replace(wanted, words=typed, contact="")))


@blueprint.post("/languages-read", needs="read")
def choose_languages() -> Response:
    """Remember which languages one reads, and show ads in these."""
    codes = language_codes(request.form.get("reads", ""))
    open_store().accounts.set_languages_read(current_user.name, codes)
    return redirect(_queue_address(replace(asked_filter(), languages=codes)))


@blueprint.post("/filters", needs="read")
def save_filter() -> Response:
    wanted, title = asked_filter(), request.form.get("title", "").strip()[:60]
    if title and not open_store().queue.save_filter(current_user.name, title, urlencode(wanted.query())):
        flash(_("There is no room for more searches; delete one first."))
    return redirect(_queue_address(wanted))


@blueprint.post("/filters/<int:filter_id>/forget", needs="read")
def forget_filter(filter_id: int) -> Response:
    open_store().queue.delete_filter(current_user.name, filter_id)
    return redirect(url_for("queue.show_queue"))


def _queue_address(wanted: CaseFilter) -> str:
    return url_for("queue.show_queue", **list_query(wanted))


_LAST: Final = "decided_many"
"""Where the session keeps the numbers of the last act's decisions, for its undoing."""

bulk_blueprint = GuardedBlueprint("bulk", __name__)


@bulk_blueprint.get("/bulk", needs="decide")
def show_bulk() -> str:
    """The cases of the filter, or those that were ticked in the list, and the form that decides them."""
    wanted, store = _wanted(), open_store()
    if not wanted or (isinstance(wanted, CaseFilter) and wanted == CaseFilter(state=wanted.state)):
        flash(_("Tick cases, or choose a filter first."))
        abort(redirect(_queue_address(asked_filter())))
    many: Many = find_many(store, wanted, by=current_user.name, at=request_time())
    campaign = wanted.campaign if isinstance(wanted, CaseFilter) else ""
    listed = list_query(asked_filter())
    query = listed if isinstance(wanted, CaseFilter) else listed | {"case": [str(each) for each in wanted]}
    return render_template(
        "bulk.html", many=many, rows=present_rows(store, store.cases.get_many(many.case_ids)), query=query,
        listed=listed, opened=store.audit.opened_cases(current_user.name, many.case_ids), most=MOST_AT_ONCE,
        form=request.form, copies=store.campaigns.size(campaign) if campaign else 0,
    )  # fmt: skip


@bulk_blueprint.post("/bulk", needs="decide")
def decide_all() -> Response | tuple[str, int]:
    """Decide the ticked ones of the cases that were counted, all or none."""
    judged = read_judgement()
    confirmed = ConfirmedCases(
        wanted=_wanted(),
        digest=request.form.get("digest", ""),
        chosen=frozenset(request.form.getlist("chosen", type=int)),
    )
    if judged is None or request.form.get("number_confirmed") != "yes" or not confirmed.chosen:
        flash(_("Choose a verdict, and confirm the number. Nothing was saved."))
        return show_bulk(), 400
    store, now = open_store(), request_time()
    try:
        decided = decide_many(store, confirmed, judged, by=decider(), at=now)
    except CannotDecide:
        flash(_("The cases of this filter are no longer those that were counted. Nothing was saved; count again."))
        return show_bulk(), 409
    session[_LAST] = list(decided)
    verdict = word(judged.verdict, "verdict")
    flash(ngettext("Saved: %(num)s case.", "Saved: %(num)s cases.", len(decided)) + f" {verdict}.")
    return redirect(url_for("queue.show_queue", together=decided[0], **list_query(asked_filter())))


@bulk_blueprint.post("/bulk/undo", needs="decide")
def undo_all() -> Response:
    """Undo the last act on many cases, as far as its decisions still stand."""
    undone = take_back_many(open_store(), session.pop(_LAST, []), by=current_user.name, at=request_time())
    flash(ngettext("Undone: %(num)s case.", "Undone: %(num)s cases.", undone))
    return redirect(_queue_address(asked_filter()))


def _wanted() -> CaseFilter | Sequence[int]:
    """The cases that the address names, or its filter; none where the ticked ones are meant and none is ticked."""
    return request.args.getlist("case", type=int) or (() if "ticked" in request.args else asked_filter())
