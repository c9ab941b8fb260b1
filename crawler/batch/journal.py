"""Journal of an unfinished batch, from which a killed run resumes.

One JSON object a line, only ever appended. A commit closes a step: it says how large each of the batch's files was when
the step was whole, so that whatever was written after the last commit can be cut off and done again. A killed process
loses nothing that the operating system has; that is why a commit is flushed, not synced (docs/decisions/0005).
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from crawler.ad import PageRef
from crawler.batch.ad_json import from_plain
from crawler.errors import BadBatch
from crawler.extract.raw import RawAd
from crawler.files import dumps_line

__all__ = [
    "Address", "Journal", "JournalState", "Opening", "Role", "Spent", "read_journal", "read_opening", "read_waiting",
]  # fmt: skip

FORMAT = 1
"""A journal of another format is not resumed."""

SEEN = b'{"see":'
"""How the line of an address begins; nearly all lines are of this kind or commits."""

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
    format: int = FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a run has spent of its budget so far."""

    pages: int = 0
    bytes: int = 0
    seconds: float = 0.0
    is_overrun: bool = False


@dataclass(slots=True, kw_only=True)
class JournalState:
    """State of a killed run, up to its last commit whose files are all there."""

    opening: Opening
    end: int = 0
    """Bytes of the journal up to that commit."""

    sizes: Sizes = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    stopped: str | None = None
    problems: list[str] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)
    """What the spider needs to go on."""

    gathered: dict[str, list[Any]] = field(default_factory=dict)
    """The same, where it only ever grows."""

    resumed: int = 0
    """How many times the run was taken up already."""

    begun: Counter[str] = field(default_factory=Counter)
    """How many times the reading of each address was begun, committed or not."""


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
            text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        except TypeError:  # lone surrogates from a hostile feed
            text = dumps_line(_plain(line)).encode()
        try:
            self._file.write(text)
            if at_once:
                self._file.flush()
        except OSError as err:
            self._fail(err)
            raise

    def _fail(self, err: OSError) -> None:
        self.error = self.error or err
        self.suspend()


def read_journal(path: Path, actual: Sizes) -> JournalState:
    """What a journal's process left, given how large the batch's files are; raises ``BadBatch`` where nothing can be
    taken up.

    Of a line that was torn nothing is kept, and of a commit nothing where a file is shorter than it says.
    """
    state: JournalState | None = None
    pending: list[dict[str, Any]] = []
    end = 0
    with path.open("rb") as file:
        for line in file:
            end += len(line)
            try:
                record = {} if line.startswith(SEEN) and line.endswith(b"}\n") else _record(line)
                if state is None:
                    state = JournalState(opening=from_plain(Opening, record))
                elif "commit" in record:
                    if not all(actual.get(name, -1) >= size for name, size in record["commit"].items()):
                        break
                    _apply(state, pending, record, end)
                    pending = []
                elif "begin" in record:
                    state.begun[record["begin"]] += 1
                elif record:
                    pending.append(record)
            except (ValueError, TypeError, KeyError, AttributeError):
                break
    if state is None or not state.end or state.opening.format != FORMAT:
        raise BadBatch(f"{path}: expected the journal of a run, found none that can be taken up")
    return state


def read_opening(path: Path) -> Opening:
    """Whose batch a journal is of; raises ``BadBatch`` where its first line does not say."""
    with path.open("rb") as file:
        try:
            return from_plain(Opening, _record(file.readline()))
        except (ValueError, TypeError, AttributeError) as err:
            raise BadBatch(f"{path}: expected the journal of a run, found something else") from err


def read_waiting(path: Path, end: int) -> Iterator[tuple[Address, str | None]]:
    """The addresses, each with its lastmod, that the journal's first ``end`` bytes name, in the order of finding."""
    with path.open("rb") as file:
        for line in file:
            if line.startswith(SEEN):
                record = _record(line)
                yield from_plain(Address, record["see"]), record["lastmod"]
            end -= len(line)
            if end <= 0:
                return


def _apply(state: JournalState, pending: list[dict[str, Any]], commit: dict[str, Any], end: int) -> None:
    state.end, state.sizes, state.spent = end, commit["commit"], from_plain(Spent, commit["spent"])
    for record in pending:
        if "problem" in record:
            state.problems.append(record["problem"])
        elif "stopped" in record:
            state.stopped = record["stopped"]
        elif "remember" in record:
            state.remembered |= record["remember"]
        elif "gather" in record:
            for name, values in record["gather"].items():
                state.gathered.setdefault(name, []).extend(values)
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


def _plain(line: object) -> object:
    match line:
        case {"see": Address() as address, "lastmod": lastmod}:
            return {"see": asdict(address), "lastmod": lastmod}
        case _:
            return line
