"""What a batch says of the ads that it does not repeat: those that stand, those nobody could look at, those gone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from crawler.batches import GONE, KNOWN, LEDGER
from crawler.errors import BadBatch
from crawler.ledger import LedgerLine
from crawler.remember import breaks_off, read_ledger
from crawler.whole_file import open_bytes

__all__ = ["Absence", "read_absence"]

REMOVED = {"404", "410"}
"""What a page that was taken down answers: the ad is gone, not merely out of sight."""


@dataclass(slots=True, kw_only=True)
class Absence:
    """Drawn from a batch's ledger and its gone ads. Batches of older versions know addresses alone, not ads."""

    folder: Path
    has_memory: bool
    standing: set[str] = field(default_factory=set)
    """Ads that some address shows."""

    reread: set[str] = field(default_factory=set)
    """Ads whose page is the same to the byte, read by another version of the program."""

    gone: Mapping[str, str] = field(default_factory=dict)
    """Ads that ended, and why."""

    unchanged: list[str] = field(default_factory=list)
    """Addresses, for a batch without a memory."""

    removed: list[str] = field(default_factory=list)
    """Addresses, likewise."""

    unread: list[str] = field(default_factory=list)
    """Addresses that nobody could look at: that says nothing of their ads."""

    is_whole: bool = True
    """Whether the run came to the end of what it found."""

    def known_ads(self) -> frozenset[str]:
        """Ads that the batch's memory keeps count of; none for a batch without one."""
        path = self.folder / KNOWN
        if not self.has_memory:
            return frozenset()
        try:
            with open_bytes(path) as lines:
                next(lines)
                return frozenset(ad_id for line in lines for ad_id in orjson.loads(line)["ads"])
        except (OSError, EOFError, ValueError, KeyError, TypeError, StopIteration) as err:
            raise BadBatch(f"{path}: expected what is known of one address a line ({err})") from err


def read_absence(folder: Path) -> Absence:
    """What a batch's ledger and gone ads say. Raises ``BadBatch`` where either is broken."""
    found = Absence(folder=folder, has_memory=(folder / KNOWN).is_file())
    try:
        for line in read_ledger(folder / LEDGER):
            _add(found, line)
    except (OSError, EOFError, ValueError, TypeError) as err:
        raise BadBatch(f"{folder / LEDGER}: expected one address and its outcome a line ({err})") from err
    found.gone = _read_gone(folder / GONE) if found.has_memory else {}
    return found


def _add(found: Absence, line: LedgerLine) -> None:
    found.standing.update(line.ads)
    if line.look and line.look.get("reread"):
        found.reread.update(line.ads)
    if breaks_off(line):
        found.is_whole = False
    if line.outcome == "unchanged" and not found.has_memory:
        found.unchanged.append(line.address)
    elif line.outcome == "failed" and line.detail in REMOVED and not found.has_memory:
        found.removed.append(line.address)
    elif line.outcome in {"failed", "refused_by_robots"}:
        found.unread.append(line.address)


def _read_gone(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8") as lines:
            return {record["ad_id"]: record["why"] for record in map(json.loads, lines)}
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise BadBatch(f"{path}: expected one ad that is gone, and why, a line ({err})") from err
