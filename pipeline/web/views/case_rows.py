"""Cases as rows of a list: on the page, and as a CSV table."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import current_app

from model.taxonomy.loader import Taxonomy
from pipeline.case import Case
from pipeline.linking.redaction import hide_contacts
from pipeline.store.cases import Cases
from pipeline.store.store import Store
from pipeline.web.access import is_allowed, page_taxonomy

__all__ = ["QueueRow", "present_rows", "rows_as_csv"]


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
    details, now = store.queue.details([case.case_id for case in cases]), current_app.config["CLOCK"]()
    taxonomy, open_to = page_taxonomy(), is_allowed("see_contacts")
    rows = []
    for case in cases:
        detail = details[case.case_id]
        indicators, quote = _strongest(json.loads(detail.evidence), taxonomy)
        rows.append(
            QueueRow(
                case=case if open_to else _without_contacts(store.cases, case),
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


def _without_contacts(stored: Cases, case: Case) -> Case:
    """The case with its title as its own page shows it."""
    ad = stored.ads(case.case_id)[0]
    return replace(case, title=hide_contacts(ad.title, ad.contacts, ad.country), employer=None)


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
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for row in rows:
        case = row.case
        writer.writerow(
            _harmless(value) for value in (
                case.case_id, case.title, case.employer, case.country, case.language, case.source, case.score,
                case.kind, " ".join(row.indicators), row.quote, case.copies, "yes" if row.is_gone else "", case.lane,
                case.opened_at.date(), case.verdict, case.analyst if case.verdict else None, row.second,
                case.decided_at.date() if case.verdict and case.decided_at else None,
            )
        )  # fmt: skip
    return table.getvalue()


def _harmless(value: object) -> object:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
