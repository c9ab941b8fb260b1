"""The review queue: cases and decisions in the database, and the one door to all that the store holds.

Together with the ``store`` modules, which it inherits, and ``migrations`` with its tables, nothing else speaks SQL.
Decisions are only ever added; a case's state is a view over them.
"""

import json
from datetime import datetime
from typing import Any

from model.assessment import Assessment
from pipeline.case import Reason
from pipeline.store.accounts import CareRows, ProviderRows
from pipeline.store.ads import AdRows, LicenceRows
from pipeline.store.assessment_json import assessment_from_record
from pipeline.store.campaigns import ResurfacingRows
from pipeline.store.cases import ClaimRows, TriageRows
from pipeline.store.connection import from_moment, read_ad
from pipeline.store.contacts import FactRows
from pipeline.store.decisions import DecisionRows, ExportRows, OpinionRows
from pipeline.store.removal import GoneRows, RemovalRows
from pipeline.store.statistics import BriefRows, OverviewRows

__all__ = ["ReviewQueue"]


class ReviewQueue(
    AdRows, TriageRows, DecisionRows, RemovalRows, GoneRows, ClaimRows, OpinionRows, FactRows, LicenceRows,
    ResurfacingRows, OverviewRows, ExportRows, BriefRows, CareRows, ProviderRows,
):  # fmt: skip
    """Cases in the order in which they should be read, and what was decided of them."""

    def assessment(self, case_id: int) -> Assessment | None:
        """The newest assessment of the text that stands for the case, or None before it is scored."""
        row = self._row(
            "SELECT m.record FROM cases c JOIN assessments m ON m.version_id = c.version_id WHERE c.case_id = ? "
            "ORDER BY m.assessment_id DESC LIMIT 1",
            [case_id],
        )
        return assessment_from_record(json.loads(row["record"])) if row else None

    def texts_of_cases(self, reason: Reason) -> tuple[str, ...]:
        """Title and description of each case that was opened for this reason, decided or not."""
        rows = self._rows(
            "SELECT v.record FROM cases c JOIN ad_versions v USING (version_id) "
            "WHERE c.reason = ? AND v.content_hash <> ''",
            [reason],
        )
        return tuple(ad.title + ad.description for ad in (read_ad(row["record"]) for row in rows))

    def open_case(self, fingerprint: str, *, reason: Reason, priority: float, at: datetime) -> int:
        """A new case for a text, with every ad that carries it now."""
        with self.atomic():
            first = self._row(
                "SELECT v.version_id FROM ads a JOIN ad_versions v USING (version_id) WHERE v.fingerprint = ? "
                "AND v.content_hash <> '' ORDER BY a.first_seen_at, a.ad_id LIMIT 1",
                [fingerprint],
            )
            assert first is not None, f"no ad carries text {fingerprint}"
            cursor = self._run(
                "INSERT INTO cases (fingerprint, reason, priority, opened_at, version_id) VALUES (?, ?, ?, ?, ?)",
                [fingerprint, reason, priority, from_moment(at), first["version_id"]],
            )
            case_id = int(cursor.lastrowid or 0)
            self.index_words(first["version_id"])
            self._run(
                "INSERT INTO case_ads (case_id, ad_id, joined_at) SELECT ?, a.ad_id, ? "
                "FROM ads a JOIN ad_versions v ON v.version_id = a.version_id "
                "WHERE v.fingerprint = ? AND v.content_hash <> ''",
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
                self.choose_copy(mine["case_id"])
                return
            theirs = self._row("SELECT case_id FROM cases WHERE fingerprint = ?", [text])
            if theirs is not None:
                self._leave(ad_id, mine, at)
                self._join(ad_id, theirs["case_id"], at)
            elif mine is not None and self.case(mine["case_id"]).copies == 1:
                self._run("UPDATE cases SET fingerprint = ? WHERE case_id = ?", [text, mine["case_id"]])
                self.choose_copy(mine["case_id"])
            elif mine is not None:
                self._leave(ad_id, mine, at)
                if self.decisions(mine["case_id"]):
                    self.open_case(text, reason="resurfaced", priority=mine["priority"], at=at)

    def _text_of(self, ad_id: str) -> str:
        row = self._row(
            "SELECT v.fingerprint FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id]
        )
        assert row is not None, f"no ad {ad_id}"
        return str(row["fingerprint"])

    def _join(self, ad_id: str, case_id: int, at: datetime) -> None:
        self._run(
            "INSERT INTO case_ads (case_id, ad_id, joined_at) VALUES (?, ?, ?) "
            "ON CONFLICT (case_id, ad_id) DO UPDATE SET left_at = NULL",
            [case_id, ad_id, from_moment(at)],
        )
        self.choose_copy(case_id)

    def _leave(self, ad_id: str, case: dict[str, Any] | None, at: datetime) -> None:
        if case is None:
            return
        self._run(
            "UPDATE case_ads SET left_at = ? WHERE case_id = ? AND ad_id = ?", [from_moment(at), case["case_id"], ad_id]
        )
        self.choose_copy(case["case_id"])
