"""The command `explore`."""

import tempfile
from pathlib import Path

import click

from pipeline.commands.options import database, database_of, now, obj
from pipeline.settings.records import Settings

__all__ = ["explore"]


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8601, show_default=True, help="The port to listen on; 0 for any."
)
@database
@obj
def explore(settings: Settings, *, port: int, database: Path | None) -> None:
    """Serve what is open of the store in Datasette, on this machine alone, until stopped.

    No contacts, names, accounts, notes or audit log are in it; texts have their contacts hidden. It reads a copy that
    is made at the start and removed at the end. Needs the extra "explore".
    """
    from pipeline.errors import NotInstalled
    from pipeline.store.open_copy import copy_open_parts
    from pipeline.store.store import Store

    try:
        from pipeline.exports.explorer import make_explorer, open_port, serve
    except ImportError as err:
        raise NotInstalled(
            "datasette: not installed; expected the extra that explores: pip install 'lurewatch[explore]'"
        ) from err
    database = database_of(settings, database)
    with Store.open(database) as store:
        store.audit.record("exported", "explorer", by=None, at=now())
    with open_port(port) as door, tempfile.TemporaryDirectory(prefix="lurewatch-explore-") as folder:
        copy = Path(folder) / "open.db"
        rows = copy_open_parts(database, copy)
        click.echo(f"{rows} rows at http://127.0.0.1:{door.getsockname()[1]}/ (Ctrl-C stops)")
        serve(make_explorer(copy, database), door)
