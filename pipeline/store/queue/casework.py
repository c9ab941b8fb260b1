"""Casework beside decisions: assignments, comments, legal holds, appeals."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.linking.redaction import hide_contacts
from pipeline.store.audit_log import AuditLog
from pipeline.store.connection import Part, statement, storable
from pipeline.store.decisions import no_case


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


_MOST_OPINIONS: Final = 20


class Teamwork(Part):
    """What analysts ask of each other. Nothing here is a verdict, and nothing changes a case's state."""

    def assign(self, case_id: int, analyst: str, *, by: str, at: datetime) -> None:
        """Leave the case to this analyst and no longer to another."""
        row = {"case_id": case_id, "analyst": analyst, "assigned_by": by, "at": at}
        self._db.insert("case_assignments", row, on_conflict="REPLACE")

    def unassign(self, case_id: int) -> None:
        """Leave the case to everybody again."""
        self._db.run("DELETE FROM case_assignments WHERE case_id = ?", [case_id])

    def assignment(self, case_id: int) -> Assignment | None:
        """Who is to decide the case, where somebody is."""
        return self._db.record(Assignment, "SELECT * FROM case_assignments WHERE case_id = ?", [case_id])

    def comment(self, case_id: int, text: str, *, by: str, mentions: Iterable[str], at: datetime) -> int:
        """The number of a new comment, which waits for everybody whom it mentions."""
        with self._db.atomic():
            row = {"case_id": case_id, "analyst": by, "text": storable(text), "at": at}
            number = self._db.insert("case_comments", row)
            for name in mentions:
                self._db.insert("case_mentions", {"comment_id": number, "analyst": name})
        return number

    def comments(self, case_id: int) -> tuple[Comment, ...]:
        """What was said beside the case, oldest first."""
        return self._db.records(Comment, "SELECT * FROM case_comments WHERE case_id = ? ORDER BY comment_id", [case_id])

    def mentions(self, analyst: str) -> tuple[Mention, ...]:
        """Comments that mention this analyst and were not read yet, oldest first."""
        return self._db.records(Mention, statement("unread_mentions"), [analyst])

    def mark_read(self, comment_id: int, analyst: str, *, at: datetime) -> None:
        """The mention waits for this analyst no longer."""
        self._db.run(
            "UPDATE case_mentions SET read_at = ? WHERE comment_id = ? AND analyst = ? COLLATE NOCASE "
            "AND read_at IS NULL",
            [at, comment_id, analyst],
        )

    def waiting_for(self, analyst: str, *, may_settle: bool) -> WaitingFor:
        """What waits for this analyst: of second opinions the oldest alone, of cases that were assigned none that
        awaits a second opinion after theirs; what two see differently for those who may settle it."""
        return WaitingFor(
            mentions=self.mentions(analyst),
            assigned=self._db.records(OwnCase, statement("assigned_cases"), {"analyst": analyst}),
            second_opinions=self._db.records(OwnCase, statement("second_opinions_to_give"), [analyst, _MOST_OPINIONS]),
            to_settle=self._db.records(OwnCase, statement("cases_to_settle")) if may_settle else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A case of which nothing is removed, and until when."""

    case_id: int
    reason: str
    set_by: str
    set_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    """None while it stands."""

    end_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """What an advertiser says against a case, as somebody here wrote it down."""

    case_id: int
    text: str
    recorded_by: str
    at: datetime


_LONGEST: Final = 200
"""Characters of what was typed that the audit log has."""


class Proceedings(Part):
    """What keeps a case's texts, and what opens the case again, beside what the ads do."""

    def hold(self, case_id: int, *, reason: str, by: str, account: str | None, at: datetime) -> bool:
        """Whether the case is held from now on; False where it was already. ``account`` is whoever is signed in; None
        on the command line, where ``by`` is whoever asked."""
        sql = "INSERT INTO case_holds (case_id, reason, set_by, set_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        with self._acting_on(case_id):
            if changed := self._db.run(sql, [case_id, reason, by, at]).rowcount:
                AuditLog(self._db).record("set_hold", f"case {case_id}", by=account, at=at, **_shown(by, reason))
        return bool(changed)

    def end_hold(self, case_id: int, *, reason: str, by: str, account: str | None, at: datetime) -> bool:
        """Whether a hold ended; False where there was none."""
        sql = "UPDATE case_holds SET ended_at = ?, ended_by = ?, end_reason = ? WHERE case_id = ? AND ended_at IS NULL"
        with self._acting_on(case_id):
            if changed := self._db.run(sql, [at, by, reason, case_id]).rowcount:
                AuditLog(self._db).record("ended_hold", f"case {case_id}", by=account, at=at, **_shown(by, reason))
        return bool(changed)

    def appeal(self, case_id: int, text: str, *, by: str, account: str | None, at: datetime) -> None:
        """Record what an advertiser says; a decided case waits again. The log has that it was so, not what was said: no
        entry is ever removed."""
        with self._acting_on(case_id):
            number = self._db.run(
                "INSERT INTO case_appeals (case_id, text, recorded_by, at, after_decision) VALUES (?, ?, ?, ?, "
                "coalesce((SELECT max(decision_id) FROM decisions WHERE case_id = ?), 0))",
                [case_id, text, by, at, case_id],
            ).lastrowid
            AuditLog(self._db).record(
                "appealed", f"case {case_id}", by=account, at=at, asked_by=by[:_LONGEST], appeal=number
            )

    def holds(self, case_id: int) -> tuple[Hold, ...]:
        """All holds of the case, the oldest first."""
        return self._db.records(Hold, f"{_HOLDS} WHERE case_id = ? ORDER BY hold_id", [case_id])

    def standing_holds(self) -> tuple[Hold, ...]:
        """The holds that stand, by case."""
        return self._db.records(Hold, f"{_HOLDS} WHERE ended_at IS NULL ORDER BY case_id")

    def held_ads(self) -> frozenset[str]:
        """The ads that are or were in a case that is held, or in a campaign of theirs: its copies are evidence too."""
        return frozenset(self._db.column(statement("held_ads")))

    def held_cases(self, ad_ids: Iterable[str]) -> tuple[int, ...]:
        """The held cases by which these ads stay: their own, or those of their campaigns."""
        return self._db.column(statement("held_cases"), [list(ad_ids)])

    def appeals(self, case_id: int) -> tuple[Appeal, ...]:
        """What advertisers said against the case, the oldest first."""
        sql = "SELECT case_id, text, recorded_by, at FROM case_appeals WHERE case_id = ? ORDER BY appeal_id"
        return self._db.records(Appeal, sql, [case_id])

    @contextmanager
    def _acting_on(self, case_id: int) -> Iterator[None]:
        with self._db.atomic():
            if self._db.row("SELECT 1 FROM cases WHERE case_id = ?", [case_id]) is None:
                raise no_case(case_id)
            yield


def _shown(by: str, reason: str) -> dict[str, str]:
    """What the log has of it. No entry is ever removed: what was typed is cut, and a contact in it is hidden."""
    return {"asked_by": hide_contacts(by[:_LONGEST]), "reason": hide_contacts(reason[:_LONGEST])}


_HOLDS: Final = "SELECT case_id, reason, set_by, set_at, ended_by, ended_at, end_reason FROM case_holds"
