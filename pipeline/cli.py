"""The command line: ``lurewatch``. Exit code 0: done; 1: done, with something to report; 2: usage or bad input."""

import os
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from pipeline.commands.accounts import analysts, audit
from pipeline.commands.checks import sources, taxonomy
from pipeline.commands.collect import batches, crawl, intake, nightly
from pipeline.commands.datasets import datasets
from pipeline.commands.explore import explore
from pipeline.commands.export import brief, contacts, evidence, export
from pipeline.commands.labels import labels, simulate
from pipeline.commands.maintain import backup, retain
from pipeline.commands.registers import registers
from pipeline.commands.score import campaigns, clusters, explain, score
from pipeline.commands.serve import demo, review, status
from pipeline.commands.train import compare, evaluate, promote, rollback, train
from pipeline.settings.console import open_logs

__all__ = ["cli", "main"]


SILENT = ("score", "campaigns", "clusters")
"""Commands that log nothing: structlog, which imports Twisted, takes a tenth of a start."""


class BadInput(click.ClickException):
    """Raised when what was asked cannot be done, from ``_Commands``; one message, exit code 2."""

    exit_code = 2


class _Commands(click.Group):
    """A group whose commands end in one clear line, whatever goes wrong in them."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as err:
            message = _message(err)
            if message is None:
                click.echo(traceback.format_exc(), err=True)
                message = f"this should not have happened: {type(err).__name__}. Please report it with the lines above"
            raise BadInput(message) from err


def _message(err: Exception) -> str | None:
    """What to say of an error that we know the meaning of."""
    from crawler.errors import CrawlerError
    from model.errors import ModelError
    from pipeline.errors import PipelineError, database_message

    match err:
        case CrawlerError() | ModelError() | PipelineError():
            return str(err)
        case OSError(strerror=str(reason), filename=name):
            return f"{name}: {reason}" if name else reason
        case sqlite3.Error():
            return database_message(err)
        case _:
            return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lurewatch")
@click.option("--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.pass_context
def cli(ctx: click.Context, *, verbose: bool) -> None:
    """Find job ads that are likely to lure people into trafficking or fraud, for the people who decide.

    Settings are read from lurewatch.toml in the home folder: LUREWATCH_HOME, else the nearest folder around the working
    directory that holds data/taxonomy, else the one this program was installed from.
    """
    from pipeline.settings.loader import find_home, load_settings

    if verbose or ctx.invoked_subcommand not in SILENT:
        open_logs(verbose=verbose)
    ctx.obj = load_settings(find_home(os.environ, Path.cwd()))


for _command in (
    crawl, intake, batches, score, campaigns, clusters, contacts, explain, evidence, nightly, review, explore, analysts,
    audit, status, backup, retain, labels, export, datasets, train, evaluate, compare, promote, rollback, simulate,
    sources, taxonomy, registers, demo, brief,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """Runs the command line and leaves with its exit code."""
    # What is printed may be in any of the region's scripts, whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    cli(prog_name="lurewatch")


if __name__ == "__main__":
    main()
