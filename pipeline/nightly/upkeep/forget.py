"""Erasure of an ad, or of all ads with a contact, from store, batches and reports.

The audit log says that it was done.
What was decided stays without the text, as after retention. An ad that was forgotten is not taken in again.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from crawler.batch.batch import find_batches
from crawler.batch.redact import batches_with, redact_all
from crawler.files import whole_bytes, whole_file
from pipeline.errors import UnknownAd
from pipeline.linking.contacts import possible_identities
from pipeline.nightly.upkeep.installation import night_lock
from pipeline.nightly.upkeep.retention import remember_to_redact
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["Erasure", "Forgotten", "add_forgotten", "forget", "is_forgotten", "read_forgotten"]

REPORTS: Final = ("*.json", "*.txt", "*.md", "*.html")

FILE = "forgotten.txt"
"""In `data/local`, one hash a line; keep it with the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased, or would be."""

    ads_removed: tuple[str, ...] = ()
    ads_emptied: tuple[str, ...] = ()
    """Ads of which the decision stays, without their texts."""

    ads_held: tuple[str, ...] = ()
    """Ads that stay whole, because their case, or one of their campaign, is held."""

    cases_held: tuple[int, ...] = ()
    batches: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    """Where something could not be erased."""

    backups: tuple[str, ...] = ()
    """Backups of before: a copy there ends with the backup."""

    is_compact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is to be erased, and who asked for it."""

    what: str
    """An ad's id, or a contact, by its value or its hash: every ad that has it."""

    by: str
    reason: str


def forget(settings: Settings, store: Store, erasure: Erasure, *, at: datetime, dry_run: bool) -> Forgotten:
    """What was erased. Raises ``UnknownAd`` where there is neither such an ad nor contact, ``InUse`` while a night
    runs."""
    asked = _ads_of(store, erasure.what)
    with night_lock(settings, at=at):
        all_held = store.proceedings.held_ads()
        held = [ad_id for ad_id in asked if ad_id in all_held]
        ad_ids = [ad_id for ad_id in asked if ad_id not in all_held]
        emptied = sorted(ad_id for ad_id in ad_ids if store.removal.must_leave_a_case(ad_id))
        removed = sorted(set(ad_ids) - set(emptied))
        folders = batches_with(find_batches(settings.batches), ad_ids)
        reports = [
            path
            for form in REPORTS
            for path in sorted(settings.reports.glob(form))
            if (text := path.read_text(encoding="utf-8", errors="replace")) and any(ad_id in text for ad_id in ad_ids)
        ]
        backups = sorted(str(path.parent) for path in (settings.local / "backups").glob("*/backup.json"))
        found = Forgotten(
            ads_removed=tuple(removed), ads_emptied=tuple(emptied), reports=tuple(path.name for path in reports),
            batches=tuple(f"{folder.parent.name}/{folder.name}" for folder in folders), backups=tuple(backups),
            ads_held=tuple(held), cases_held=store.proceedings.held_cases(held),
        )  # fmt: skip
        if dry_run:
            return found
        add_forgotten(settings.local, ad_ids)  # first: a night after a kill must not bring back what is half erased
        problems = redact_all(folders, ad_ids, held=all_held)
        if all_held:  # a page that shows a held ad too goes with the first retention after the hold
            remember_to_redact(settings.batches, ad_ids)
        for report in reports:
            _clean(report, ad_ids)
        with store.atomic():
            store.removal.empty_ads(emptied)
            store.removal.remove_ads(removed)
            store.queue.delete_unused_values()
            store.audit.record(
                "forgot", f"{len(ad_ids)} ads", by=None, at=at, asked_by=erasure.by, reason=erasure.reason,
                batches=len(folders), held=len(held),
                ads=[hashlib.sha256(ad_id.encode()).hexdigest()[:16] for ad_id in ad_ids],
            )  # fmt: skip
        return replace(found, problems=problems, is_compact=store.removal.compact())


def _ads_of(store: Store, what: str) -> Sequence[str]:
    if store.removal.has_ad(what):
        return [what]
    digests = [what, *(store.vault.hash_of(each) for each in possible_identities(what, store.contacts.kinds()))]
    ad_ids = sorted({ad.ad_id for digest in digests for ad in store.contacts.ads(digest)})
    if not ad_ids:
        raise UnknownAd("no such ad and no such contact in the store; expected an ad_id, a contact or a contact's hash")
    return ad_ids


def _clean(report: Path, ad_ids: Collection[str]) -> None:
    """A report without what was said of these ads; that there were some stays in its counts."""
    text = report.read_text(encoding="utf-8")
    if report.suffix == ".json":
        record = json.loads(text)
        for source in record.get("sources", ()):
            source["changed_fields"] = {
                ad_id: words for ad_id, words in source.get("changed_fields", {}).items() if ad_id not in ad_ids
            }
        text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    else:
        lines = text.splitlines(keepends=True)
        text = "".join(line for line in lines if not any(ad_id in line for ad_id in ad_ids))
    with whole_file(report) as file:
        file.write(text)


def read_forgotten(local: Path) -> frozenset[str]:
    """The hashes; none where nothing was ever forgotten."""
    path = local / FILE
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def add_forgotten(local: Path, ad_ids: Collection[str]) -> None:
    """Keep the hashes of these, too."""
    known = read_forgotten(local) | {_hash(ad_id) for ad_id in ad_ids}
    with whole_bytes(local / FILE) as file:
        file.write("".join(f"{each}\n" for each in sorted(known)).encode())


def is_forgotten(ad_id: str, forgotten: Collection[str]) -> bool:
    """Whether the ad is one of them."""
    return bool(forgotten) and _hash(ad_id) in forgotten


def _hash(ad_id: str) -> str:
    return hashlib.sha256(ad_id.encode("utf-8", "surrogatepass")).hexdigest()
