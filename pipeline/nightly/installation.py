"""Installation: identity, lock, checks before a night, audit log ends, units."""

import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from crawler.batch.batch import folders_in
from crawler.files import write_json, write_whole
from crawler.processes import hold
from pipeline.accounts.audit_log import BrokenLink, Head, follow_chain, read_head
from pipeline.errors import BadSettings, CannotBegin, StoreError
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import Settings
from pipeline.store.store import Store

ENDS: Final = "audit.ends"
"""Beside the database: an end of its audit log a line, as ``audit verify --head`` takes them."""

_MOST_ENDS: Final = 400
"""A year of nights, and their backups."""

BESIDE_KEYS, BESIDE_BATCHES = "installation.json", ".installation.json"

NIGHT_LOCK: Final = "night.lock"
"""In `data/local`: held while a night runs."""

BEFORE_ALL_NIGHTS: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock that shows less was never set: this program is younger."""

SLACK: Final = timedelta(minutes=1)
"""For clocks that are set right now and then."""

ABANDONED: Final = timedelta(days=30)
"""After which an unfinished batch that nobody took up is removed."""


def open_installed(settings: Settings, *, patience: float = 0.0, claim: bool = True) -> Store:
    """The installation's database, made where the installation never had one at this place. Without ``claim`` it is
    only held against the identity, which is not written.

    Raises ``StoreError`` where it had one that is gone, or where another one lies in its place.
    """
    database = settings.database
    known = known_identities(settings)
    if known and not database.exists():
        raise StoreError(
            f"{database}: this installation had a database here and it is gone; expected a backup in its place "
            "(`lurewatch restore`). To begin anew without what was decided: `lurewatch intake --new-database "
            f"{settings.batches}`"
        )
    if database.exists():
        refuse_if_others_may_read(database, "database")
    store = Store.open(database, create=True, patience=patience)
    identity = store.audit.installation()
    if known - {identity}:
        store.close()
        raise StoreError(
            f"{database}: is the database of another installation ({identity[:12]}, expected "
            f"{', '.join(sorted(each[:12] for each in known - {identity}))}); its keys and batches do not belong here"
        )
    for path in _places(settings) if claim else ():
        if _read(path).get(_name(settings)) != identity:
            write_json(path, _read(path) | {_name(settings): identity})
    return store


def forget_database(settings: Settings) -> None:
    """Let another database take the place of the one that this installation had."""
    settings.database.with_name(ENDS).unlink(missing_ok=True)
    for path in _places(settings):
        if path.is_file():
            write_json(path, {name: value for name, value in _read(path).items() if name != _name(settings)})


def known_identities(settings: Settings) -> frozenset[str]:
    """The identities that stand beside the keys and the batches, of this database's place."""
    found = (_read(path).get(_name(settings)) for path in _places(settings))
    return frozenset(filter(None, found))


def _places(settings: Settings) -> tuple[Path, Path]:
    return settings.local / BESIDE_KEYS, settings.batches / BESIDE_BATCHES


def _name(settings: Settings) -> str:
    """The database's place; within the installation it moves along with it."""
    database = settings.database.absolute()
    local = settings.local.absolute()
    return str(database.relative_to(local) if database.is_relative_to(local) else database)


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        return {str(name): str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError) as err:
        raise StoreError(f"{path}: expected the identities of databases by their places ({err})") from err


def night_lock(settings: Settings, *, at: datetime) -> AbstractContextManager[int]:
    """Held while a night runs, or what must not run beside it. Raises ``InUse``, which says who holds it."""
    return hold(settings.local / NIGHT_LOCK, doing="a night of this installation", at=at)


def check_room(settings: Settings, *, at: datetime) -> None:
    """Raise ``CannotBegin`` where a night could not end: nowhere to write, too little room, a clock that is not set."""
    if at < BEFORE_ALL_NIGHTS:
        raise CannotBegin(f"this machine's clock shows {at:%Y-%m-%d}: set it first; a night rests on it")
    for folder in places_written(settings):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\0")
                os.fsync(file.fileno())
        except OSError as err:
            raise CannotBegin(f"{folder}: cannot be written ({err.strerror or err})") from err
    folders_in(settings.batches, os.R_OK | os.W_OK | os.X_OK)
    for problem in find_full_disks(settings):
        raise CannotBegin(problem)


def sweep(settings: Settings, *, at: datetime) -> None:
    """Remove what killed nights left: drafts of reports and of the audit's ends, and batches that were set aside, or
    that nobody took up, for a month. Under the lock of the night nobody else writes there."""
    drafts = (*settings.reports.glob(".*.partial"), *settings.database.parent.glob(f".{ENDS}.*.partial"))
    for draft in drafts:
        draft.unlink(missing_ok=True)
    for left in settings.batches.glob("[!.]*/.*.partial*/"):
        if datetime.fromtimestamp(left.stat().st_mtime, tz=UTC) < at - ABANDONED:
            shutil.rmtree(left)


def check_database(store: Store, path: Path) -> None:
    """Raise ``StoreError`` where SQLite finds damage in the file. Its words are not repeated: they may quote an ad."""
    if faults := store.torn():
        raise StoreError(
            f"{path}: the database is damaged ({len(faults)} faults found at least); expected a backup in its place: "
            "`lurewatch restore`"
        )


def find_future(store: Store, *, at: datetime) -> Iterator[str]:
    """A problem, where the store holds moments that have not come yet."""
    latest = store.runs.latest_moment()
    if latest is not None and latest > at + SLACK:
        yield (
            f"the store holds moments up to {latest:%Y-%m-%d %H:%M} UTC and this machine's clock shows "
            f"{at:%Y-%m-%d %H:%M}: was it ahead, or is it behind? Ads are taken in by the clock as it is now"
        )


def places_written(settings: Settings) -> tuple[Path, ...]:
    """The folders that a night writes to."""
    return tuple(dict.fromkeys((settings.database.parent, settings.batches, settings.reports)))


def find_full_disks(settings: Settings) -> Iterator[str]:
    """A problem for each of these folders whose disk has less room than a night needs."""
    for folder in places_written(settings):
        if folder.is_dir() and (free := free_mb(folder)) < settings.night.free_mb:
            least = settings.night.free_mb
            yield f"{folder}: {free} MB are free on this disk, expected {least} at least (night.free_mb)"


def free_mb(folder: Path) -> int:
    """Megabytes that are free on the folder's disk."""
    return shutil.disk_usage(folder).free // 1_000_000


def note_end(store: Store, database: Path) -> None:
    """Note the log's end as it is now."""
    head = store.audit.head()
    known = _ends(database)
    if head is not None and head not in known:
        lines = (f"{each.entry_id}:{each.hash}\n" for each in [*known, head][-_MOST_ENDS:])
        write_whole(database.with_name(ENDS), "".join(lines))


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
    return tuple(filter(None, map(read_head, lines)))


def units_of(kind: str, settings: Settings, *, hour: str) -> dict[str, str]:
    """The files by their names. Raises ``BadSettings`` for a time of day that is none."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", hour):
        raise BadSettings(f"--at {hour}: expected a time of day such as 02:00")
    program = str(Path(sys.executable).with_name("lurewatch"))
    if kind == "cron":
        hours, minutes = map(int, hour.split(":"))
        command = shlex.quote(program).replace("%", r"\%")
        table = _filled("lurewatch.cron", home=settings.home, program=command, hours=hours, minutes=minutes)
        return {"lurewatch.cron": table}
    # With "-": what is not there yet, as batches before the first night, would keep the unit from starting.
    places = (settings.local, settings.database.parent, settings.batches, settings.reports)
    writable = " ".join(_quoted(f"-{each}") for each in dict.fromkeys(places))
    service = partial(
        _filled, "service", program=_quoted(program), home=str(settings.home).replace("%", "%%"),
        environment=_quoted(f"LUREWATCH_HOME={settings.home}"), paths=writable,
    )  # fmt: skip
    jobs = {
        "nightly": ("nightly", "A night of lurewatch", hour),
        "check": ("status --check", "The health of lurewatch", "08:00"),
        "backup": ("backup --keep 14 --weekly 8", "A backup of lurewatch", "12:00"),
    }
    units = {}
    for name, (command, what, at) in jobs.items():
        # Exit code 1 is "done, with something to report": the check alone fails by it, for OnFailure to hear of it.
        way = "Type=oneshot" if name == "check" else "Type=oneshot\nSuccessExitStatus=1"
        unit = _filled("job.service", what=what, service=service(command=command, kind=way))
        units[f"lurewatch-{name}.service"] = unit
        units[f"lurewatch-{name}.timer"] = _filled("job.timer", what=what, at=at)
    page = service(command="review", kind="Type=exec\nRestart=on-failure")
    units["lurewatch-review.service"] = _filled("review.service", service=page)
    units["lurewatch-failed@.service"] = _filled("failed@.service")
    return units


def _filled(name: str, **values: object) -> str:
    text = files("pipeline.nightly").joinpath("units", name).read_text(encoding="utf-8")
    return f"{Template(text).substitute(values).rstrip()}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if re.search(r"\s", text) else escaped
