"""State writer: the crawl state after a run, from the one before and the ledger."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from crawler.batch.ad_json import from_plain
from crawler.batch.batch import GONE, KNOWN
from crawler.batch.ledger import LedgerLine
from crawler.files import dumps_line, open_bytes, whole_file
from crawler.history.crawl_state import CrawlState, StateHeader
from crawler.history.lifecycle import Gone, MessageGaps, PageOfMessages, RunFacts, ads_noted, advance, is_past
from crawler.history.url_state import AD_FIELDS, AdState, UrlState, to_line

__all__ = ["Tally", "breaks_off", "read_ledger", "write_state"]

LISTED = {"listing", "ad", "unchanged"}
"""What a listing that could be read comes to."""


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


def breaks_off(line: LedgerLine) -> bool:
    """True where the source went on behind this address: what the run did not see then may well stand."""
    is_listing = "listing" in (line.note or {})
    goes_on = "goes_on" in (line.note or {})
    return goes_on or line.outcome == "not_inspected" or (is_listing and line.outcome not in LISTED)


def write_state(ledger: Path, memory: CrawlState, *, software: str, run: str, gone_after: int) -> Tally:
    """What the run showed, after its memory and its gone ads were written beside its ledger, which must be complete.

    The ledger alone says what this run did, so that a run which was killed and resumed remembers the same.
    """
    folder = ledger.parent
    shown, tally, gaps = _survey(ledger, memory)
    facts = RunFacts(
        at=memory.now,
        is_whole=tally.is_whole,
        gone_after=gone_after,
        shown=shown,
        before=memory.contents,
        past=memory.past,
        gaps=gaps,
    )
    base = StateHeader(run=run, after=memory.base.run if memory.base else None, software=software, shown=tally.shown)
    written: set[str] = set()
    with whole_file(folder / GONE) as gone_file, whole_file(folder / KNOWN) as known_file:
        known_file.write(dumps_line(asdict(base)))
        for known, gone in _steps(ledger, memory, facts):
            if known:
                known_file.write(to_line(known).decode())
            for end in gone:
                if end.ad_id not in written:
                    written.add(end.ad_id)
                    gone_file.write(dumps_line(asdict(end) | {"at": memory.now.isoformat()}))
    return tally


def _steps(ledger: Path, memory: CrawlState, facts: RunFacts) -> Iterator[tuple[UrlState | None, tuple[Gone, ...]]]:
    done: set[str] = set()
    for line in read_ledger(ledger, key=memory.key):
        done.add(line.address)
        yield advance(memory.get(line.address), line, facts)
    for _, known in memory.beside(lambda address: memory.key(address) in done):
        yield advance(known, None, facts)


def _survey(ledger: Path, memory: CrawlState) -> tuple[dict[str, AdState], Tally, MessageGaps]:
    """Every ad that some address showed, the tally, and what a channel's pages show."""
    shown: dict[str, AdState] = {}
    tally, gaps = Tally(), MessageGaps()
    for line in read_ledger(ledger, key=memory.key):
        note = line.note or {}
        if breaks_off(line):
            tally.is_whole = False
        if "messages" in note:
            gaps.add(from_plain(PageOfMessages, note["messages"]))
        known = memory.get(line.address)
        if known and line.outcome == "failed" and "removed" in note:
            tally.ended += 1
        now = _shown_by(line, note, known)
        tally.named += "listing" not in note and "unlisted" not in note
        tally.unnamed += "unlisted" in note and bool(now)
        for ad_id, ad in now.items():
            shown.setdefault(ad_id, ad)
        if known and known.role and known.live and ("ads" in note or note.get("asked")):
            _compare(tally, known, now, is_empty=not (now or note.get("ads")))
    before, at = memory.contents, memory.now
    stand = [ad.has for ad_id, ad in shown.items() if not is_past(ad, before=before.get(ad_id), at=at)]
    tally.shown = len(stand)
    for has, count in Counter(stand).items():
        tally.has.update(dict.fromkeys(_names(has), count))
    return shown, tally, gaps


def _shown_by(line: LedgerLine, note: Mapping[str, Any], known: UrlState | None) -> dict[str, AdState]:
    if "ads" in note:
        return {ad_id: ad for ad_id, ad in ads_noted(note).items() if ad}
    if line.outcome == "unchanged" and known:
        return {ad_id: ad for ad_id, ad in known.ads.items() if not ad.missed}
    return {}


def _compare(tally: Tally, known: UrlState, now: Mapping[str, AdState], *, is_empty: bool) -> None:
    tally.reread += 1
    tally.emptied += is_empty
    for ad_id in known.live:
        if ad_id in now:
            tally.had.update(_names(known.ads[ad_id].has))
            tally.lost.update(_names(known.ads[ad_id].has & ~now[ad_id].has))


def _names(has: int) -> list[str]:
    return [name for place, name in enumerate(AD_FIELDS) if has >> place & 1]
