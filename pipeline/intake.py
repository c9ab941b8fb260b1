"""Takes batches into the store: each whole or not at all, each once."""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from crawler.batches import LEDGER, SUMMARY, Batch, find_batches, read_batch
from crawler.errors import BadBatch, CrawlerError
from pipeline.review_queue import ReviewQueue

__all__ = ["BatchIntake", "batch_folders", "recall", "take_in"]

REMOVED = {"404", "410"}
"""What a page that was taken down answers: the ad is gone, not merely out of sight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brought:
    ads: int = 0
    new: int = 0
    changed: tuple[str, ...] = ()
    unchanged: int = 0
    not_seen: tuple[str, ...] = ()
    """Ads of the source that this batch did not show, those that are gone by now included."""

    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchIntake(_Brought):
    """What became of one batch, and what it brought."""

    folder: Path
    source: str
    run: str
    outcome: Literal["taken", "known", "held_back"]
    """``known``: taken in before. ``held_back``: not healthy or not readable; ``problems`` say why."""

    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Addresses:
    """What a batch's ledger says of addresses without an ad."""

    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    unread: tuple[str, ...]
    is_complete: bool
    """Whether the run came to the end of what it found."""


def batch_folders(places: Iterable[Path]) -> tuple[Path, ...]:
    """The batch folders in these places, each of which is a batch, a source's folder or a folder of sources."""
    found: list[Path] = []
    for place in places:
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
    queue: ReviewQueue, folders: Iterable[Path], *, gone_after_looks: int, now: datetime
) -> Iterator[BatchIntake]:
    """What becomes of each batch, as it is taken in. One that cannot be taken does not stop the others."""
    for folder in folders:
        if queue.has_batch(folder.parent.name, folder.name):
            yield BatchIntake(folder=folder, source=folder.parent.name, run=folder.name, outcome="known")
            continue
        try:
            yield _take(queue, read_batch(folder), gone_after_looks=gone_after_looks, now=now)
        except CrawlerError as err:
            yield BatchIntake(
                folder=folder, source=folder.parent.name, run=folder.name, outcome="held_back", problems=(str(err),)
            )


def recall(queue: ReviewQueue, folder: Path) -> BatchIntake:
    """What a batch that was taken in before had brought, as if it were taken now."""
    said = queue.brought(folder.parent.name, folder.name)
    brought: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return BatchIntake(folder=folder, source=folder.parent.name, run=folder.name, outcome="taken", **brought)


def _take(queue: ReviewQueue, batch: Batch, *, gone_after_looks: int, now: datetime) -> BatchIntake:
    summary = batch.summary
    if not summary.healthy:
        return BatchIntake(
            folder=batch.folder, source=summary.source, run=summary.run, outcome="held_back", ads=summary.ads,
            problems=summary.problems or ("not healthy",),
        )  # fmt: skip
    with queue.atomic():
        # Asked again under the lock: another intake may have been faster.
        if queue.has_batch(summary.source, summary.run):
            return BatchIntake(folder=batch.folder, source=summary.source, run=summary.run, outcome="known")
        # What is not in an archive may well stand.
        is_newest = not summary.looks_back and queue.is_newest(summary.source, summary.started_at)
        batch_id = queue.add_batch(
            source=summary.source, run=summary.run, started_at=summary.started_at, ended_at=summary.ended_at,
            ads=summary.ads, taken_at=now,
        )  # fmt: skip
        new, changed, unchanged = _record_ads(queue, batch, batch_id)
        touched, not_seen, gone = _record_absence(queue, batch, gone_after_looks) if is_newest else (0, (), ())
        brought = _Brought(
            ads=summary.ads, new=new, changed=changed, unchanged=unchanged + touched, not_seen=not_seen, gone=gone
        )
        queue.set_brought(batch_id, asdict(brought))
    return BatchIntake(folder=batch.folder, source=summary.source, run=summary.run, outcome="taken", **asdict(brought))


def _record_ads(queue: ReviewQueue, batch: Batch, batch_id: int) -> tuple[int, tuple[str, ...], int]:
    new, changed, unchanged = 0, [], 0
    for ad in batch.ads():
        look = queue.record_look(ad, batch_id=batch_id)
        if look.outcome == "unchanged":
            unchanged += 1
            continue
        queue.follow_text(ad.ad_id, at=ad.seen_at)
        if look.outcome == "new":
            new += 1
        else:
            changed.append(ad.ad_id)
    return new, tuple(changed), unchanged


def _record_absence(
    queue: ReviewQueue, batch: Batch, gone_after_looks: int
) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    source, since, at = batch.summary.source, batch.summary.started_at, batch.summary.ended_at
    addresses = _addresses(batch)
    touched = queue.touch_ads(source, addresses.unchanged, at=since)
    # A run that stopped at its budget has not looked everywhere: what it did not show may well stand.
    not_seen = queue.miss_ads(source, since=since, unread=addresses.unread) if addresses.is_complete else ()
    gone = queue.mark_gone(source, looks=gone_after_looks, removed=addresses.removed, since=since, at=at)
    return touched, not_seen, gone


def _addresses(batch: Batch) -> _Addresses:
    unchanged, removed, unread, is_complete = [], [], [], True
    for address, outcome, detail in _ledger_lines(batch):
        if outcome == "unchanged":
            unchanged.append(address)
        elif outcome == "failed" and detail in REMOVED:
            removed.append(address)
        elif outcome in {"failed", "refused_by_robots"}:
            unread.append(address)
        elif outcome == "not_inspected":
            is_complete = False
    return _Addresses(unchanged=tuple(unchanged), removed=tuple(removed), unread=tuple(unread), is_complete=is_complete)


def _ledger_lines(batch: Batch) -> Iterator[tuple[str, str, str]]:
    path = batch.folder / LEDGER
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                entry = json.loads(line)
                yield entry["address"], entry["outcome"], entry.get("detail", "")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as err:
        raise BadBatch(f"{path}: expected one address and its outcome a line ({err})") from err
