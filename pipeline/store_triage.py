"""Assessments that triage has not looked at, in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.case import Reason, State
from pipeline.errors import UnknownAd
from pipeline.store import Store, from_moment
from pipeline.stored_ad import read_ad

__all__ = ["TriageRows", "Untriaged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Untriaged:
    """One assessment that triage has not looked at yet."""

    assessment_id: int
    ad_id: str
    fingerprint: str
    score: float
    rule: str | None
    case_id: int | None
    """The case of this text, where there is one already."""

    case_reason: Reason | None
    case_state: State | None
    shown: bool
    """Whether this very version stands for the case."""

    current: bool
    """Whether the ad still carries this text, as far as was seen."""

    copies: int
    """How many ads carry it."""


class TriageRows(Store):
    """What one triage looks at."""

    def untriaged(self) -> tuple[Untriaged, ...]:
        """Assessments that triage has not looked at, oldest first."""
        return self._to_triage("WHERE m.triaged_at IS NULL")

    def left_behind(self) -> tuple[Untriaged, ...]:
        """Newest assessments of texts whose campaign has no case any more, because the ad that stood for it says
        something else since the last triage; none where somebody has decided one of its texts."""
        return self._to_triage(_LEFT_BEHIND)

    def text_of(self, fingerprint: str) -> str:
        """Title and description of the ads that carry this text."""
        row = self._row("SELECT record FROM ad_versions WHERE fingerprint = ? LIMIT 1", [fingerprint])
        if row is None:
            raise UnknownAd(f"no ad in the store carries the text {fingerprint!r}")
        ad = read_ad(row["record"])
        return ad.title + ad.description

    def mark_triaged(self, *, at: datetime) -> None:
        """Every assessment that stands now has been triaged."""
        self._run("UPDATE assessments SET triaged_at = ? WHERE triaged_at IS NULL", [from_moment(at)])

    def _to_triage(self, which: str) -> tuple[Untriaged, ...]:
        rows = self._rows(f"{_TO_TRIAGE} {which} ORDER BY m.assessment_id")
        return tuple(Untriaged(**{**row, "shown": bool(row["shown"]), "current": bool(row["current"])}) for row in rows)


_TO_TRIAGE: Final = """
    SELECT m.assessment_id, v.ad_id, v.fingerprint, m.score, m.rule, c.case_id, c.reason AS case_reason,
           s.state AS case_state, coalesce(c.version_id = v.version_id, 0) AS shown,
           a.version_id = v.version_id AS current,
           (SELECT count(*) FROM ad_versions w JOIN ads b ON b.version_id = w.version_id
            WHERE w.fingerprint = v.fingerprint) AS copies
    FROM assessments m JOIN ad_versions v USING (version_id) JOIN ads a ON a.ad_id = v.ad_id
    LEFT JOIN cases c ON c.fingerprint = v.fingerprint LEFT JOIN case_states s ON s.case_id = c.case_id"""

_LEFT_BEHIND: Final = """
    WHERE c.case_id IS NULL AND a.version_id = v.version_id AND a.gone_at IS NULL AND m.triaged_at IS NOT NULL
      AND m.assessment_id = (SELECT max(n.assessment_id) FROM assessments n WHERE n.version_id = v.version_id)
      AND v.version_id IN (
        SELECT y.version_id FROM (
            SELECT DISTINCT t.campaign_id FROM assessments x JOIN ad_versions w USING (version_id)
            JOIN campaign_versions o ON o.ad_id = w.ad_id AND o.version_id <> w.version_id
            JOIN campaign_texts t USING (text_id) WHERE x.triaged_at IS NULL) g
        JOIN campaign_texts z USING (campaign_id) JOIN campaign_versions y USING (text_id)
        WHERE NOT EXISTS (
            SELECT 1 FROM campaign_texts p JOIN campaign_versions q USING (text_id)
            JOIN ad_versions r USING (version_id)
            WHERE p.campaign_id = g.campaign_id
              AND (EXISTS (SELECT 1 FROM cases k WHERE k.version_id = q.version_id)
                   OR EXISTS (SELECT 1 FROM standing_decisions d WHERE d.fingerprint = r.fingerprint))))"""
