"""What was decided, in the database. Decisions are only ever added, and each one stands in the audit log too.

Second opinions in the database: which are wanted, how they came out, and how often two analysts agree.

What packages need of the database beside what the desk reads.
"""

import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from crawler.ad import JobAd
from pipeline.case import Decision, Reason, Verdict
from pipeline.errors import UnknownAd, UnknownAnalyst, UnknownCase
from pipeline.store.accounts import AuditRows, SessionRows
from pipeline.store.connection import Store, from_moment, read_ad, to_moment

__all__ = [
    "AdStood",
    "DecisionRows",
    "ExportRows",
    "OpinionNumbers",
    "OpinionPair",
    "OpinionRows",
    "OpinionState",
    "Standing",
    "Wanted",
    "no_case",
]


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


Wanted = Literal["referral", "drawn"]
"""Why a second analyst is asked: the verdict leads to a referral, or the case was drawn to measure agreement."""

Standing = Literal["awaited", "agreed", "disagreed", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionState:
    """How far the second opinion of a case's present text has come."""

    standing: Standing
    first: str
    """The analyst who decided first."""

    second: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionPair:
    """What two analysts said of one text, neither knowing of the other."""

    why: Wanted
    analysts: tuple[str, str]
    verdicts: tuple[Verdict, Verdict]
    indicators: dict[str, tuple[bool | None, bool | None]]
    """Of each indicator that either judged: found true, found wrong, or not judged."""


class OpinionRows(Store):
    """Who is asked for a second opinion, and what came of it."""

    def want_second_opinion(self, case_id: int, *, why: Wanted, first: str, at: datetime) -> None:
        """Ask for one on the case's present text; asked once, it stays asked."""
        self._run(
            "INSERT INTO second_opinions (case_id, fingerprint, analyst, why, asked_at) "
            "SELECT case_id, fingerprint, ?, ?, ? FROM cases WHERE case_id = ? ON CONFLICT DO NOTHING",
            [first, why, from_moment(at), case_id],
        )

    def opinion_state(self, case_id: int) -> OpinionState | None:
        """How the second opinion stands; None where none is asked for."""
        row = self._row(
            "SELECT o.standing, a.analyst AS first, b.analyst AS second FROM opinion_states o "
            "JOIN decisions a ON a.decision_id = o.first LEFT JOIN decisions b ON b.decision_id = o.second "
            "WHERE o.case_id = ?",
            [case_id],
        )
        return OpinionState(**row) if row else None

    def not_to_judge(self, case_ids: Iterable[int], analyst: str, *, may_settle: bool) -> frozenset[int]:
        """Those of these cases that wait for somebody else than this analyst: for a second opinion after theirs, or to
        be settled. Asked of few cases at a time: of all at once it would take longer with each decision ever made."""
        rows = self._rows(
            "SELECT case_id FROM desk_rows WHERE lane IN ('second_opinion', 'disagreement') "
            "AND case_id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(case_ids))],
        )
        return frozenset(row["case_id"] for row in rows if self._is_for_others(row["case_id"], analyst, may_settle))

    def _is_for_others(self, case_id: int, analyst: str, may_settle: bool) -> bool:
        opinion, name = self.opinion_state(case_id), analyst.casefold()
        if opinion is None or opinion.standing not in {"awaited", "disagreed"}:
            return False
        if opinion.standing == "awaited":
            return opinion.first.casefold() == name
        return not may_settle or name in {opinion.first.casefold(), (opinion.second or "").casefold()}

    def opinion_pairs(self) -> Iterator[OpinionPair]:
        """Every text that two analysts judged, each without knowing of the other, in the order of the second."""
        rows = self._rows(
            "SELECT p.why, a.analyst AS analyst_a, b.analyst AS analyst_b, a.verdict AS verdict_a, "
            "b.verdict AS verdict_b, a.confirmed AS yes_a, b.confirmed AS yes_b, a.rejected AS no_a, "
            "b.rejected AS no_b FROM opinion_pairs p JOIN decisions a ON a.decision_id = p.first "
            "JOIN decisions b ON b.decision_id = p.second ORDER BY p.second"
        )
        yield from map(_pair, rows)


_ANALYSTS: Final = ("a", "b")


def _pair(row: dict[str, Any]) -> OpinionPair:
    first, second = (
        dict.fromkeys(json.loads(row[f"yes_{one}"]), True) | dict.fromkeys(json.loads(row[f"no_{one}"]), False)
        for one in _ANALYSTS
    )
    return OpinionPair(
        why=row["why"],
        analysts=(row["analyst_a"], row["analyst_b"]),
        verdicts=(row["verdict_a"], row["verdict_b"]),
        indicators={key: (first.get(key), second.get(key)) for key in sorted(first.keys() | second.keys())},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionNumbers:
    """The decisions that two analysts came to of a case's present text, by their numbers."""

    standing: Literal["awaited", "agreed", "disagreed", "settled"]
    first: int
    second: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdStood:
    """When an ad was seen at its source."""

    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None


class ExportRows(Store):
    """Cases to choose from, and what makes an installation's names its own."""

    def installation(self) -> str:
        """64 hex digits that no other installation has, and that stay: the hash of the audit log's first entry."""
        row = self._row("SELECT hash FROM audit_log WHERE entry_id = 1")
        assert row is not None, "no audit log"  # a migration begins it
        return str(row["hash"])

    def opinion_numbers(self, case_id: int) -> OpinionNumbers | None:
        """Which decisions the second opinion rests on; None where none is asked for."""
        row = self._row("SELECT standing, first, second FROM opinion_states WHERE case_id = ?", [case_id])
        return OpinionNumbers(**row) if row else None

    def is_text_removed(self, case_id: int) -> bool:
        """Whether the case's text is kept no longer (``store_removal``): nothing is left to refer."""
        row = self._row(
            "SELECT v.content_hash = '' AS removed FROM cases c JOIN ad_versions v USING (version_id) "
            "WHERE c.case_id = ?",
            [case_id],
        )
        return bool(row and row["removed"])

    def decided_cases(
        self, *, verdicts: Collection[Verdict], since: datetime | None = None, campaign_id: str | None = None
    ) -> tuple[int, ...]:
        """The cases whose standing decision says one of these, by number; whoever was or was not asked for a second
        opinion."""
        rows = self._rows(
            "SELECT s.case_id FROM case_states s JOIN decisions d USING (decision_id) JOIN cases c ON c.case_id = "
            "s.case_id WHERE s.state = 'decided' AND d.verdict IN (SELECT value FROM json_each(:verdicts)) "
            "AND (:since IS NULL OR d.decided_at >= :since) AND (:campaign IS NULL OR c.version_id IN ("
            "SELECT m.version_id FROM campaign_versions m JOIN campaign_texts t USING (text_id) "
            "WHERE t.campaign_id = :campaign)) ORDER BY s.case_id",
            {
                "verdicts": json.dumps(sorted(verdicts)),
                "since": from_moment(since) if since else None,
                "campaign": campaign_id,
            },
        )
        return tuple(row["case_id"] for row in rows)

    def ad_stood(self, ad_id: str) -> AdStood:
        """When the ad was first and last seen, and whether it is gone."""
        row = self._row("SELECT first_seen_at, last_seen_at, gone_at FROM ads WHERE ad_id = ?", [ad_id])
        if row is None:
            raise UnknownAd(f"no ad {ad_id!r} in the store")
        return AdStood(
            first_seen=to_moment(row["first_seen_at"]),
            last_seen=to_moment(row["last_seen_at"]),
            gone_at=to_moment(row["gone_at"]) if row["gone_at"] else None,
        )
