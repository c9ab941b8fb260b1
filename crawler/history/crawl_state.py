"""Crawl state of a source: read before a run, written after it."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Final

import orjson
import structlog

from crawler.archive.warc_writer import SOFTWARE
from crawler.batch.ad_json import from_plain
from crawler.batch.batch import GONE, KNOWN, LedgerLine, batches_of, counts, read_batch, read_summary
from crawler.errors import READ, BadBatch
from crawler.extract.urls import root_of
from crawler.files import dumps_line, open_bytes, whole_file
from crawler.history.lifecycle import (
    AD_FIELDS,
    AdState,
    MessageGaps,
    PageOfMessages,
    RunFacts,
    UrlState,
    ads_noted,
    advance,
    from_line,
    is_past,
    to_line,
)
from crawler.sources.card import Source

log = structlog.get_logger()

DAMAGE: Final = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError)
"""Raised by the reading of a batch's file that was cut off or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateHeader:
    """The first line of ``known.jsonl.gz``."""

    run: str
    after: str | None = None
    """The run whose memory this one began with; None where it began with none."""

    software: str
    """Whose reading the content hashes rest on."""

    shown: int
    """Ads that the run found standing."""

    memory: int = 1
    """The form of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What the store holds of a source, so that a run remembers nothing that was lost on the way there."""

    taken: tuple[str, ...] = ()
    """Runs whose batches were taken in."""

    unheld: tuple[str, ...] = ()
    """Ads that the source's memory knows and the store does not: their pages are read anew."""

    erased: tuple[str, ...] = ()
    """Ads that were erased on request: a page that had no other is not requested again."""


@dataclass(slots=True, kw_only=True)
class CrawlState:
    """The state of a source's addresses and ads. Lines are parsed when they are asked for."""

    source: Source
    now: datetime
    """The start of the run."""

    base: StateHeader | None = None
    _lines: dict[str, bytes] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    """By ``ad_id``, the content hash of the ad at its last fetch."""

    past: set[str] = field(default_factory=set)
    """Ads that had ended by their date."""

    erased: frozenset[str] = frozenset()
    """Ads that were erased on request."""

    _roots: dict[str, str] = field(init=False, default_factory=dict)
    """Of a source on this machine, which is served at whatever port is free: its roots now, to those of the keys."""

    def __post_init__(self) -> None:
        sites = [site.partition(":") for site in self.source.sites] if self.source.local else []
        ports = Counter(host for host, _, _ in sites)
        for host, _, port in sites:
            if port and ports[host] == 1:
                self._roots |= {f"{scheme}://{host}:{port}": f"{scheme}://{host}" for scheme in ("http", "https")}

    @classmethod
    def load(
        cls, folder: Path | None, source: Source, *, now: datetime, holding: Holding | None = None
    ) -> "CrawlState":
        """The memory of the newest batch in a source's folder that was taken in, or will be.

        Never that of a batch that is held back, dropped or damaged, nor of one that rests on such a batch: what was
        first seen there would be lost between the batches that are taken in. Where that newest batch has none, the run
        begins afresh. Without a ``holding`` the batches on disk are all that is asked; without a folder nothing is
        remembered.
        """
        memory = cls(source=source, now=now, erased=frozenset(holding.erased if holding else ()))
        for batch in reversed(batches_of(folder) if folder else ()):
            try:
                if read_summary(batch).started_at <= now and _is_to_be_taken(batch, holding):
                    return memory._begun_with(batch / KNOWN, frozenset(holding.unheld if holding else ()))
            except BadBatch as err:
                log.warning("crawl state passed over", source=source.name, run=batch.name, problem=str(err))
        return memory

    def get(self, address: str) -> UrlState | None:
        """The state of an address; None where it is new."""
        if not self._lines:
            return None
        line = self._lines.get(self.key(address))
        return from_line(line) if line else None

    def beside(self, is_seen: Callable[[str], bool]) -> Iterator[tuple[str, UrlState]]:
        """Every address, as it would be requested now, that was not seen, and its state."""
        for key, line in self._lines.items():
            if not is_seen(address := self.address_of(key)):
                yield address, from_line(line)

    def key(self, address: str) -> str:
        """The address as it is remembered."""
        root = root_of(address)
        return self._roots.get(root, root) + address[len(root) :]

    def address_of(self, key: str) -> str:
        """The address to ask for now."""
        root = root_of(key)
        return next((now for now, then in self._roots.items() if then == root), root) + key[len(root) :]

    def live(self) -> set[str]:
        """The ads that stood at the last fetch of their page."""
        return self.contents.keys() - self.past

    def _begun_with(self, path: Path, unheld: frozenset[str]) -> "CrawlState":
        """This memory with what a file knows, or a fresh one where it cannot be read: the run then writes every ad
        anew, and nothing is lost."""
        if not path.is_file():
            return self
        try:
            with open_bytes(path) as file:
                self.base = StateHeader(**orjson.loads(file.readline()))
                for line in file:
                    record = orjson.loads(line)
                    if unheld and not unheld.isdisjoint(record["ads"]):
                        continue
                    self._lines[record["address"]] = line
                    for ad_id, ad in record["ads"].items():
                        self.contents[ad_id] = ad[0]
                        if ad[4]:
                            self.past.add(ad_id)
        except (*DAMAGE, IndexError, AttributeError) as err:
            problem = f"{path}: expected what is known of one address a line ({err})"
            log.warning("crawl state not read", source=self.source.name, problem=problem)
            return CrawlState(source=self.source, now=self.now, erased=self.erased)
        return self


def _is_to_be_taken(batch: Path, holding: Holding | None) -> bool:
    """Whether the store has the batch or can take it in: it is whole, counts, and so does all that it rests on."""
    taken = frozenset(holding.taken if holding else ())
    while batch.name not in taken:
        if not counts(read_batch(batch).summary.healthy, batch):
            return False
        base = read_state_header(batch)
        if base is None or base.after is None:
            return True
        batch = batch.with_name(base.after)
        if batch.name not in taken and not batch.is_dir():
            return holding is None
    return True


NIGHTS = 14
"""Past runs that the usual number of ads is taken from."""


def usual_shown(folder: Path, *, now: datetime) -> float | None:
    """The median of the ads that a source's latest runs found standing, those that count; None where there is none."""
    found: list[int] = []
    for batch in reversed(batches_of(folder)):
        with suppress(BadBatch):
            summary = read_summary(batch)
            if summary.shown is not None and summary.started_at < now and counts(summary.healthy, batch):
                found.append(summary.shown)
        if len(found) == NIGHTS:
            break
    return median(found) if found else None


def read_state_header(folder: Path) -> StateHeader | None:
    """What a batch's memory says of itself; None for a batch without one."""
    path = folder / KNOWN
    if not path.is_file():
        return None
    try:
        with open_bytes(path) as file:
            return StateHeader(**orjson.loads(file.readline()))
    except DAMAGE as err:
        raise BadBatch(f"{path}: expected the batch's memory ({err})") from err


def base_of(folder: Path) -> str | None:
    """The run that a batch rests on; None where there is none, or where its memory cannot be read."""
    try:
        base = read_state_header(folder)
    except BadBatch:
        return None  # it says so itself where it is read
    return base.after if base else None


@dataclass(slots=True, kw_only=True)
class Tally:
    """Figures on the source's health, beside the counts of the ledger."""

    shown: int = 0
    """Ads found standing, new and known."""

    has: Counter[str] = field(default_factory=Counter)
    """How many of them have each field."""

    reread: int = 0
    """Pages that gave ads at the last fetch and were read again."""

    emptied: int = 0
    """Those of them that give none any more, though they were answered."""

    had: Counter[str] = field(default_factory=Counter)
    """Over the ads that were read again: how many had each field at the last fetch."""

    lost: Counter[str] = field(default_factory=Counter)
    """How many of those lack it now."""

    ended: int = 0
    """Addresses of known ads that say they were taken down: no failure, but what becomes of every ad."""

    named: int = 0
    """Addresses that the listings named."""

    unnamed: int = 0
    """Known pages that the listings did not name and that still show ads."""

    is_whole: bool = True
    """The run came to the end of the source's listings."""


def read_ledger(path: Path, *, key: Callable[[str], str] = str) -> Iterator[LedgerLine]:
    """The lines of a ledger, each address as ``key`` has it. Raises ``ValueError`` or ``OSError`` if it is broken."""
    with open_bytes(path) as file:
        for line in file:
            record = orjson.loads(line)
            record["address"], record["ads"] = key(record["address"]), tuple(record.get("ads", ()))
            record["note"] = record.pop("look", None)  # the file's key is older
            yield LedgerLine(**record)


def readable_lines(path: Path) -> Iterator[LedgerLine]:
    """The lines of a ledger up to the first that cannot be read; intake names the damage."""
    with suppress(*DAMAGE):
        yield from read_ledger(path)


def breaks_off(line: LedgerLine) -> bool:
    """True where the source went on behind this address: what the run did not see then may well stand."""
    is_listing = "listing" in (line.note or {})
    goes_on = "goes_on" in (line.note or {})
    return goes_on or line.outcome == "not_inspected" or (is_listing and line.outcome not in READ)


def write_state(ledger: Path, memory: CrawlState, *, run: str) -> Tally:
    """What the run showed, after its memory and its gone ads were written beside its ledger, which must be complete.

    The ledger alone says what this run did, so that a run which was killed and resumed remembers the same.
    """
    folder = ledger.parent
    shown, tally, gaps = _survey(ledger, memory)
    facts = RunFacts(
        at=memory.now,
        is_whole=tally.is_whole,
        gone_after=memory.source.revisit.gone_after,
        shown=shown,
        before=memory.contents,
        past=memory.past,
        gaps=gaps,
    )
    base = StateHeader(run=run, after=memory.base.run if memory.base else None, software=SOFTWARE, shown=tally.shown)
    done: set[str] = set()
    steps: Iterator[tuple[UrlState | None, LedgerLine | None]] = chain(
        ((memory.get(line.address), line) for line in read_ledger(ledger, key=memory.key)),
        ((known, None) for _, known in memory.beside(lambda address: memory.key(address) in done)),
    )
    written: set[str] = set()
    with whole_file(folder / GONE) as gone_file, whole_file(folder / KNOWN) as known_file:
        known_file.write(dumps_line(base))
        for known, line in steps:
            if line:
                done.add(line.address)
            after, gone = advance(known, line, facts)
            if after:
                known_file.write(to_line(after))
            for end in gone:
                if end.ad_id not in written:
                    written.add(end.ad_id)
                    gone_file.write(dumps_line(asdict(end) | {"at": memory.now.isoformat()}))
    return tally


def _survey(ledger: Path, memory: CrawlState) -> tuple[dict[str, AdState], Tally, MessageGaps]:
    """Every ad that some address showed, the tally, and what a channel's pages show."""
    shown: dict[str, AdState] = {}
    tally, gaps = Tally(), MessageGaps()
    for line in read_ledger(ledger, key=memory.key):
        note = line.note or {}
        tally.is_whole &= not breaks_off(line)
        if "messages" in note:
            gaps.add(from_plain(PageOfMessages, note["messages"]))
        known = memory.get(line.address)
        if known and line.outcome == "failed" and "removed" in note:
            tally.ended += 1
        now: dict[str, AdState] = {}
        if "ads" in note:
            now = {ad_id: ad for ad_id, ad in ads_noted(note).items() if ad}
        elif line.outcome == "unchanged" and known:
            now = {ad_id: ad for ad_id, ad in known.ads.items() if not ad.missed}
        tally.named += "listing" not in note and "unlisted" not in note
        tally.unnamed += "unlisted" in note and bool(now)
        for ad_id, ad in now.items():
            shown.setdefault(ad_id, ad)
        if known and known.role and known.live and ("ads" in note or note.get("asked")):
            tally.reread += 1
            tally.emptied += not (now or note.get("ads"))
            for ad_id in now.keys() & known.live:
                tally.had.update(_names(known.ads[ad_id].has))
                tally.lost.update(_names(known.ads[ad_id].has & ~now[ad_id].has))
    before, at = memory.contents, memory.now
    stand = [ad.has for ad_id, ad in shown.items() if not is_past(ad, before=before.get(ad_id), at=at)]
    tally.shown = len(stand)
    for has, count in Counter(stand).items():
        tally.has.update(dict.fromkeys(_names(has), count))
    return shown, tally, gaps


def _names(has: int) -> list[str]:
    return [name for place, name in enumerate(AD_FIELDS) if has >> place & 1]
