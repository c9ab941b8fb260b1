"""Who reads which case, and what was put off, in the database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pipeline.store import Store, from_moment, to_moment

__all__ = ["LEASE", "Aside", "Claim", "ClaimRows"]

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
