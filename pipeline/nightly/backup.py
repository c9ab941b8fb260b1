"""Backups: checked copies of the database, their encryption and restore.

The copy is made by SQLite's online backup from one snapshot, so a night that writes neither waits nor spoils it. The
keys lie elsewhere on purpose: without them no list of contacts can be read, though ads' texts can, as they were
collected. They come along on request. For a recipient all files but the manifest are encrypted.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyrage
from pyrage import x25519

from crawler.files import file_digest, sync, whole_bytes, write_json
from pipeline.accounts.audit_log import BrokenLink, follow_chain
from pipeline.errors import BadBackup, BadSettings, StoreError, database_message
from pipeline.nightly.installation import forget_database, night_lock, open_installed
from pipeline.nightly.retention import erase_again
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import Settings
from pipeline.store.store import Store

DATABASE: Final = "lurewatch.db"
MANIFEST: Final = "backup.json"

SEALED = ".age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What one backup holds."""

    made_at: str
    files: dict[str, str]
    """Each file, by its name, with the SHA-256 of its content."""

    store: dict[str, int]
    """How much the database holds, by what."""

    audit_head: str | None
    """The audit log's end, as ``audit verify --head`` takes it."""

    recipient: str | None = None
    """The public key that the files are encrypted for."""

    def plain_names(self) -> tuple[str, ...]:
        """The files' names without the ending of encryption."""
        return tuple(name.removesuffix(SEALED) if self.recipient else name for name in self.files)


def back_up(store: Store, folder: Path, *, keys: Sequence[Path], at: datetime, recipient: str | None = None) -> Backup:
    """What was copied into the new folder, which is there whole and checked or not at all."""
    try:
        sealed_for = x25519.Recipient.from_str(recipient) if recipient else None
    except pyrage.RecipientError as err:
        raise BadSettings(f"backup.recipient: expected a public key of age, as age1..., found {recipient!r}") from err
    _refuse_taken(folder)
    if absent := next((key for key in keys if not key.is_file()), None):
        raise BadBackup(f"{absent}: expected the key to take along, found none")
    with _new_folder(folder, at) as writing:
        store.db.copy_to(writing / DATABASE)
        for key in keys:
            with whole_bytes(writing / key.name, private=True) as file:
                file.write(key.read_bytes())
        totals, head = _check_database(writing / DATABASE)
        for path in sorted(writing.iterdir()) if sealed_for else ():
            pyrage.encrypt_file(str(path), f"{path}{SEALED}", [sealed_for])
            path.unlink()
        files = {path.name: file_digest(path) for path in sorted(writing.iterdir())}
        backup = Backup(made_at=at.isoformat(), files=files, store=totals, audit_head=head, recipient=recipient)
        write_json(writing / MANIFEST, asdict(backup))
    return backup


def _refuse_taken(path: Path, what: str = "folder") -> None:
    if path.exists():
        raise BadBackup(f"{path}: is there already; expected the name of a {what} that is not")


@contextmanager
def _new_folder(folder: Path, at: datetime) -> Iterator[Path]:
    """A folder for its owner alone, which takes its name where the block ends well and is gone otherwise."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in {each.parent for each in folder.parent.glob(f".*.writing/{DATABASE}*")}:
        if at.timestamp() - left.stat().st_mtime > 86_400:  # by one that was killed, a day ago
            shutil.rmtree(left, ignore_errors=True)
    # Another backup may be made at the same time.
    writing = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".writing"))
    try:
        yield writing
        for path in (*writing.iterdir(), writing):
            sync(path)
        _refuse_taken(folder)
        writing.rename(folder)
        sync(folder.parent)
    except sqlite3.Error as err:
        raise BadBackup(f"{folder}: no copy could be written ({database_message(err) or err})") from err
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def verify_backup(folder: Path, *, workspace: Path, identity: Path | None = None) -> Backup:
    """What the backup says that it holds, after all of it was held against that. Raises ``BadBackup``.

    What is encrypted is opened below ``workspace`` by the ``identity``; without one the digests alone are compared.
    """
    backup = _verify_digests(folder)
    if backup.recipient is None or identity is not None:
        with _opened(folder, backup, workspace, identity):
            pass
    return backup


@contextmanager
def _opened(folder: Path, backup: Backup, workspace: Path, identity: Path | None) -> Iterator[Path]:
    """The folder with the backup's files in clear, its database verified; where they are encrypted, one that is gone
    afterwards."""
    with ExitStack() as held:
        place = folder
        if backup.recipient is not None:
            if identity is None:
                expected = "expected --identity FILE with its secret key"
                raise BadBackup(f"{folder}: is encrypted for {backup.recipient}; {expected}")
            refuse_if_others_may_read(identity)
            lines = identity.read_text(encoding="utf-8", errors="replace").splitlines()
            keys = [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")]
            try:
                secret = x25519.Identity.from_str(keys[0])
            except (IndexError, pyrage.IdentityError) as err:
                raise BadBackup(f"{identity}: holds no identity of age; expected a line AGE-SECRET-KEY-...") from err
            place = Path(held.enter_context(tempfile.TemporaryDirectory(dir=workspace, prefix=".backup-")))
            for name, plain in zip(backup.files, backup.plain_names(), strict=True):
                try:
                    pyrage.decrypt_file(str(folder / name), str(place / plain), [secret])
                except pyrage.DecryptError as err:  # another's, or changed
                    raise BadBackup(f"{folder / name}: cannot be opened by this identity ({err})") from err
        if (found := _check_database(place / DATABASE)) != (backup.store, backup.audit_head):
            raise BadBackup(f"{place / DATABASE}: holds {found}, expected {backup.store, backup.audit_head}")
        yield place


def _verify_digests(folder: Path) -> Backup:
    backup = _read_manifest(folder / MANIFEST)
    found = {file.name for file in folder.iterdir()} - {MANIFEST}
    for name in sorted(found ^ backup.files.keys()):
        state = "is missing" if name in backup.files else f"is not named in {MANIFEST}"
        raise BadBackup(f"{folder / name}: {state}; expected the backup as it was made")
    for name, digest in backup.files.items():
        if file_digest(folder / name) != digest:
            raise BadBackup(f"{folder / name}: was changed since the backup was made")
    return backup


def rotate(folder: Path, *, keep: int, weekly: int = 0, monthly: int = 0) -> tuple[Path, ...]:
    """The backups that were removed: all in this folder but the newest so many, and the newest of each of the last so
    many weeks and months that have one. What is no backup stays."""
    made = {
        each: datetime.fromisoformat(_read_manifest(each / MANIFEST).made_at)
        for each in folder.glob("[!.]*") if (each / MANIFEST).is_file()
    }  # fmt: skip
    newest = sorted(made, key=lambda each: (made[each], each.name), reverse=True)
    stays = set(newest[:keep])
    for count, period in ((weekly, "%G-%V"), (monthly, "%Y-%m")):
        of_period: dict[str, Path] = {}
        for each in newest:
            of_period.setdefault(f"{made[each]:{period}}", each)
        stays |= set(list(of_period.values())[:count])
    old = [each for each in reversed(newest) if each not in stays]
    for each in old:
        each.rename(each.with_name(f".{each.name}.removed"))
    # Also what was being removed when an earlier run was killed.
    for gone in {each.parent for name in (f"{DATABASE}*", MANIFEST) for each in folder.glob(f".*.removed/{name}")}:
        shutil.rmtree(gone)
    return tuple(old)


def _check_database(path: Path) -> tuple[dict[str, int], str | None]:
    """What a copy of the database holds, and its audit log's end. Nothing in it is written."""
    try:
        with Store.open_read_only(path) as store:
            if faults := store.faults():
                raise BadBackup(f"{path}: the copy is damaged ({'; '.join(faults)}); expected a whole database")
            end = follow_chain(store.audit.chain())
            if isinstance(end, BrokenLink):
                raise BadBackup(f"{path}: its audit log was changed at entry {end.entry_id}: {end.why}")
            return store.statistics.totals(), f"{end.entry_id}:{end.hash}" if end.entry_id else None
    except sqlite3.DatabaseError as err:
        raise BadBackup(f"{path}: cannot be read ({err}); expected a whole database") from err
    except StoreError as err:
        raise BadBackup(str(err)) from err


def _read_manifest(path: Path) -> Backup:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        datetime.fromisoformat(record["made_at"]), record["files"].items()  # as whoever verifies or restores reads them
        return Backup(**record)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as err:
        why = getattr(err, "strerror", None) or err
        raise BadBackup(f"{path}: cannot be read ({why}); expected the folder of a backup") from err


def new_identity(path: Path) -> str:
    """The public key to encrypt for, of a new identity that is written into this file, as `age-keygen` writes it."""
    _refuse_taken(path, "file")
    made = x25519.Identity.generate()
    with whole_bytes(path, private=True) as file:
        file.write(f"# public key: {made.to_public()}\n{made}\n".encode())
    return str(made.to_public())


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    database: str
    audit_head: str | None
    keys: tuple[str, ...] = ()
    """Keys that were put in place."""

    replaced: tuple[str, ...] = ()
    """Where what stood there lies now."""

    erased_again: int = 0
    """Ads of the backup that had been erased since it was made."""


def put_back(
    settings: Settings, folder: Path, *, with_keys: bool, at: datetime, identity: Path | None = None
) -> Restored:
    """The outcome, after the backup's database, and its keys where asked for, took the places of the present ones.

    ``identity`` is the file with the secret key of an encrypted backup. Raises ``BadBackup`` where the backup is not as
    it was made or the database is in use, and ``InUse`` while a night runs; nothing is changed then.
    """
    settings.local.mkdir(parents=True, exist_ok=True)
    backup = _verify_digests(folder)
    with _opened(folder, backup, settings.local, identity) as plain:
        keys = sorted(set(backup.plain_names()) - {DATABASE}) if with_keys else []
        if with_keys and not keys:
            raise BadBackup(f"{folder}: holds no key; expected one made by `lurewatch backup --with-keys`")
        with night_lock(settings, at=at):
            _refuse_while_open(settings.database)
            stamp = f"{at:%Y%m%dT%H%M%SZ}"
            old = [_swap(plain / DATABASE, settings.database, stamp)]
            for ending in ("-wal", "-shm"):
                Path(f"{settings.database}{ending}").unlink(missing_ok=True)
            old += [_swap(plain / key.name, key, stamp) for key in settings.keys if key.name in keys]
            forget_database(settings)
            with open_installed(settings) as store:
                store.audit.record("restored", folder.name, by=None, at=at, made_at=backup.made_at)
                erased = 0
                with suppress(StoreError):  # without the key the next night does it
                    erased = erase_again(store, settings.local, at=at)
    return Restored(
        database=str(settings.database), audit_head=backup.audit_head, keys=tuple(keys),
        replaced=tuple(str(place) for place in old if place), erased_again=erased,
    )  # fmt: skip


def _refuse_while_open(database: Path) -> None:
    """Whoever else has the file open keeps it from being locked alone."""
    if not database.is_file() or not database.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(database, timeout=2.0, isolation_level=None)) as raw:
            raw.execute("PRAGMA locking_mode = EXCLUSIVE")
            raw.execute("PRAGMA journal_mode = DELETE")  # in WAL mode nothing else waits for readers
            raw.execute("BEGIN EXCLUSIVE")
            raw.rollback()
    except sqlite3.OperationalError as err:
        if err.sqlite_errorname in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
            raise BadBackup(f"{database}: a program has it open; stop the review page and every other one") from err
    except sqlite3.DatabaseError:
        return  # damaged: a reason to restore


def _swap(new: Path, place: Path, stamp: str) -> Path | None:
    """Where the old file lies, after the new one took its place, whole."""
    old = place.with_name(f"{place.name}.before-{stamp}") if place.exists() else None
    with new.open("rb") as source, whole_bytes(place, private=True) as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        if old:
            old.hardlink_to(place)
    return old
