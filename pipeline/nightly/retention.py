"""Retention and erasure of ads, texts and batches: by age or on request.

Retention: of ads that are gone, those that nobody decided go whole; those decided as lawful, or as no ad, leave their
decision. What was decided as likely harmful or irregular, or could not be decided, stays as it is. Batches of which
nothing is left go whole; the others are rewritten without what was removed.

Erasure: an ad, or all ads with a contact, leave store, batches and reports. What was decided stays without the text,
and an ad that was forgotten is not taken in again. The audit log says that it was done.
"""

import hashlib
import json
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from crawler.batch.batch import batches_of, counts, find_batches, is_dropped, read_summary
from crawler.batch.redact import batches_with, redact_all
from crawler.errors import BadBatch
from crawler.files import write_json, write_whole
from crawler.history.crawl_state import base_of
from pipeline.case import Verdict
from pipeline.errors import BadSettings, UnknownAd
from pipeline.linking.contacts import possible_identities
from pipeline.nightly.installation import night_lock
from pipeline.nightly.report import as_written
from pipeline.settings.records import RetainSettings, Settings
from pipeline.store.ads.removal import GoneAd
from pipeline.store.ads.runs import Runs
from pipeline.store.store import Store

TO_REDACT: Final = ".to_redact.json"
"""Beside the sources, until a clearing ends: ids of the ads that left the store and may still be in batches."""

LAWFUL: Final[frozenset[Verdict]] = frozenset({"legitimate", "not_an_ad"})


def expired_batches(runs: Runs, batches: Path, *, before: datetime) -> tuple[Path, ...]:
    """Batches that ended before then, were taken in, dropped or overtaken, and brought no text that the store still
    holds.

    The newest of each source that counts stays, because the next crawl remembers by it, and so does one that a batch
    outside the store rests on.
    """
    needed = runs.batches_with_text()
    found: list[Path] = []
    for source in sorted(folder for folder in batches.glob("[!.]*") if folder.is_dir()):
        folders = batches_of(source)
        outside = {folder for folder in folders if not runs.has_batch(source.name, folder.name)}
        rests_on = set(map(base_of, outside))
        newest_taken = max((folder.name for folder in folders if folder not in outside), default="")
        settled, remembered = list[Path](), None
        for folder in folders:
            with suppress(BadBatch):  # a damaged one is no base for the next crawl, and stays
                summary = read_summary(folder)
                if is_counted := summary.finished and counts(summary.healthy, folder):
                    remembered = folder
                is_overtaken = not is_counted and not summary.ads and folder.name < newest_taken
                if summary.ended_at <= before and (folder not in outside or is_dropped(folder) or is_overtaken):
                    settled.append(folder)
        found += [
            folder
            for folder in settled
            if folder != remembered and (source.name, folder.name) not in needed and folder.name not in rests_on
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What one clearing came to, or would come to."""

    ads_removed: int = 0
    ads_emptied: int = 0
    """Ads of which the decision stays, without their texts."""

    ads_held: int = 0
    """Ads whose time has come and that stay: their case, or one of their campaign, is held."""

    cases_held: tuple[int, ...] = ()
    cases_removed: int = 0
    batches_removed: tuple[str, ...] = ()
    """Source and run of each."""

    batches_rewritten: tuple[str, ...] = ()
    """Batches that stay, without these ads: a database that is built anew does not bring them back."""

    problems: tuple[str, ...] = ()
    """Batches that could not be rewritten; the next clearing tries again."""

    bytes_freed: int = 0
    """Of the batches' files."""

    is_compact: bool = True
    """False where another program held the database: its file still has what was removed, in unused parts."""


def retain(store: Store, settings: RetainSettings, batches: Path, *, now: datetime, dry_run: bool = False) -> Retained:
    """What was removed; with ``dry_run`` the same acts are taken back, so that the numbers are those of the real run.

    What an earlier run that was killed left in batches goes, too. Raises ``BadSettings`` where the installation has not
    said how long anything is kept.
    """
    days = [count for count in (settings.undecided_days, settings.lawful_days) if count is not None]
    if not days:
        raise BadSettings("nothing says how long ads are kept: expected [retain] undecided_days or lawful_days")
    with store.atomic(commit=not dry_run):
        emptied, removed, held = _choose(store, settings, now)
        store.removal.empty_ads(emptied)
        cases = store.removal.remove_ads(removed)
        folders = expired_batches(store.runs, batches, before=now - timedelta(days=min(days)))
        found = Retained(
            ads_removed=len(removed),
            ads_emptied=len(emptied),
            ads_held=len(held),
            cases_held=store.proceedings.held_cases(held),
            cases_removed=cases,
            batches_removed=tuple(f"{folder.parent.name}/{folder.name}" for folder in folders),
            bytes_freed=sum(file.stat().st_size for folder in folders for file in folder.iterdir()),
        )
        store.audit.record(
            "retained", "ads", by=None, at=now, removed=found.ads_removed, emptied=found.ads_emptied,
            cases=found.cases_removed, batches=len(folders), held=found.ads_held,
        )  # fmt: skip
        left = _read_ids(batches / TO_REDACT)
        ad_ids = sorted({*emptied, *removed, *left} - store.removal.with_text(left))
        if ad_ids and not dry_run:
            # Before the commit: from then on nothing else knows the ids. What was not committed still has its text.
            write_json(batches / TO_REDACT, ad_ids)
    rewritten = [folder for folder in batches_with(find_batches(batches), ad_ids) if folder not in folders]
    found = replace(found, batches_rewritten=tuple(f"{each.parent.name}/{each.name}" for each in rewritten))
    if not dry_run:
        for folder in folders:
            folder.rename(folder.with_name(f".{folder.name}.removed"))  # out of sight at once
        for gone in batches.glob("[!.]*/.*.removed"):  # also what an earlier removal had to leave behind
            shutil.rmtree(gone)
        all_held = store.proceedings.held_ads()
        problems = redact_all(rewritten, ad_ids, held=all_held)
        if not problems and not all_held:  # a page that shows a held ad too goes when the hold has ended
            (batches / TO_REDACT).unlink(missing_ok=True)
        found = replace(found, problems=problems, is_compact=store.removal.compact())
    return found


def _read_ids(path: Path) -> list[str]:
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def may_go(ad: GoneAd, settings: RetainSettings, *, now: datetime) -> bool:
    """Whether the ad has been gone for as long as what is decided of it asks for."""
    verdicts = {verdict for case in ad.cases for verdict in case.verdicts}
    if not verdicts <= LAWFUL:
        return False
    is_decided = bool(verdicts) and not any(case.is_waiting for case in ad.cases)
    days = settings.lawful_days if is_decided else settings.undecided_days
    return days is not None and ad.gone_at <= now - timedelta(days=days)


def _choose(store: Store, settings: RetainSettings, now: datetime) -> tuple[list[str], list[str], list[str]]:
    """The ads that keep what was decided of them, those that go whole, and those that a hold keeps."""
    held = store.proceedings.held_ads()
    due = [ad for ad in store.removal.gone_ads(before=now) if may_go(ad, settings, now=now)]
    ads = [ad for ad in due if ad.ad_id not in held]
    members = store.campaigns.present_ads({name for ad in ads for name in ad.campaigns})
    # Nobody would read those that stay of a campaign whose waiting case went. Each ad that stays may keep another.
    going: set[str] = set()
    while len(going) != len(ads):
        going = {ad.ad_id for ad in ads}
        parted = {name for name, others in members.items() if not others <= going}
        ads = [
            ad
            for ad in ads
            if parted.isdisjoint(ad.campaigns) or not any(case.is_own and case.is_waiting for case in ad.cases)
        ]
    newest = store.cases.newest()  # its number must not be given to another
    ads = [ad for ad in ads if not any(case.case_id == newest and not case.has_decisions for case in ad.cases)]
    emptied = [ad.ad_id for ad in ads if any(case.is_own and case.has_decisions for case in ad.cases)]
    staying = sorted(ad.ad_id for ad in due if ad.ad_id in held)
    return emptied, sorted({ad.ad_id for ad in ads} - set(emptied)), staying


FORGOTTEN: Final = "forgotten.txt"
"""In `data/local`, hashes of erased ads, one a line; keep it with the keys."""

REPORTS: Final = ("*.json", "*.txt", "*.md", "*.html")


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
    """Backups, databases in whose place one was put, and unfinished batches: a copy there ends with them."""

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
    asked = [erasure.what] if store.ads.current_version(erasure.what) else []
    if not asked:
        contacts = possible_identities(erasure.what, store.contacts.kinds())
        digests = [erasure.what, *map(store.vault.hash_of, contacts)]
        asked = sorted({ad.ad_id for digest in digests for ad in store.contacts.ads(digest)})
    if not asked:
        raise UnknownAd("no such ad and no such contact in the store; expected an ad_id, a contact or a contact's hash")
    with night_lock(settings, at=at):
        all_held = store.proceedings.held_ads()
        held = [ad_id for ad_id in asked if ad_id in all_held]
        ad_ids = [ad_id for ad_id in asked if ad_id not in all_held]
        emptied, removed = _parted(store, ad_ids)
        folders = batches_with(find_batches(settings.batches), ad_ids)
        reports = [
            path
            for form in REPORTS
            for path in sorted(settings.reports.glob(form))
            if _names_any(path.read_text(encoding="utf-8", errors="replace"), ad_ids, path.suffix)
        ]
        backups = sorted(path.parent for path in (settings.local / "backups").glob("*/backup.json"))
        backups += sorted(settings.database.parent.glob(f"{settings.database.name}.before-*"))
        backups += sorted(settings.batches.glob("[!.]*/.*.partial*"))
        found = Forgotten(
            ads_removed=tuple(removed), ads_emptied=tuple(emptied), reports=tuple(path.name for path in reports),
            batches=tuple(f"{folder.parent.name}/{folder.name}" for folder in folders),
            backups=tuple(map(str, backups)), ads_held=tuple(held), cases_held=store.proceedings.held_cases(held),
        )  # fmt: skip
        if dry_run:
            return found
        # First: a night after a kill must not bring back what is half erased.
        forgotten = read_forgotten(settings.local) | set(map(_hash, ad_ids))
        write_whole(settings.local / FORGOTTEN, "".join(f"{each}\n" for each in sorted(forgotten)))
        problems = redact_all(folders, ad_ids, held=all_held)
        if all_held and ad_ids:  # a page that shows a held ad too goes with the first retention after the hold
            to_redact = settings.batches / TO_REDACT
            write_json(to_redact, sorted({*_read_ids(to_redact), *ad_ids}))
        for report in reports:
            clean_report(report, ad_ids)
        _erase(
            store, emptied, removed, at=at, asked_by=erasure.by, reason=erasure.reason, batches=len(folders),
            held=len(held),
        )  # fmt: skip
        return replace(found, problems=problems, is_compact=store.removal.compact())


def erase_again(store: Store, local: Path, *, at: datetime) -> int:
    """How many ads the store held though they were erased once: a restored backup brings them back. Those that a hold
    keeps stay. Raises ``StoreError`` where the contacts' key is missing."""
    forgotten = read_forgotten(local)
    back = {ad_id for ad_id in (store.removal.with_text() if forgotten else ()) if is_forgotten(ad_id, forgotten)}
    if ad_ids := sorted(back - store.proceedings.held_ads()) if back else []:
        store.check_key()
        _erase(store, *_parted(store, ad_ids), at=at, reason="erased before, and restored from a backup")
        store.removal.compact()
    return len(ad_ids)


def _parted(store: Store, ad_ids: Collection[str]) -> tuple[list[str], list[str]]:
    """Those of these ads that leave what was decided of them, and the others."""
    emptied = sorted(ad_id for ad_id in ad_ids if store.removal.must_leave_a_case(ad_id))
    return emptied, sorted(set(ad_ids) - set(emptied))


def _erase(store: Store, emptied: Sequence[str], removed: Sequence[str], *, at: datetime, **details: object) -> None:
    ad_ids = [*emptied, *removed]
    with store.atomic():
        store.removal.empty_ads(emptied)
        store.removal.remove_ads(removed)
        digests = [hashlib.sha256(ad_id.encode()).hexdigest()[:16] for ad_id in ad_ids]
        store.audit.record("forgot", f"{len(ad_ids)} ads", by=None, at=at, ads=digests, **details)


def clean_report(report: Path, ad_ids: Collection[str]) -> None:
    """A report without what was said of these ads; that there were some stays in its counts."""
    text = report.read_text(encoding="utf-8")
    if report.suffix == ".json":
        write_json(report, _without(json.loads(text), ad_ids))
    else:
        lines = text.splitlines(keepends=True)
        write_whole(report, "".join(line for line in lines if not _names_any(line, ad_ids, report.suffix)))


def _names_any(text: str, ad_ids: Collection[str], ending: str) -> bool:
    return any(as_written(ad_id, ending) in text for ad_id in ad_ids)


def _without(record: Any, ad_ids: Collection[str]) -> Any:
    """A record without the entries of its lists and tables that name one of these ads."""
    if isinstance(record, dict):
        return {key: _without(value, ad_ids) for key, value in record.items() if not _names_any(key, ad_ids, "")}
    if isinstance(record, list):
        return [
            _without(each, ad_ids) for each in record if not (isinstance(each, str) and _names_any(each, ad_ids, ""))
        ]
    return record


def read_forgotten(local: Path) -> frozenset[str]:
    """The hashes; none where nothing was ever forgotten."""
    path = local / FORGOTTEN
    return frozenset(path.read_text(encoding="ascii").split()) if path.is_file() else frozenset()


def is_forgotten(ad_id: str, forgotten: Collection[str]) -> bool:
    """Whether the ad is one of them."""
    return bool(forgotten) and _hash(ad_id) in forgotten


def _hash(ad_id: str) -> str:
    return hashlib.sha256(ad_id.encode("utf-8", "surrogatepass")).hexdigest()
