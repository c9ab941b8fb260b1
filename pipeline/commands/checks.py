"""Checks on data that people edit: ``sources check`` and ``taxonomy check``."""

from pathlib import Path

import click

from pipeline.commands.options import as_json, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

__all__ = ["sources", "taxonomy"]

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def sources() -> None:
    """Look after source cards."""


@sources.command("check")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@as_json
@obj
@click.pass_context
def check_sources(ctx: click.Context, settings: Settings, folder: Path | None, as_json: bool) -> None:
    """Read every source card and say which can be crawled.

    Exit code 2 when a card breaks the format; 1 when one is not reviewed yet, which leaves it switched off.
    """
    from crawler.sources import read_sources

    found = read_sources(folder or settings.sources, reviewed=False)
    if as_json:
        say_json([{"name": each.name, "kind": each.kind, "reviewed": each.is_reviewed} for each in found])
    else:
        for each in found:
            state = (
                "this machine"
                if each.local
                else f"reviewed on {each.reviewed_on}"
                if each.is_reviewed
                else "not reviewed"
            )
            click.echo(f"{each.name}: {each.kind}, {state}")
        click.echo(f"{len(found)} source cards can be read")
    ctx.exit(0 if all(each.is_reviewed for each in found) else 1)


@click.group()
def taxonomy() -> None:
    """Look after the taxonomy."""


@taxonomy.command("check")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@as_json
@obj
def check_taxonomy(settings: Settings, folder: Path | None, as_json: bool) -> None:
    """Read the taxonomy and say what it holds. Exit code 2 when it breaks its rules."""
    from model.taxonomy import load_taxonomy

    found = load_taxonomy(folder or settings.taxonomy)
    languages = sorted({language for each in found.indicators.values() for language in each.languages})
    families = sorted({key.partition(".")[0] for key in found.indicators})
    if as_json:
        say_json(
            {"version": found.version, "indicators": len(found.indicators), "families": families,
             "languages": languages, "rules": len(found.rules), "sources": len(found.sources)}
        )  # fmt: skip
        return
    click.echo(
        f"taxonomy {found.version}: {len(found.indicators)} indicators in {len(families)} families, "
        f"{len(found.rules)} rules, {len(found.sources)} sources, languages {', '.join(languages)}"
    )
