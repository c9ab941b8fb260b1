"""The queue for the page: rows, tabs, filters and chips; rows as a CSV table."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from flask import request
from flask_login import current_user

from crawler.ad import heading
from model.taxonomy.records import Taxonomy
from pipeline.case import Case
from pipeline.exports.formats import as_csv
from pipeline.linking.contacts import ContactChoice
from pipeline.linking.redaction import ad_without_contacts, hide_contacts
from pipeline.store.queue.case_filter import LANES, CaseFilter, Facet
from pipeline.store.queue.case_queue import CaseQueue, FacetValue
from pipeline.store.store import Store
from pipeline.web.access import asked_order, is_allowed, list_query
from pipeline.web.setup import page_taxonomy, request_time


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One case of a list, with what there is to triage it by."""

    case: Case
    indicators: tuple[str, ...]
    """Keys of the two strongest."""

    quote: str
    """What shows the strongest of them."""

    reach: int
    """The most ads that share a contact with it; 0 for whoever may not see contacts."""

    is_gone: bool
    deciders: tuple[str, ...]
    """Of a closed case: who decided it first, who gave the second opinion, who settled it."""

    second: str | None
    """Who gave the second opinion on a closed case."""

    days: int
    """Since it was opened."""

    is_new: bool
    """Opened since the last visit."""


def present_rows(store: Store, cases: Sequence[Case], *, since: datetime | None = None) -> tuple[QueueRow, ...]:
    """The cases as rows of a list."""
    details, now = store.queue.details([case.case_id for case in cases]), request_time()
    taxonomy, open_to = page_taxonomy(), is_allowed("see_contacts")
    rows = []
    for case in cases:
        detail = details[case.case_id]
        indicators, quote = _strongest(json.loads(detail.evidence), taxonomy)
        shown = case
        if not open_to:  # the title as the case's own page shows it
            title = heading(ad_without_contacts(store.cases.ads(case.case_id)[0]))
            shown = replace(case, title=title, employer=None)
        rows.append(
            QueueRow(
                case=shown,
                indicators=indicators,
                quote=quote if open_to else "",
                reach=detail.reach if open_to else 0,
                is_gone=detail.is_gone,
                deciders=tuple(dict.fromkeys(filter(None, (detail.first, detail.second, case.analyst)))),
                second=detail.second,
                days=max(0, (now - case.opened_at).days),
                is_new=since is not None and case.opened_at > since,
            )
        )
    return tuple(rows)


def _strongest(evidence: Iterable[Mapping[str, str]], taxonomy: Taxonomy) -> tuple[tuple[str, ...], str]:
    """The two strongest indicators of risk, and the longest quote that shows the first."""
    order = {"strong": 0, "medium": 1, "weak": 2}
    quotes: dict[str, str] = {}
    for each in evidence:
        known = taxonomy.indicators.get(each["indicator"])
        if known is not None and known.polarity == "risk" and not each["indicator"].startswith("hint."):
            quotes[each["indicator"]] = max(quotes.get(each["indicator"], ""), each["quote"], key=len)
    keys = sorted(quotes, key=lambda key: (order.get(taxonomy.indicators[key].strength, 3), not quotes[key]))
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
            " ".join(row.indicators), row.quote, case.copies, "yes" if row.is_gone else "", case.lane,
            case.opened_at.date(), case.verdict, case.analyst if case.verdict else None, row.second,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Cases of one page of the list."""

    cases: tuple[Case, ...]
    total: int | None
    following: str | None


PAGE = 50
LIVE = 1_000
"""Up to so many cases of a filter the counts beside its values are those within the filter."""


def present_queue(store: Store, wanted: CaseFilter, listed: Listed, mine: tuple[int, ...]) -> dict[str, Any]:
    """All that the page of the queue shows. ``mine`` are the cases that one decided and that await somebody else."""
    runs, counts, reader = store.runs.latest(limit=1), store.queue.standings(), current_user.name
    visit = store.audit.last_visit(reader)
    plain = replace(wanted, without=())
    live = None  # where there are too many cases to count, or no filter is set
    if listed.total is not None and listed.total <= LIVE and wanted != CaseFilter(state=wanted.state):
        live = store.queue.facet_counts(store.queue.case_ids(wanted, limit=LIVE))
    shared: Sequence[ContactChoice] = ()
    if is_allowed("see_contacts"):
        case_ids = [case.case_id for case in listed.cases]
        shared = store.contacts.choices(case_ids, chosen=wanted.contact, most=OFFERED)
    # Of each queue, how many cases wait; those that await another's opinion after one's own are in none of them.
    waiting = Counter({each.value: each.waiting for each in store.queue.facet_values("lane")})
    waiting["second_opinion"] -= len(mine)
    return {
        "rows": present_rows(store, listed.cases, since=visit),
        "total": listed.total,
        "wanted": plain,
        "query": list_query(plain),
        "order": asked_order(),
        "is_filtered": plain != CaseFilter(state=wanted.state),
        "is_first": "after" not in request.args,
        "following": listed.following,
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
