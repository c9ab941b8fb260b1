"""What packages need of the database beside what the desk reads."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.case import Verdict
from pipeline.errors import UnknownAd
from pipeline.store import Store, from_moment, to_moment

__all__ = ["AdStood", "ExportRows", "OpinionNumbers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionNumbers:
    """The decisions that two analysts came to of a case's present text, by their numbers."""

    standing: Literal["awaited", "agreed", "disagreed", "settled"]
    first: int
    second: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdStood:
    """When an ad was seen at its source."""

    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None


class ExportRows(Store):
    """Cases to choose from, and what makes an installation's names its own."""

    def installation(self) -> str:
        """64 hex digits that no other installation has, and that stay: the hash of the audit log's first entry."""
        row = self._row("SELECT hash FROM audit_log WHERE entry_id = 1")
        assert row is not None, "no audit log"  # a migration begins it
        return str(row["hash"])

    def opinion_numbers(self, case_id: int) -> OpinionNumbers | None:
        """Which decisions the second opinion rests on; None where none is asked for."""
        row = self._row("SELECT standing, first, second FROM opinion_states WHERE case_id = ?", [case_id])
        return OpinionNumbers(**row) if row else None

    def is_text_removed(self, case_id: int) -> bool:
        """Whether the case's text is kept no longer (``store_removal``): nothing is left to refer."""
        row = self._row(
            "SELECT v.content_hash = '' AS removed FROM cases c JOIN ad_versions v USING (version_id) "
            "WHERE c.case_id = ?",
            [case_id],
        )
        return bool(row and row["removed"])

    def decided_cases(
        self, *, verdicts: Collection[Verdict], since: datetime | None = None, campaign_id: str | None = None
    ) -> tuple[int, ...]:
        """The cases whose standing decision says one of these, by number; whoever was or was not asked for a second
        opinion."""
        rows = self._rows(
            "SELECT s.case_id FROM case_states s JOIN decisions d USING (decision_id) JOIN cases c ON c.case_id = "
            "s.case_id WHERE s.state = 'decided' AND d.verdict IN (SELECT value FROM json_each(:verdicts)) "
            "AND (:since IS NULL OR d.decided_at >= :since) AND (:campaign IS NULL OR c.version_id IN ("
            "SELECT m.version_id FROM campaign_versions m JOIN campaign_texts t USING (text_id) "
            "WHERE t.campaign_id = :campaign)) ORDER BY s.case_id",
            {
                "verdicts": json.dumps(sorted(verdicts)),
                "since": from_moment(since) if since else None,
                "campaign": campaign_id,
            },
        )
        return tuple(row["case_id"] for row in rows)

    def ad_stood(self, ad_id: str) -> AdStood:
        """When the ad was first and last seen, and whether it is gone."""
        row = self._row("SELECT first_seen_at, last_seen_at, gone_at FROM ads WHERE ad_id = ?", [ad_id])
        if row is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store")
        return AdStood(
            first_seen=to_moment(row["first_seen_at"]),
            last_seen=to_moment(row["last_seen_at"]),
            gone_at=to_moment(row["gone_at"]) if row["gone_at"] else None,
        )
