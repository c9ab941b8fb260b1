"""What was decided, in the database. Decisions are only ever added, and each one stands in the audit log too."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from crawler.ad import JobAd
from pipeline.case import Decision, Reason
from pipeline.errors import UnknownAnalyst, UnknownCase
from pipeline.store import from_moment, to_moment
from pipeline.store_audit import AuditRows
from pipeline.store_sessions import SessionRows
from pipeline.stored_ad import read_ad

__all__ = ["DecisionRows", "no_case"]


class DecisionRows(SessionRows, AuditRows):
    """Decisions, and what becomes of them."""

    def add_decision(self, decision: Decision) -> int:
        """The number of the decision, which stands from now on, and is in the audit log."""
        with self.atomic():
            number = self._insert_decision(decision)
            self.record(
                "decided", f"case {decision.case_id}", by=decision.analyst, at=decision.decided_at, decision=number,
                digest=_digest(decision),
            )  # fmt: skip
        return number

    def unlogged_decisions(self) -> Iterator[tuple[int, str]]:
        """Each decision, by its number, that is not as the audit log says it was made, and why."""
        began: int | None = None
        logged: dict[int, str] = {}
        for entry in self.audit_chain():
            if entry.act == "began":
                began = int(str(entry.details["decisions"]))
            elif entry.act == "decided":
                logged[int(str(entry.details["decision"]))] = str(entry.details["digest"])
        for row in self._rows("SELECT * FROM decisions ORDER BY decision_id"):
            number, digest = row["decision_id"], logged.pop(row["decision_id"], None)
            if digest is None and number > (began or 0):
                yield number, "it is not in the audit log"
            elif digest not in (None, _digest(_decision(row))):
                yield number, "it is not what was decided"
        yield from ((number, "it is missing") for number in sorted(logged))

    def _insert_decision(self, decision: Decision) -> int:
        try:
            cursor = self._run(
                "INSERT INTO decisions (case_id, analyst, verdict, confirmed, rejected, note, fingerprint, "
                "model_version, score, decided_at, tags, withdraws, settles) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    decision.case_id, decision.analyst, decision.verdict, json.dumps(decision.confirmed),
                    json.dumps(decision.rejected), decision.note, decision.fingerprint, decision.model_version,
                    decision.score, from_moment(decision.decided_at), json.dumps(decision.tags), decision.withdraws,
                    int(decision.settles),
                ],
            )  # fmt: skip
        except sqlite3.IntegrityError:
            if self._row("SELECT 1 FROM cases WHERE case_id = ?", [decision.case_id]) is None:
                raise no_case(decision.case_id) from None
            if self.analyst(decision.analyst) is None:
                raise UnknownAnalyst(f"no analyst is named {decision.analyst!r}") from None
            raise
        return int(cursor.lastrowid or 0)

    def decisions(self, case_id: int) -> tuple[Decision, ...]:
        """All that was decided of the case, oldest first."""
        rows = self._rows("SELECT * FROM decisions WHERE case_id = ? ORDER BY decision_id", [case_id])
        return tuple(_decision(row) for row in rows)

    def standing_decision(self, case_id: int) -> Decision | None:
        """The newest decision that nobody has taken back."""
        row = self._row(
            "SELECT d.* FROM decisions d JOIN case_states s USING (decision_id) WHERE s.case_id = ?", [case_id]
        )
        return _decision(row) if row else None

    def decided_texts(self) -> Iterator[tuple[Decision, Reason, JobAd]]:
        """The decision that stands of each case, why the case was opened, and one ad with the text that was judged.

        Cases that two analysts see differently are left out until somebody has settled them, and texts that were
        removed.
        """
        rows = self._rows(
            "SELECT d.*, c.reason AS why, (SELECT v.record FROM ad_versions v WHERE v.fingerprint = d.fingerprint "
            "AND v.content_hash <> '' ORDER BY v.version_id LIMIT 1) AS record "
            "FROM decisions d JOIN case_states s USING (decision_id) JOIN cases c ON c.case_id = d.case_id "
            "WHERE NOT EXISTS "
            "(SELECT 1 FROM opinion_states o WHERE o.case_id = d.case_id AND o.standing = 'disagreed') "
            "ORDER BY d.decision_id"
        )
        for row in rows:
            why, record = row.pop("why"), row.pop("record")
            if record is not None:
                yield _decision(row), why, read_ad(record)

    def judged_twice(self) -> Iterator[tuple[Decision, tuple[Decision, ...]]]:
        """The last decision and those before it that stand, of each case that was decided more than once."""
        twice = self._rows(
            "SELECT case_id FROM standing_decisions GROUP BY case_id HAVING count(*) > 1 ORDER BY case_id"
        )
        for case in twice:
            rows = self._rows("SELECT * FROM standing_decisions WHERE case_id = :case_id ORDER BY decision_id", case)
            *before, last = map(_decision, rows)
            yield last, tuple(before)


def no_case(case_id: int) -> UnknownCase:
    """The error for a case that is not there."""
    return UnknownCase(f"no case {case_id} in the store; expected a number that the queue shows")


def _digest(decision: Decision) -> str:
    """A hash of all that the decision says, for the audit log."""
    said = [
        decision.case_id, decision.analyst, decision.verdict, decision.confirmed, decision.rejected, decision.note,
        decision.fingerprint, decision.model_version, decision.score, from_moment(decision.decided_at), decision.tags,
        decision.withdraws, decision.settles,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(
        **{
            **row,
            "confirmed": tuple(json.loads(row["confirmed"])),
            "rejected": tuple(json.loads(row["rejected"])),
            "tags": tuple(json.loads(row["tags"])),
            "settles": bool(row["settles"]),
            "decided_at": to_moment(row["decided_at"]),
        }
    )
