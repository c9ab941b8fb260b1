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
from pathlib import Path
from typing import Final

from crawler.files import whole_bytes, whole_file
from crawler.processes import hold
from pipeline.accounts.audit_log import BrokenLink, Head, follow_chain, read_head
from pipeline.errors import BadSettings, CannotBegin, StoreError
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = [
    "ENDS", "NIGHT_LOCK", "check_database", "check_room", "find_future", "forget_database", "known_identities",
    "night_lock", "note_end", "open_installed", "places_written", "sweep", "units_of", "verify_log",
]  # fmt: skip

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

HARDENED: Final = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictSUIDSGID=yes
LockPersonality=yes
CapabilityBoundingSet=
SystemCallFilter=@system-service
UMask=0077
CacheDirectory=lurewatch
Environment=LUREWATCH_CACHE=/var/cache/lurewatch
"""
"""What a service of this program needs no right for."""


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
            _write(path, _read(path) | {_name(settings): identity})
    return store


def forget_database(settings: Settings) -> None:
    """Let another database take the place of the one that this installation had."""
    settings.database.with_name(ENDS).unlink(missing_ok=True)
    for path in _places(settings):
        if path.is_file():
            _write(path, {name: value for name, value in _read(path).items() if name != _name(settings)})


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


def _write(path: Path, identities: dict[str, str]) -> None:
    with whole_bytes(path) as file:
        file.write((json.dumps(identities, indent=2) + "\n").encode())


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
    for folder in settings.batches.glob("[!.]*/"):
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):  # its batches would be passed over
            raise CannotBegin(f"{folder}: cannot be read and written; expected the batches of a source")
    for folder in places_written(settings):
        free = shutil.disk_usage(folder).free // 1_000_000
        if free < settings.night.free_mb:
            raise CannotBegin(
                f"{folder}: {free} MB are free on this disk, expected {settings.night.free_mb} at least (night.free_mb)"
            )


def sweep(settings: Settings, *, at: datetime) -> None:
    """Remove what killed nights left: drafts of reports, and batches that were set aside a month ago. Under the lock of
    the night nobody else writes there."""
    for draft in settings.reports.glob(".*.partial"):
        draft.unlink(missing_ok=True)
    for left in settings.batches.glob("[!.]*/.*.partial.abandoned*"):
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


def note_end(store: Store, database: Path) -> None:
    """Note the log's end as it is now."""
    head = store.audit.head()
    known = _ends(database)
    if head is not None and head not in known:
        with whole_file(database.with_name(ENDS)) as file:
            file.writelines(f"{each.entry_id}:{each.hash}\n" for each in [*known, head][-_MOST_ENDS:])


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
    program = Path(sys.executable).with_name("lurewatch")
    if kind == "cron":
        hours, minutes = map(int, hour.split(":"))
        command = shlex.quote(str(program)).replace("%", r"\%")
        table = (
            "# For `crontab -`. A night that still runs keeps the next one from beginning; "
            "what fails is mailed by cron.\n"
            f"LUREWATCH_HOME={settings.home}\n"
            f"{minutes} {hours} * * * {command} nightly\n"
            f"0 8 * * * {command} status --check || exit 1\n"
            f"0 12 * * * {command} backup --keep 14 --weekly 8\n"
        )
        return {"lurewatch.cron": table}
    jobs = {
        "lurewatch-nightly": ("nightly", "A night of lurewatch", hour),
        "lurewatch-check": ("status --check", "The health of lurewatch", "08:00"),
        "lurewatch-backup": ("backup --keep 14 --weekly 8", "A backup of lurewatch", "12:00"),
    }
    units = {}
    for name, (command, what, at) in jobs.items():
        # Exit code 1 is "done, with something to report": the check alone fails by it, for OnFailure to hear of it.
        success = "" if name == "lurewatch-check" else "SuccessExitStatus=1\n"
        unit = _service(program, settings, command, f"Type=oneshot\n{success}")
        units[f"{name}.service"] = f"[Unit]\nDescription={what}\nOnFailure=lurewatch-failed@%n.service\n{unit}"
        units[f"{name}.timer"] = (
            f"[Unit]\nDescription={what}, each day\n\n[Timer]\nOnCalendar=*-*-* {at}:00\nPersistent=true\n"
            f"RandomizedDelaySec=300\n\n[Install]\nWantedBy=timers.target\n"
        )
    page = _service(program, settings, "review", "Type=exec\nRestart=on-failure\n")
    units["lurewatch-review.service"] = (
        f"[Unit]\nDescription=The review page of lurewatch\n{page}\n[Install]\nWantedBy=multi-user.target\n"
    )
    units["lurewatch-failed@.service"] = (
        "[Unit]\nDescription=Says that %i failed\n\n[Service]\nType=oneshot\n"
        'ExecStart=/usr/bin/logger --priority user.err --tag lurewatch "%i failed: journalctl --unit %i"\n'
    )
    return units


def _service(program: Path, settings: Settings, command: str, kind: str) -> str:
    writable = dict.fromkeys((settings.local, settings.database.parent, settings.batches, settings.reports))
    paths = " ".join(_quoted(str(place)) for place in writable)
    return (
        "After=network-online.target\nWants=network-online.target\n\n"
        f"[Service]\n{kind}User=lurewatch\nExecStart={_quoted(str(program))} {command}\n"
        f"WorkingDirectory={str(settings.home).replace('%', '%%')}\n"
        f"Environment={_quoted(f'LUREWATCH_HOME={settings.home}')}\nReadWritePaths={paths}\n{HARDENED}"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if re.search(r"\s", text) else escaped
