"""Redaction of batches: removal of ads, their raw texts and archived pages.

A page's record in the WARC file is overwritten by one of the same length that says so: the offsets of the others hold.
"""

import struct
import zlib
from collections.abc import Callable, Collection, Iterable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from crawler.archive.warc_reader import WarcReader
from crawler.batch.batch import ADS, KNOWN, LEDGER, PAGES, RAW, read_lines, reseal
from crawler.errors import DamagedWarc
from crawler.files import dumps_line, whole_bytes, whole_file

Record = dict[str, Any]


def batches_with(folders: Collection[Path], ad_ids: Collection[str]) -> tuple[Path, ...]:
    """Those of these batches that hold something of one of these ads."""
    wanted, found = frozenset(ad_ids), []
    for folder in folders if wanted else ():
        paths = [path for name in (ADS, LEDGER, KNOWN) if (path := folder / name).is_file()]
        try:
            is_there = any(not wanted.isdisjoint(_ads_of(record)) for path in paths for record in read_lines(path))
        except (OSError, EOFError, zlib.error, ValueError, TypeError, AttributeError):
            is_there = True  # a person must see to it
        if is_there:
            found.append(folder)
    return tuple(found)


def redact_all(
    folders: Iterable[Path], ad_ids: Collection[str], *, held: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """What could not be redacted, a line a batch; one that is broken does not keep the others. Done twice it is as done
    once.

    What stays are the ads' ids and addresses in the ledger: without them the batch would not add up. A page that shows
    other ads too goes with them, unless one of these is ``held``.
    """
    problems: list[str] = []
    for folder in folders:
        try:
            _redact(folder, frozenset(ad_ids), held)
            reseal(folder, ads=sum(1 for _ in read_lines(folder / ADS)))
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, DamagedWarc) as err:
            problems.append(f"{folder}: cannot be redacted ({type(err).__name__})")
    return tuple(problems)


def _redact(folder: Path, wanted: frozenset[str], held: Collection[str]) -> None:
    addresses = {
        record["address"]
        for record in read_lines(folder / LEDGER)
        if not wanted.isdisjoint(shown := _ads_of(record)) and shown.isdisjoint(held)
    }
    shown_at = {
        (record["ad_id"], record["page"]["offset"]) for record in read_lines(folder / ADS) if record.get("page")
    }
    spared = {place for ad_id, place in shown_at if ad_id in held}
    places = {place for ad_id, place in shown_at if ad_id in wanted} - spared
    _overwrite(folder / PAGES, addresses, places, spared)

    def without_ad(record: Record) -> Record | None:
        return None if record["ad_id"] in wanted else record

    def without_entry(record: Record) -> Record:
        """What a feed said of the ads goes; what is known of the page itself are hashes."""
        is_theirs = not wanted.isdisjoint(record.get("ads", ()))
        return {name: value for name, value in record.items() if name != "entry"} if is_theirs else record

    _rewrite(folder / RAW, without_ad)
    if (folder / KNOWN).is_file():
        _rewrite(folder / KNOWN, without_entry)
    _rewrite(folder / ADS, without_ad)  # last: after a kill it still tells where the pages lie


def _ads_of(record: Record) -> set[str]:
    """The ids that a line names: an ad's own, and those that an address shows."""
    own = {record["ad_id"]} if "ad_id" in record else set()
    return own.union(record.get("ads", ()), (record.get("look") or {}).get("ads") or ())


def _rewrite(path: Path, change: Callable[[Record], Record | None]) -> None:
    lines = list(read_lines(path))
    rest = [changed for record in lines if (changed := change(record)) is not None]
    if rest != lines:
        with whole_file(path) as file:
            file.writelines(map(dumps_line, rest))


ERASED: Final = "erased"


def _overwrite(path: Path, addresses: Collection[str], places: Collection[int], spared: Collection[int]) -> None:
    """Overwrite the records of these addresses and at these offsets, but none at those that are ``spared``."""
    found: list[tuple[int, bool]] = []
    with path.open("rb") as file:
        for record in filter(None, WarcReader(file)):
            address = record.headers.get("warc-target-uri", "").strip("<>")
            is_theirs = address in addresses and record.headers.get("x-lurewatch") != ERASED
            is_wanted = (is_theirs or record.offset in places) and record.offset not in spared
            found.append((record.offset, is_wanted and record.kind != "warcinfo"))
    if not any(is_wanted for _, is_wanted in found):
        return
    content = bytearray(path.read_bytes())
    starts = [(is_wanted, next(records)[0]) for is_wanted, records in groupby(found, key=itemgetter(1))]
    ends = [start for _, start in starts[1:]] + [len(content)]
    for (is_wanted, start), end in zip(starts, ends, strict=True):
        if is_wanted:
            content[start:end] = _filler(end - start)
    with whole_bytes(path) as target:
        target.write(content)


def _filler(size: int) -> bytes:
    """A gzip member of exactly so many bytes: a record without a page, and a comment that fills it up."""
    head = (
        f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{uuid4()}>\r\nX-Lurewatch: {ERASED}\r\n"
        "WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    ).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(head) + packer.flush()
    left = size - len(packed) - 10 - 1 - 8
    if left < 0:
        raise ValueError(f"a record of {size} bytes is too short to be overwritten")
    start = b"\x1f\x8b\x08\x10\0\0\0\0\x02\xff" + b" " * left + b"\0"
    return start + packed + struct.pack("<LL", zlib.crc32(head), len(head))
