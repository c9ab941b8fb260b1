"""Health of an installation: held-back batches, drift, what needs an operator."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from crawler.batch.batch import (
    SUMMARY,
    Ruling,
    batches_of,
    find_batches,
    is_dropped,
    last_started,
    read_batch,
    read_ruling,
    write_ruling,
)
from crawler.errors import BadBatch
from crawler.history.crawl_state import base_of, read_state_header, usual_shown
from crawler.processes import holder_of
from model.errors import ModelError
from pipeline.errors import PipelineError, StoreError, database_message
from pipeline.nightly.installation import (
    NIGHT_LOCK,
    check_database,
    find_full_disks,
    find_future,
    known_identities,
    open_installed,
)
from pipeline.nightly.intake import is_cut_off, missing_base, unread_listings
from pipeline.nightly.notifications import undelivered
from pipeline.nightly.report import SourceReport
from pipeline.review.model_in_service import load_assessor
from pipeline.settings.records import Settings
from pipeline.store.ads.runs import Runs
from pipeline.store.statistics import OfferProfile
from pipeline.store.store import Store

NIGHTS: Final = timedelta(days=28)
"""What a night is compared with."""

FEWEST: Final = 30
"""Texts; of fewer, a share says nothing."""

STRICT: Final = 3.29
"""Standard errors: one false alarm in a thousand shares, since dozens are compared each night."""

LEAST_CHANGE: Final = 0.05
"""A share that moved by less is not worth a line, however sure it is."""

FEW: Final = 10
"""Ads; a source of fewer has no usual number."""

State = Literal["taken", "waiting", "held_back", "overtaken", "released", "dropped"]
"""``waiting``: healthy, the next intake takes it in. ``held_back``: nobody has decided yet. ``overtaken``: it brought
no ad and a later run was taken in: nothing is to decide. ``released``: the next intake takes it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one batch stands."""

    source: str
    run: str
    state: State
    problems: tuple[str, ...] = ()
    """Why it was held back."""

    is_damaged: bool = False
    """Its files are not those that its crawl wrote."""

    by: str | None = None
    reason: str | None = None
    """Who released or dropped it, and why."""

    @property
    def name(self) -> str:
        """What the commands call it."""
        return f"{self.source}/{self.run}"


def standings(store: Store | None, output: Path, *, with_taken: bool = False) -> Iterator[Standing]:
    """The finished batches below a folder, oldest run first within each source; without a store none is taken in."""
    open_runs: dict[tuple[str, str], Standing] = {}
    for folder in find_batches(output):
        source, run = folder.parent.name, folder.name
        taken = store.runs.batches_of(source) if store else ()
        if run not in taken:
            standing = _standing(folder, taken)
            base = missing_base(store.runs, folder) if store and standing.state == "waiting" else None
            if base and (before := open_runs.get((source, base))) is None:
                problem = f"rests on run {base}, which is neither in the store nor on disk: release it to go without"
                standing = replace(standing, state="held_back", problems=(problem,))
            elif base and before and before.state in {"held_back", "dropped"}:
                problem = f"rests on run {base}, which was not taken in: {'; '.join(before.problems) or before.reason}"
                standing = replace(standing, state="held_back", problems=(problem,))
            open_runs[source, run] = standing
            yield standing
        elif with_taken:
            yield Standing(source=source, run=run, state="taken")


def find_batch(output: Path, name: str) -> Path:
    """The folder that ``SOURCE/RUN`` names below ``output``, or the path itself. Raises ``BadBatch`` for neither."""
    for folder in (output / name, Path(name)):
        if folder.is_dir():
            return folder.absolute()
    raise BadBatch(f"{name}: no such batch below {output}; expected SOURCE/RUN as `lurewatch batches list` shows it")


def release(runs: Runs, folder: Path, *, by: str, reason: str, at: datetime) -> None:
    """Decide that a batch which was held back is taken in; the decision lies beside its files, which do not change.

    Of a damaged one that is what can still be read; the next night asks again for the rest.
    """
    batch = read_batch(folder, damaged=True)
    _check_open(runs, folder)
    is_waiting = _standing(folder).state == "waiting" and not is_cut_off(runs, folder)
    if batch.summary.healthy and is_waiting:
        raise BadBatch(f"{folder}: is healthy; expected a batch that was held back (`lurewatch intake` takes it in)")
    write_ruling(folder, Ruling(act="release", by=by, reason=reason, at=at))


def drop(runs: Runs, folder: Path, *, by: str, reason: str, at: datetime) -> None:
    """Decide that a batch is never taken in, nor remembered by later runs."""
    if not (folder / SUMMARY).is_file():
        raise BadBatch(f"{folder}: expected the folder of a finished batch, found no {SUMMARY}")
    _check_open(runs, folder)
    for later in batches_of(folder.parent):
        if base_of(later) == folder.name and not is_dropped(later):
            raise BadBatch(f"{folder}: run {later.name} rests on it; expected that one to be dropped first")
    write_ruling(folder, Ruling(act="drop", by=by, reason=reason, at=at))


def _check_open(runs: Runs, folder: Path) -> None:
    if runs.has_batch(folder.parent.name, folder.name):
        raise BadBatch(f"{folder}: was taken in already; expected a batch that is still outside the store")


def _standing(folder: Path, taken: Sequence[str] = ()) -> Standing:
    source, run = folder.parent.name, folder.name
    try:
        ruling = read_ruling(folder)
        if ruling:
            state: State = "released" if ruling.act == "release" else "dropped"
            return Standing(source=source, run=run, state=state, by=ruling.by, reason=ruling.reason)
        summary = read_batch(folder).summary
        read_state_header(folder)
    except BadBatch as err:
        return Standing(source=source, run=run, state="held_back", problems=(str(err),), is_damaged=True)
    if summary.healthy:
        return Standing(source=source, run=run, state="waiting")
    state = "held_back" if summary.ads or run > max(taken, default="") else "overtaken"
    return Standing(source=source, run=run, state=state, problems=summary.problems)


def find_troubles(settings: Settings, *, max_age: timedelta, at: datetime) -> tuple[str, ...]:
    """All that is wrong with the last night, the batches, the database, the disk, the model and the backups."""
    found: list[str] = []
    try:
        if settings.database.exists() or known_identities(settings):
            with open_installed(settings, claim=False) as store:
                found += _of_store(store, settings, max_age, at)
        else:
            found.append(f"{settings.database}: no such database")
    except PipelineError as err:
        found.append(str(err))
    except sqlite3.Error as err:
        found.append(f"{settings.database}: {database_message(err) or type(err).__name__}")
    found += find_full_disks(settings)
    try:
        assessor = load_assessor(settings)
    except (ModelError, PipelineError) as err:
        found.append(str(err))
    else:
        if assessor.is_taxonomy_edited:
            learnt = f"is not the one that model {assessor.model_version} learnt from"
            found.append(f"taxonomy {assessor.taxonomy_version} {learnt}")
    return (*found, *(f"the last notification did not arrive: {each}" for each in undelivered(settings.local)))


def _of_store(store: Store, settings: Settings, max_age: timedelta, at: datetime) -> Iterator[str]:
    check_database(store, settings.database)
    try:
        store.check_key()
    except StoreError as err:
        yield str(err)
    yield from find_future(store, at=at)
    is_running = holder_of(settings.local / NIGHT_LOCK) is not None
    yield from _of_night(store, max_age, at, is_running=is_running)
    for batch in standings(store, settings.batches):
        if batch.state == "held_back":
            yield f"batch {batch.name} is held back: {'; '.join(batch.problems)}"
        elif batch.state in {"waiting", "released"} and not is_running:
            yield f"batch {batch.name} waits to be taken in"
    if days := settings.night.backup_days:
        made = store.audit.entries(act="backed_up", limit=1)
        if not made:
            yield "no backup was ever made (`lurewatch backup`; night.backup_days = 0 says that this is meant)"
        elif at - made[0].at > timedelta(days=days):
            yield f"the last backup was made on {made[0].at:%Y-%m-%d}, expected one every {days} days"


def _of_night(store: Store, max_age: timedelta, at: datetime, *, is_running: bool) -> Iterator[str]:
    latest, whole = store.runs.latest(limit=1), store.runs.last_whole()
    if latest and latest[0].ended_at is None and not is_running:
        yield f"the night of {latest[0].started_at:%Y-%m-%d %H:%M} UTC has not ended: `lurewatch nightly` resumes it"
    if whole and whole.ended_at:
        if (age := at - whole.ended_at) > max_age:
            hours = [each.total_seconds() / 3600 for each in (age, max_age)]
            yield f"the last whole night ended {hours[0]:.0f} hours ago, expected {hours[1]:g} at most"
    elif not is_running:
        yield "no whole night has ended yet"
    # What `nightly --only` met is news beside the last whole night, whose problems it need not have mended.
    problems = [problem for run in (whole, *latest) if run for problem in run.problems]
    yield from (f"last night: {problem}" for problem in dict.fromkeys(problems))


def find_drift(store: Store, *, began: datetime, model_version: str, until: datetime) -> Iterator[str]:
    """What of tonight's texts is surely another share than in the 28 days before, one line each."""
    from pipeline.review.figures import newcombe  # loads NumPy, which commands on a night do without

    now = store.statistics.offer_profile(began, until, model_version=model_version)
    before = store.statistics.offer_profile(began - NIGHTS, began, model_version=model_version)
    for (counts, of), (others, other_of) in zip(_counts(now), _counts(before), strict=True):
        for name in sorted({*counts, *others}) if min(of, other_of) >= FEWEST else ():
            share, other = counts.get(name, 0) / of, others.get(name, 0) / other_of
            low, high = newcombe(share, of, other, other_of, errors=STRICT)
            if not low <= 0 <= high and abs(share - other) >= LEAST_CHANGE:
                yield f"{name}: {share:.0%} of {of} texts, was {other:.0%} of {other_of}"
    if min(now.scored, before.scored) >= FEWEST and abs(now.mean_score - before.mean_score) >= LEAST_CHANGE:
        yield f"mean score: {now.mean_score:.2f}, was {before.mean_score:.2f}"


def _counts(profile: OfferProfile) -> tuple[tuple[dict[str, int], int], tuple[dict[str, int], int]]:
    """How many texts have what, of how many: of all, and of those that are scored."""
    languages = {f"language {name}": count for name, count in profile.languages.items()}
    indicators = {f"indicator {name}": count for name, count in profile.indicators.items()}
    return (languages | {"pay is given": profile.with_pay}, profile.texts), (indicators, profile.scored)


def find_unusual_sources(
    store: Store, settings: Settings, sources: tuple[SourceReport, ...], *, began: datetime
) -> Iterator[str]:
    """Sources that brought nothing new for some nights, never an ad, or far fewer or more ads than usual; those of
    which a listing was not read, or whose card is gone."""
    quiet = settings.night.quiet_nights
    for source in sources:
        if store.runs.quiet_batches(source.source) >= quiet:
            yield f"{source.source}: brought nothing new or changed in {quiet} nights that read it"
        usual = usual_shown(settings.batches / source.source, now=began)
        if source.run and not source.ads and not source.problems and not usual:
            yield f"{source.source}: no ad was found, tonight nor before: does its card fit the site?"
        unread = unread_listings(settings.batches / source.source / source.run) if source.run else ()
        if unread and not source.problems:
            left_out = f"{len(unread)} of its listings not read, such as {unread[0]}"
            yield f"{source.source}: {left_out}; until they are, no ad that the others leave out counts as gone"
        if usual is not None and usual >= FEW and not usual / 2 <= source.ads <= usual * 2:
            yield f"{source.source}: {source.ads} ads, usually {usual:g}"
    places = (settings.sources, settings.local / "sample")  # the second is the demo's
    for folder in sorted(settings.batches.glob("[!.]*/")):
        last = last_started(folder)
        if last and last >= began - NIGHTS and not any((place / f"{folder.name}.toml").is_file() for place in places):
            yield f"{folder.name}: has no card in {settings.sources} any more; its ads stand as they were last read"
