"""Command line ``lurewatch``: commands in sections, loaded when they run.

Exit code 0: done; 1: done, with something to report; 2: usage or bad input.
"""

import os
import signal
import sys
import traceback
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from pipeline.errors import message_of
from pipeline.settings.console import open_logs
from pipeline.settings.loader import find_home, keep_private, load_settings

SECTIONS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "Crawl": {
        "sources": ("checks", "Check source cards."),
        "crawl": ("collect", "Run sources, each into a batch folder."),
        "extract": ("collect", "Extract the ads of a web archive."),
        "batches": ("collect", "List, release and drop batches that were held back."),
        "intake": ("collect", "Take healthy batches into the store."),
        "nightly": ("collect", "Crawl, take in, score, queue and report: the whole night."),
        "evidence": ("export", "Write or verify an extract of the pages that showed one ad."),
    },
    "Review": {
        "check": ("check", "Read one pasted text and say what was found."),
        "score": ("score", "Score a file of ads."),
        "explain": ("check", "Show one ad's assessment, with its reasons."),
        "review": ("serve", "Serve the review page."),
        "campaigns": ("score", "Find copies of an ad under other names and numbers."),
        "clusters": ("score", "Find ads that share long passages."),
        "registers": ("registers", "Import registers of licensed agencies, and look agencies up."),
        "contacts": ("export", "Export what is known of contacts."),
        "export": ("export", "Write referral packages for partners."),
        "brief": ("export", "Write a month's prevention brief."),
    },
    "Research": {
        "taxonomy": ("checks", "Check the indicators, and show their coverage."),
        "labels": ("datasets", "Export decisions as labels, and list doubtful ones."),
        "datasets": ("datasets", "List, verify and add labelled collections."),
        "train": ("train", "Train a model."),
        "evaluate": ("train", "Measure a model on real texts first."),
        "compare": ("train", "Compare a model with the one in service."),
        "promote": ("train", "Put a model in service."),
        "rollback": ("train", "Put the model before it in service again."),
        "simulate": ("datasets", "Replay labels in several orders of the queue."),
        "explore": ("export", "Serve the open part of the store in Datasette."),
    },
    "Look after": {
        "doctor": ("doctor", "Say what this installation lacks."),
        "demo": ("serve", "Fill the queue from the embedded sample board."),
        "status": ("maintain", "Show what the store holds and how the latest night went."),
        "digest": ("maintain", "Show or send what waits for each analyst."),
        "analysts": ("accounts", "Look after accounts."),
        "audit": ("accounts", "Verify and show the audit log."),
        "install": ("doctor", "Print or write units that run nights and the page."),
        "notify": ("maintain", "Try mail, webhook, command and ping."),
    },
    "Keep": {
        "backup": ("maintain", "Copy the database, checked."),
        "restore": ("maintain", "Put a backup in the database's place."),
        "retain": ("maintain", "Remove what is past its retention."),
        "cases": ("maintain", "Hold cases, and record advertisers' appeals."),
        "forget": ("maintain", "Erase an ad, or all ads with a contact, everywhere."),
    },
}
"""The commands in the order of their help: the module of each, and its line there. A module is loaded when one of its
commands runs: loading all takes seconds."""

COMMANDS: Final = {name: command for section in SECTIONS.values() for name, command in section.items()}

SILENT = ("score", "check", "campaigns", "clusters")
"""Commands that log nothing and start without structlog, which imports Twisted and takes a tenth of a start."""


INTERRUPTED: Final = 130
"""The exit code after Ctrl-C, as shells have it; 1 would say that all was done."""


class BadInput(click.ClickException):
    """Raised when what was asked cannot be done, from ``_Commands``; one message, exit code 2."""

    exit_code = 2


class _Loaded(Mapping[str, click.Command]):
    """The commands by name, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> click.Command:
        module, _ = COMMANDS[name]
        command: click.Command = getattr(import_module(f"pipeline.commands.{module}"), name)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Commands(click.Group):
    """Commands in sections, loaded when they are needed, that end in one clear line whatever goes wrong in them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, summary) for name, (_, summary) in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names of commands, without loading them, and options."""
        names = [
            CompletionItem(name, help=summary) for name, (_, summary) in COMMANDS.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KeyboardInterrupt, click.Abort) as err:
            click.echo("\nAborted!", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from err
        except Exception as err:
            message = message_of(err)
            if message is None:
                click.echo(traceback.format_exc(), err=True)
                message = f"this should not have happened: {type(err).__name__}. Please report it with the lines above"
            raise BadInput(message) from err


@click.group(
    cls=_Commands,
    commands=_Loaded(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="lurewatch")
@click.option("--verbose", is_flag=True, help="Say on standard error what is being done.")
@click.option(
    "--log-format", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Of what is said on standard error while work goes on.",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, *, verbose: bool, log_format: str) -> None:
    """Find job ads that are likely to lure people into trafficking or fraud, for the people who decide.

    Settings are read from lurewatch.toml in the home folder: LUREWATCH_HOME, else the nearest folder around the working
    directory that holds data/taxonomy, else the one this program was installed from.
    """
    if verbose or ctx.invoked_subcommand not in SILENT:
        open_logs(verbose=verbose, form=log_format)
    if ctx.invoked_subcommand != "doctor":  # which says itself what is wrong with the settings
        settings = ctx.obj = load_settings(find_home(os.environ, Path.cwd()))
        keep_private(settings.local)


def main() -> None:
    """Runs the command line and leaves with its exit code."""
    # What is printed may be in any of the region's scripts, whatever the terminal's locale says.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # Unless they are ignored, as by nohup. Whoever sent one sees that the program ended by it, but no half of a file.
    stops = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is signal.SIG_DFL]
    for stop in stops:
        signal.signal(stop, _interrupt)
    try:
        cli(prog_name="lurewatch")
    finally:
        for stop in stops:
            if signal.getsignal(stop) is signal.SIG_DFL:
                os.kill(os.getpid(), stop)


def _interrupt(stop: int, _frame: object) -> None:
    signal.signal(stop, signal.SIG_DFL)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
