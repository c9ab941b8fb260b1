"""Assessments that triage has not looked at, in the database.

Who reads which case, and what was put off, in the database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pipeline.case import Reason, State
from pipeline.errors import UnknownAd
from pipeline.store.connection import Store, from_moment, read_ad, to_moment

__all__ = ["LEASE", "Aside", "Claim", "ClaimRows", "TriageRows", "Untriaged"]


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


LEASE: Final = timedelta(minutes=15)
"""How long a case that was opened is kept for whoever opened it."""

PUT_OFF: Final = timedelta(hours=12)
"""How long a case that was put off stays away from whoever put it off."""

Aside = Literal["later", "unsure"]
"""``later``: for myself; ``unsure``: for somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who reads a case, and until when it is kept for them."""

    case_id: int
    analyst: str
    until: datetime


class ClaimRows(Store):
    """Claims run out by themselves: a browser that was closed holds nobody up for long."""

    def claim(self, case_id: int, analyst: str, *, at: datetime) -> Claim:
        """Whoever holds the case now: this analyst, unless another one was first. They let go of any other case."""
        with self.atomic():
            held = self.claim_of(case_id, at=at)
            if held is not None and held.analyst.casefold() != analyst.casefold():
                return held
            self._run("DELETE FROM case_claims WHERE analyst = ? OR case_id = ?", [analyst, case_id])
            self._run(
                "INSERT INTO case_claims (case_id, analyst, until) VALUES (?, ?, ?)",
                [case_id, analyst, from_moment(at + LEASE)],
            )
        return Claim(case_id=case_id, analyst=analyst, until=at + LEASE)

    def claim_of(self, case_id: int, *, at: datetime) -> Claim | None:
        """Who holds the case, if anyone does."""
        row = self._row("SELECT * FROM case_claims WHERE case_id = ? AND until > ?", [case_id, from_moment(at)])
        return Claim(**{**row, "until": to_moment(row["until"])}) if row else None

    def release(self, case_id: int, analyst: str) -> None:
        """Let go of the case."""
        self._run("DELETE FROM case_claims WHERE case_id = ? AND analyst = ?", [case_id, analyst])

    def last_read(self, analyst: str) -> int | None:
        """The case that this analyst had open last and has not decided: where to resume."""
        row = self._row("SELECT case_id FROM case_claims WHERE analyst = ?", [analyst])
        return int(row["case_id"]) if row else None

    def put_aside(self, case_id: int, analyst: str, act: Aside, *, at: datetime) -> None:
        """Have the next case be another one for some hours."""
        self._run(
            "INSERT INTO case_asides (case_id, analyst, act, at, until) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (analyst, case_id) DO UPDATE SET act = excluded.act, at = excluded.at, until = excluded.until",
            [case_id, analyst, act, from_moment(at), from_moment(at + PUT_OFF)],
        )

    def unsure_of(self, case_id: int) -> tuple[str, ...]:
        """Who was unsure of the case, and when it was last decided they had not been heard yet."""
        rows = self._rows(
            "SELECT a.analyst FROM case_asides a JOIN desk_rows r USING (case_id) WHERE a.case_id = ? "
            "AND a.act = 'unsure' AND (r.decided_at IS NULL OR r.decided_at < a.at) ORDER BY a.at",
            [case_id],
        )
        return tuple(row["analyst"] for row in rows)

    def passed_over(self, analyst: str, *, at: datetime) -> frozenset[int]:
        """Cases that are not this analyst's to read next: held by others, or put off."""
        rows = self._rows(
            "SELECT case_id FROM case_claims WHERE analyst <> :analyst COLLATE NOCASE AND until > :at "
            "UNION SELECT case_id FROM case_asides WHERE analyst = :analyst AND until > :at",
            {"analyst": analyst, "at": from_moment(at)},
        )
        return frozenset(row["case_id"] for row in rows)
