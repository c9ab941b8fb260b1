"""One SQLite connection: nested transactions, and rows as dictionaries or records."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from time import monotonic
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

import structlog

from crawler.ad import JobAd
from crawler.batch.ad_json import ad_from_record, ad_to_record
from crawler.files import dumps_line
from pipeline.errors import StoreError
from pipeline.linking.contacts import KEY_FILE, ContactVault

if TYPE_CHECKING:
    from sqlite_utils import Database


log = structlog.get_logger()

Params = Sequence[object] | Mapping[str, object]

_Record = TypeVar("_Record")


SEALED_FIELDS: Final = ("contacts", "apply_url")
"""Fields of an ad that stand in the database encrypted alone; what its text says of them stands in its text."""

_SEALED: Final = "sealed"
HAS_SEALED: Final = f'record LIKE \'%"{_SEALED}":"%\''
"""Whether a record has an encrypted part; in a text of it quotes would be escaped."""


class Connection:
    """What the parts of a store share. Each process opens its own, and each thread that uses one at the time."""

    def __init__(
        self, raw: sqlite3.Connection, folder: Path, *, lock: AbstractContextManager[object] | None = None,
        patience: float = 0.0,
    ) -> None:  # fmt: skip
        """``raw`` commits each statement by itself (``isolation_level=None``); the key that opens what is sealed is in
        ``folder``. ``lock`` is held around writing acts, and with ``patience`` one that another program keeps from
        beginning is tried again for so many seconds.
        """
        self.folder = folder
        self._vault: ContactVault | None = None
        self._raw = raw
        self._lock = lock or nullcontext()
        self._patience = patience
        # Without it INSERT OR REPLACE deletes a row and no delete trigger fires.
        raw.execute("PRAGMA recursive_triggers = ON")

    @cached_property
    def _utils(self) -> "Database":
        from sqlite_utils import Database  # loads pandas where it is installed: half a second that reading never needs

        return Database(self._raw, execute_plugins=False)

    def make_key(self) -> None:
        """Let a new key take the place of one that is missing, or that opens nothing here; an old one stays beside."""
        key = self.folder / KEY_FILE
        if key.exists():
            key.rename(key.with_name(f"{KEY_FILE}.discarded-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"))
        self._vault = ContactVault.open(self.folder)

    @property
    def vault(self) -> ContactVault:
        """What seals contacts. A key is made for a database that has nothing sealed. Raises ``StoreError`` where the
        key is missing: another one would open nothing."""
        if self._vault is None:
            key = self.folder / KEY_FILE
            if not key.exists() and self.row(f"SELECT 1 FROM ad_versions WHERE {HAS_SEALED} LIMIT 1"):
                raise StoreError(
                    f"{key}: is missing, and contacts of this database can be read with it alone. "
                    "Put it back from where you store it; where it is lost for good, `lurewatch contacts discard`"
                )
            self._vault = ContactVault.open(self.folder)
        return self._vault

    def read_ad(self, record: str, *, without_sealed: bool = False) -> JobAd:
        """The ad that was stored as this line."""
        values: dict[str, Any] = json.loads(record)
        if (sealed := values.pop(_SEALED, None)) and not without_sealed:
            values |= json.loads(self.vault.read(sealed))
        return ad_from_record(values, source=values["source"], seen_at=to_moment(values["seen_at"]))

    def unsealed(self, change: _Record) -> _Record:
        """A change of which the texts before and after were stored sealed."""
        texts = {name: getattr(change, name) for name in ("before", "after")}
        opened: Any = {name: text and self.vault.read(text) for name, text in texts.items()}
        return replace(change, **opened)  # type: ignore[type-var]  # a dataclass

    def ad_line(self, ad: JobAd) -> str:
        """The ad as it is stored, its contacts sealed."""
        values = ad_to_record(ad)
        contacts = {name: values.pop(name) for name in SEALED_FIELDS if name in values}
        if contacts:
            values[_SEALED] = self.vault.seal_text(json.dumps(contacts))
        return dumps_line(values)

    def run(self, sql: str, params: Params = ()) -> sqlite3.Cursor:
        """The cursor of one statement; outside a transaction its effect is committed at once.

        Moments may be given as they are, and lists, sets and mappings, which become JSON.
        """
        return self._raw.execute(sql, params)

    def insert(
        self, table: str, row: Mapping[str, object], *, on_conflict: Literal["ABORT", "IGNORE", "REPLACE"] = "ABORT"
    ) -> int:
        """The number of the new row."""
        places = ", ".join("?" * len(row))
        sql = f"INSERT OR {on_conflict} INTO {table} ({', '.join(row)}) VALUES ({places})"
        return int(self.run(sql, [*row.values()]).lastrowid or 0)

    def run_many(self, sql: str, params: Iterable[Params]) -> None:
        """One statement for each set of parameters."""
        self._raw.executemany(sql, params)

    def each(self, sql: str, params: Params = ()) -> Iterator[dict[str, Any]]:
        """The rows one by one, as dictionaries; of one moment, however long reading takes."""
        cursor = self.run(sql, params)
        names = [column[0] for column in cursor.description]
        return (dict(zip(names, row, strict=True)) for row in cursor)

    def rows(self, sql: str, params: Params = ()) -> list[dict[str, Any]]:
        """All rows, as dictionaries."""
        return list(self.each(sql, params))

    def row(self, sql: str, params: Params = ()) -> dict[str, Any] | None:
        """The first row, or None."""
        rows = self.rows(sql, params)
        return rows[0] if rows else None

    def value(self, sql: str, params: Params = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.run(sql, params).fetchone()
        return row[0] if row else None

    def number(self, sql: str, params: Params = ()) -> int | None:
        """The first column of the first row, an integer, or None."""
        found: int | None = self.value(sql, params)
        return found

    def text(self, sql: str, params: Params = ()) -> str | None:
        """The first column of the first row, a text, or None."""
        found: str | None = self.value(sql, params)
        return found

    def column(self, sql: str, params: Params = ()) -> tuple[Any, ...]:
        """The first column of all rows."""
        return tuple(row[0] for row in self.run(sql, params).fetchall())

    def count(self, sql: str, params: Params = ()) -> int:
        """The number in the first column of the first row; 0 where there is none."""
        return int(self.value(sql, params) or 0)

    def records(self, kind: type[_Record], sql: str, params: Params = ()) -> tuple[_Record, ...]:
        """All rows as records of this dataclass, whose fields are the columns."""
        return tuple(self.to_record(kind, row) for row in self.rows(sql, params))

    def record(self, kind: type[_Record], sql: str, params: Params = ()) -> _Record | None:
        """The first row as a record, or None."""
        found = self.records(kind, sql, params)
        return found[0] if found else None

    def to_record(self, kind: type[_Record], row: dict[str, Any]) -> _Record:
        """The row as a record of this dataclass, whose fields are the columns.

        Text becomes a moment or an ad, JSON a tuple or a mapping, a number a Boolean where the field says so.
        """
        for name, held in _typed_fields(kind):  # type: ignore[arg-type]  # a class can be hashed
            if row.get(name) is not None:
                row[name] = self.read_ad(row[name]) if held is JobAd else _CONVERTERS[held](row[name])
        return kind(**row)

    @contextmanager
    def atomic(self, *, commit: bool = True) -> Iterator[None]:
        """One whole act: all of it is written, or none; without ``commit`` it is only tried.

        The outermost takes the write lock at once, so that what is read inside cannot change before it is written.
        """
        if self._raw.in_transaction:
            with self._utils.atomic():
                yield
            return
        with self._lock:
            self._begin()
            try:
                yield
            except BaseException:
                self._raw.rollback()
                raise
            if commit:
                self._raw.commit()
            else:
                self._raw.rollback()

    def _begin(self) -> None:
        deadline = monotonic() + self._patience
        while True:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as err:
                if err.sqlite_errorname != "SQLITE_BUSY" or monotonic() >= deadline:
                    raise
                log.warning("database in use by another program, trying again")
            else:
                return

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside is as it was at one moment, and no writer waits for it."""
        if self._raw.in_transaction:
            yield
            return
        self._raw.execute("BEGIN")
        try:
            yield
        finally:
            self._raw.rollback()

    def rollback(self) -> None:
        """Undo what was begun and not finished."""
        self._raw.rollback()

    def copy_to(self, path: Path) -> None:
        """A copy of the database as it stands now, in one file. It is read from one snapshot: a writer does not wait
        and is not in it by half."""
        with closing(sqlite3.connect(path)) as copy:
            self._raw.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")

    def close(self) -> None:
        """Release the file."""
        self._raw.close()


class Part:
    """One part of a store. It holds the connection alone: a part makes another one where it needs it."""

    def __init__(self, db: Connection) -> None:
        self._db = db


def sql_of(name: str) -> str:
    """What a file of ``sql/`` holds."""
    return files("pipeline.store").joinpath("sql", name).read_text(encoding="utf-8")


@cache
def _statements() -> dict[str, str]:
    return dict(part.split("\n", 1) for part in sql_of("statements.sql").split("-- name: ")[1:])


def statement(*names: str) -> str:
    """The statement of ``statements.sql`` that has this name, or that these parts make."""
    return "".join(_statements()[name] for name in names)


def from_moment(moment: datetime) -> str:
    """The moment as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


sqlite3.register_adapter(datetime, from_moment)
for _many in (list, tuple, set, frozenset, dict):
    sqlite3.register_adapter(_many, lambda values: json.dumps(values if isinstance(values, dict) else [*values]))


def to_moment(text: str) -> datetime:
    """The moment that ``from_moment`` wrote."""
    return datetime.fromisoformat(text)


def end_of(span: date | str) -> str:
    """What sorts behind the moments of a day or a month, and before those of the next."""
    return f"{span}~"  # greater than any sign of a moment


def storable(text: str | None) -> str | None:
    """The text as SQLite takes it, which is UTF-8 alone; half a surrogate pair stays in the JSON record only."""
    return text if text is None else text.encode("utf-8", "replace").decode()


_CONVERTERS: Final[Mapping[object, Callable[[Any], object]]] = {
    datetime: to_moment,
    bool: bool,
    int: int,  # a sum by ``total`` is a float
    tuple: lambda text: tuple(json.loads(text)),
    Mapping: json.loads,
}


@cache
def _typed_fields(kind: Any) -> tuple[tuple[str, object], ...]:
    """The fields of a dataclass that SQLite stores in another form, each with its type."""
    found = ((name, _plain(hint)) for name, hint in get_type_hints(kind).items())
    return tuple((name, held) for name, held in found if held is JobAd or held in _CONVERTERS)


def _plain(hint: Any) -> object:
    """The type of an annotation, without ``| None`` and without what is in brackets."""
    present = [each for each in get_args(hint) if each is not NoneType]
    if NoneType in get_args(hint) and len(present) == 1:
        return _plain(present[0])
    return get_origin(hint) or hint
