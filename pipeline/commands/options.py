"""Options that several commands share."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.settings import Settings

__all__ = ["as_json", "database", "database_of", "now", "obj"]

Command = Callable[..., Any]

obj = click.pass_obj

as_json = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON, for a machine.")

database = click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The database file; data/local/lurewatch.db unless set otherwise.",
)


def database_of(settings: Settings, chosen: Path | None) -> Path:
    """The database that was named, or the installation's."""
    return chosen or settings.database


def now() -> datetime:
    """This moment. Commands pass it on; nothing inside looks at a clock."""
    return datetime.now(UTC)
