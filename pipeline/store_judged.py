"""What was decided of flagged cases and of audits, in the database; and how the overview tells what is decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.estimated_recall import AuditNight
from pipeline.store import Store, from_moment

__all__ = ["DECISION", "FLAGGED_SINCE", "LURE", "TOLD", "JudgedCases", "JudgedRows"]

LURE: Final = "d.verdict IN ('trafficking_recruitment', 'job_fraud')"
# Neither what nobody could tell nor what two analysts see differently says whether an ad is a lure.
TOLD: Final = "d.decision_id IS NOT NULL AND d.verdict <> 'cannot_tell' AND r.lane <> 'disagreement'"
DECISION: Final = (
    "LEFT JOIN decisions d ON d.decision_id = (SELECT max(n.decision_id) FROM standing_decisions n "
    "WHERE n.case_id = CASE WHEN r.decided_at IS NOT NULL THEN r.case_id END)"
)


FLAGGED_SINCE: Final = "r.waiting IN (0, 1) AND r.opened_at >= ? AND c.reason IN ('score', 'indicator_rule')"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCases:
    """Flagged cases of one reason and one tenth of the score."""

    reason: str
    tenth: int
    """0 for scores below 0.1, 9 from 0.9 on."""

    cases: int
    decided: int
    lures: int


class JudgedRows(Store):
    """Counts of cases and of what was decided of them."""

    def judged_cases(self, *, since: datetime) -> tuple[JudgedCases, ...]:
        """Cases that were opened for their score or a rule since then."""
        rows = self._rows(
            "SELECT c.reason, min(9, CAST(10 * coalesce(d.score, r.score, 0) AS INTEGER)) AS tenth, "
            f"count(*) AS cases, total({TOLD}) AS decided, total({TOLD} AND {LURE}) AS lures "
            f"FROM desk_rows r JOIN cases c ON c.case_id = r.case_id {DECISION} WHERE {FLAGGED_SINCE} "
            "GROUP BY c.reason, tenth",
            [from_moment(since)],
        )
        return tuple(JudgedCases(**{**row, "decided": int(row["decided"]), "lures": int(row["lures"])}) for row in rows)

    def audit_nights(self, *, since: datetime) -> tuple[AuditNight, ...]:
        """What each night since then drew for audit, and what of it is decided; the night knows what it drew from."""
        rows = self._rows(
            "SELECT n.unflagged, n.drawn, "
            f"total({TOLD}) AS decided, total({TOLD} AND {LURE}) AS lures FROM "
            "(SELECT run_id, started_at, ended_at, json_extract(counts, '$.unflagged') AS unflagged, "
            "json_extract(counts, '$.audit') AS drawn FROM runs WHERE ended_at IS NOT NULL AND started_at >= :since) n "
            "LEFT JOIN desk_rows r ON r.waiting IN (0, 1) AND r.opened_at BETWEEN n.started_at AND n.ended_at "
            "AND (SELECT c.reason FROM cases c WHERE c.case_id = r.case_id) = 'audit' "
            f"{DECISION} WHERE n.unflagged > 0 GROUP BY n.run_id ORDER BY n.run_id",
            {"since": from_moment(since)},
        )
        return tuple(AuditNight(**{**row, "decided": int(row["decided"]), "lures": int(row["lures"])}) for row in rows)
