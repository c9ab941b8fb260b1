"""Backup and retention: ``backup`` and ``retain``."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import BATCHES, FOLDER, as_json, database, leave, now, obj, open_store, say
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.nightly.retention import Retained

__all__ = ["backup", "retain"]

KEYS = ("contacts.key", "review.key")


@click.command()
@click.option("--output", metavar="FOLDER", type=FOLDER, help="A new folder; below data/local/backups unless given.")
@click.option("--with-keys", is_flag=True, help="Take the keys along: whoever has this backup can read all contacts.")
@click.option("--verify", "given", metavar="FOLDER", type=FOLDER, help="Hold a backup against its list instead.")
@database
@as_json
@obj
def backup(settings: Settings, *, output: Path | None, with_keys: bool, given: Path | None) -> None:
    """Copy the database as it stands now, checked, into a new folder; a night that writes does not wait.

    The key of the contacts is not in it unless asked for: keep it, too, and elsewhere. docs/operators/backup.md says
    how to restore.
    """
    from pipeline.upkeep.backup import back_up, verify_backup

    if given:
        folder, made = given, verify_backup(given)
    else:
        folder = output or settings.local / "backups" / f"{now():%Y%m%dT%H%M%SZ}"
        keys = [path for name in KEYS if with_keys and (path := settings.local / name).is_file()]
        with open_store(settings.database) as store:
            made = back_up(store, folder, keys=keys, at=now())
            store.audit.record("backed_up", str(folder.name), by=None, at=now(), with_keys=bool(keys))
    held = ", ".join(f"{count} {name}" for name, count in made.store.items())
    lines = [f"{'whole and unchanged' if given else 'backed up'}: {folder} ({held})"]
    if made.audit_head:
        lines.append(f"audit log ends with {made.audit_head}")
    if "contacts.key" not in made.files:
        key = settings.local / "contacts.key"
        lines.append(f"without keys: contacts can be read with {key} alone; keep it elsewhere")
    say({"folder": str(folder)} | asdict(made), lines)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@BATCHES
@database
@as_json
@obj
def retain(settings: Settings, *, dry_run: bool) -> None:
    """Remove what is kept no longer, as [retain] of lurewatch.toml says: ads that are gone for so many days.

    Ads that nobody decided go whole; those decided as lawful leave their decision. Batches of which nothing is left go
    whole. docs/operators/retention.md says what stays. Exit code 1 when the file could not be written anew: run it
    again.
    """
    from pipeline.nightly.retention import retain as clear

    with open_store(settings.database) as store:
        found = clear(store, settings.retain, settings.batches, now=now(), dry_run=dry_run)
    say(asdict(found) | {"dry_run": dry_run}, _lines(found, "would be " if dry_run else ""))
    leave(0 if found.is_compact else 1)


def _lines(found: "Retained", would: str) -> Iterator[str]:
    yield f"{found.ads_removed} ads {would}removed, with {found.cases_removed} cases that nobody decided"
    yield f"{found.ads_emptied} ads {would}emptied: what was decided of them stays, without their texts"
    yield f"{len(found.batches_removed)} batches {would}removed, {found.bytes_freed / 1e6:.1f} MB"
    yield from (f"  {name}" for name in found.batches_removed)
    if not found.is_compact:
        yield "another program holds the database: its file still has what was removed in unused parts; run again"
