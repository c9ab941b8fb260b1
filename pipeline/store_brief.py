"""What a prevention brief is made of, in the database: cases whose verdict stands, without what identifies anybody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from crawler.ad import JobAd
from pipeline.case import Verdict
from pipeline.store import Store
from pipeline.stored_ad import read_ad

__all__ = ["BriefRows", "ConfirmedCase", "MonthCounts"]

_MONTH: Final = "r.waiting IN (0, 1) AND r.opened_at >= :from AND r.opened_at < :to"
# A case that still waits is reopened, or asks for a second opinion: nothing of it is confirmed.
_CONFIRMED: Final = "r.waiting = 0 AND d.verdict IN ('trafficking_recruitment', 'job_fraud')"
_DECISION: Final = "JOIN case_states s ON s.case_id = r.case_id LEFT JOIN decisions d ON d.decision_id = s.decision_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedCase:
    """One case that people judged to be a likely lure, as far as a brief may count it."""

    verdict: Verdict
    language: str | None
    country: str | None
    sector: str | None
    """None, as with the next two, where no night has read the offer yet."""

    addressed: str | None
    schooling: str | None
    source: str
    contact_kinds: frozenset[str]
    shown: Mapping[str, tuple[str, ...]]
    """The indicators that its text shows, without those that the analyst found wrongly shown, each with its quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCounts:
    """Cases that were opened in a month."""

    opened: int
    decided: int
    confirmed: int


class BriefRows(Store):
    """Confirmed cases by the month in which they were opened."""

    def month_counts(self, month: str) -> MonthCounts:
        """How many cases the month brought, and what has become of them."""
        row = self._row(
            f"SELECT count(*) AS opened, total(r.waiting = 0) AS decided, total({_CONFIRMED}) AS confirmed "
            f"FROM desk_rows r {_DECISION} WHERE {_MONTH}",
            _days_of(month),
        )
        assert row is not None  # a count has a row
        return MonthCounts(**{name: int(count) for name, count in row.items()})

    def confirmed_cases(self, month: str) -> tuple[ConfirmedCase, ...]:
        """The cases opened in that month, ``2026-10``, whose standing verdict is a lure and that nobody is to read
        again."""
        rows = self._rows(
            "SELECT d.verdict, d.rejected, r.source, v.record, f.sector, f.addressed, f.schooling, "
            "(SELECT json_extract(m.record, '$.evidence') FROM assessments m WHERE m.version_id = r.version_id "
            "ORDER BY m.assessment_id DESC LIMIT 1) AS evidence "
            f"FROM desk_rows r {_DECISION} JOIN ad_versions v ON v.version_id = r.version_id "
            f"LEFT JOIN offer_facts f ON f.version_id = r.version_id WHERE {_MONTH} AND {_CONFIRMED} "
            "ORDER BY r.case_id",
            _days_of(month),
        )
        return tuple(_confirmed(row, read_ad(row["record"])) for row in rows)


def _confirmed(row: Mapping[str, Any], ad: JobAd) -> ConfirmedCase:
    wrong = set(json.loads(row["rejected"]))
    shown: dict[str, list[str]] = {}
    for each in json.loads(row["evidence"] or "[]"):
        if each["indicator"] not in wrong:
            shown.setdefault(each["indicator"], []).append(each["quote"])
    return ConfirmedCase(
        verdict=row["verdict"], language=ad.language, country=ad.country, sector=row["sector"],
        addressed=row["addressed"], schooling=row["schooling"], source=row["source"],
        contact_kinds=frozenset(each.kind for each in ad.contacts),
        shown={indicator: tuple(quotes) for indicator, quotes in shown.items()},
    )  # fmt: skip


def _days_of(month: str) -> dict[str, object]:
    """The bounds of a month, as moments are written."""
    year, number = map(int, month.split("-"))
    following = f"{year + number // 12:04}-{number % 12 + 1:02}"
    return {"from": month, "to": following}
