"""Second opinions in the database: which are wanted, how they came out, and how often two analysts agree."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pipeline.case import Verdict
from pipeline.store import Store, from_moment

__all__ = ["OpinionPair", "OpinionRows", "OpinionState", "Standing", "Wanted"]

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
