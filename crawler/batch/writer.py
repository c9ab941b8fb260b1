"""Batch writer: append-only, under a hidden name until the batch is whole.

A process that is killed at any moment leaves what its journal committed; the next writer of the same batch goes on from
there.
"""

import gzip
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from crawler.ad import JobAd
from crawler.archive.warc_writer import WarcFile
from crawler.batch.ad_json import ad_to_record
from crawler.batch.batch import (
    ADS,
    LEDGER,
    PAGES,
    RAW,
    SUMMARY,
    BatchSummary,
    Ledger,
    digests_of,
    partial_of,
)
from crawler.batch.journal import (
    JOURNAL,
    LEDGER_LINES,
    RAW_LINES,
    Journal,
    Opening,
    Unfinished,
    lock_journal,
    resume,
    set_aside,
)
from crawler.errors import BadBatch
from crawler.extract.raw import RawAd, raw_to_dict
from crawler.files import AppendOnly, dumps_line, sync, write_json

PACKED = {RAW_LINES: RAW, LEDGER_LINES: LEDGER}
"""Files that are plain while they grow, and their names in the batch."""


class BatchWriter:
    """A batch being written, under a hidden name until it is finished."""

    def __init__(self, folder: Path, *, source: str, started_at: datetime, card: str = "") -> None:
        """Reserve the batch that will be ``folder``, or take up what a killed process left of it.

        Raises ``BadBatch`` where it exists already or somebody else is writing it. What cannot be taken up is set
        aside.
        """
        self._final, self._partial = folder, partial_of(folder)
        if folder.exists():
            raise BadBatch(f"{folder}: expected a run's name that is free, found a batch of that name")
        opening = Opening(source=source, card=card, started_at=started_at)
        self._lock, self.unfinished = _lock_or_resume(self._partial, opening)
        state = self.unfinished or Unfinished(opening=opening)
        self._opening = state.opening
        self._ads, self._raw, lines = (AppendOnly(self._partial / name) for name in (ADS, RAW_LINES, LEDGER_LINES))
        self.warc = WarcFile(self._partial / PAGES, at=started_at)
        self._growing: dict[str, AppendOnly] = {
            ADS: self._ads, RAW_LINES: self._raw, LEDGER_LINES: lines, PAGES: self.warc,
        }  # fmt: skip
        self.ledger = Ledger(lines)
        self.journal = Journal(self._lock, self._settle)
        self.ads, self.resumed = 0, 0
        self.remembered: Mapping[str, Any] = state.remembered
        """The values that a killed process gave to ``remember``."""

        self.earlier_ads = state.shown
        """The ids of the ads that it has accounted for, written again or not."""

        self.problems = state.problems
        """Why the batch is not healthy, as far as that is known."""

        if not self.unfinished:
            self.journal.open(opening)
            return
        for torn in self._partial.glob(".*.partial"):  # a file that was to be whole or not at all
            torn.unlink()
        for address, outcome in state.closed:
            self.ledger.recall(address, outcome)
        for waiting, lastmod in state.waiting:
            self.ledger.see(waiting.url, lastmod=lastmod)
        self.ads, self.resumed = state.ads, state.resumed + 1
        begun = {url: times for url, times in state.begun.items() if self.ledger.is_open(url)}
        self.journal.note(resumed=self.resumed, begun=begun)
        self.journal.commit(state.spent)

    def add_all(self, ads: Iterable[tuple[JobAd, RawAd]]) -> None:
        """Write ads and their raw twins: all of them, or none where one cannot be written."""
        lines = [
            (dumps_line(ad_to_record(ad)).encode(), dumps_line({"ad_id": ad.ad_id, "raw": raw_to_dict(raw)}).encode())
            for ad, raw in ads
        ]
        for ad_line, raw_line in lines:
            self._ads.write(ad_line)
            self._raw.write(raw_line)
        self.ads += len(lines)

    def note_problem(self, problem: str) -> None:
        """Keep a reason why the batch is not healthy, once."""
        if problem not in self.problems:
            self.problems.append(problem)
            self.journal.note(problem=problem)

    def remember(self, **facts: object) -> None:
        """Keep plain values that the spider needs to go on, with the next commit. A later one replaces an earlier; a
        list goes on behind it."""
        self.journal.note(remember=facts)

    def ledger_to_read(self) -> Path:
        """The ledger as a file that holds every line so far."""
        self._settle()
        return self._partial / LEDGER_LINES

    def close(self) -> None:
        """End the files and leave the batch unfinished."""
        for file in (*self._growing.values(), self._lock):
            file.close()

    def finish(
        self, *, ended_at: datetime, problems: tuple[str, ...], looks_back: bool = False, shown: int | None = None
    ) -> BatchSummary:
        """The summary, after the batch has taken its name. Every address must have its outcome by now.

        Raises the ``OSError`` that kept something from being written, now or before.
        """
        if self.journal.error:
            raise self.journal.error
        self._settle()
        for name, packed in PACKED.items():
            with (
                (self._partial / name).open("rb") as source,
                gzip.open(self._partial / packed, "wb", compresslevel=4) as target,
            ):
                shutil.copyfileobj(source, target, 1 << 20)
        summary = BatchSummary(
            source=self._opening.source,
            run=self._final.name,
            started_at=self._opening.started_at,
            ended_at=ended_at,
            finished=True,
            outcomes=self.ledger.outcomes,
            addresses=len(self.ledger),
            ads=self.ads,
            healthy=not problems,
            problems=problems,
            addresses_by_outcome=self.ledger.addresses_by_outcome,
            resumed=self.resumed,
            looks_back=looks_back,
            shown=shown,
            digests=digests_of(self._partial),
        )
        for file in self._partial.iterdir():
            sync(file)
        # From here on nothing needs to be read again: whoever finds the summary may give the batch its name.
        write_json(self._partial / SUMMARY, asdict(summary))
        sync(self._partial)
        _take_name(self._partial, self._final)
        self.close()
        return summary

    def _settle(self) -> dict[str, int]:
        """The sizes of the growing files, once all that they hold has reached the operating system."""
        return {name: file.settle() for name, file in self._growing.items()}


def complete_batch(folder: Path) -> bool:
    """True where a killed process left the batch whole but for its name; it has its name now."""
    partial = partial_of(folder)
    if not (partial / SUMMARY).is_file():
        return False
    _take_name(partial, folder)
    return True


def _lock_or_resume(partial: Path, opening: Opening) -> tuple[BinaryIO, Unfinished | None]:
    """The journal, locked, and what it says of an earlier process."""
    if partial.exists():
        lock = lock_journal(partial, "ab")
        try:
            unfinished = resume(partial)
            if (unfinished.opening.card, unfinished.opening.source) == (opening.card, opening.source):
                return lock, unfinished
            reason = "the source's card has changed"
        except BadBatch as err:
            reason = str(err)
        set_aside(partial, reason)
        lock.close()
    partial.mkdir(parents=True)
    return lock_journal(partial, "ab"), None


def _take_name(partial: Path, final: Path) -> None:
    for name in (RAW_LINES, LEDGER_LINES, JOURNAL):
        (partial / name).unlink(missing_ok=True)
    partial.rename(final)
    sync(final.parent)
