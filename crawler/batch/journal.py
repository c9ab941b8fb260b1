"""Journal of an unfinished batch, from which a killed run resumes.

One JSON object a line, only ever appended. A commit closes a step: it says how large each of the batch's files was when
the step was whole, so that whatever was written after the last commit can be cut off and done again. A killed process
loses nothing that the operating system has; that is why a commit is flushed, not synced (docs/decisions/0005).
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from crawler.ad import PageRef
from crawler.batch.ad_json import from_plain
from crawler.batch.batch import ADS, PAGES, SUMMARY, read_lines
from crawler.errors import BadBatch, Outcome
from crawler.extract.raw import RawAd
from crawler.files import dumps_line, numbered

Sizes = Mapping[str, int]
"""Bytes, by the name of the file."""


Role = str
"""How an address is to be read: the spider has a ``read_<role>`` for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address of the source, and where it was found."""

    url: str
    role: Role
    depth: int = 0
    """Steps from a start address."""

    entry: RawAd | None = None
    """What a feed says of the ad behind the address: it stands in where the page gives none."""

    entry_page: PageRef | None = None
    """Where the feed with that entry lies in the archive."""

    is_card: bool = False
    """The entry is a card on a listing: it stands in only for a page that was never read."""

    is_awaited: bool = False
    """The spider waits for its result: like one with an entry, it is given out even when it may not be requested."""

    via: str | None = None
    """The address of the page that named it; None for a start address."""

    in_vain: int = 0
    """For a listing page: how many in a row before it had no ad that the run had not seen."""

    is_unlisted: bool = False
    """Known from earlier runs and named by no listing of this one: a feed's earlier entry does not stand in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The journal's first line: whose batch it is."""

    source: str
    card: str
    """A digest of the source's card: another card is another run."""

    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run has spent of its budget so far."""

    pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    is_overrun: bool = False


@dataclass(slots=True, kw_only=True)
class Unfinished:
    """What a killed process left of a run, up to the last commit whose files are all there."""

    opening: Opening
    end: int = 0
    """Bytes of the journal up to that commit."""

    sizes: Sizes = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    stopped: str | None = None
    problems: list[str] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)
    """What the spider needs to go on."""

    resumed: int = 0
    """How many times the run was taken up already."""

    begun: Counter[str] = field(default_factory=Counter)
    """How many times the reading of each address was begun, committed or not."""

    closed: tuple[tuple[str, Outcome], ...] = ()
    """The addresses that have their outcome, in the order of the ledger."""

    waiting: list[tuple[Address, str | None]] = field(default_factory=list)
    """Those that have none, each with its lastmod, in the order of finding."""

    ads: int = 0
    shown: frozenset[str] = frozenset()
    """The ids of all ads that the closed addresses show."""


class Journal:
    """Takes notes and closes them with commits. ``settle`` brings the batch's files to the operating system and gives
    their sizes."""

    def __init__(self, file: BinaryIO, settle: Callable[[], Sizes]) -> None:
        self._file, self._settle = file, settle
        self.is_suspended = False
        self.error: OSError | None = None
        """What could not be written; nothing is committed any more."""

    def open(self, opening: Opening) -> None:
        """Write the first line, and commit that nothing has been collected yet."""
        self._write(opening)
        self.commit(Spent())

    def see(self, address: Address, lastmod: str | None) -> None:
        """Note an address that waits in line."""
        self._write({"see": address, "lastmod": lastmod})

    def note(self, **what: object) -> None:
        """Note a problem, the end of the run, what the spider needs, or what was begun before; it counts from the next
        commit on."""
        self._write(what)

    def begin(self, url: str) -> None:
        """Note at once that the reading of an address begins, so that a page that kills the process is known."""
        self._write({"begin": url}, at_once=True)

    def commit(self, spent: Spent) -> None:
        """Everything so far is whole and counts. Raises the ``OSError`` that keeps it from being written."""
        if not self.is_suspended:
            try:
                sizes = self._settle()
            except OSError as err:
                self._fail(err)
                raise
            self._write({"commit": sizes, "spent": spent}, at_once=True)

    def suspend(self) -> None:
        """Commit nothing from now on: what follows does not belong to the run."""
        self.is_suspended = True

    def _write(self, line: object, *, at_once: bool = False) -> None:
        if self.is_suspended:
            return
        try:
            self._file.write(dumps_line(line).encode())
            if at_once:
                self._file.flush()
        except OSError as err:
            self._fail(err)
            raise

    def _fail(self, err: OSError) -> None:
        self.error = self.error or err
        self.suspend()


def _read_journal(path: Path, actual: Sizes) -> Unfinished:
    """What a journal's process left, given how large the batch's files are; raises ``BadBatch`` where nothing can be
    taken up.

    Of a line that was torn nothing is kept, and of a commit nothing where a file is shorter than it says.
    """
    state: Unfinished | None = None
    pending: list[dict[str, Any]] = []
    end = 0
    with path.open("rb") as file:
        for line in file:
            end += len(line)
            try:
                record = _record(line)
            except (ValueError, TypeError):
                break
            if state is None:
                state = Unfinished(opening=from_plain(Opening, record))
            elif "commit" in record:
                if not all(actual.get(name, -1) >= size for name, size in record["commit"].items()):
                    break
                _apply(state, pending, record, end)
                pending = []
            elif "begin" in record:
                state.begun[record["begin"]] += 1
            else:
                pending.append(record)
    if state is None or not state.end:
        raise BadBatch(f"{path}: expected the journal of a run, found none that can be taken up")
    return state


def _apply(state: Unfinished, pending: list[dict[str, Any]], commit: dict[str, Any], end: int) -> None:
    state.end, state.sizes, state.spent = end, commit["commit"], from_plain(Spent, commit["spent"])
    for record in pending:
        if "see" in record:
            state.waiting.append((from_plain(Address, record["see"]), record["lastmod"]))
        elif "problem" in record:
            state.problems.append(record["problem"])
        elif "stopped" in record:
            state.stopped = record["stopped"]
        elif "remember" in record:
            for name, value in record["remember"].items():
                state.remembered[name] = state.remembered.get(name, []) + value if isinstance(value, list) else value
        elif "resumed" in record:
            state.resumed = record["resumed"]
            state.begun = Counter(record["begun"])


def _record(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise ValueError("torn")
    record = json.loads(line)
    if not isinstance(record, dict):
        raise TypeError("expected an object")
    return record


log = structlog.get_logger()

JOURNAL, RAW_LINES, LEDGER_LINES = "journal.jsonl", "raw.jsonl", "ledger.jsonl"
"""Files of an unfinished batch, besides those that keep their names."""

GROWING = (ADS, RAW_LINES, LEDGER_LINES, PAGES)
"""What the journal's commits give the sizes of."""

TOO_OLD = timedelta(days=3)
"""An unfinished batch whose run began earlier is not taken up: its ads would be stale."""

A_MOMENT = timedelta(minutes=1)


def find_unfinished(home: Path, *, card: str, now: datetime) -> Path | None:
    """The folder that the newest unfinished batch of a source will have, where it can be taken up; else None.

    An empty ``card`` is for runs that cannot be taken up. A batch that somebody still writes is left alone. All others
    are set aside: those of another card, those whose run began three days before ``now``, and those that a later run
    overtook.
    """
    found: Path | None = None
    for partial in sorted(home.glob(".*.partial"), key=_by_run, reverse=True):
        try:
            lock_journal(partial, "rb").close()
        except BadBatch:  # it is being written
            continue
        except FileNotFoundError:
            # Whoever has just made the folder has no journal in it yet; whoever gives it its name, none any more.
            latest = (now - A_MOMENT).timestamp()
            if partial.exists() and not (partial / SUMMARY).is_file() and partial.stat().st_mtime > latest:
                continue
        reason = "a later run was begun" if found else _why_not(partial, card=card, now=now)
        if reason:
            set_aside(partial, reason)
        else:
            found = home / _run_of(partial)
    return found


def set_aside(partial: Path, reason: str) -> None:
    """Give an unfinished batch a name under which it is not resumed. All of it stays for a person to inspect."""
    targets = map(partial.with_name, numbered(f"{partial.name}.abandoned"))
    target = next(target for target in targets if not target.exists())
    with suppress(FileNotFoundError):  # another crawl was faster
        partial.rename(target)
        about = {"source": partial.parent.name, "folder": target.name, "reason": reason}
        log.warning("unfinished batch set aside", **about)


def lock_journal(partial: Path, mode: str) -> BinaryIO:
    """The journal, open and held until it is closed; raises ``BadBatch`` where another process holds it.

    The kernel releases it however the process ends.
    """
    path = partial / JOURNAL
    file: BinaryIO = path.open(mode)  # type: ignore[assignment] # the modes are binary
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
        state = _read_journal(partial / JOURNAL, {name: (partial / name).stat().st_size for name in GROWING})
        for name, size in state.sizes.items():
            os.truncate(partial / name, size)
        os.truncate(partial / JOURNAL, state.end)
        lines = list(read_lines(partial / LEDGER_LINES))
        state.closed = tuple((line["address"], line["outcome"]) for line in lines)
        state.shown = frozenset(ad_id for line in lines for ad_id in line.get("ads", ()))
        state.ads = sum("ad_id" in line for line in read_lines(partial / ADS))
        done = {address for address, _ in state.closed}
        state.waiting = [each for each in state.waiting if each[0].url not in done]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise BadBatch(f"{partial}: expected what a killed crawl leaves, found something else ({err})") from err
    return state


def _why_not(partial: Path, *, card: str, now: datetime) -> str | None:
    if (partial / SUMMARY).is_file():
        return None  # whole but for its name
    if not card:
        return "runs of this kind start anew"
    try:
        with (partial / JOURNAL).open("rb") as file:
            opening = from_plain(Opening, _record(file.readline()))
    except (OSError, ValueError, TypeError, AttributeError):
        return "its journal cannot be read"
    if opening.card != card:
        return "the source's card has changed"
    return f"older than {TOO_OLD.days} days" if opening.started_at < now - TOO_OLD else None


def _run_of(partial: Path) -> str:
    return partial.name[1:].removesuffix(".partial")


def _by_run(partial: Path) -> tuple[str, int]:
    stamp, _, number = _run_of(partial).partition("-")
    return stamp, int(number) if number.isdigit() else 1
