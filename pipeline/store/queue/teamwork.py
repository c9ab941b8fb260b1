"""Assignments, comments and mentions beside cases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.store.connection import Connection, from_moment, storable

__all__ = ["Assignment", "Comment", "Mention", "OwnCase", "Teamwork", "WaitingFor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who is to decide a case."""

    case_id: int
    analyst: str
    assigned_by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What somebody said beside a case."""

    comment_id: int
    case_id: int
    analyst: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention(Comment):
    """A comment that names somebody who has not marked it as read."""

    title: str
    """The case's."""

    is_sealed: bool
    """Whether the case awaits a second opinion: what is said of it could tell the first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCase:
    """A case in one of the lists of what waits for somebody."""

    case_id: int
    title: str
    source: str
    opened_at: datetime
    by: str | None
    """Who asks for it; None where the queue does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingFor:
    """All that waits for one analyst."""

    mentions: tuple[Mention, ...]
    assigned: tuple[OwnCase, ...]
    second_opinions: tuple[OwnCase, ...]
    to_settle: tuple[OwnCase, ...]

    @property
    def count(self) -> int:
        """How much that is."""
        return len(self.mentions) + len(self.assigned) + len(self.second_opinions) + len(self.to_settle)


MOST_OPINIONS: Final = 20


class Teamwork:
    """What analysts ask of each other. Nothing here is a verdict, and nothing changes a case's state."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def assign(self, case_id: int, analyst: str, *, by: str, at: datetime) -> None:
        """Leave the case to this analyst and no longer to another."""
        self._db.run(
            "INSERT INTO case_assignments (case_id, analyst, assigned_by, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (case_id) DO UPDATE SET analyst = excluded.analyst, "
            "assigned_by = excluded.assigned_by, at = excluded.at",
            [case_id, analyst, by, from_moment(at)],
        )

    def unassign(self, case_id: int) -> None:
        """Leave the case to everybody again."""
        self._db.run("DELETE FROM case_assignments WHERE case_id = ?", [case_id])

    def assignment(self, case_id: int) -> Assignment | None:
        """Who is to decide the case, where somebody is."""
        return self._db.record(Assignment, "SELECT * FROM case_assignments WHERE case_id = ?", [case_id])

    def assigned_to(self, analyst: str) -> tuple[OwnCase, ...]:
        """Waiting cases that were assigned to this analyst, the longest assigned first. One that awaits a second
        opinion after theirs does not wait for them."""
        # CROSS: few cases are assigned, and without it SQLite begins with all that wait.
        return self._db.records(
            OwnCase,
            "SELECT r.case_id, r.title, r.source, r.opened_at, a.assigned_by AS by FROM case_assignments a "
            "CROSS JOIN queue_rows r USING (case_id) WHERE a.analyst = :analyst COLLATE NOCASE AND r.waiting = 1 "
            "AND NOT EXISTS (SELECT 1 FROM second_opinions o WHERE o.case_id = r.case_id "
            "  AND o.fingerprint = r.fingerprint AND o.analyst = :analyst COLLATE NOCASE "
            "  AND r.lane = 'second_opinion') "
            "ORDER BY a.at, r.case_id",
            {"analyst": analyst},
        )

    def comment(self, case_id: int, text: str, *, by: str, mentions: Iterable[str], at: datetime) -> int:
        """The number of a new comment, which waits for everybody whom it mentions."""
        with self._db.atomic():
            number = self._db.insert(
                "case_comments", {"case_id": case_id, "analyst": by, "text": storable(text), "at": from_moment(at)}
            )
            for name in mentions:
                self._db.run("INSERT INTO case_mentions (comment_id, analyst) VALUES (?, ?)", [number, name])
        return number

    def comments(self, case_id: int) -> tuple[Comment, ...]:
        """What was said beside the case, oldest first."""
        return self._db.records(Comment, "SELECT * FROM case_comments WHERE case_id = ? ORDER BY comment_id", [case_id])

    def mentions(self, analyst: str) -> tuple[Mention, ...]:
        """Comments that mention this analyst and were not read yet, oldest first."""
        return self._db.records(
            Mention,
            "SELECT c.comment_id, c.case_id, c.analyst, c.text, c.at, r.title, "
            "r.lane = 'second_opinion' AS is_sealed FROM case_mentions m "
            "JOIN case_comments c USING (comment_id) JOIN queue_rows r USING (case_id) "
            "WHERE m.analyst = ? COLLATE NOCASE AND m.read_at IS NULL ORDER BY c.comment_id",
            [analyst],
        )

    def mark_read(self, comment_id: int, analyst: str, *, at: datetime) -> None:
        """The mention waits for this analyst no longer."""
        self._db.run(
            "UPDATE case_mentions SET read_at = ? WHERE comment_id = ? AND analyst = ? COLLATE NOCASE "
            "AND read_at IS NULL",
            [from_moment(at), comment_id, analyst],
        )

    def waiting_for(self, analyst: str, *, may_settle: bool) -> WaitingFor:
        """What waits for this analyst, of second opinions the oldest alone."""
        return WaitingFor(
            mentions=self.mentions(analyst),
            assigned=self.assigned_to(analyst),
            second_opinions=self.second_opinions_for(analyst, most=MOST_OPINIONS),
            to_settle=self.to_settle() if may_settle else (),
        )

    def to_settle(self) -> tuple[OwnCase, ...]:
        """Cases that two analysts see differently, the oldest first: for those who may settle them."""
        return self._db.records(
            OwnCase,
            "SELECT case_id, title, source, opened_at, NULL AS by FROM queue_rows "
            "WHERE waiting = 1 AND lane = 'disagreement' ORDER BY opened_at, case_id",
        )

    def second_opinions_for(self, analyst: str, *, most: int) -> tuple[OwnCase, ...]:
        """Cases that await a second opinion which this analyst may give, the oldest first."""
        return self._db.records(
            OwnCase,
            "SELECT r.case_id, r.title, r.source, r.opened_at, NULL AS by FROM queue_rows r "
            "WHERE r.lane = 'second_opinion' AND r.waiting = 1 "
            "AND NOT EXISTS (SELECT 1 FROM second_opinions o "
            "  WHERE o.case_id = r.case_id AND o.fingerprint = r.fingerprint AND o.analyst = ? COLLATE NOCASE) "
            "ORDER BY r.opened_at, r.case_id LIMIT ?",
            [analyst, most],
        )
