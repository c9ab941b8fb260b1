"""Verification of the audit log against what lies outside of it: earlier ends, triggers, the installation's identity.

The night, each backup and each verification note the log's end in a file beside the database. An attacker who writes
the database alone, by SQL or by another file in its place, does not write that.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from crawler.files import whole_file
from pipeline.accounts.audit_log import BrokenLink, Head, follow_chain
from pipeline.nightly.upkeep.installation import ENDS, known_identities
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["note_end", "verify_log"]

_END: Final = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})")
_MOST: Final = 400
"""Ends that are kept: a year of nights, and their backups."""


def note_end(store: Store, database: Path) -> None:
    """Note the log's end as it is now."""
    head = store.audit.head()
    known = _ends(database)
    if head is not None and head not in known:
        with whole_file(database.with_name(ENDS)) as file:
            file.writelines(f"{each.entry_id}:{each.hash}\n" for each in [*known, head][-_MOST:])


def verify_log(store: Store, settings: Settings, *, heads: Iterable[Head]) -> tuple[Head | None, str | None]:
    """The log's end, and the first fault that is found."""
    found = follow_chain(store.audit.chain(), known=(*_ends(settings.database), *heads))
    if isinstance(found, BrokenLink):
        return None, f"entry {found.entry_id}: {found.why}"
    if not found.entry_id:
        return None, "it is empty; its first entry was made with the database"
    known = known_identities(settings)
    if known and store.audit.installation() not in known:
        return found, "entry 1: it is not the one that the installation began with"
    fault = next((f"decision {number}: {why}" for number, why in store.decisions.unlogged()), None)
    if fault is None and (changed := store.changed_triggers()):
        fault = f"what keeps entries and decisions from being changed was changed itself: {', '.join(changed)}"
    return found, fault


def _ends(database: Path) -> tuple[Head, ...]:
    path = database.with_name(ENDS)
    lines = path.read_text(encoding="ascii", errors="replace").splitlines() if path.is_file() else []
    matches = filter(None, map(_END.fullmatch, lines))
    return tuple(Head(entry_id=int(found[1]), hash=found[2]) for found in matches)
