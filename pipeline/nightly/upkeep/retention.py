"""Retention: policy and removal of ads, texts and batches past their days.

Of ads that are gone, those that nobody decided go whole; those decided as lawful, or as no ad, leave their decision.
What was decided as likely harmful or irregular, or could not be decided, stays as it is.

Batches of which nothing is left go whole; the others are rewritten without what was removed.
"""

import json
import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from crawler.batch.batch import batches_of, counts, find_batches, is_dropped, read_summary
from crawler.batch.redact import batches_with, redact_all
from crawler.errors import BadBatch
from crawler.files import whole_file
from crawler.history.crawl_state import base_of
from pipeline.case import Verdict
from pipeline.errors import BadSettings
from pipeline.settings.records import RetainSettings
from pipeline.store.ads.removal import GoneAd
from pipeline.store.runs import Runs
from pipeline.store.store import Store

__all__ = ["Retained", "expired_batches", "may_go", "remember_to_redact", "remove_batches", "retain"]

TO_REDACT: Final = ".to_redact.json"
"""Beside the sources, until a clearing ends: ids of the ads that left the store and may still be in batches."""

LAWFUL: Final[frozenset[Verdict]] = frozenset({"legitimate", "not_an_ad"})


def expired_batches(runs: Runs, batches: Path, *, before: datetime) -> tuple[Path, ...]:
    """Batches that ended before then, were taken in or dropped, and brought no text that the store still holds.

    The newest of each source that counts stays, because the next crawl remembers by it, and so does one that a batch
    outside the store rests on.
    """
    needed = runs.batches_with_text()
    found: list[Path] = []
    for source in sorted(folder for folder in batches.glob("[!.]*") if folder.is_dir()):
        folders = batches_of(source)
        remembered = next((folder for folder in reversed(folders) if _counts(folder)), None)
        rests_on = {base_of(folder) for folder in folders if not runs.has_batch(source.name, folder.name)}
        found += [
            folder
            for folder in folders
            if folder != remembered
            and (source.name, folder.name) not in needed
            and folder.name not in rests_on
            and _is_settled(runs, folder, before)
        ]
    return tuple(found)


def remove_batches(batches: Path, folders: Iterable[Path]) -> None:
    """Takes the folders away, each out of sight at once; also what an earlier removal had to leave behind."""
    for folder in folders:
        folder.rename(folder.with_name(f".{folder.name}.removed"))
    for left in batches.glob("[!.]*/.*.removed"):
        shutil.rmtree(left)


def _counts(folder: Path) -> bool:
    try:
        summary = read_summary(folder)
        return summary.finished and counts(summary.healthy, folder)
    except BadBatch:
        return False


def _is_settled(runs: Runs, folder: Path, before: datetime) -> bool:
    """Whether it ended before then, and was taken in or dropped."""
    try:
        is_decided = runs.has_batch(folder.parent.name, folder.name) or is_dropped(folder)
        return is_decided and read_summary(folder).ended_at <= before
    except BadBatch:
        return False


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
        store.queue.delete_unused_values()
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
            _write_ids(batches / TO_REDACT, ad_ids)
    rewritten = [folder for folder in batches_with(find_batches(batches), ad_ids) if folder not in folders]
    found = replace(found, batches_rewritten=tuple(f"{each.parent.name}/{each.name}" for each in rewritten))
    if not dry_run:
        remove_batches(batches, folders)
        all_held = store.proceedings.held_ads()
        problems = redact_all(rewritten, ad_ids, held=all_held)
        if not problems and not all_held:  # a page that shows a held ad too goes when the hold has ended
            (batches / TO_REDACT).unlink(missing_ok=True)
        found = replace(found, problems=problems, is_compact=store.removal.compact())
    return found


def _read_ids(path: Path) -> list[str]:
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def remember_to_redact(batches: Path, ad_ids: Collection[str]) -> None:
    """Have the next clearing take these ads out of batches once more."""
    if ad_ids:
        _write_ids(batches / TO_REDACT, sorted({*_read_ids(batches / TO_REDACT), *ad_ids}))


def _write_ids(path: Path, ad_ids: Collection[str]) -> None:
    with whole_file(path) as file:
        json.dump(ad_ids, file)


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
    ads = _without_covering(ads, store.campaigns.present_ads({name for ad in ads for name in ad.campaigns}))
    newest = store.cases.newest()  # its number must not be given to another
    ads = [ad for ad in ads if not any(case.case_id == newest and not case.has_decisions for case in ad.cases)]
    emptied = [ad.ad_id for ad in ads if any(case.is_own and case.has_decisions for case in ad.cases)]
    staying = sorted(ad.ad_id for ad in due if ad.ad_id in held)
    return emptied, sorted({ad.ad_id for ad in ads} - set(emptied)), staying


def _without_covering(ads: Collection[GoneAd], members: dict[str, frozenset[str]]) -> list[GoneAd]:
    """The ads without those whose case still waits for a campaign of which others stay: nobody would read these."""
    left = list(ads)
    while True:
        going = {ad.ad_id for ad in left}
        uncovering = [ad for ad in left if not _covers(ad, going, members)]
        if len(uncovering) == len(left):
            return uncovering
        left = uncovering


def _covers(ad: GoneAd, going: Collection[str], members: dict[str, frozenset[str]]) -> bool:
    waits = any(case.is_own and case.is_waiting for case in ad.cases)
    return waits and any(other not in going for name in ad.campaigns for other in members.get(name, ()))
