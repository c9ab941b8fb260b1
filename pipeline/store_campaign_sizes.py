"""How many ads each case's campaign has, kept beside the case so that the queue can show it, in the database."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pipeline.case import Reason, State
from pipeline.store import Store

__all__ = ["GrownCase", "SizeRows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownCase:
    """A case that waits, whose campaign has another number of ads than when it was last counted."""

    case_id: int
    reason: Reason
    state: State
    score: float
    rule: str | None
    size: int
    """Ads that say this now, in these words or nearly."""


class SizeRows(Store):
    """Sizes of campaigns as the queue knows them."""

    def touched_campaigns(self) -> list[str]:
        """The campaigns that ads of which triage has not looked at are in, or were in before."""
        rows = self._rows(
            "SELECT DISTINCT t.campaign_id FROM assessments a JOIN ad_versions v USING (version_id) "
            "JOIN campaign_versions m ON m.ad_id = v.ad_id JOIN campaign_texts t USING (text_id) "
            "WHERE a.triaged_at IS NULL"
        )
        return [row["campaign_id"] for row in rows]

    def count_campaigns(self, campaign_ids: Iterable[str]) -> tuple[GrownCase, ...]:
        """Have the cases of these campaigns know how many ads there are; gives those that wait and did not know."""
        wanted = {"campaigns": json.dumps(list(campaign_ids))}
        rows = self._rows(_GROWN, wanted)
        self._run(_COUNT, wanted)
        return tuple(GrownCase(**row) for row in rows)


_SIZES: Final = """
    WITH sizes AS MATERIALIZED (
        SELECT w.value AS campaign_id, (
            SELECT count(*) FROM campaign_texts t JOIN campaign_versions m USING (text_id)
            JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
            JOIN ad_versions v ON v.version_id = a.version_id AND v.content_hash <> ''
            WHERE t.campaign_id = w.value) AS size
        FROM json_each(:campaigns) w),
    counted AS MATERIALIZED (
        SELECT c.case_id, max(s.size) AS size FROM sizes s CROSS JOIN campaign_texts t USING (campaign_id)
        CROSS JOIN campaign_versions m USING (text_id) CROSS JOIN cases c ON c.version_id = m.version_id
        GROUP BY c.case_id)"""

_GROWN: Final = f"""{_SIZES}
    SELECT c.case_id, c.reason, r.state, n.score, n.rule, max(k.size, r.copies) AS size
    FROM counted k CROSS JOIN cases c USING (case_id) CROSS JOIN desk_rows r USING (case_id)
    JOIN assessments n ON n.assessment_id = (
        SELECT max(a.assessment_id) FROM assessments a WHERE a.version_id = c.version_id)
    WHERE r.waiting = 1 AND r.campaign_ads <> k.size ORDER BY c.case_id"""

_COUNT: Final = f"""{_SIZES}
    UPDATE desk_rows SET campaign_ads = k.size FROM counted k
    WHERE desk_rows.case_id IN (SELECT case_id FROM counted)  -- or all that there are would be gone through
    AND k.case_id = desk_rows.case_id AND campaign_ads <> k.size"""
