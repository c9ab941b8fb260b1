"""What the overview counts, in the database. Each question is one statement over all cases, and gives counts alone."""

import json
from dataclasses import dataclass
from datetime import datetime

from pipeline.store import from_moment
from pipeline.store_judged import JudgedRows
from pipeline.store_trends import TrendRows

__all__ = ["BatchHealth", "OverviewRows", "VersionSpan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHealth:
    """What one source brought in a period."""

    source: str
    batches: int
    ads: int
    fewest: int
    last_at: str
    last_ads: int
    problems: int
    """Lines of the nights' reports that name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSpan:
    """From when to when one model with one taxonomy assessed, and how many texts."""

    model: str
    taxonomy: str
    texts: int
    first_at: str
    last_at: str


class OverviewRows(JudgedRows, TrendRows):
    """Counts of cases, decisions, batches and versions."""

    def waiting_by_age(self, *, now: datetime, days: tuple[int, ...]) -> dict[tuple[str, int], int]:
        """How many cases wait, by lane and the place of their age among these days; the last place is older."""
        ages = "".join(f" WHEN julianday(:now) - julianday(day) < {limit:d} THEN {n}" for n, limit in enumerate(days))
        rows = self._rows(
            f"SELECT lane, CASE{ages} ELSE {len(days)} END AS age, sum(cases) AS cases FROM "
            "(SELECT lane, substr(opened_at, 1, 10) AS day, count(*) AS cases FROM desk_rows WHERE waiting = 1 "
            "GROUP BY lane, day) GROUP BY lane, age",
            {"now": from_moment(now)[:10]},
        )
        return {(row["lane"], row["age"]): row["cases"] for row in rows}

    def decisions_by_day(self, *, since: datetime) -> dict[str, int]:
        """How many decisions were made each day; neither one that was taken back nor what took it back counts."""
        rows = self._rows(
            "SELECT substr(decided_at, 1, 10) AS day, count(*) AS made FROM standing_decisions WHERE decided_at >= ? "
            "GROUP BY day ORDER BY day",
            [from_moment(since)],
        )
        return {row["day"]: row["made"] for row in rows}

    def batch_health(self, *, since: datetime) -> tuple[BatchHealth, ...]:
        """Each source that brought a batch since then."""
        rows = self._rows(
            "SELECT b.source, count(*) AS batches, sum(b.ads) AS ads, min(b.ads) AS fewest, max(b.started_at) "
            "AS last_at, (SELECT l.ads FROM batches l WHERE l.source = b.source ORDER BY l.started_at DESC LIMIT 1) "
            "AS last_ads "
            "FROM batches b WHERE b.started_at >= :since GROUP BY b.source ORDER BY b.source",
            {"since": from_moment(since)},
        )
        named = self._problems_by_source(since)
        return tuple(BatchHealth(**row, problems=named.get(row["source"], 0)) for row in rows)

    def version_spans(self) -> tuple[VersionSpan, ...]:
        """Which model and taxonomy assessed from when to when, the oldest first."""
        rows = self._rows(
            "SELECT g.model, g.taxonomy, g.texts, a.assessed_at AS first_at, z.assessed_at AS last_at FROM "
            "(SELECT model_version AS model, taxonomy_version AS taxonomy, count(*) AS texts, min(assessment_id) AS "
            "first, max(assessment_id) AS last FROM assessments INDEXED BY sqlite_autoindex_assessments_1 "
            "GROUP BY 1, 2) g JOIN assessments a ON a.assessment_id = g.first "
            "JOIN assessments z ON z.assessment_id = g.last ORDER BY g.first"
        )
        return tuple(VersionSpan(**row) for row in rows)

    def _problems_by_source(self, since: datetime) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self._rows("SELECT problems FROM runs WHERE started_at >= ?", [from_moment(since)]):
            for line in json.loads(row["problems"]):
                source = str(line).partition(":")[0]
                found[source] = found.get(source, 0) + 1
        return found
