"""Licence look-ups of a night: present ads against the registers here."""

import hashlib
from collections import Counter
from collections.abc import Container, Sequence
from datetime import date, datetime
from pathlib import Path

import structlog

from pipeline.errors import RegisterError
from pipeline.licences.lookup import open_index
from pipeline.licences.register import RegisterVersion, is_stale
from pipeline.licences.results import RESULTS, Result
from pipeline.nightly.notifications.report import LookedUp
from pipeline.store.store import Store

__all__ = ["look_up_pending", "registers_key"]

log = structlog.get_logger()

READING = 1
"""Raised when claims are read or judged otherwise: every present ad is then looked up anew."""

CHUNK = 1_000


def look_up_pending(store: Store, kept: Path, maps: Path, *, free_mail: Container[str], now: datetime) -> LookedUp:
    """What looking up the ads came to; each chunk is kept as soon as it is done. Nothing where no register is here.

    A register that cannot be read is a problem to report, and never costs the night.
    """
    try:
        desk = open_index(kept, maps, free_mail=free_mail)
    except RegisterError as err:
        log.error("registers cannot be read", error=type(err).__name__)  # noqa: TRY400 - the report has the message
        return LookedUp(problems=(f"no licence was looked up: {err}",))
    if desk is None:
        return LookedUp()
    key = registers_key(desk.versions)
    results: Counter[Result] = Counter()
    for chunk in store.licences.pending(key, chunk=CHUNK):
        lookups = list(desk.look_up((pending.ad for pending in chunk), now=now))
        with store.atomic():
            for pending, lookup in zip(chunk, lookups, strict=True):
                store.licences.add(pending.version_id, key, lookup)
        results.update(lookup.result for lookup in lookups)
    return LookedUp(
        ads=results.total(),
        registers=len(desk.versions),
        results={result: results[result] for result in RESULTS if results[result]},
        stale=tuple(_stale(desk.versions, now.date())),
    )


def registers_key(versions: Sequence[RegisterVersion]) -> str:
    """A name for these very versions: ads are looked up again when one of them changes."""
    said = "\n".join(sorted(f"{each.name} {each.as_of} {each.digest}" for each in versions))
    return hashlib.blake2b(f"{READING}\n{said}".encode(), digest_size=16).hexdigest()


def _stale(versions: Sequence[RegisterVersion], on: date) -> list[str]:
    return [f"{each.name} of {each.as_of}" for each in versions if is_stale(each.as_of, each.good_for_days, on)]
