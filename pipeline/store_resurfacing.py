"""Cases of campaigns in the database, and copies that come back after a decision with something new."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crawler.ad import JobAd
from pipeline.case import State, Verdict
from pipeline.novelty import Fresh
from pipeline.store import Store, from_moment, to_moment
from pipeline.stored_ad import read_ad

__all__ = ["CampaignCase", "Resurfaced", "ResurfacingRows"]


_CASES: Final = """
    SELECT t.campaign_id, c.case_id, s.state, v.title,
           (SELECT n.rule FROM assessments n WHERE n.version_id = c.version_id
            ORDER BY n.assessment_id DESC LIMIT 1) AS rule,
           d.decided_at, d.verdict
    FROM cases c
    JOIN campaign_versions m USING (version_id)
    JOIN campaign_texts t USING (text_id)
    JOIN case_states s USING (case_id)
    JOIN ad_versions v USING (version_id)
    LEFT JOIN decisions d ON d.decision_id = s.decision_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCase:
    """A case of one of a campaign's texts."""

    case_id: int
    state: State
    title: str
    rule: str | None
    """The combination of indicators that was met in what the case shows."""

    decided_at: datetime | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resurfaced(Fresh):
    """Something new that came with a copy after its campaign had been decided."""

    ad_id: str
    at: datetime


class ResurfacingRows(Store):
    """One decision for a campaign, until a copy brings something new."""

    def untriaged_campaigns(self) -> dict[str, str]:
        """The campaign of each text that triage has not looked at, by its fingerprint."""
        rows = self._rows(
            "SELECT v.fingerprint, t.campaign_id FROM assessments a JOIN ad_versions v USING (version_id) "
            "JOIN campaign_versions m USING (version_id) JOIN campaign_texts t USING (text_id) "
            "WHERE a.triaged_at IS NULL"
        )
        return {row["fingerprint"]: row["campaign_id"] for row in rows}

    def cases_by_campaign(self, campaigns: Iterable[str]) -> dict[str, list[CampaignCase]]:
        """The cases of each of these campaigns that has any, oldest first."""
        found: dict[str, list[CampaignCase]] = {}
        asked = json.dumps(sorted(campaigns))
        of_these = f"{_CASES} WHERE t.campaign_id IN (SELECT value FROM json_each(?)) ORDER BY c.case_id"
        for row in self._rows(of_these, [asked]):
            found.setdefault(row.pop("campaign_id"), []).append(_case(row))
        return found

    def said_before(self, campaign_id: str, moment: datetime) -> tuple[JobAd, ...]:
        """Every version of the campaign's ads that was there at that moment."""
        rows = self._rows(
            "SELECT v.record FROM campaign_texts t JOIN campaign_versions m USING (text_id) "
            "JOIN ad_versions v USING (version_id) "
            "WHERE t.campaign_id = ? AND m.joined_at <= ? AND v.content_hash <> '' ORDER BY v.version_id",
            [campaign_id, from_moment(moment)],
        )
        return tuple(read_ad(row["record"]) for row in rows)

    def campaign_cases(self, campaign_id: str) -> tuple[CampaignCase, ...]:
        """The cases of its texts, oldest first."""
        rows = self._rows(f"{_CASES} WHERE t.campaign_id = ? ORDER BY c.case_id", [campaign_id])
        return tuple(_case({name: value for name, value in row.items() if name != "campaign_id"}) for row in rows)

    def record_resurfacing(self, case_id: int, ad_id: str, news: Iterable[Fresh], *, at: datetime) -> None:
        """Keep what is new, and with which copy it came. A decided case waits again by it."""
        for each in news:
            self._run(
                "INSERT OR IGNORE INTO resurfacings (case_id, ad_id, fact, before, after, at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [case_id, ad_id, each.fact, each.before, each.after, from_moment(at)],
            )

    def resurfacings(self, case_id: int) -> tuple[Resurfaced, ...]:
        """What came back with this case, newest first."""
        rows = self._rows(
            "SELECT ad_id, fact, before, after, at FROM resurfacings WHERE case_id = ? "
            "ORDER BY at DESC, ad_id, fact, after",
            [case_id],
        )
        return tuple(Resurfaced(**{**row, "at": to_moment(row["at"])}) for row in rows)


def _case(row: dict[str, Any]) -> CampaignCase:
    return CampaignCase(**{**row, "decided_at": to_moment(row["decided_at"]) if row["decided_at"] else None})
