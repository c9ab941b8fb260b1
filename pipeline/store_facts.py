"""What the database knows of ads beside their words, as it stood at one moment."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.contact_identity import connects
from pipeline.store import Store, from_moment, to_moment

__all__ = ["NO_CASE", "FactRows", "Reach"]

NO_CASE: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one contact reached."""

    employers: int
    countries: int
    first_seen: datetime
    is_specific: bool
    """Whether it connects the ads that it is in; of any other, cases are not counted."""

    harmful_cases: int
    lawful_cases: int


class FactRows(Store):
    """Counts of contacts, changes and reposts; nothing that came later counts."""

    def judged_version(self, ad_id: str, fingerprint: str) -> int | None:
        """The first version of the ad with this text."""
        row = self._row(
            "SELECT min(version_id) AS version_id FROM ad_versions WHERE ad_id = ? AND fingerprint = ?",
            [ad_id, fingerprint],
        )
        return row["version_id"] if row else None

    def present_version(self, ad_id: str) -> int | None:
        """The ad's version as it was last seen."""
        row = self._row("SELECT version_id FROM ads WHERE ad_id = ?", [ad_id])
        return row["version_id"] if row else None

    def contacts_of_versions(self, versions: Mapping[int, str]) -> dict[str, list[int]]:
        """The contacts of each of these versions, by the id of its ad."""
        found: dict[str, list[int]] = {}
        for row in self._rows(
            "SELECT l.ad_id, l.contact_id FROM json_each(?) w JOIN contact_ads l ON l.version_id = w.value "
            "ORDER BY l.ad_id, l.contact_id",
            [json.dumps(list(versions))],
        ):
            found.setdefault(row["ad_id"], []).append(row["contact_id"])
        return found

    def reach(self, contact_id: int, *, at: datetime, apart_from: int = NO_CASE) -> Reach:
        """How far the contact reached at that moment; decisions count that were made before, but for one case's."""
        moment = {"contact": contact_id, "at": from_moment(at), "case": apart_from}
        row = self._row(_REACH, moment)
        assert row is not None  # counts are always there
        is_specific = connects(
            campaigns=row["campaigns"], employers=row["employers"], all_named=bool(row["all_named"])
        )  # fmt: skip
        decided = self._rows(_DECIDED, moment) if is_specific else []
        cases = {each["verdict"]: each["cases"] for each in decided}
        return Reach(
            employers=row["employers"],
            countries=row["countries"],
            first_seen=to_moment(row["first_seen"]) if row["first_seen"] else at,
            is_specific=is_specific,
            harmful_cases=sum(cases.get(verdict, 0) for verdict in _HARMFUL),
            lawful_cases=cases.get("legitimate", 0),
        )

    def change_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """For each ad in how many of its versions each fact of the offer was another."""
        return self._counts(
            "SELECT ad_id, fact, count(DISTINCT version_id) AS n FROM ad_changes WHERE fact IS NOT NULL "
            "AND ad_id IN (SELECT value FROM json_each(?)) AND changed_at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def repost_counts(self, ad_ids: Sequence[str], *, at: datetime) -> dict[str, dict[str, int]]:
        """For each ad how often it came again, under which fact."""
        return self._counts(
            "SELECT ad_id, fact, count(*) AS n FROM ad_reposts "
            "WHERE ad_id IN (SELECT value FROM json_each(?)) AND at <= ? GROUP BY ad_id, fact",
            ad_ids,
            at,
        )

    def _counts(self, sql: str, ad_ids: Iterable[str], at: datetime) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(sql, [json.dumps(list(ad_ids)), from_moment(at)]):
            found.setdefault(row["ad_id"], {})[row["fact"]] = row["n"]
        return found


_HARMFUL: Final = ("trafficking_recruitment", "job_fraud", "irregular_recruitment")

_SEEN: Final = """
    FROM contact_ads l
    JOIN ad_versions v ON v.version_id = l.version_id
    LEFT JOIN campaign_versions m ON m.version_id = l.version_id
    LEFT JOIN campaign_texts t USING (text_id)"""

_REACH: Final = f"""
    SELECT count(DISTINCT coalesce(t.campaign_id, l.ad_id)) AS campaigns, count(DISTINCT n.employer) AS employers,
           min(n.employer IS NOT NULL) AS all_named, count(DISTINCT n.country) AS countries,
           min(v.seen_at) AS first_seen
    {_SEEN}
    JOIN contact_versions n ON n.version_id = l.version_id
    WHERE l.contact_id = :contact AND v.seen_at <= :at"""

# What stood then: the last decision of each case that nobody had taken back by that time. A decision covers copies.
_DECIDED: Final = f"""
    WITH said AS (SELECT DISTINCT t.campaign_id {_SEEN} WHERE l.contact_id = :contact AND v.seen_at <= :at),
    its AS (SELECT DISTINCT c.case_id FROM said CROSS JOIN campaign_texts x USING (campaign_id)
            CROSS JOIN campaign_versions y USING (text_id) CROSS JOIN cases c USING (version_id)
            WHERE c.case_id <> :case)
    SELECT d.verdict, count(*) AS cases FROM its JOIN decisions d ON d.decision_id = (
        SELECT max(n.decision_id) FROM decisions n
        WHERE n.case_id = its.case_id AND n.withdraws IS NULL AND n.decided_at < :at
          AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.withdraws = n.decision_id AND w.decided_at < :at))
    GROUP BY d.verdict"""
