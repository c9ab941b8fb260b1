"""The review queue: cases and decisions in the database, and the one door to all that the store holds.

Together with the ``store`` modules, which it inherits, and ``migrations``, this is the only module that speaks SQL.
Decisions are only ever added; a case's state is a view over them.
"""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from crawler.ad import JobAd
from model.assessment import Assessment
from pipeline.case import Case, Decision, Reason
from pipeline.errors import UnknownAnalyst, UnknownCase
from pipeline.scored_file import assessment_from_record
from pipeline.store import from_moment, to_moment
from pipeline.store_ads import AdRows
from pipeline.store_campaigns import CampaignRows
from pipeline.store_contacts import ContactRows
from pipeline.store_licences import LicenceRows
from pipeline.store_people import PeopleRows
from pipeline.store_resurfacing import ResurfacingRows
from pipeline.stored_ad import read_ad

__all__ = ["ReviewQueue"]

Waiting = Literal["waiting", "decided", "all"]

STATES = {
    "waiting": "state IN ('open', 'reopened')",
    "decided": "state = 'decided'",
    "all": "1",
}
COLUMNS = "case_id, fingerprint, reason, priority, opened_at, state, title, source, language, score, kind, copies"
ORDER = "priority DESC, case_id"


class ReviewQueue(AdRows, CampaignRows, ContactRows, LicenceRows, ResurfacingRows, PeopleRows):
    """Cases in the order in which they should be read, and what was decided of them."""

    def cases(
        self,
        *,
        state: Waiting = "waiting",
        reason: Reason | None = None,
        kind: str | None = None,
        source: str | None = None,
        language: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[Case, ...]:
        """Cases by priority, largest first; waiting ones are those open or reopened."""
        where, params = _filter(state, reason=reason, kind=kind, source=source, language=language)
        rows = self._rows(
            f"SELECT {COLUMNS} FROM queue_rows WHERE {where} ORDER BY {ORDER} LIMIT ? OFFSET ?",  # noqa: S608
            [*params, limit, offset],
        )
        return tuple(_case(row) for row in rows)

    def count_cases(
        self,
        *,
        state: Waiting = "waiting",
        reason: Reason | None = None,
        kind: str | None = None,
        source: str | None = None,
        language: str | None = None,
    ) -> int:
        """How many cases ``cases`` would give without a limit."""
        where, params = _filter(state, reason=reason, kind=kind, source=source, language=language)
        row = self._row(f"SELECT count(*) AS n FROM queue_rows WHERE {where}", params)  # noqa: S608
        return int(row["n"]) if row else 0

    def counts_by_state(self) -> dict[str, int]:
        """How many cases are open, decided and reopened."""
        rows = self._rows("SELECT state, count(*) AS n FROM case_states GROUP BY state")
        return {"open": 0, "decided": 0, "reopened": 0} | {row["state"]: row["n"] for row in rows}

    def case(self, case_id: int) -> Case:
        """The case as it stands now."""
        row = self._row(f"SELECT {COLUMNS} FROM queue_rows WHERE case_id = ?", [case_id])  # noqa: S608
        if row is None:
            raise UnknownCase(f"no case {case_id} in the store; expected a number that the queue shows")
        return _case(row)

    def case_ads(self, case_id: int) -> tuple[JobAd, ...]:
        """Each copy of the text at its newest, the one that stands for all first. Copies that carry another text by
        now are left out, unless no other is left."""
        rows = self._rows(_COPIES, {"case": case_id})
        present = [row for row in rows if not row["has_left"]] or rows[:1]
        if not present:
            self.case(case_id)
        return tuple(read_ad(row["record"]) for row in present)

    def assessment(self, case_id: int) -> Assessment | None:
        """The newest assessment of the text that stands for the case, or None before it is scored."""
        row = self._row(
            "SELECT m.record FROM cases c JOIN assessments m ON m.version_id = c.version_id WHERE c.case_id = ? "
            "ORDER BY m.assessment_id DESC LIMIT 1",
            [case_id],
        )
        return assessment_from_record(json.loads(row["record"])) if row else None

    def decisions(self, case_id: int) -> tuple[Decision, ...]:
        """All that was decided of the case, oldest first."""
        rows = self._rows("SELECT * FROM decisions WHERE case_id = ? ORDER BY decision_id", [case_id])
        return tuple(_decision(row) for row in rows)

    def decided_texts(self) -> Iterator[tuple[Decision, Reason, JobAd]]:
        """The last decision of each case, why the case was opened, and one ad with the very text that was judged."""
        rows = self._rows(
            "SELECT d.*, c.reason AS why, (SELECT v.record FROM ad_versions v WHERE v.fingerprint = d.fingerprint "
            "ORDER BY v.version_id LIMIT 1) AS record FROM decisions d JOIN cases c ON c.case_id = d.case_id "
            "WHERE d.decision_id = (SELECT max(decision_id) FROM decisions WHERE case_id = d.case_id) "
            "ORDER BY d.decision_id"
        )
        for row in rows:
            why, record = row.pop("why"), row.pop("record")
            if record is not None:
                yield _decision(row), why, read_ad(record)

    def judged_twice(self) -> Iterator[tuple[Decision, tuple[Decision, ...]]]:
        """The last decision and those before it, of each case that was decided more than once."""
        rows = self._rows("SELECT case_id FROM decisions GROUP BY case_id HAVING count(*) > 1 ORDER BY case_id")
        for row in rows:
            *before, last = self.decisions(row["case_id"])
            yield last, tuple(before)

    def texts_of_cases(self, reason: Reason) -> tuple[str, ...]:
        """Title and description of each case that was opened for this reason, decided or not."""
        rows = self._rows(
            "SELECT v.record FROM cases c JOIN ad_versions v USING (version_id) WHERE c.reason = ?", [reason]
        )
        return tuple(ad.title + ad.description for ad in (read_ad(row["record"]) for row in rows))

    def next_waiting(self, after: int | None = None) -> int | None:
        """The case to read next: the one behind ``after`` in the queue's order, or the first when that was the last."""
        waiting = f"SELECT case_id FROM queue_rows WHERE {STATES['waiting']}"  # noqa: S608
        place = self._row("SELECT priority FROM cases WHERE case_id = ?", [after]) if after is not None else None
        if place is not None:
            row = self._row(
                f"{waiting} AND (priority < ? OR (priority = ? AND case_id > ?)) ORDER BY {ORDER} LIMIT 1",
                [place["priority"], place["priority"], after],
            )
            if row is not None:
                return int(row["case_id"])
        row = self._row(f"{waiting} AND case_id IS NOT ? ORDER BY {ORDER} LIMIT 1", [after])
        return int(row["case_id"]) if row else None

    def add_decision(self, decision: Decision) -> int:
        """The number of the decision, which stands from now on."""
        try:
            cursor = self._run(
                "INSERT INTO decisions (case_id, analyst, verdict, confirmed, rejected, note, fingerprint, "
                "model_version, score, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    decision.case_id, decision.analyst, decision.verdict, json.dumps(decision.confirmed),
                    json.dumps(decision.rejected), decision.note, decision.fingerprint, decision.model_version,
                    decision.score, from_moment(decision.decided_at),
                ],
            )  # fmt: skip
        except sqlite3.IntegrityError:
            self.case(decision.case_id)
            if self.analyst(decision.analyst) is None:
                raise UnknownAnalyst(f"no analyst is named {decision.analyst!r}") from None
            raise
        return int(cursor.lastrowid or 0)

    def open_case(self, fingerprint: str, *, reason: Reason, priority: float, at: datetime) -> int:
        """A new case for a text, with every ad that carries it now."""
        with self.atomic():
            first = self._row(
                "SELECT v.version_id FROM ads a JOIN ad_versions v USING (version_id) WHERE v.fingerprint = ? "
                "ORDER BY a.first_seen_at, a.ad_id LIMIT 1",
                [fingerprint],
            )
            assert first is not None, f"no ad carries text {fingerprint}"  # noqa: S101
            cursor = self._run(
                "INSERT INTO cases (fingerprint, reason, priority, opened_at, version_id) VALUES (?, ?, ?, ?, ?)",
                [fingerprint, reason, priority, from_moment(at), first["version_id"]],
            )
            case_id = int(cursor.lastrowid or 0)
            self._run(
                "INSERT INTO case_ads (case_id, ad_id, joined_at) SELECT ?, a.ad_id, ? "
                "FROM ads a JOIN ad_versions v ON v.version_id = a.version_id WHERE v.fingerprint = ?",
                [case_id, from_moment(at), fingerprint],
            )
        return case_id

    def set_priority(self, case_id: int, priority: float) -> None:
        """Move the case in the queue; whether it waits there depends on its decisions alone."""
        self._run("UPDATE cases SET priority = ? WHERE case_id = ?", [priority, case_id])

    def follow_text(self, ad_id: str, *, at: datetime) -> None:
        """Put the ad's cases in order after a look that brought a new ad or a change.

        A text with a case of its own takes the ad in. Otherwise the ad's case moves to the new text with it, and is
        thereby reopened if it was decided; unless other copies still hold the case to the old text.
        """
        with self.atomic():
            text = self._text_of(ad_id)
            mine = self._row(
                "SELECT c.case_id, c.fingerprint, c.priority FROM case_ads l JOIN cases c USING (case_id) "
                "WHERE l.ad_id = ? AND l.left_at IS NULL",
                [ad_id],
            )
            if mine is not None and mine["fingerprint"] == text:
                self._choose_copy(mine["case_id"])
                return
            theirs = self._row("SELECT case_id FROM cases WHERE fingerprint = ?", [text])
            if theirs is not None:
                self._leave(ad_id, mine, at)
                self._join(ad_id, theirs["case_id"], at)
            elif mine is not None and self.case(mine["case_id"]).copies == 1:
                self._run("UPDATE cases SET fingerprint = ? WHERE case_id = ?", [text, mine["case_id"]])
                self._choose_copy(mine["case_id"])
            elif mine is not None:
                self._leave(ad_id, mine, at)
                if self.decisions(mine["case_id"]):
                    self.open_case(text, reason="resurfaced", priority=mine["priority"], at=at)

    def _text_of(self, ad_id: str) -> str:
        row = self._row(
            "SELECT v.fingerprint FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id]
        )
        assert row is not None, f"no ad {ad_id}"  # noqa: S101
        return str(row["fingerprint"])

    def _join(self, ad_id: str, case_id: int, at: datetime) -> None:
        self._run(
            "INSERT INTO case_ads (case_id, ad_id, joined_at) VALUES (?, ?, ?) "
            "ON CONFLICT (case_id, ad_id) DO UPDATE SET left_at = NULL",
            [case_id, ad_id, from_moment(at)],
        )
        self._choose_copy(case_id)

    def _leave(self, ad_id: str, case: dict[str, Any] | None, at: datetime) -> None:
        if case is None:
            return
        self._run(
            "UPDATE case_ads SET left_at = ? WHERE case_id = ? AND ad_id = ?", [from_moment(at), case["case_id"], ad_id]
        )
        self._choose_copy(case["case_id"])

    def _choose_copy(self, case_id: int) -> None:
        copies = self._rows(_COPIES, {"case": case_id})
        self._run("UPDATE cases SET version_id = ? WHERE case_id = ?", [copies[0]["version_id"], case_id])


# For each ad that is or was in the case, its newest version of the case's text; the first one stands for the case.
_COPIES = """
    SELECT v.version_id, v.record, l.left_at IS NOT NULL AS has_left
    FROM case_ads l
    JOIN cases c ON c.case_id = l.case_id
    JOIN ads a ON a.ad_id = l.ad_id
    JOIN ad_versions v ON v.version_id = (
        SELECT n.version_id FROM ad_versions n WHERE n.ad_id = a.ad_id AND n.fingerprint = c.fingerprint
        ORDER BY n.seen_at DESC, n.version_id DESC LIMIT 1)
    WHERE c.case_id = :case
    ORDER BY has_left, a.first_seen_at, a.ad_id"""


def _filter(state: Waiting, **wanted: str | None) -> tuple[str, list[object]]:
    chosen = {column: value for column, value in wanted.items() if value is not None}
    return " AND ".join([STATES[state], *(f"{column} = ?" for column in chosen)]), list(chosen.values())


def _case(row: dict[str, Any]) -> Case:
    return Case(**{**row, "opened_at": to_moment(row["opened_at"])})


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(
        **{
            **row,
            "confirmed": tuple(json.loads(row["confirmed"])),
            "rejected": tuple(json.loads(row["rejected"])),
            "decided_at": to_moment(row["decided_at"]),
        }
    )
