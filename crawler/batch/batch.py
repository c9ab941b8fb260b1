"""Batches on disk: ledger of addresses, summary, checks, and rulings of people.

A person's decision on a batch that was held back is a small file beside the batch's own, which never change.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Literal, get_args

from crawler.ad import JobAd
from crawler.batch.ads_file import read_ads
from crawler.errors import OUTCOMES, BadBatch, Outcome
from crawler.files import dumps_line, file_digest, numbered, open_bytes, write_json

ADS, RAW, LEDGER, PAGES, SUMMARY = "ads.jsonl", "raw.jsonl.gz", "ledger.jsonl.gz", "pages.warc.gz", "summary.json"
KNOWN, GONE = "known.jsonl.gz", "gone.jsonl"
"""What the source's memory is after the run, and the ads that ended with it; a batch that looks back has neither."""


NAMED_AT_MOST = 200
"""Addresses that a summary names for one outcome; the ledger file has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """What one run came to. ``outcomes`` add up to ``addresses``."""

    source: str
    """The source's name."""

    run: str
    """The start in UTC, sortable, such as ``20261124T020000Z``; also the folder's name."""

    started_at: datetime
    """When the run began."""

    ended_at: datetime
    """When it ended."""

    finished: bool
    """True only when the batch is whole: every address that was seen has its outcome."""

    outcomes: Mapping[str, int]
    """How many addresses had each outcome."""

    addresses: int
    """How many addresses were seen."""

    ads: int
    """Lines of `ads.jsonl`: ads that are new or changed."""

    healthy: bool
    """True where nothing speaks against taking the batch in."""

    problems: tuple[str, ...]
    """Why the batch is not healthy."""

    addresses_by_outcome: Mapping[str, tuple[str, ...]]
    """The addresses behind each count but `ad` and `unchanged`; the ledger has them all, with details."""

    named_at_most: int = NAMED_AT_MOST
    """How many addresses are named for one outcome."""

    looks_back: bool = False
    """Read from archives, or a part of a crawl that machines share: what it does not show may well stand."""

    resumed: int = 0
    """How many times the run was taken up again after its process had been killed."""

    shown: int | None = None
    """Ads that are online, unchanged ones included; null where the batch looks back."""

    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each other file of the batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A finished batch that adds up."""

    folder: Path
    summary: BatchSummary

    def ads(self) -> Iterator[JobAd]:
        """The batch's ads in the order of collection, read as they are asked for."""
        return read_ads(self.folder / ADS, seen_at=self.summary.started_at)


def partial_of(folder: Path) -> Path:
    """Where a batch lies until it is whole."""
    return folder.with_name(f".{folder.name}.partial")


def free_run(folder: Path, at: datetime) -> str:
    """A run's name that nothing has in a source's folder: the moment in UTC, with a number where it is taken."""
    name = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return next(run for run in numbered(name) if not ((folder / run).exists() or partial_of(folder / run).exists()))


def find_batches(output: Path) -> tuple[Path, ...]:
    """The folders of the finished batches below ``DIR``, oldest run first within each source. Raises ``BadBatch``."""
    return tuple(chain.from_iterable(map(batches_of, folders_in(output))))


def batches_of(folder: Path) -> tuple[Path, ...]:
    """The folders of one source's finished batches, oldest run first. Raises ``BadBatch``."""
    return tuple(run for run in folders_in(folder) if (run / SUMMARY).exists())


def folders_in(folder: Path, rights: int = os.R_OK | os.X_OK) -> list[Path]:
    """The folders of sources, or of batches, in order. Raises ``BadBatch`` where this user lacks the rights to one:
    what is in it would be passed over."""
    found = sorted(each for each in folder.glob("[!.]*/") if each.name != "lost+found")  # as a disk's own folder has it
    if locked := next((each for each in found if not os.access(each, rights)), None):
        raise BadBatch(f"{locked}: may not be used by this user; expected batches, none of which is passed over")
    return found


def last_started(folder: Path) -> datetime | None:
    """When the newest finished batch of one source began, as its name says; None where there is none."""
    names = [found for batch in batches_of(folder) if (found := re.match(r"\d{8}T\d{6}Z", batch.name))]
    return datetime.strptime(names[-1][0], "%Y%m%dT%H%M%S%z") if names else None


def read_summary(folder: Path) -> BatchSummary:
    """What a finished batch says it came to, unchecked against its files."""
    path = folder / SUMMARY
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        needed = [each.name for each in fields(BatchSummary) if each.default is each.default_factory is MISSING]
        missing = [name for name in needed if name not in record]
        if missing:
            raise BadBatch(f'{path}: expected the key "{missing[0]}", found none')
        if not {str(outcome) for outcome in record["outcomes"]} <= set(OUTCOMES):
            raise BadBatch(f'{path}: key "outcomes": expected {", ".join(OUTCOMES)}, found {list(record["outcomes"])}')
        record["problems"] = tuple(record["problems"])
        record["addresses_by_outcome"] = {k: tuple(v) for k, v in record["addresses_by_outcome"].items()}
        for key in ("started_at", "ended_at"):
            record[key] = datetime.fromisoformat(record[key])
        return BatchSummary(**record)
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as err:
        raise BadBatch(f"{path}: expected a batch summary, found something else ({err})") from err


def read_batch(folder: str | Path, *, damaged: bool = False) -> Batch:
    """The batch in a folder; raises ``BadBatch`` where it is unfinished, was changed or does not add up.

    With ``damaged`` a summary and some ads are enough: what can still be read is taken.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadBatch(f"{folder}: expected a batch folder, found none")
    if folder.name.startswith("."):
        raise BadBatch(f"{folder}: unfinished: its crawl was stopped before the batch was whole")
    for name in (SUMMARY, ADS):
        if not (folder / name).is_file():
            raise BadBatch(f"{folder}: expected {name}, found none")
    summary = read_summary(folder)
    if not damaged and (fault := next(_faults(summary, folder), None)):
        raise BadBatch(fault)
    return Batch(folder=folder, summary=summary)


def find_faults(folder: Path) -> tuple[str, ...]:
    """All that is wrong with a batch's files, one line each."""
    try:
        return tuple(_faults(read_summary(folder), folder))
    except (BadBatch, OSError) as err:
        return (str(err),)


def digests_of(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a batch but its summary, by name."""
    files = [folder / name for name in (ADS, RAW, LEDGER, PAGES, KNOWN, GONE)]
    return {file.name: file_digest(file) for file in files if file.is_file()}


def reseal(folder: Path, **changed: object) -> None:
    """Let the summary name the digests of the files as they are now, after what must go was taken out of them, and
    what else ``changed`` with that."""
    record = json.loads((folder / SUMMARY).read_text(encoding="utf-8")) | changed | {"digests": digests_of(folder)}
    write_json(folder / SUMMARY, record)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of a batch, plain or packed."""
    with open_bytes(path) as file:
        for line in file:
            yield json.loads(line)


def _faults(summary: BatchSummary, folder: Path) -> Iterator[str]:
    """What does not add up, and which files are missing or were changed; what costs least first."""
    names = {ADS, RAW, LEDGER, PAGES, *summary.digests}
    there = {name for name in names if (folder / name).is_file()}
    for name in sorted(names - there):
        yield f"{folder}: expected {name}, found none"
    if not summary.finished:
        yield f'{folder}: unfinished: {SUMMARY} says "finished" is false'
    if summary.run != folder.name:
        yield f'{folder}: {SUMMARY} says "run" is {summary.run!r}, expected the folder\'s name'
    total = sum(summary.outcomes.values())
    if total != summary.addresses:
        yield f"{folder}: {SUMMARY}: outcomes add up to {total}, expected addresses, {summary.addresses}"
    if ADS in there:
        with (folder / ADS).open("rb") as file:
            lines = sum(1 for _ in file)
        if lines != summary.ads:
            yield f"{folder}: {ADS} holds {lines} ads, {SUMMARY} says {summary.ads}"
    for name in sorted(there & summary.digests.keys()):
        if file_digest(folder / name) != summary.digests[name]:
            yield f"{folder}: {name} was changed since the batch was made: {SUMMARY} has another digest"


Act = Literal["release", "drop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One decision on one batch."""

    act: Act
    """``release``: take it in although it was held back. ``drop``: never take it in."""

    by: str
    reason: str
    at: datetime


def read_ruling(folder: Path) -> Ruling | None:
    """The newest decision on a batch; None where nobody made one. Both files may be there: people change their mind."""
    found = []
    for act in get_args(Act):
        path = folder / f"{act}.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(record["at"])
            found.append(Ruling(act=act, by=str(record["by"]), reason=str(record["reason"]), at=at))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError) as err:
            raise BadBatch(f"{path}: expected by, reason and at ({err})") from err
    return max(found, key=lambda ruling: ruling.at, default=None)


def write_ruling(folder: Path, ruling: Ruling) -> Path:
    """The place of the decision, which is there whole or not at all."""
    path = folder / f"{ruling.act}.json"
    write_json(path, asdict(ruling))
    return path


def is_dropped(folder: Path) -> bool:
    """Whether a person decided that the batch is never taken in."""
    ruling = read_ruling(folder)
    return ruling is not None and ruling.act == "drop"


def counts(healthy: bool, folder: Path) -> bool:
    """True where a batch is to be taken in: healthy and not dropped, or released."""
    ruling = read_ruling(folder)
    return healthy if ruling is None else ruling.act == "release"


UNREMARKABLE = {"ad", "unchanged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What became of one address."""

    address: str
    outcome: Outcome
    detail: str = ""
    """Status, exception, budget or reason."""

    lastmod: str | None = None
    """As the sitemap says it."""

    ads: tuple[str, ...] = ()
    """The ids of the ads that it shows, also of those that another address of the run showed before."""

    note: Mapping[str, Any] | None = None
    """For the crawl state, see ``crawler.history.crawl_state``; the file's key is ``look``."""


class Ledger:
    """Accounts for addresses: seen once, closed once. Lines go to the file as addresses are closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._open: dict[str, str | None] = {}
        self._closed: set[str] = set()
        self._counts: Counter[Outcome] = Counter()
        self._named: dict[Outcome, list[str]] = {}

    def see(self, address: str, *, lastmod: str | None = None) -> bool:
        """True the first time that an address is seen."""
        if address in self._open or address in self._closed:
            return False
        self._open[address] = lastmod
        return True

    def is_seen(self, address: str) -> bool:
        """True for an address that the run has met, whatever became of it."""
        return address in self._open or address in self._closed

    def is_open(self, address: str) -> bool:
        """True for an address that was seen and has no outcome yet."""
        return address in self._open

    def lastmod_of(self, address: str) -> str | None:
        """What the sitemap says of an open address."""
        return self._open.get(address)

    def close(
        self,
        address: str,
        outcome: Outcome,
        detail: str = "",
        *,
        ads: tuple[str, ...] = (),
        note: Mapping[str, Any] | None = None,
    ) -> None:
        """Give an open address its one outcome, the ads that it shows and the note on its fetch."""
        if address not in self._open:
            raise ValueError(f"{address} was {'closed before' if address in self._closed else 'never seen'}")
        more = {"lastmod": self._open.pop(address), "ads": ads, "look": note}
        self.recall(address, outcome)
        line: dict[str, object] = {"address": address, "outcome": outcome, "detail": detail}
        line |= {name: value for name, value in more.items() if value}
        self._file.write(dumps_line(line).encode())

    def recall(self, address: str, outcome: Outcome) -> None:
        """Account for an address whose line is in the file already."""
        self._closed.add(address)
        self._counts[outcome] += 1
        if outcome not in UNREMARKABLE and self._counts[outcome] <= NAMED_AT_MOST:
            self._named.setdefault(outcome, []).append(address)

    def close_rest(self, outcome: Outcome, detail: str) -> None:
        """Give every address that is still open the same outcome."""
        for address in list(self._open):
            self.close(address, outcome, detail)

    def __len__(self) -> int:
        return len(self._open) + len(self._closed)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many addresses came to each outcome, in the order of ``OUTCOMES``; zeros included."""
        return {outcome: self._counts[outcome] for outcome in OUTCOMES}

    @property
    def addresses_by_outcome(self) -> Mapping[str, tuple[str, ...]]:
        """The addresses of every outcome that a person may ask about, at most ``NAMED_AT_MOST`` of each."""
        return {outcome: tuple(self._named[outcome]) for outcome in OUTCOMES if outcome in self._named}
