"""Held-back batches: those that wait for a person, and the decision on each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from crawler.batch.batch import (
    SUMMARY,
    Ruling,
    batches_of,
    find_batches,
    is_dropped,
    read_batch,
    read_ruling,
    write_ruling,
)
from crawler.errors import BadBatch
from crawler.history.crawl_state import base_of, read_state_header
from pipeline.nightly.intake import is_cut_off, missing_base
from pipeline.store.ads.runs import Runs
from pipeline.store.store import Store

__all__ = ["Standing", "drop", "find_batch", "release", "standings"]

State = Literal["taken", "waiting", "held_back", "released", "dropped"]
"""``waiting``: healthy, the next intake takes it in. ``held_back``: nobody has decided yet. ``released``: the next
intake takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one batch stands."""

    source: str
    run: str
    state: State
    problems: tuple[str, ...] = ()
    """Why it was held back."""

    is_damaged: bool = False
    """Its files are not those that its crawl wrote."""

    by: str | None = None
    reason: str | None = None
    """Who released or dropped it, and why."""

    @property
    def name(self) -> str:
        """What the commands call it."""
        return f"{self.source}/{self.run}"


def standings(store: Store | None, output: Path, *, with_taken: bool = False) -> Iterator[Standing]:
    """The finished batches below a folder, oldest run first within each source; without a store none is taken in."""
    open_runs: dict[tuple[str, str], Standing] = {}
    for folder in find_batches(output):
        source, run = folder.parent.name, folder.name
        if store is None or not store.runs.has_batch(source, run):
            standing = _standing(folder)
            base = missing_base(store.runs, folder) if store and standing.state == "waiting" else None
            if base and (before := open_runs.get((source, base))) is None:
                problem = f"rests on run {base}, which is neither in the store nor on disk: release it to go without"
                standing = replace(standing, state="held_back", problems=(problem,))
            elif base and before and before.state in {"held_back", "dropped"}:
                problem = f"rests on run {base}, which was not taken in: {'; '.join(before.problems) or before.reason}"
                standing = replace(standing, state="held_back", problems=(problem,))
            open_runs[source, run] = standing
            yield standing
        elif with_taken:
            yield Standing(source=source, run=run, state="taken")


def find_batch(output: Path, name: str) -> Path:
    """The folder that ``SOURCE/RUN`` names below ``output``, or the path itself. Raises ``BadBatch`` for neither."""
    for folder in (output / name, Path(name)):
        if folder.is_dir():
            return folder.absolute()
    raise BadBatch(f"{name}: no such batch below {output}; expected SOURCE/RUN as `lurewatch batches list` shows it")


def release(runs: Runs, folder: Path, *, by: str, reason: str, at: datetime) -> None:
    """Decide that a batch which was held back is taken in; the decision lies beside its files, which do not change.

    Of a damaged one that is what can still be read; the next night asks again for the rest.
    """
    batch = read_batch(folder, damaged=True)
    _check_open(runs, folder)
    is_waiting = _standing(folder).state == "waiting" and not is_cut_off(runs, folder)
    if batch.summary.healthy and is_waiting:
        raise BadBatch(f"{folder}: is healthy; expected a batch that was held back (`lurewatch intake` takes it in)")
    write_ruling(folder, Ruling(act="release", by=by, reason=reason, at=at))


def drop(runs: Runs, folder: Path, *, by: str, reason: str, at: datetime) -> None:
    """Decide that a batch is never taken in, nor remembered by later runs."""
    if not (folder / SUMMARY).is_file():
        raise BadBatch(f"{folder}: expected the folder of a finished batch, found no {SUMMARY}")
    _check_open(runs, folder)
    for later in batches_of(folder.parent):
        if base_of(later) == folder.name and not is_dropped(later):
            raise BadBatch(f"{folder}: run {later.name} rests on it; expected that one to be dropped first")
    write_ruling(folder, Ruling(act="drop", by=by, reason=reason, at=at))


def _check_open(runs: Runs, folder: Path) -> None:
    if runs.has_batch(folder.parent.name, folder.name):
        raise BadBatch(f"{folder}: was taken in already; expected a batch that is still outside the store")


def _standing(folder: Path) -> Standing:
    source, run = folder.parent.name, folder.name
    try:
        ruling = read_ruling(folder)
        if ruling:
            state: State = "released" if ruling.act == "release" else "dropped"
            return Standing(source=source, run=run, state=state, by=ruling.by, reason=ruling.reason)
        summary = read_batch(folder).summary
        read_state_header(folder)
    except BadBatch as err:
        return Standing(source=source, run=run, state="held_back", problems=(str(err),), is_damaged=True)
    return Standing(
        source=source, run=run, state="waiting" if summary.healthy else "held_back", problems=summary.problems
    )
