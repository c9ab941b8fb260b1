"""What each person has read, and what they have chosen to bear, in the database."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.care import ReadingAct
from pipeline.store import Store, from_moment, to_moment

__all__ = ["CareRows", "ChosenCare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCare:
    """What a person has set for themselves; None is as the desk has it."""

    most: int | None = None
    break_minutes: int | None = None


class CareRows(Store):
    """The audit log has what was read already; nothing is counted twice."""

    def reading_acts(self, analyst: str, *, since: datetime) -> tuple[ReadingAct, ...]:
        """The cases that this person has opened and decided since then, the oldest first."""
        rows = self._rows(
            "SELECT act, CAST(substr(subject, 6) AS INTEGER) AS case_id, at FROM audit_log "
            "WHERE analyst = ? AND at > ? AND act IN ('saw', 'decided') ORDER BY at, entry_id",
            [analyst, from_moment(since)],
        )
        return tuple(ReadingAct(act=row["act"], case_id=row["case_id"], at=to_moment(row["at"])) for row in rows)

    def opened_last(self, analyst: str, *, since: datetime, most: int) -> tuple[int, ...]:
        """The cases that this person has opened since then, each once, at most so many, the latest first."""
        rows = self._rows(
            "SELECT CAST(substr(subject, 6) AS INTEGER) AS case_id FROM audit_log "
            "WHERE analyst = ? AND at > ? AND act = 'saw' GROUP BY subject ORDER BY max(entry_id) DESC LIMIT ?",
            [analyst, from_moment(since), most],
        )
        return tuple(row["case_id"] for row in rows)

    def chosen_care(self, analyst: str) -> ChosenCare:
        """What this person has set for themselves."""
        row = self._row("SELECT most, break_minutes FROM analyst_care WHERE analyst = ?", [analyst])
        return ChosenCare(**row) if row else ChosenCare()

    def choose_care(self, analyst: str, chosen: ChosenCare) -> None:
        """Have this hold from now on."""
        self._run(
            "INSERT INTO analyst_care (analyst, most, break_minutes) VALUES (?, ?, ?) ON CONFLICT (analyst) "
            "DO UPDATE SET most = excluded.most, break_minutes = excluded.break_minutes",
            [analyst, chosen.most, chosen.break_minutes],
        )
