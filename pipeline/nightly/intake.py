"""Intake of batches into the store: each whole or not at all, each once.

What a batch says of the ads that it does not repeat: those that stand, those that could not be fetched, those gone.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from crawler.ad import JobAd
from crawler.batch.batch import GONE, KNOWN, LEDGER, SUMMARY, Batch, Ruling, find_batches, read_batch, read_ruling
from crawler.errors import READ, BadAdsFile, BadBatch, CrawlerError
from crawler.files import open_bytes
from crawler.history.crawl_state import DAMAGE, base_of, breaks_off, read_ledger, readable_lines
from pipeline.linking.changes import in_words
from pipeline.nightly.report import Brought
from pipeline.nightly.retention import is_forgotten
from pipeline.store.ads.runs import Runs
from pipeline.store.store import Store

REMOVED = {"404", "410"}
"""What a page that was taken down answers: the ad is gone, not merely out of sight."""


@dataclass(slots=True, kw_only=True)
class Absence:
    """Drawn from a batch's ledger and its gone ads."""

    folder: Path
    standing: set[str] = field(default_factory=set)
    """Ads that some address shows."""

    reread: set[str] = field(default_factory=set)
    """Ads whose page is the same to the byte, read by another version of the program."""

    gone: Mapping[str, str] = field(default_factory=dict)
    """Ads that ended, and why."""

    unread: list[str] = field(default_factory=list)
    """Addresses that nobody could look at: that says nothing of their ads."""

    is_whole: bool = True
    """Whether the run came to the end of what it found."""

    def known_ads(self) -> frozenset[str]:
        """Ads that the batch's memory keeps count of; none for a batch without one."""
        path = self.folder / KNOWN
        if not path.is_file():
            return frozenset()
        try:
            with open_bytes(path) as lines:
                next(lines)
                return frozenset(ad_id for line in lines for ad_id in orjson.loads(line)["ads"])
        except (*DAMAGE, StopIteration) as err:
            raise BadBatch(f"{path}: expected what is known of one address a line ({err})") from err


def read_absence(folder: Path) -> Absence:
    """What a batch's ledger and gone ads say. Raises ``BadBatch`` where either is broken."""
    found = Absence(folder=folder)
    try:
        for line in read_ledger(folder / LEDGER):
            found.standing.update(line.ads)
            if line.note and line.note.get("reread"):
                found.reread.update(line.ads)
            found.is_whole = found.is_whole and not breaks_off(line)
            if line.outcome in {"failed", "refused_by_robots"}:
                found.unread.append(line.address)
    except DAMAGE as err:
        raise BadBatch(f"{folder / LEDGER}: expected one address and its outcome a line ({err})") from err
    if (folder / KNOWN).is_file():
        try:
            with (folder / GONE).open(encoding="utf-8") as lines:
                found.gone = {record["ad_id"]: record["why"] for record in map(json.loads, lines)}
        except DAMAGE as err:
            raise BadBatch(f"{folder / GONE}: expected one ad that is gone, and why, a line ({err})") from err
    return found


def count_taken_down(folder: Path) -> int:
    """How many addresses of a batch answered that their page was taken down."""
    failed = (line for line in readable_lines(folder / LEDGER) if line.outcome == "failed")
    return sum(line.detail.rpartition("; ")[2] in REMOVED for line in failed)


def unread_listings(folder: Path) -> tuple[str, ...]:
    """The listings of a batch that could not be read, each with the reason."""
    return tuple(
        f"{line.address}: {line.detail or line.outcome}"
        for line in readable_lines(folder / LEDGER)
        if "listing" in (line.note or {}) and line.outcome not in {*READ, "not_inspected"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchIntake(Brought):
    """What became of one batch, and what it brought."""

    folder: Path
    source: str
    run: str
    outcome: Literal["taken", "known", "held_back", "dropped"]
    """``known``: taken in before. ``held_back``: not healthy, not readable, or resting on a batch that was not taken
    in; ``problems`` say why. ``dropped``: a person decided that it is never taken in."""

    unheld: int = 0
    """Ads that stand unchanged and that the store does not hold: a batch on the way here was lost."""

    lost: int = 0
    """Ads of a damaged batch that could not be read."""

    def with_problems(self) -> "BatchIntake":
        """The same, with what a batch that was taken in leaves to be mended."""
        problems = [*self.problems]
        if self.lost:
            problems.append(f"released in spite of damage: {self.lost} ads could not be read")
        if self.unheld:
            unheld = f"{self.unheld} ads stand unchanged and are not in the store"
            problems.append(f"{unheld}: the next night reads them anew")
        return replace(self, problems=tuple(problems))


_RECALLED: Final = (
    "ads", "new", "changed", "changed_fields", "unchanged", "not_seen", "gone", "unheld", "lost",
)  # fmt: skip
"""What the store keeps of a batch that was taken in, for a night that is resumed."""


def batch_folders(places: Iterable[Path]) -> tuple[Path, ...]:
    """The batch folders in these places, each of which is a batch, a source's folder or a folder of sources."""
    found: list[Path] = []
    for place in (Path(os.path.abspath(each)) for each in places):  # noqa: PTH100 - a link keeps its name
        if not place.is_dir():
            raise BadBatch(f"{place}: no such folder; expected a batch, a source's folder or a folder of sources")
        here = [place] if (place / SUMMARY).is_file() else []
        here = here or sorted(file.parent for file in place.glob(f"[!.]*/{SUMMARY}")) or list(find_batches(place))
        if not here:
            raise BadBatch(f"{place}: holds no finished batch; expected folders with a {SUMMARY}")
        found += here
    # By the run's name, which begins with its moment: nights are taken in as they came.
    return tuple(sorted(dict.fromkeys(found), key=lambda folder: (folder.name, folder)))


def take_in(
    store: Store, folders: Iterable[Path], *, gone_after_batches: int, now: datetime, forgotten: Collection[str] = ()
) -> Iterator[BatchIntake]:
    """What becomes of each batch, as it is taken in. One that cannot be taken does not stop the others. Ads that were
    forgotten are passed over."""
    return map(_Intake(store, gone_after_batches, now, forgotten).take, folders)


def recall(runs: Runs, folder: Path) -> BatchIntake:
    """What a batch that was taken in before had brought, as if it were taken now."""
    outcome = runs.outcome(folder.parent.name, folder.name)
    brought: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in outcome.items()
    }
    taken = BatchIntake(folder=folder, source=folder.parent.name, run=folder.name, outcome="taken", **brought)
    return taken.with_problems()


def missing_base(runs: Runs, folder: Path) -> str | None:
    """The run that a batch rests on, where that was not taken in; None where nothing is missing."""
    base = base_of(folder)
    return base if base and not runs.has_batch(folder.parent.name, base) else None


def is_cut_off(runs: Runs, folder: Path) -> bool:
    """Whether a batch rests on one that will never be taken in: lost, dropped or damaged."""
    base = missing_base(runs, folder)
    if base is None:
        return False
    try:
        ruling = read_ruling(folder.with_name(base))
        if ruling is None:
            read_batch(folder.with_name(base))
    except BadBatch:
        return True
    return ruling is not None and ruling.act == "drop"


@dataclass(frozen=True, slots=True)
class _Intake:
    store: Store
    gone_after_batches: int
    now: datetime
    forgotten: Collection[str]

    def take(self, folder: Path) -> BatchIntake:
        source, run = folder.parent.name, folder.name
        if self.store.runs.has_batch(source, run):
            return BatchIntake(folder=folder, source=source, run=run, outcome="known")
        aside = BatchIntake(folder=folder, source=source, run=run, outcome="held_back")
        try:
            ruling = read_ruling(folder)
            if ruling and ruling.act == "drop":
                return replace(aside, outcome="dropped", problems=(f"dropped by {ruling.by}: {ruling.reason}",))
            batch = read_batch(folder, damaged=ruling is not None)
            source = batch.summary.source  # of a copy, not the name of the folder that it lies in
            if problems := _why_hold_back(self.store.runs, batch, ruling):
                return replace(aside, ads=batch.summary.ads, problems=problems)
            with self.store.atomic():
                # Asked again under the lock: another intake may have been faster, or a copy was taken in.
                if self.store.runs.has_batch(source, run):
                    return replace(aside, outcome="known")
                return self._take(batch, ruling, replace(aside, outcome="taken")).with_problems()
        except CrawlerError as err:
            return replace(aside, problems=(str(err),))

    def _take(self, batch: Batch, ruling: Ruling | None, taken: BatchIntake) -> BatchIntake:
        store, summary = self.store, batch.summary
        # What is not in an archive may well stand.
        is_newest = not summary.looks_back and store.runs.is_newest_batch(
            summary.source, summary.started_at, now=self.now
        )
        batch_id = store.runs.add_batch(summary, taken_at=self.now)
        before = summary.started_at - datetime.resolution
        store.ads.settle_future(summary.source, at=before, now=max(self.now, summary.ended_at))
        try:
            absence = read_absence(batch.folder)
        except BadBatch:
            if ruling is None:
                raise
            absence = Absence(folder=batch.folder, is_whole=False)  # released in spite of damage there
        ads = (ad for ad in _ads_of(batch, ruling) if not is_forgotten(ad.ad_id, self.forgotten))
        if not summary.looks_back:  # a clock that went back during the crawl makes no ad older than its batch
            ads = (replace(ad, seen_at=max(ad.seen_at, summary.started_at)) for ad in ads)
        taken, recorded = self._record_ads(taken, ads, batch_id, absence.reread)
        if ruling:
            taken = replace(taken, lost=summary.ads - sum(1 for _ in _ads_of(batch, ruling)))
        absence.standing -= recorded
        absence.standing -= {ad_id for ad_id in absence.standing if is_forgotten(ad_id, self.forgotten)}
        unheld = absence.standing - store.ads.held(summary.source, absence.standing)
        taken = replace(taken, unheld=0 if summary.looks_back else len(unheld))
        if is_newest:
            taken = self._record_absence(batch, absence, taken)
        store.runs.set_outcome(batch_id, {name: getattr(taken, name) for name in _RECALLED})
        return taken

    def _record_ads(
        self, taken: BatchIntake, ads: Iterable[JobAd], batch_id: int, reread: Collection[str]
    ) -> tuple[BatchIntake, set[str]]:
        """The batch with what it brought, and the ids of its ads."""
        count, new, unchanged, recorded = 0, 0, 0, set()
        changed: dict[str, str] = {}
        for ad in ads:
            count += 1
            recorded.add(ad.ad_id)
            is_reread = ad.ad_id in reread
            outcome = self.store.ads.record(ad, batch_id=batch_id, is_reread=is_reread)
            if outcome == "unchanged":
                unchanged += 1
                continue
            self.store.cases.follow_text(ad.ad_id, at=ad.seen_at)
            if outcome == "new":
                new += 1
            else:
                words = in_words(self.store.changes.newest(ad.ad_id))
                changed[ad.ad_id] = f"{words} (the same page, read otherwise)" if is_reread else words
        taken = replace(taken, ads=count, new=new, changed=tuple(changed), changed_fields=changed, unchanged=unchanged)
        return taken, recorded

    def _record_absence(self, batch: Batch, absence: Absence, taken: BatchIntake) -> BatchIntake:
        ads, source, since = self.store.ads, batch.summary.source, batch.summary.started_at
        touched = ads.touch(source, absence.standing, at=since)
        # A run that stopped at its budget has not looked everywhere: what it did not show may well stand.
        not_seen = ads.mark_missed(source, since=since, unread=absence.unread) if absence.is_whole else ()
        missed = ads.missed(source, batches=self.gone_after_batches, since=since)
        unknown = missed - absence.known_ads() if missed else missed  # of the others the batch says when they end
        why = dict.fromkeys(unknown, f"not shown in {self.gone_after_batches} looks in a row") | dict(absence.gone)
        gone = ads.mark_gone(source, why, at=batch.summary.ended_at)
        not_seen = tuple(sorted({*not_seen, *gone})) if absence.is_whole else gone
        return replace(taken, unchanged=taken.unchanged + touched, not_seen=not_seen, gone=gone)


def _why_hold_back(runs: Runs, batch: Batch, ruling: Ruling | None) -> tuple[str, ...]:
    if not batch.summary.healthy and ruling is None:
        return batch.summary.problems or ("not healthy",)
    base = missing_base(runs, batch.folder)
    if base is None:
        return ()
    # It does not repeat what that run had found: without it, ads would be missing.
    if not is_cut_off(runs, batch.folder):
        return (f"rests on run {base}, which was not taken in; take that in first",)
    if ruling:
        return ()
    is_here = (batch.folder.parent / base).is_dir()
    state = "is damaged or was dropped" if is_here else "is neither in the store nor on disk"
    return (f"rests on run {base}, which {state}: release it to go without",)


def _ads_of(batch: Batch, ruling: Ruling | None) -> Iterator[JobAd]:
    """The batch's ads; of one that was released in spite of damage, those before the first that cannot be read."""
    try:
        yield from batch.ads()
    except BadAdsFile:
        if ruling is None:
            raise
