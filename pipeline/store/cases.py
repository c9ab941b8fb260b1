"""Cases: the copies of each, who reads it, and what came back after a decision."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from crawler.ad import JobAd
from pipeline.case import Case, Reason
from pipeline.linking.changes import Fresh
from pipeline.store.connection import Part, statement
from pipeline.store.decisions import Decisions, no_case
from pipeline.store.queue.case_queue import CaseQueue, cases_by_number

LEASE: Final = timedelta(minutes=15)
"""How long a case that an analyst opened is reserved for them."""

DEFERRED_FOR: Final = timedelta(hours=12)
"""How long a deferred case is not the next one of the analyst who deferred it."""

Deferral = Literal["later", "unsure"]
"""``later``: for myself; ``unsure``: for somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClaim:
    """Who reads a case, and until when it is reserved for them."""

    case_id: int
    analyst: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resurfaced(Fresh):
    """Something new that came with a copy after its campaign had been decided."""

    ad_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyLife:
    """One ad that carries or carried a case's text."""

    ad_id: str
    source: str
    joined_at: datetime
    left_at: datetime | None
    """It carries another text since."""

    gone_at: datetime | None
    """Its source no longer shows it."""


class Cases(Part):
    """Cases, and the ads that carry the text of each."""

    def get(self, case_id: int) -> Case:
        """The case as it stands now."""
        found = self.get_many([case_id])
        if not found:
            raise no_case(case_id)
        return found[0]

    def get_many(self, case_ids: Sequence[int]) -> tuple[Case, ...]:
        """These cases, in this order; those that are not there are left out."""
        return cases_by_number(self._db, case_ids)

    def ads(self, case_id: int) -> tuple[JobAd, ...]:
        """Each copy of the text at its newest, the one that stands for all first. Copies that carry another text by
        now are left out, unless no other is left."""
        rows = self._db.rows(statement("case_copies"), {"case": case_id})
        present = [row for row in rows if not row["has_left"]] or rows[:1]
        if not present:
            self.get(case_id)
        return tuple(self._db.read_ad(row["record"]) for row in present)

    def copies(self, case_id: int) -> tuple[CopyLife, ...]:
        """Each ad that carries or carried the case's text, in the order in which they joined."""
        return self._db.records(
            CopyLife,
            "SELECT l.ad_id, a.source, l.joined_at, l.left_at, a.gone_at FROM case_ads l "
            "JOIN ads a USING (ad_id) WHERE l.case_id = ? ORDER BY l.joined_at, l.ad_id",
            [case_id],
        )

    def texts(self, reason: Reason) -> tuple[str, ...]:
        """Title and description of each case that was opened for this reason, decided or not."""
        records = self._db.column(
            "SELECT v.record FROM cases c JOIN ad_versions v USING (version_id) "
            "WHERE c.reason = ? AND v.content_hash <> ''",
            [reason],
        )
        return tuple(ad.title + ad.description for ad in map(self._db.read_ad, records))

    def of_text(self, fingerprint: str) -> int | None:
        """The case of the text with this fingerprint."""
        return self._db.number("SELECT case_id FROM cases WHERE fingerprint = ?", [fingerprint])

    def newest(self) -> int | None:
        """The highest number of a case."""
        return self._db.number("SELECT max(case_id) FROM cases")

    def is_text_removed(self, case_id: int) -> bool:
        """Whether the case's text was removed (``removal``): nothing is left to refer."""
        sql = "SELECT v.content_hash = '' FROM cases c JOIN ad_versions v USING (version_id) WHERE c.case_id = ?"
        return bool(self._db.value(sql, [case_id]))

    def open(self, fingerprint: str, *, reason: Reason, priority: float, at: datetime, blind: bool = False) -> int:
        """A new case for a text, with every ad that carries it now."""
        with self._db.atomic():
            version_id = self._db.value(
                "SELECT v.version_id FROM ads a JOIN ad_versions v USING (version_id) WHERE v.fingerprint = ? "
                "AND v.content_hash <> '' ORDER BY a.first_seen_at, a.ad_id LIMIT 1",
                [fingerprint],
            )
            assert version_id is not None, f"no ad carries text {fingerprint}"
            case = {"fingerprint": fingerprint, "reason": reason, "priority": priority, "version_id": version_id}
            case_id = self._db.insert("cases", case | {"opened_at": at, "blind": blind or reason == "audit"})
            CaseQueue(self._db).index_words(version_id)
            self._db.run(
                "INSERT INTO case_ads (case_id, ad_id, joined_at) SELECT ?, a.ad_id, ? "
                "FROM ads a JOIN ad_versions v ON v.version_id = a.version_id "
                "WHERE v.fingerprint = ? AND v.content_hash <> ''",
                [case_id, at, fingerprint],
            )
        return case_id

    def set_priority(self, case_id: int, priority: float) -> None:
        """Move the case in the queue; whether it waits there depends on its decisions alone."""
        self._db.run("UPDATE cases SET priority = ? WHERE case_id = ?", [priority, case_id])

    def follow_text(self, ad_id: str, *, at: datetime) -> None:
        """Update the ad's case after a fetch that brought a new ad or a change.

        An ad joins the case of its text where there is one. Otherwise its case moves to the new text, which reopens it
        if it was decided; unless other ads still carry the old text.
        """
        with self._db.atomic():
            text = self._db.value(
                "SELECT v.fingerprint FROM ads a JOIN ad_versions v USING (version_id) WHERE a.ad_id = ?", [ad_id]
            )
            assert text is not None, f"no ad {ad_id}"
            own = self._db.row(
                "SELECT c.case_id, c.fingerprint, c.priority FROM case_ads l JOIN cases c USING (case_id) "
                "WHERE l.ad_id = ? AND l.left_at IS NULL",
                [ad_id],
            )
            if own is not None and own["fingerprint"] == text:
                self.choose_copy(own["case_id"])
                return
            if (of_text := self.of_text(text)) is not None:
                self._leave(ad_id, own, at)
                self._db.run(
                    "INSERT INTO case_ads (case_id, ad_id, joined_at) VALUES (?, ?, ?) "
                    "ON CONFLICT (case_id, ad_id) DO UPDATE SET left_at = NULL",
                    [of_text, ad_id, at],
                )
                self.choose_copy(of_text)
            elif own is not None and self.get(own["case_id"]).copies == 1:
                self._db.run("UPDATE cases SET fingerprint = ? WHERE case_id = ?", [text, own["case_id"]])
                self.choose_copy(own["case_id"])
            elif own is not None:
                self._leave(ad_id, own, at)
                if Decisions(self._db).of_case(own["case_id"]):
                    self.open(text, reason="resurfaced", priority=own["priority"], at=at)

    def choose_copy(self, case_id: int) -> bool:
        """Let the copy that was seen first stand for the case; False where no ad has its text any more."""
        copies = self._db.rows(statement("case_copies"), {"case": case_id})
        if not copies:
            return False
        self._db.run("UPDATE cases SET version_id = ? WHERE case_id = ?", [copies[0]["version_id"], case_id])
        CaseQueue(self._db).index_words(copies[0]["version_id"])
        return True

    def record_resurfacing(self, case_id: int, ad_id: str, news: Iterable[Fresh], *, at: datetime) -> None:
        """Record what is new, and with which copy it came. A decided case waits again."""
        # Sealed texts of one contact differ, so that no key of the table tells that it is there.
        known = {(each.ad_id, each.fact, each.after) for each in self.resurfacings(case_id)}
        for each in news:
            if (ad_id, each.fact, each.after) in known:
                continue
            words: list[str | None] = [each.before, each.after]
            if each.fact == "contact":
                words = [text and self._db.vault.seal_text(text) for text in words]
            row = {"case_id": case_id, "ad_id": ad_id, "fact": each.fact, "before": words[0], "after": words[1]}
            self._db.insert("resurfacings", row | {"at": at}, on_conflict="IGNORE")

    def resurfacings(self, case_id: int) -> tuple[Resurfaced, ...]:
        """What came back with this case, newest first."""
        found = self._db.records(
            Resurfaced, "SELECT ad_id, fact, before, after, at FROM resurfacings WHERE case_id = ?", [case_id]
        )
        opened = (self._db.unsealed(each) if each.fact == "contact" else each for each in found)
        in_order = sorted(opened, key=lambda each: (each.ad_id, each.fact, each.after))
        return tuple(sorted(in_order, key=lambda each: each.at, reverse=True))

    def claim(self, case_id: int, analyst: str, *, at: datetime) -> CaseClaim:
        """Who has the case now: this analyst, unless another one was first. Their claim of any other case ends."""
        with self._db.atomic():
            current = self.claim_of(case_id, at=at)
            if current is not None and current.analyst.casefold() != analyst.casefold():
                return current
            claim = CaseClaim(case_id=case_id, analyst=analyst, until=at + LEASE)
            self._db.insert("case_claims", asdict(claim), on_conflict="REPLACE")
        return claim

    def claim_of(self, case_id: int, *, at: datetime) -> CaseClaim | None:
        """Who reads the case, if anyone."""
        sql = "SELECT * FROM case_claims WHERE case_id = ? AND until > ?"
        return self._db.record(CaseClaim, sql, [case_id, at])

    def release(self, case_id: int, analyst: str) -> None:
        """End this analyst's claim of the case."""
        self._db.run("DELETE FROM case_claims WHERE case_id = ? AND analyst = ?", [case_id, analyst])

    def leave(self, analyst: str, *, at: datetime) -> None:
        """End whatever claim this analyst has; ``last_read`` still knows the case."""
        self._db.run("UPDATE case_claims SET until = min(until, ?) WHERE analyst = ?", [at, analyst])

    def last_read(self, analyst: str) -> int | None:
        """The case that this analyst had open last and has not decided: where to resume."""
        return self._db.number("SELECT case_id FROM case_claims WHERE analyst = ?", [analyst])

    def defer(self, case_id: int, analyst: str, act: Deferral, *, at: datetime) -> None:
        """Leave the case out of what this analyst reads next, for some hours."""
        row = {"case_id": case_id, "analyst": analyst, "act": act, "at": at, "until": at + DEFERRED_FOR}
        self._db.insert("case_deferrals", row, on_conflict="REPLACE")

    def undo_deferral(self, case_id: int, analyst: str) -> None:
        """Let the case be one that this analyst reads next again."""
        self._db.run("DELETE FROM case_deferrals WHERE case_id = ? AND analyst = ?", [case_id, analyst])

    def unsure_analysts(self, case_id: int) -> tuple[str, ...]:
        """Who was unsure of the case since it was last decided."""
        return self._db.column(
            "SELECT a.analyst FROM case_deferrals a JOIN queue_rows r USING (case_id) WHERE a.case_id = ? "
            "AND a.act = 'unsure' AND (r.decided_at IS NULL OR r.decided_at < a.at) ORDER BY a.at",
            [case_id],
        )

    def passed_over(self, analyst: str, *, at: datetime) -> frozenset[int]:
        """Cases that are not this analyst's to read next: current by others, or deferred."""
        case_ids = self._db.column(
            "SELECT case_id FROM case_claims WHERE analyst <> :analyst COLLATE NOCASE AND until > :at "
            "UNION SELECT case_id FROM case_deferrals WHERE analyst = :analyst AND until > :at",
            {"analyst": analyst, "at": at},
        )
        return frozenset(case_ids)

    def _leave(self, ad_id: str, case: dict[str, Any] | None, at: datetime) -> None:
        if case is None:
            return
        self._db.run("UPDATE case_ads SET left_at = ? WHERE case_id = ? AND ad_id = ?", [at, case["case_id"], ad_id])
        self.choose_copy(case["case_id"])
