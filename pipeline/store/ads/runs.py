"""Nights and the batches that they took in."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from crawler.batch.batch import BatchSummary
from pipeline.case import Run
from pipeline.store.connection import Part, from_moment, statement, to_moment

SAME_NIGHT: Final = timedelta(hours=18)
"""After which a run that was cut short is not resumed: the sources that it had read are to be read again."""


class Runs(Part):
    """Nights, and the batches that they took in."""

    def start(self, *, at: datetime) -> Run:
        """A new run, or the one that was cut short: under its own start within ``SAME_NIGHT``, as tonight's after it.

        Reports and batches are named by the second in which a run began: of two in one second the later one begins in
        the next.
        """
        with self._db.atomic():
            unfinished = self._db.record(Run, "SELECT * FROM runs WHERE ended_at IS NULL ORDER BY run_id DESC LIMIT 1")
            if unfinished is not None and unfinished.started_at <= at < unfinished.started_at + SAME_NIGHT:
                return unfinished
            if unfinished is not None and unfinished.started_at > at:
                # Begun by a clock that was ahead: its batches are no longer tonight's.
                problems = ["the clock went back"]
                self.end(unfinished.run_id, at=unfinished.started_at, counts=unfinished.counts, problems=problems)
                unfinished = None
            while self._db.row("SELECT 1 FROM runs WHERE started_at LIKE ?", [f"{from_moment(at)[:19]}%"]):
                at += timedelta(seconds=1)
            if unfinished is None:
                self._db.insert("runs", {"started_at": at, "counts": {}, "problems": []})
            else:
                cut = f"the night of {unfinished.started_at:%Y-%m-%d %H:%M} UTC was cut short"
                problem = f"{cut} and not resumed within {SAME_NIGHT.seconds // 3600} hours: this one reports both"
                sql = "UPDATE runs SET started_at = ?, problems = ? WHERE run_id = ?"
                self._db.run(sql, [at, [*unfinished.problems, problem], unfinished.run_id])
            return self.latest(1)[0]

    def end(self, run_id: int, *, at: datetime, counts: Mapping[str, int], problems: Sequence[str]) -> None:
        """Record how the run went."""
        self._db.run(
            "UPDATE runs SET ended_at = ?, counts = ?, problems = ? WHERE run_id = ?",
            [at, dict(counts), list(problems), run_id],
        )

    def count_up(self, run_id: int, counts: Mapping[str, int]) -> dict[str, int]:
        """The run's counts, after these were added: within the act that they count, so that a run which is cut short
        between two acts reports both when it is resumed."""
        found = self._db.value("SELECT counts FROM runs WHERE run_id = ?", [run_id])
        before: dict[str, int] = json.loads(found)
        totals = before | {name: before.get(name, 0) + count for name, count in counts.items()}
        self._db.run("UPDATE runs SET counts = ? WHERE run_id = ?", [totals, run_id])
        return totals

    def latest(self, limit: int = 20) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        return self._db.records(Run, "SELECT * FROM runs ORDER BY run_id DESC LIMIT ?", [limit])

    def last_whole(self) -> Run | None:
        """The latest run that ended and had not been asked for some sources alone."""
        return self._db.record(
            Run,
            "SELECT * FROM runs WHERE ended_at IS NOT NULL AND coalesce(json_extract(counts, '$.partial'), 0) = 0 "
            "ORDER BY run_id DESC LIMIT 1",
        )

    def quiet_batches(self, source: str) -> int:
        """How many of the source's batches came after the newest one that brought a new or a changed ad."""
        return self._db.count(statement("quiet_batches"), {"source": source})

    def has_batch(self, source: str, run: str) -> bool:
        """Whether this batch was taken in before."""
        return bool(self._db.value("SELECT 1 FROM batches WHERE source = ? AND run = ?", [source, run]))

    def batches_of(self, source: str) -> tuple[str, ...]:
        """The runs of this source whose batches were taken in."""
        return self._db.column("SELECT run FROM batches WHERE source = ? ORDER BY run", [source])

    def taken_in(self, run: Run, *, now: datetime) -> frozenset[tuple[str, str]]:
        """Source and run of each batch that an unfinished run has taken in by ``now``; of one that reports for a night
        before it, too, all since the last night that ended."""
        at = run.started_at
        if run.problems:
            ended = "SELECT coalesce(max(ended_at), '') FROM runs WHERE ended_at <= ?"
            at = self._db.value(ended, [at])
        return frozenset(self._db.run("SELECT source, run FROM batches WHERE taken_at BETWEEN ? AND ?", [at, now]))

    def is_newest_batch(self, source: str, started_at: datetime, *, now: datetime) -> bool:
        """Whether no batch of this source that was taken in began later; none can have begun after ``now``."""
        later = "SELECT 1 FROM batches WHERE source = ? AND started_at > ? AND started_at <= ?"
        return self._db.row(later, [source, started_at, now]) is None

    def latest_moment(self) -> datetime | None:
        """The latest moment at which a night began or ended, or an ad was seen."""
        found = self._db.value(statement("latest_moment"))
        return to_moment(found) if found else None

    def add_batch(self, batch: BatchSummary, *, taken_at: datetime) -> int:
        """The new batch's number; its ads are then recorded one by one."""
        row = {"source": batch.source, "run": batch.run, "ads": batch.ads, "started_at": batch.started_at}
        return self._db.insert("batches", row | {"ended_at": batch.ended_at, "taken_at": taken_at})

    def set_outcome(self, batch_id: int, outcome: Mapping[str, int | Sequence[str]]) -> None:
        """Record what this batch changed, so that a night which is resumed can still report it."""
        self._db.run("UPDATE batches SET outcome = ? WHERE batch_id = ?", [outcome, batch_id])

    def outcome(self, source: str, run: str) -> dict[str, Any]:
        """What ``set_outcome`` recorded of this batch."""
        found = self._db.value("SELECT outcome FROM batches WHERE source = ? AND run = ?", [source, run])
        return dict(json.loads(found)) if found else {}

    def batches_with_text(self) -> frozenset[tuple[str, str]]:
        """Source and run of each batch that brought a text which is still there."""
        sql = (
            "SELECT source, run FROM batches b WHERE EXISTS "
            "(SELECT 1 FROM ad_versions v WHERE v.batch_id = b.batch_id AND v.content_hash <> '')"
        )
        return frozenset(self._db.run(sql))
