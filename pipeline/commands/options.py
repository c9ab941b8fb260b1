"""Options that several commands share."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.settings.private import refuse_if_others_may_read
from pipeline.settings.records import Settings

__all__ = [
    "FILE", "LABELLED", "LABELLED_FORMAT", "LABELLED_FORMATS", "MODEL_FOLDER", "FiniteRange", "as_json", "database",
    "database_of", "now", "obj",
]  # fmt: skip

Command = Callable[..., Any]

obj = click.pass_obj

as_json = click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON, for a machine.")


class FiniteRange(click.FloatRange):
    """A number inside bounds; ``nan``, which no bound refuses, is no number."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or a usage error."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


FILE = click.Path(dir_okay=False, path_type=Path)
MODEL_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
LABELLED = click.Path(exists=True, dir_okay=False, path_type=Path)

# The names of model.datasets.catalogue.FORMATS, which a start of the program need not load; a test holds them to it.
LABELLED_FORMATS = ("collected", "contrast", "decisions", "emscad", "held_out", "quoted", "real", "texts")
LABELLED_FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice(LABELLED_FORMATS),
    default="decisions",
    show_default=True,
    help="Of INPUT, where it is one labelled file and no catalogue (.toml).",
)

database = click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The database file; data/local/lurewatch.db unless set otherwise.",
)


def database_of(settings: Settings, chosen: Path | None) -> Path:
    """The database that was named, or the installation's; refused where others may read it."""
    path = chosen or settings.database
    if path.is_file():
        refuse_if_others_may_read(path, "database")
    return path


def now() -> datetime:
    """This moment. Commands pass it on; nothing inside looks at a clock."""
    return datetime.now(UTC)
