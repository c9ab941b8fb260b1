"""What trends are counted by, in the database: facts of offers, and flagged cases by month and fact."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crawler.ad import JobAd
from pipeline.offer_facts import OfferFacts
from pipeline.store import Store, from_moment
from pipeline.store_judged import DECISION, FLAGGED_SINCE, LURE, TOLD
from pipeline.stored_ad import read_ad

__all__ = ["UNKNOWN", "TrendCell", "TrendRows"]

UNKNOWN: Final = ""
"""The value of a case that says nothing of a facet, or that no night has read yet."""

_COLUMNS: Final = {
    "kind": "r.kind", "country": "r.country", "language": "r.language", "sector": "f.sector",
    "addressed": "f.addressed", "schooling": "f.schooling", "exploitation": "f.exploitation",
    "reached": "f.reached",
}  # fmt: skip

# Each facet is counted by itself: counted by all at once there would be nearly as many rows as cases.
_FACETS: Final = ", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())
_FLAGGED: Final = (
    f"SELECT substr(r.opened_at, 1, 7) AS month, {_FACETS}, {TOLD} AND {LURE} AS lure "
    f"FROM desk_rows r JOIN cases c ON c.case_id = r.case_id {DECISION} "
    f"LEFT JOIN offer_facts f ON f.version_id = r.version_id WHERE {FLAGGED_SINCE}"
)
_BY_FACET: Final = " UNION ALL ".join(
    f"SELECT '{name}' AS facet, {name} AS value, month, count(*) AS flagged, total(lure) AS confirmed "
    f"FROM flagged GROUP BY month, {name}"
    for name in _COLUMNS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendCell:
    """Flagged cases of one month that are alike in one facet."""

    facet: str
    value: str
    """Several hints of exploitation with commas between."""

    month: str
    """As in ``2026-11``."""

    flagged: int
    confirmed: int


class TrendRows(Store):
    """What offers say, by month."""

    def trend_cells(self, *, since: datetime) -> tuple[TrendCell, ...]:
        """Flagged cases by month and by each of the facets that trends are counted by."""
        rows = self._rows(
            f"WITH flagged AS MATERIALIZED ({_FLAGGED}) {_BY_FACET} ORDER BY facet, month, value", [from_moment(since)]
        )
        return tuple(
            TrendCell(
                facet=row["facet"], value=_value(row["facet"], row["value"]), month=row["month"],
                flagged=row["flagged"], confirmed=int(row["confirmed"]),
            )
            for row in rows
        )  # fmt: skip

    def unread_offers(self, *, limit: int) -> tuple[tuple[int, int | None, JobAd, tuple[str, ...]], ...]:
        """Versions of cases whose facts are missing or older than their assessment: with its number and its hints."""
        rows = self._rows(
            "SELECT v.version_id, v.record, m.assessment_id, json_extract(m.record, '$.exploitation') AS hints "
            "FROM cases c JOIN ad_versions v ON v.version_id = c.version_id LEFT JOIN assessments m ON m.assessment_id "
            "= (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = c.version_id) "
            "LEFT JOIN offer_facts f ON f.version_id = c.version_id "
            "WHERE f.version_id IS NULL OR f.assessment_id IS NOT m.assessment_id LIMIT ?",
            [limit],
        )
        return tuple(
            (row["version_id"], row["assessment_id"], read_ad(row["record"]), tuple(json.loads(row["hints"] or "[]")))
            for row in rows
        )

    def keep_offer(self, version_id: int, assessment_id: int | None, facts: OfferFacts, hints: Sequence[str]) -> None:
        """Have the overview count this version by these facts."""
        self._run(
            "INSERT OR REPLACE INTO offer_facts (version_id, assessment_id, sector, addressed, schooling, reached, "
            "exploitation) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [version_id, assessment_id, facts.sector, facts.addressed, facts.schooling, facts.reached,
             json.dumps(sorted(hints))],
        )  # fmt: skip


def _value(facet: str, stored: str | None) -> str:
    if stored and facet == "exploitation":
        return ",".join(json.loads(stored))
    return stored or UNKNOWN
