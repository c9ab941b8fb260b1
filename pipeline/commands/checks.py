"""Checks on data that people edit: ``sources check`` and ``taxonomy check``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import as_json, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

if TYPE_CHECKING:
    from crawler.source import Source

__all__ = ["sources", "taxonomy"]

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def sources() -> None:
    """Look after source cards."""


@sources.command("check")
@click.argument("place", metavar="[DIR or CARD]", required=False, type=click.Path(path_type=Path))
@as_json
@obj
@click.pass_context
def check_sources(ctx: click.Context, settings: Settings, place: Path | None, as_json: bool) -> None:
    """Read source cards and say which can be crawled. Nothing is asked for.

    Exit code 2 when a card breaks the format; 1 when one is not reviewed yet, which leaves it switched off.
    """
    from crawler.sources import read_source, read_sources

    place = place or settings.sources
    found = [read_source(place, reviewed=False)] if place.is_file() else read_sources(place, reviewed=False)
    waiting = sum(not each.is_reviewed for each in found)
    if as_json:
        say_json([{"name": each.name, "kind": each.kind, "reviewed": each.is_reviewed} for each in found])
    else:
        for each in found:
            click.echo(f"{each.name}: {each.kind}, {_state(each)}")
        off = f"; {waiting} not reviewed, and so switched off" if waiting else ""
        click.echo(f"{len(found)} source cards can be read{off}")
    ctx.exit(1 if waiting else 0)


def _state(source: "Source") -> str:
    if source.local or source.reads_files:
        return "this machine"
    if source.is_reviewed:
        return f"reviewed on {source.reviewed_on}"
    missing = [key for key in ("reviewed_on", "reviewed_by", "permission") if getattr(source, key) is None]
    return "not reviewed" if source.is_switched_off else f"review not finished: no {', no '.join(missing)}"


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
