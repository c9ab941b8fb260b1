"""Ads that are gone, in the database, with what is decided of them: what retention chooses from."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipeline.case import Verdict
from pipeline.store import Store, from_moment, to_moment

__all__ = ["GoneAd", "GoneRows", "RelatedCase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedCase:
    """A case that an ad is or was in, or that covers it."""

    case_id: int
    is_own: bool
    """The ad itself is or was in it; otherwise another of its campaign."""

    is_waiting: bool
    has_decisions: bool
    """Also ones that were taken back."""

    verdicts: frozenset[Verdict]
    """Of decisions that stand, whatever text they are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneAd:
    """An ad that is gone and whose text is still there."""

    ad_id: str
    gone_at: datetime
    campaigns: frozenset[str]
    cases: tuple[RelatedCase, ...]


class GoneRows(Store):
    """What is no longer shown by its source."""

    def gone_ads(self, *, before: datetime) -> tuple[GoneAd, ...]:
        """Ads that had gone by then, with all that is known of their cases."""
        campaigns: dict[str, set[str]] = {}
        for row in self._rows(f"{_GONE} {_CAMPAIGNS_OF_GONE}", {"before": from_moment(before)}):
            campaigns.setdefault(row["ad_id"], set()).add(row["campaign_id"])
        cases: dict[str, list[RelatedCase]] = {}
        for row in self._rows(f"{_GONE} {_CASES_OF_GONE}", {"before": from_moment(before)}):
            cases.setdefault(row["ad_id"], []).append(_related(row))
        return tuple(
            GoneAd(
                ad_id=row["ad_id"], gone_at=to_moment(row["gone_at"]), cases=tuple(cases.get(row["ad_id"], ())),
                campaigns=frozenset(campaigns.get(row["ad_id"], ())),
            )
            for row in self._rows(f"{_GONE} SELECT ad_id, gone_at FROM gone", {"before": from_moment(before)})
        )  # fmt: skip

    def ads_of_campaigns(self, campaign_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """The ads of each campaign that carry one of its texts now."""
        found: dict[str, set[str]] = {}
        for row in self._rows(_ADS_OF_CAMPAIGNS, [json.dumps(list(campaign_ids))]):
            found.setdefault(row["campaign_id"], set()).add(row["ad_id"])
        return {campaign: frozenset(ads) for campaign, ads in found.items()}

    def newest_case(self) -> int | None:
        """The highest number of a case."""
        row = self._row("SELECT max(case_id) AS case_id FROM cases")
        return row["case_id"] if row else None

    def batches_with_text(self) -> frozenset[tuple[str, str]]:
        """Source and run of each batch that brought a text which is still there."""
        rows = self._rows(
            "SELECT source, run FROM batches b WHERE EXISTS "
            "(SELECT 1 FROM ad_versions v WHERE v.batch_id = b.batch_id AND v.content_hash <> '')"
        )
        return frozenset((row["source"], row["run"]) for row in rows)


_GONE: Final = """
    WITH gone AS (
        SELECT a.ad_id, a.gone_at FROM ads a WHERE a.gone_at <= :before AND EXISTS (
            SELECT 1 FROM ad_versions v WHERE v.ad_id = a.ad_id AND v.content_hash <> '')),
    gone_campaigns AS (
        SELECT DISTINCT g.ad_id, t.campaign_id FROM gone g
        JOIN campaign_versions m ON m.ad_id = g.ad_id JOIN campaign_texts t USING (text_id))"""

_CAMPAIGNS_OF_GONE: Final = "SELECT ad_id, campaign_id FROM gone_campaigns"

_CASES_OF_GONE: Final = """
    SELECT k.ad_id, k.case_id, max(k.is_own) AS is_own, r.waiting AS is_waiting,
           EXISTS (SELECT 1 FROM decisions d WHERE d.case_id = k.case_id) AS has_decisions,
           (SELECT group_concat(DISTINCT d.verdict) FROM standing_decisions d WHERE d.case_id = k.case_id) AS verdicts
    FROM (SELECT l.ad_id, l.case_id, 1 AS is_own FROM gone g JOIN case_ads l ON l.ad_id = g.ad_id
          UNION ALL
          SELECT g.ad_id, c.case_id, 0 FROM gone_campaigns g JOIN campaign_texts t USING (campaign_id)
          JOIN campaign_versions m USING (text_id) JOIN cases c ON c.version_id = m.version_id) k
    JOIN desk_rows r ON r.case_id = k.case_id
    GROUP BY k.ad_id, k.case_id"""

_ADS_OF_CAMPAIGNS: Final = """
    SELECT DISTINCT t.campaign_id, a.ad_id FROM json_each(?) w
    JOIN campaign_texts t ON t.campaign_id = w.value JOIN campaign_versions m USING (text_id)
    JOIN ads a ON a.ad_id = m.ad_id AND a.version_id = m.version_id
    JOIN ad_versions v ON v.version_id = a.version_id WHERE v.content_hash <> ''"""


def _related(row: dict[str, Any]) -> RelatedCase:
    verdicts: Any = frozenset((row["verdicts"] or "").split(",")) - {""}
    return RelatedCase(
        case_id=row["case_id"], is_own=bool(row["is_own"]), is_waiting=bool(row["is_waiting"]),
        has_decisions=bool(row["has_decisions"]), verdicts=verdicts,
    )  # fmt: skip
