"""Redaction of batches: removal of ads, their raw texts and archived pages.

A page's record in the WARC file is overwritten by one of the same length that says so: the offsets of the others hold.
"""

import json
import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from crawler.archive.warc_reader import WarcReader
from crawler.batch.batch import ADS, KNOWN, LEDGER, PAGES, RAW, reseal
from crawler.errors import BadBatch, DamagedWarc
from crawler.files import dumps_line, open_bytes, whole_bytes, whole_file

__all__ = ["batches_with", "redact", "redact_all"]

Record = dict[str, Any]


def batches_with(folders: Collection[Path], ad_ids: Collection[str]) -> tuple[Path, ...]:
    """Those of these batches that hold something of one of these ads."""
    wanted = frozenset(ad_ids)
    if not wanted:
        return ()
    return tuple(folder for folder in folders if any(_names(folder / name, wanted) for name in (ADS, LEDGER, KNOWN)))


def redact_all(
    folders: Iterable[Path], ad_ids: Collection[str], *, held: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """What could not be redacted, a line a batch; one that is broken does not keep the others."""
    problems: list[str] = []
    for folder in folders:
        try:
            redact(folder, ad_ids, held=held)
        except BadBatch as err:
            problems.append(str(err))
    return tuple(problems)


def redact(folder: Path, ad_ids: Collection[str], *, held: Collection[str] = frozenset()) -> int:
    """How many ads, texts and archived records went out of a batch. Done twice it is as done once.

    What stays are the ads' ids and addresses in the ledger: without them the batch would not add up. A page that shows
    other ads too goes with them, unless one of these is ``held``. Raises ``BadBatch`` where a file cannot be read.
    """
    wanted = frozenset(ad_ids)
    try:
        addresses = {
            record["address"]
            for record in _records(folder / LEDGER)
            if not wanted.isdisjoint(shown := _ads_of(record)) and shown.isdisjoint(held)
        }
        shown_at = {
            (record["ad_id"], record["page"]["offset"]) for record in _records(folder / ADS) if record.get("page")
        }
        spared = {place for ad_id, place in shown_at if ad_id in held}
        places = {place for ad_id, place in shown_at if ad_id in wanted} - spared
        gone = _overwrite(folder / PAGES, addresses, places, spared)
        gone += _keep(folder / RAW, lambda record: record["ad_id"] not in wanted)
        if (folder / KNOWN).is_file():
            _drop_entries(folder / KNOWN, wanted)
        # Last: after a kill it still tells where the pages lie.
        gone += _keep(folder / ADS, lambda record: record["ad_id"] not in wanted)
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, DamagedWarc) as err:
        raise BadBatch(f"{folder}: cannot be redacted ({type(err).__name__})") from err
    reseal(folder, ads=sum(1 for _ in _records(folder / ADS)))
    return gone


def _names(path: Path, wanted: frozenset[str]) -> bool:
    try:
        return path.is_file() and any(not wanted.isdisjoint(_ads_of(record)) for record in _records(path))
    except (OSError, EOFError, zlib.error, ValueError, TypeError, AttributeError):
        return True  # a person must see to it


def _ads_of(record: Record) -> set[str]:
    """The ids that a line names: an ad's own, and those that an address shows."""
    own = {record["ad_id"]} if "ad_id" in record else set()
    return own.union(record.get("ads", ()), (record.get("look") or {}).get("ads") or ())


def _records(path: Path) -> Iterator[Record]:
    with open_bytes(path) as file:
        for line in file:
            yield json.loads(line)


def _keep(path: Path, stays: Callable[[Record], bool]) -> int:
    """How many lines went."""
    lines = list(_records(path))
    rest = [record for record in lines if stays(record)]
    if len(rest) < len(lines):
        _write(path, rest)
    return len(lines) - len(rest)


def _drop_entries(path: Path, wanted: frozenset[str]) -> None:
    """Known addresses lose what a feed said of these ads; what is known of the page itself are hashes."""
    lines = list(_records(path))
    with_entry = [record for record in lines if "entry" in record and not wanted.isdisjoint(record.get("ads", ()))]
    for record in with_entry:
        del record["entry"]
    if with_entry:
        _write(path, lines)


def _write(path: Path, records: Collection[Record]) -> None:
    with whole_file(path) as file:
        file.writelines(map(dumps_line, records))


def _overwrite(path: Path, addresses: Collection[str], places: Collection[int], spared: Collection[int]) -> int:
    """How many records of these addresses, or at these offsets, were overwritten; none at those that are ``spared``."""
    with path.open("rb") as file:
        found = [
            (
                record.offset,
                (_is_wanted(record.headers, addresses) or record.offset in places) and record.offset not in spared,
                record.kind,
            )
            for record in WarcReader(file)
            if record is not None
        ]
    ends = [offset for offset, _, _ in found[1:]] + [path.stat().st_size]
    spans: list[list[int]] = []
    count = 0
    for (offset, is_wanted, kind), end in zip(found, ends, strict=True):
        if not is_wanted or kind == "warcinfo":
            continue
        count += 1
        if spans and spans[-1][1] == offset:
            spans[-1][1] = end
        else:
            spans.append([offset, end])
    if spans:
        content = bytearray(path.read_bytes())
        for start, end in spans:
            content[start:end] = _filler(end - start)
        with whole_bytes(path) as target:
            target.write(content)
    return count


def _is_wanted(headers: Any, addresses: Collection[str]) -> bool:
    return headers.get("warc-target-uri", "").strip("<>") in addresses and headers.get("x-lurewatch") != ERASED


ERASED: Final = "erased"


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
