"""The audit log in the database: entries are only ever added, each one to the end of the chain."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pipeline.audit import BEGINNING, Act, AuditEntry, Head, entry_hash
from pipeline.store import Store, from_moment, to_moment

__all__ = ["AuditRows"]

CHUNK = 2_000


class AuditRows(Store):
    """Who saw, decided and exported what."""

    def record(self, act: Act, subject: str = "", *, by: str | None, at: datetime, **details: object) -> int:
        """The number of the new entry. Inside an act it stands or falls with it."""
        with self.atomic():
            head = self.audit_head() or Head(entry_id=0, hash=BEGINNING)
            plain = json.dumps(details, sort_keys=True, default=str)
            entry = AuditEntry(
                entry_id=head.entry_id + 1, at=at.astimezone(UTC), analyst=by, act=act, subject=subject,
                details=json.loads(plain), previous=head.hash, hash="",
            )  # fmt: skip
            entry = replace(entry, hash=entry_hash(entry))
            self._run(
                "INSERT INTO audit_log (entry_id, at, analyst, act, subject, details, previous, hash) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [entry.entry_id, from_moment(at), by, act, subject, plain, entry.previous, entry.hash],
            )
        return entry.entry_id

    def audit_head(self) -> Head | None:
        """The newest entry, or None while there is none."""
        row = self._row("SELECT entry_id, hash FROM audit_log ORDER BY entry_id DESC LIMIT 1")
        return Head(**row) if row else None

    def audit_chain(self) -> Iterator[AuditEntry]:
        """Every entry, oldest first, some at a time."""
        last = 0
        while rows := self._rows("SELECT * FROM audit_log WHERE entry_id > ? ORDER BY entry_id LIMIT ?", [last, CHUNK]):
            last = rows[-1]["entry_id"]
            yield from map(_entry, rows)

    def audit_entries(
        self, *, before: int | None = None, analyst: str | None = None, act: str | None = None, limit: int = 50
    ) -> tuple[AuditEntry, ...]:
        """The newest entries before that one."""
        wanted = {"entry_id < ?": before, "analyst = ? COLLATE NOCASE": analyst, "act = ?": act}
        chosen = {what: value for what, value in wanted.items() if value is not None}
        where = " AND ".join(chosen) or "1"
        rows = self._rows(
            f"SELECT * FROM audit_log WHERE {where} ORDER BY entry_id DESC LIMIT ?",
            [*chosen.values(), limit],
        )
        return tuple(map(_entry, rows))


def _entry(row: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**{**row, "at": to_moment(row["at"]), "details": json.loads(row["details"])})
