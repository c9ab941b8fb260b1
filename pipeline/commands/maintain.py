"""What is kept, and what no longer: ``backup`` and ``retain``."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import as_json, database, database_of, now, obj
from pipeline.settings.console import say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from pipeline.nightly.retention import Retained

__all__ = ["backup", "retain"]

FOLDER = click.Path(file_okay=False, path_type=Path)
KEYS = ("contacts.key", "review.key")


@click.command()
@click.option("--output", metavar="FOLDER", type=FOLDER, help="A new folder; below data/local/backups unless given.")
@click.option("--with-keys", is_flag=True, help="Take the keys along: whoever has this backup can read all contacts.")
@click.option("--verify", "given", metavar="FOLDER", type=FOLDER, help="Hold a backup against its list instead.")
@database
@as_json
@obj
def backup(
    settings: Settings,
    *,
    output: Path | None,
    with_keys: bool,
    given: Path | None,
    database: Path | None,
    as_json: bool,
) -> None:
    """Copy the database as it stands now, checked, into a new folder; a night that writes does not wait.

    The key of the contacts is not in it unless asked for: keep it, too, and elsewhere. docs/operators/backup.md says
    how to restore.
    """
    from pipeline.nightly.backup import back_up, verify_backup
    from pipeline.store.store import Store

    if given:
        folder, made = given, verify_backup(given)
    else:
        folder = output or settings.local / "backups" / f"{now():%Y%m%dT%H%M%SZ}"
        keys = [path for name in KEYS if with_keys and (path := settings.local / name).is_file()]
        with Store.open(database_of(settings, database)) as store:
            made = back_up(store, folder, keys=keys, at=now())
            store.audit.record("backed_up", str(folder.name), by=None, at=now(), with_keys=bool(keys))
    if as_json:
        say_json({"folder": str(folder)} | asdict(made))
        return
    held = ", ".join(f"{count} {name}" for name, count in made.store.items())
    click.echo(f"{'whole and unchanged' if given else 'backed up'}: {folder} ({held})")
    if made.audit_head:
        click.echo(f"audit log ends with {made.audit_head}")
    if "contacts.key" not in made.files:
        click.echo(
            f"without keys: contacts can be read with {settings.local / 'contacts.key'} alone; keep it elsewhere"
        )


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--batches", "output", metavar="DIR", type=FOLDER, help="Where the batches lie.")
@database
@as_json
@obj
@click.pass_context
def retain(
    ctx: click.Context, settings: Settings, *, dry_run: bool, output: Path | None, database: Path | None, as_json: bool
) -> None:
    """Remove what is kept no longer, as [retain] of lurewatch.toml says: ads that are gone for so many days.

    Ads that nobody decided go whole; those decided as lawful leave their decision. Batches of which nothing is left go
    whole. docs/operators/retention.md says what stays. Exit code 1 when the file could not be written anew: run it
    again.
    """
    from pipeline.nightly.retention import retain as clear
    from pipeline.store.store import Store

    with Store.open(database_of(settings, database)) as store:
        found = clear(store, settings.retain, output or settings.batches, now=now(), dry_run=dry_run)
    if as_json:
        say_json(asdict(found) | {"dry_run": dry_run})
    else:
        _say(found, "would be " if dry_run else "")
    ctx.exit(0 if found.is_compact else 1)


def _say(found: "Retained", would: str) -> None:
    click.echo(f"{found.ads_removed} ads {would}removed, with {found.cases_removed} cases that nobody decided")
    click.echo(f"{found.ads_emptied} ads {would}emptied: what was decided of them stays, without their texts")
    click.echo(f"{len(found.batches_removed)} batches {would}removed, {found.bytes_freed / 1e6:.1f} MB")
    for name in found.batches_removed:
        click.echo(f"  {name}")
    if not found.is_compact:
        click.echo("another program holds the database: its file still has what was removed in unused parts; run again")
