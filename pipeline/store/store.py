"""The database of an installation: one connection and its parts."""

import sqlite3
import tempfile
from contextlib import AbstractContextManager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Self

from pipeline.errors import StoreError, database_message
from pipeline.linking.contacts import ContactVault
from pipeline.store.accounts import Accounts, ApiTokens, SecondFactors
from pipeline.store.ads.ads import Ads, Changes
from pipeline.store.ads.assessments import Assessments, LicenceLookups
from pipeline.store.ads.removal import Removal
from pipeline.store.ads.runs import Runs
from pipeline.store.audit_log import AuditLog
from pipeline.store.campaigns import StoredCampaigns
from pipeline.store.cases import Cases
from pipeline.store.connection import HAS_SEALED, Connection, sql_of
from pipeline.store.contacts import Contacts
from pipeline.store.decisions import Decisions
from pipeline.store.queue.case_queue import CaseQueue
from pipeline.store.queue.casework import Proceedings, Teamwork
from pipeline.store.statistics import Statistics

APPLICATION_ID: Final = 0x4C555245
"""Marks a SQLite file as a database of lurewatch (``PRAGMA application_id``): ``LURE`` in ASCII."""

SCHEMA_VERSION: Final = 2
"""The version of ``schema.sql`` (``PRAGMA user_version``). 0 are databases of before there was a single schema, 1 those
whose contacts stand in clear."""

BUSY_SECONDS: Final = 30
"""How long one writer waits for another: a night takes a batch in within seconds."""

SYNCHRONOUS: Final = "NORMAL"
"""When SQLite waits for the disk: at checkpoints. A power failure may undo the last acts, and never spoils the file."""


class Store:
    """Ads, cases, decisions and people, each a part: ``store.ads``, ``store.cases``, ``store.decisions``."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        """For whole acts and the parts; SQL stays in this folder."""

        self.runs = Runs(db)
        self.changes = Changes(db)
        self.ads = Ads(db)
        self.assessments = Assessments(db)
        self.licences = LicenceLookups(db)
        self.accounts = Accounts(db)
        self.second_factors = SecondFactors(db)
        self.tokens = ApiTokens(db)
        self.audit = AuditLog(db)
        self.decisions = Decisions(db)
        self.queue = CaseQueue(db)
        self.cases = Cases(db)
        self.teamwork = Teamwork(db)
        self.proceedings = Proceedings(db)
        self.campaigns = StoredCampaigns(db)
        self.contacts = Contacts(db)
        self.statistics = Statistics(db)
        self.removal = Removal(db)

    @classmethod
    def open(
        cls, path: Path, *, create: bool = False, lock: AbstractContextManager[object] | None = None,
        patience: float = 0.0,
    ) -> Self:  # fmt: skip
        """The database at this path; ``create`` makes it where there is no file.

        With ``lock``, which the threads of a program share, one thread may pass the store to another, though two never
        use it at a time; and writers of the program wait for one another there. SQLite lets a writer that met another
        one sleep, for longer each time, and a later one may come first. With ``patience`` acts that cannot begin are
        tried again for so many seconds.
        """
        if not path.exists():
            if not create:
                raise StoreError(
                    f"{path}: no such database; expected one that `lurewatch nightly` made, or a backup in its place "
                    "(`lurewatch restore`)"
                )
            _create(path)
        try:
            raw = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=lock is None)
        except sqlite3.Error as err:
            raise StoreError(f"{path}: cannot be opened ({err})") from err
        try:
            _check_identity(raw, path)
            _enable_wal(raw)
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        except BaseException:
            raw.close()
            raise
        return cls(Connection(raw, path.parent, lock=lock, patience=patience))

    @classmethod
    def open_read_only(cls, path: Path) -> Self:
        """A copy that no program writes, to read only."""
        raw = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
        try:
            _check_identity(raw, path)
        except BaseException:
            raw.close()
            raise
        return cls(Connection(raw, path.parent))

    @property
    def vault(self) -> ContactVault:
        """What seals contacts, by the key beside the database. Raises ``StoreError`` where it is missing."""
        return self.db.vault

    def check_key(self) -> None:
        """Raise ``StoreError`` where the key beside the database is not the one that its contacts were sealed with."""
        record = self.db.value(f"SELECT record FROM ad_versions WHERE {HAS_SEALED} ORDER BY version_id DESC LIMIT 1")
        if record is not None:
            self.db.read_ad(record)

    def atomic(self, *, commit: bool = True) -> AbstractContextManager[None]:
        """One whole act: all of it is written, or none; without ``commit`` it is only tried."""
        return self.db.atomic(commit=commit)

    def faults(self) -> tuple[str, ...]:
        """Damage that SQLite finds in the file: pages, indexes and references. It reads all of it."""
        found = [each for each in self.db.column("PRAGMA integrity_check(3)") if each != "ok"]
        broken = self.db.column("PRAGMA foreign_key_check")[:1]
        return (*found, *(f"table {table}: a row refers to nothing" for table in broken))

    def torn(self) -> tuple[str, ...]:
        """Damage that SQLite finds in the file's pages, in a fraction of the time that ``faults`` takes."""
        return tuple(each for each in self.db.column("PRAGMA quick_check(3)") if each != "ok")

    def changed_triggers(self) -> tuple[str, ...]:
        """The triggers that are missing or not as the schema has them."""
        with closing(sqlite3.connect(":memory:")) as raw:
            raw.executescript(sql_of("schema.sql"))
            made = raw.execute(_TRIGGERS).fetchall()
        present = {(row["name"], row["sql"]) for row in self.db.rows(_TRIGGERS)}
        return tuple(name for name, sql in made if (name, sql) not in present)

    def close(self) -> None:
        """Release the file."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


_TRIGGERS: Final = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"


def _create(path: Path) -> None:
    """A new database, which takes its place whole: a program that is killed meanwhile leaves no empty file there, and
    of two that make one at once the first wins."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            new = Path(folder) / path.name
            new.touch(mode=0o600)  # ads hold names and numbers
            with closing(sqlite3.connect(new, isolation_level=None)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
                raw.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
                raw.executescript(f"BEGIN IMMEDIATE;\n{sql_of('schema.sql')}")
                raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                # The hash of this entry is what makes the installation's names its own.
                AuditLog(Connection(raw, path.parent)).record("began", by=None, at=datetime.now(UTC), decisions=0)
                raw.commit()
            with suppress(FileExistsError):
                path.hardlink_to(new)
    except (OSError, sqlite3.Error) as err:
        raise StoreError(f"{path}: cannot be made ({err})") from err


def _check_identity(raw: sqlite3.Connection, path: Path) -> None:
    """Refuse what is no database of this program, or one of another schema; nothing is written."""
    try:
        application, version, tables = (
            int(raw.execute(sql).fetchone()[0])
            for sql in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
    except sqlite3.DatabaseError as err:
        # SQLite's own words may quote what is stored.
        raise StoreError(f"{path}: not a readable SQLite database ({database_message(err)})") from err
    if not tables:
        raise StoreError(
            f"{path}: is empty, which a database of lurewatch never is: what was decided is lost or lies elsewhere. "
            "Expected a backup in its place; where there was never a decision, remove the file, "
            "then `lurewatch intake --new-database data/local/batches`"
        )
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: a SQLite database, but not one of lurewatch's; expected another --database")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: written by a newer lurewatch (schema {version}; this one knows {SCHEMA_VERSION}); "
            "expected the program to be upgraded first"
        )
    if version < SCHEMA_VERSION:
        raise StoreError(
            f"{path}: written by an older lurewatch (schema {version}; expected {SCHEMA_VERSION}). Build it anew: with "
            "the older program `lurewatch labels export`, which keeps its decisions for training; move the file away; "
            "then `lurewatch intake --new-database data/local/batches`, `lurewatch nightly`, and, for each account, "
            "`lurewatch analysts add NAME`"
        )


def _enable_wal(raw: sqlite3.Connection) -> None:
    """Write-ahead logging, which outlives the connection: readers and a writer do not wait for each other."""
    deadline = monotonic() + BUSY_SECONDS
    while raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            raw.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            # SQLite does not wait by itself here while another program makes the same switch.
            if monotonic() > deadline:
                raise
            sleep(0.02)
