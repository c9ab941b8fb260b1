"""Unfinished batches: lookup, locks and resumption."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from crawler.batch.batch import ADS, PAGES, SUMMARY
from crawler.batch.journal import Address, JournalState, read_journal, read_opening, read_waiting
from crawler.errors import BadBatch, Outcome

__all__ = [
    "JOURNAL", "LEDGER_LINES", "RAW_LINES", "TOO_OLD", "Unfinished", "find_unfinished", "lock_journal", "resume",
    "set_aside",
]  # fmt: skip

log = structlog.get_logger()

JOURNAL, RAW_LINES, LEDGER_LINES = "journal.jsonl", "raw.jsonl", "ledger.jsonl"
"""Files of an unfinished batch, besides those that keep their names."""

GROWING = (ADS, RAW_LINES, LEDGER_LINES, PAGES)
"""What the journal's commits give the sizes of."""

TOO_OLD = timedelta(days=3)
"""An unfinished batch whose run began earlier, or that was left earlier, is not taken up: its ads would be stale."""

A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The batch of a killed process, cut back to its last commit."""

    state: JournalState
    closed: tuple[tuple[str, Outcome], ...]
    """The addresses that have their outcome, in the order of the ledger."""

    waiting: tuple[tuple[Address, str | None], ...]
    """Those that have none, each with its lastmod, in the order of finding."""

    ads: int
    shown: frozenset[str]
    """The ids of all ads that the closed addresses show."""


def find_unfinished(home: Path, *, card: str, now: datetime, today: datetime) -> Path | None:
    """The folder that the newest unfinished batch of a source will have, where it can be taken up; else None.

    An empty ``card`` is for runs that cannot be taken up. A batch that somebody still writes is left alone. All others
    are set aside: those of another card, those whose run began three days before ``now`` or that nobody has touched for
    three days ``today``, and those that a later run overtook.
    """
    found: Path | None = None
    for partial in sorted(home.glob(".*.partial"), key=_by_run, reverse=True):
        if _is_being_written(partial, today):
            continue
        reason = "a later run was begun" if found else _why_not(partial, card=card, now=now, today=today)
        if reason:
            set_aside(partial, reason)
        else:
            found = home / _run_of(partial)
    return found


def set_aside(partial: Path, reason: str) -> None:
    """Give an unfinished batch a name under which it is not resumed. All of it stays for a person to inspect."""
    target, number = partial.with_name(f"{partial.name}.abandoned"), 1
    while target.exists():
        number += 1
        target = partial.with_name(f"{partial.name}.abandoned-{number}")
    with suppress(FileNotFoundError):  # another crawl was faster
        partial.rename(target)
        about = {"source": partial.parent.name, "folder": target.name, "reason": reason}
        log.warning("unfinished batch set aside", **about)


def lock_journal(partial: Path, mode: str) -> BinaryIO:
    """The journal, open and held until it is closed; raises ``BadBatch`` where another process holds it.

    The kernel releases it however the process ends.
    """
    path = partial / JOURNAL
    file: BinaryIO = path.open(mode, buffering=1 << 16)  # type: ignore[assignment] # the modes are binary
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise FileNotFoundError(path)
    except OSError as err:  # held, or finished in between
        file.close()
        raise BadBatch(f"{partial}: expected an unfinished batch that nobody writes, found one in use") from err
    return file


def resume(partial: Path) -> Unfinished:
    """What was committed of a batch whose journal is locked, after everything else was cut off; raises ``BadBatch``
    where that cannot be told."""
    try:
        state = read_journal(partial / JOURNAL, {name: (partial / name).stat().st_size for name in GROWING})
        for name, size in state.sizes.items():
            os.truncate(partial / name, size)
        os.truncate(partial / JOURNAL, state.end)
        lines = list(_records(partial / LEDGER_LINES))
        closed = tuple((line["address"], line["outcome"]) for line in lines)
        shown = frozenset(ad_id for line in lines for ad_id in line.get("ads", ()))
        ads = sum("ad_id" in line for line in _records(partial / ADS))
        done = {address for address, _ in closed}
        waiting = tuple(each for each in read_waiting(partial / JOURNAL, state.end) if each[0].url not in done)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise BadBatch(f"{partial}: expected what a killed crawl leaves, found something else ({err})") from err
    return Unfinished(state=state, closed=closed, waiting=waiting, ads=ads, shown=shown)


def _why_not(partial: Path, *, card: str, now: datetime, today: datetime) -> str | None:
    if (partial / SUMMARY).is_file():
        return None  # whole but for its name
    if not card:
        return "runs of this kind start anew"
    try:
        opening = read_opening(partial / JOURNAL)
        left_at = _changed_at(partial / JOURNAL)
    except (OSError, BadBatch):
        return "its journal cannot be read"
    if opening.card != card:
        return "the source's card has changed"
    is_old = opening.started_at < now - TOO_OLD or left_at < today - TOO_OLD
    return f"older than {TOO_OLD.days} days" if is_old else None


def _is_being_written(partial: Path, today: datetime) -> bool:
    try:
        lock_journal(partial, "rb").close()
    except BadBatch:
        return True
    except FileNotFoundError:
        # Whoever has just made the folder has no journal in it yet; whoever gives it its name, none any more.
        return partial.exists() and not (partial / SUMMARY).is_file() and _changed_at(partial) > today - A_MOMENT
    return False


def _changed_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _run_of(partial: Path) -> str:
    return partial.name[1:].removesuffix(".partial")


def _by_run(partial: Path) -> tuple[str, int]:
    stamp, _, number = _run_of(partial).partition("-")
    return stamp, int(number) if number.isdigit() else 1


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)
