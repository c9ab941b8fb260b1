"""Batches of which nothing is kept any more. A batch never changes: it stays whole or goes whole."""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from crawler.batches import batches_of, read_summary
from crawler.errors import BadBatch
from crawler.memory import read_base
from crawler.ruling import counts, read_ruling
from pipeline.review_queue import ReviewQueue

__all__ = ["expired_batches", "remove_batches"]


def expired_batches(queue: ReviewQueue, batches: Path, *, before: datetime) -> tuple[Path, ...]:
    """Batches that ended before then, were taken in or dropped, and brought no text that the store still holds.

    The newest of each source that counts stays, because the next crawl remembers by it, and so does one that a batch
    outside the store rests on.
    """
    needed = queue.batches_with_text()
    found: list[Path] = []
    for source in sorted(folder for folder in batches.glob("[!.]*") if folder.is_dir()):
        folders = batches_of(source)
        remembered = next((folder for folder in reversed(folders) if _counts(folder)), None)
        rests_on = {_base(folder) for folder in folders if not queue.has_batch(source.name, folder.name)}
        found += [
            folder
            for folder in folders
            if folder != remembered
            and (source.name, folder.name) not in needed
            and folder.name not in rests_on
            and (queue.has_batch(source.name, folder.name) or _is_dropped(folder))
            and _ended_before(folder, before)
        ]
    return tuple(found)


def remove_batches(batches: Path, folders: Iterable[Path]) -> None:
    """Takes the folders away, each out of sight at once; also what an earlier removal had to leave behind."""
    for folder in folders:
        folder.rename(folder.with_name(f".{folder.name}.removed"))
    for left in batches.glob("[!.]*/.*.removed"):
        shutil.rmtree(left)


def _counts(folder: Path) -> bool:
    try:
        summary = read_summary(folder)
        return summary.finished and counts(summary.healthy, folder)
    except BadBatch:
        return False


def _base(folder: Path) -> str | None:
    try:
        base = read_base(folder)
    except BadBatch:
        return None
    return base.after if base else None


def _is_dropped(folder: Path) -> bool:
    try:
        ruling = read_ruling(folder)
    except BadBatch:
        return False
    return ruling is not None and ruling.act == "drop"


def _ended_before(folder: Path, moment: datetime) -> bool:
    try:
        return read_summary(folder).ended_at <= moment
    except BadBatch:
        return False
