"""Audit log: a hash chain of who saw, decided and exported what."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

Act = Literal[
    "began", "saw", "saw_campaign", "saw_contact", "listed", "decided", "put_aside", "exported", "signed_in",
    "failed_to_sign_in", "signed_out", "changed_password", "added_account", "changed_role", "reset_password",
    "disabled_account", "left_to_provider", "unlinked_account", "read_audit", "retained", "backed_up",
    "checked", "opened_case", "saw_ad", "made_token", "ended_token", "assigned", "commented",
    "restored", "forgot", "discarded_contacts", "set_hold", "ended_hold", "appealed",
    "added_second_factor", "removed_second_factor", "made_recovery_codes",
]  # fmt: skip
ACTS: Final[tuple[Act, ...]] = get_args(Act)
BEGINNING: Final = "0" * 64
"""What the first entry holds in place of a hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    entry_id: int
    at: datetime
    analyst: str | None
    """Whoever was signed in; None where the act came from the command line."""

    act: Act
    subject: str = ""
    """What it was done to: ``case 12``, ``campaign c-3f``, ``contact`` and its hash, ``analyst mai``, ``labels``."""

    details: Mapping[str, object] = field(default_factory=dict)
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest entry of a chain; whoever keeps it elsewhere can tell later that nothing before it has changed."""

    entry_id: int
    hash: str


def read_head(text: str) -> Head | None:
    """The head that ``NUMBER:HASH`` stands for, as ``audit verify`` prints it; None for any other text."""
    found = re.fullmatch(r"([1-9]\d{0,17}):([0-9a-f]{64})", text)
    return Head(entry_id=int(found[1]), hash=found[2]) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """The first place at which the record is not what was written."""

    entry_id: int
    why: str


def entry_hash(entry: AuditEntry) -> str:
    """SHA-256 over all that the entry says, the hash of the one before included."""
    content = [
        entry.entry_id, entry.at.isoformat(timespec="microseconds"), entry.analyst, entry.act, entry.subject,
        dict(entry.details), entry.previous,
    ]  # fmt: skip
    line = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(line.encode()).hexdigest()


def follow_chain(entries: Iterable[AuditEntry], *, known: Iterable[Head] = ()) -> Head | BrokenLink:
    """The chain's end, or its first broken link. ``known`` are earlier ends that were kept elsewhere: without one, a
    chain that was made anew from some entry on, or cut off at its end, looks whole."""
    expected = {head.entry_id: head.hash for head in known}
    last = Head(entry_id=0, hash=BEGINNING)
    for entry in entries:
        why = None
        if entry.entry_id != last.entry_id + 1:
            why = f"entry {last.entry_id + 1} is missing before it"
        elif entry.previous != last.hash:
            why = "it does not hold the hash of the entry before it"
        elif entry.hash != entry_hash(entry):
            why = "what it says is not what was written"
        elif expected.pop(entry.entry_id, entry.hash) != entry.hash:
            why = "it is not the entry whose hash was kept"
        if why:
            return BrokenLink(entry_id=entry.entry_id, why=why)
        last = Head(entry_id=entry.entry_id, hash=entry.hash)
    if expected:
        return BrokenLink(entry_id=last.entry_id, why=f"the record ends here; entry {min(expected)} was there once")
    return last
