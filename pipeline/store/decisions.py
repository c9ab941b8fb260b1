"""Decisions, which are only ever added, and second opinions."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Literal

from crawler.ad import JobAd
from pipeline.case import Decision, Reason, Verdict
from pipeline.errors import UnknownCase
from pipeline.store.accounts import Accounts
from pipeline.store.audit_log import AuditLog
from pipeline.store.connection import Part, from_moment, statement

OpinionReason = Literal["referral", "drawn"]
"""Why a second analyst is asked: the verdict leads to a referral, or the case was drawn to measure agreement."""

OpinionStanding = Literal["awaited", "agreed", "disagreed", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionState:
    """The second opinion of a case's present text, as far as there is one."""

    standing: OpinionStanding
    first: str
    """The analyst who decided first."""

    second: str | None
    first_decision: int
    second_decision: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionPair:
    """What two analysts decided of one text, neither knowing of the other."""

    why: OpinionReason
    analysts: tuple[str, str]
    verdicts: tuple[Verdict, Verdict]
    indicators: dict[str, tuple[bool | None, bool | None]]
    """Of each indicator that either judged: found true, found wrong, or not judged."""


class Decisions(Part):
    """What was decided, and where a second analyst is asked. Each decision stands in the audit log too."""

    def add(self, decision: Decision) -> int:
        """The number of the decision, which stands from now on, and is in the audit log."""
        row = {each.name: getattr(decision, each.name) for each in fields(decision) if each.name != "decision_id"}
        with self._db.atomic():
            if self._db.row("SELECT 1 FROM cases WHERE case_id = ?", [decision.case_id]) is None:
                raise no_case(decision.case_id)
            Accounts(self._db).known(decision.analyst)
            number = self._db.insert("decisions", row)
            AuditLog(self._db).record(
                "decided", f"case {decision.case_id}", by=decision.analyst, at=decision.decided_at, decision=number,
                digest=_digest(decision),
            )  # fmt: skip
        return number

    def unlogged(self) -> Iterator[tuple[int, str]]:
        """Each decision, by its number, that is not as the audit log says it was made, and why."""
        made = (entry.details for entry in AuditLog(self._db).chain() if entry.act == "decided")
        logged = {int(str(details["decision"])): str(details["digest"]) for details in made}
        for decision in self._db.records(Decision, "SELECT * FROM decisions ORDER BY decision_id"):
            number = decision.decision_id or 0
            digest = logged.pop(number, None)
            if digest is None:
                yield number, "it is not in the audit log"
            elif digest != _digest(decision):
                yield number, "it is not what was decided"
        yield from ((number, "it is missing") for number in sorted(logged))

    def of_case(self, case_id: int) -> tuple[Decision, ...]:
        """All that was decided of the case, oldest first."""
        sql = "SELECT * FROM decisions WHERE case_id = ? ORDER BY decision_id"
        return self._db.records(Decision, sql, [case_id])

    def latest_of(self, analyst: str, *, most: int) -> tuple[Decision, ...]:
        """The newest decisions of this analyst that they have not taken back, newest first."""
        sql = "SELECT * FROM standing_decisions WHERE analyst = ? COLLATE NOCASE ORDER BY decision_id DESC LIMIT ?"
        return self._db.records(Decision, sql, [analyst, most])

    def standing(self, case_id: int) -> Decision | None:
        """The newest decision that nobody has taken back."""
        sql = "SELECT d.* FROM decisions d JOIN case_states s USING (decision_id) WHERE s.case_id = ?"
        return self._db.record(Decision, sql, [case_id])

    def standing_among(self, numbers: Collection[int]) -> tuple[Decision, ...]:
        """Those of these decisions that are still the newest of their cases that nobody has taken back."""
        sql = (
            "SELECT d.* FROM json_each(?) n JOIN decisions d ON d.decision_id = n.value "
            "JOIN case_states s ON s.case_id = d.case_id AND s.decision_id = d.decision_id"
        )
        return self._db.records(Decision, sql, [list(numbers)])

    def decided_texts(self, *, awaited: bool = True) -> Iterator[tuple[Decision, Reason, JobAd]]:
        """The decision that stands of each case, why the case was opened, and one ad with the text that was judged.

        Cases that two analysts see differently are left out until somebody has settled them, and texts that were
        removed; those that await a second opinion too, unless they are ``awaited``.
        """
        for row in self._db.rows(statement("decided_texts"), {"awaited": awaited}):
            why, record = row.pop("why"), row.pop("record")
            if record is not None:
                yield self._db.to_record(Decision, row), why, self._db.read_ad(record)

    def judged_twice(self) -> Iterator[tuple[Decision, tuple[Decision, ...]]]:
        """The last decision and those before it that stand, of each case that was decided more than once."""
        standing = self._db.records(Decision, "SELECT * FROM standing_decisions ORDER BY case_id, decision_id")
        for _, decisions in groupby(standing, key=lambda each: each.case_id):
            *before, last = decisions
            if before:
                yield last, tuple(before)

    def decided_cases(
        self, *, verdicts: Collection[Verdict], since: datetime | None = None, campaign_id: str | None = None
    ) -> tuple[int, ...]:
        """The cases whose standing decision is one of these, by number, with or without a second opinion."""
        return self._db.column(
            statement("decided_cases"), {"verdicts": list(verdicts), "since": since, "campaign": campaign_id}
        )

    def ask_second_opinion(self, case_id: int, *, why: OpinionReason, first: str, at: datetime) -> None:
        """Ask for one on the case's present text; where it was asked after an opinion that was taken back, after this
        one instead."""
        self._db.run(
            "INSERT OR REPLACE INTO second_opinions (case_id, fingerprint, analyst, why, asked_at) "
            "SELECT case_id, fingerprint, ?, ?, ? FROM cases WHERE case_id = ?",
            [first, why, at, case_id],
        )

    def opinion_state(self, case_id: int) -> OpinionState | None:
        """How the second opinion stands; None where none is asked for."""
        return self._db.record(OpinionState, statement("opinion_state"), [case_id])

    def opinion_pairs(self) -> Iterator[OpinionPair]:
        """Every text that two analysts judged, each without knowing of the other, in the order of the second. What they
        said once they knew is left out."""
        made = {each.decision_id: each for each in self._db.records(Decision, "SELECT * FROM decisions")}
        for why, *both in self._db.run(statement("blind_pairs")).fetchall():
            a, b = (made[decision_id] for decision_id in both)
            first, second = (
                dict.fromkeys(each.confirmed, True) | dict.fromkeys(each.rejected, False) for each in (a, b)
            )
            yield OpinionPair(
                why=why, analysts=(a.analyst, b.analyst), verdicts=(a.verdict, b.verdict),
                indicators={key: (first.get(key), second.get(key)) for key in sorted(first.keys() | second.keys())},
            )  # fmt: skip

    def awaiting(self, analyst: str) -> tuple[int, ...]:
        """The cases that this analyst decided first and that await somebody else's opinion."""
        return self._db.column(statement("cases_awaiting"), [analyst])

    def reserved_for_others(self, case_ids: Iterable[int], analyst: str, *, may_settle: bool) -> frozenset[int]:
        """Those of these cases that wait for another analyst: for a second opinion after theirs, or to be settled.

        Asked of few cases at a time: of all at once it would take longer with each decision ever made.
        """
        reserved = self._db.column(
            statement("reserved_for_others"), {"cases": list(case_ids), "analyst": analyst, "settles": may_settle}
        )
        return frozenset(reserved)


def no_case(case_id: int) -> UnknownCase:
    """The error for a case that is not there."""
    return UnknownCase(f"no case {case_id} in the store; expected a number that the queue shows")


def _digest(decision: Decision) -> str:
    """A hash of all fields of the decision, for the audit log."""
    values = [
        decision.case_id, decision.analyst, decision.verdict, decision.confirmed, decision.rejected, decision.note,
        decision.fingerprint, decision.model_version, decision.score, from_moment(decision.decided_at), decision.tags,
        decision.withdraws, decision.settles,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
