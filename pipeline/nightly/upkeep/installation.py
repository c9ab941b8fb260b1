"""Identity of an installation: which database belongs to its keys and its batches.

It stands in the database, as the hash of the audit log's first entry, and in a small file beside the keys and another
beside the batches. A database that is missing, or another one, is noticed by these.
"""

import json
from pathlib import Path
from typing import Final

from crawler.files import whole_bytes
from pipeline.errors import StoreError
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.records import Settings
from pipeline.store.store import Store

__all__ = ["ENDS", "forget_database", "known_identities", "open_installed"]

ENDS: Final = "audit.ends"
"""Beside the database: an end of its audit log a line, as ``audit verify --head`` takes them."""

BESIDE_KEYS, BESIDE_BATCHES = "installation.json", ".installation.json"


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
