"""Audit log: who saw, decided and exported what."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime

from pipeline.accounts.analysts import ReadingAct
from pipeline.accounts.audit_log import BEGINNING, Act, AuditEntry, Head, entry_hash
from pipeline.store.connection import Part, end_of, statement, to_moment


class AuditLog(Part):
    """Who saw, decided and exported what. Entries are only ever added, each to the end of the chain."""

    def record(self, act: Act, subject: str = "", *, by: str | None, at: datetime, **details: object) -> int:
        """Add an entry, and give its number. Inside a transaction it is written or undone with it."""
        with self._db.atomic():
            head = self.head() or Head(entry_id=0, hash=BEGINNING)
            plain = json.dumps(details, sort_keys=True, default=str)
            entry = AuditEntry(
                entry_id=head.entry_id + 1, at=at.astimezone(UTC), analyst=by, act=act, subject=subject,
                details=json.loads(plain), previous=head.hash, hash="",
            )  # fmt: skip
            return self._db.insert("audit_log", asdict(entry) | {"details": plain, "hash": entry_hash(entry)})

    def head(self) -> Head | None:
        """The newest entry, or None while there is none."""
        return self._db.record(Head, "SELECT entry_id, hash FROM audit_log ORDER BY entry_id DESC LIMIT 1")

    def chain(self) -> Iterator[AuditEntry]:
        """Every entry, oldest first, one by one."""
        for row in self._db.each("SELECT * FROM audit_log ORDER BY entry_id"):
            yield self._db.to_record(AuditEntry, row)

    def entries(
        self,
        *,
        before: int | None = None,
        analyst: str | None = None,
        act: str | None = None,
        until: date | None = None,
        limit: int = 50,
    ) -> tuple[AuditEntry, ...]:
        """The newest entries before that one, and up to the end of that day of UTC."""
        ends = end_of(until) if until else None
        conditions = {"entry_id < ?": before, "analyst = ? COLLATE NOCASE": analyst, "act = ?": act, "at < ?": ends}
        chosen = {sql: value for sql, value in conditions.items() if value is not None}
        where = " AND ".join(chosen) or "1"
        sql = f"SELECT * FROM audit_log WHERE {where} ORDER BY entry_id DESC LIMIT ?"
        return self._db.records(AuditEntry, sql, [*chosen.values(), limit])

    def installation(self) -> str:
        """The installation's identity, 64 hex digits: the hash of the audit log's first entry."""
        return str(self._db.value("SELECT hash FROM audit_log WHERE entry_id = 1"))

    def reading_acts(self, analyst: str, *, since: datetime) -> tuple[ReadingAct, ...]:
        """The cases that this person has opened and decided since then, the oldest first."""
        return self._db.records(
            ReadingAct,
            "SELECT act, CAST(substr(subject, 6) AS INTEGER) AS case_id, at FROM audit_log "
            "WHERE analyst = ? AND at > ? AND act IN ('saw', 'decided') ORDER BY at, entry_id",
            [analyst, since],
        )

    def opened_cases(self, analyst: str, case_ids: Sequence[int]) -> frozenset[int]:
        """Those of these cases that this analyst has ever opened."""
        subjects = {f"case {case_id}": case_id for case_id in case_ids}
        found = self._db.column(
            "SELECT n.value FROM json_each(?) n WHERE EXISTS (SELECT 1 FROM audit_log a WHERE a.subject = n.value "
            "AND a.analyst = ? AND a.act = 'saw')",
            [list(subjects), analyst],
        )
        return frozenset(subjects[subject] for subject in found)

    def last_visit(self, analyst: str) -> datetime | None:
        """When this analyst did something last before they signed in as they are now; None at the first time."""
        moment = self._db.value(statement("last_visit"), {"name": analyst})
        return to_moment(moment) if moment else None
