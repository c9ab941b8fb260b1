"""Checks on data that people edit: ``sources check`` and ``taxonomy check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import FiniteRange, as_json, now, obj
from pipeline.settings.console import progress, say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from crawler.sources.card import Source

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

    Exit code 2 when a card breaks the format; 1 when one is not reviewed yet, which leaves it switched off. A card that
    was switched off is told, and is no reason for 1.
    """
    from crawler.sources.loader import read_source, read_sources

    place = place or settings.sources
    found = [read_source(place, reviewed=False)] if place.is_file() else read_sources(place, reviewed=False)
    waiting = sum(not each.is_reviewed and not each.switched_off for each in found)
    off = sum(each.switched_off for each in found)
    if as_json:
        say_json([_record(each) for each in found])
    else:
        for each in found:
            click.echo(f"{each.name}: {each.kind}, {_state(each)}")
        told = [f"{waiting} not reviewed, and so switched off"] * bool(waiting) + [f"{off} switched off"] * bool(off)
        click.echo("; ".join([f"{len(found)} source cards can be read", *told]))
    ctx.exit(1 if waiting else 0)


def _record(source: "Source") -> dict[str, object]:
    off = source.is_switched_off
    return {"name": source.name, "kind": source.kind, "reviewed": source.is_reviewed, "switched_off": off}


def _state(source: "Source") -> str:
    if source.switched_off:
        return "switched off"
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
@click.option(
    "--corpus",
    multiple=True,
    type=click.Path(),
    help="An ads file of ordinary ads; patterns found in too many of them are told. May be given more than once.",
)
@click.option(
    "--share",
    type=FiniteRange(0, 1, min_open=True),
    help="The largest share of ordinary ads a pattern may be found in; else 0.001 for strong indicators, 0.01 for "
    "medium, 0.05 for weak ones.",
)
@as_json
@obj
@click.pass_context
def check_taxonomy(  # noqa: PLR0917 click passes each option by name
    ctx: click.Context, settings: Settings, folder: Path | None, corpus: tuple[str, ...], share: float | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Read the taxonomy, try every pattern on its own sentences, and say what it holds.

    Exit code 2 when it breaks its rules; 1 when a pattern finds none of its own sentences, a sentence is misread, or a
    pattern is found in too many ordinary ads. Patterns of two indicators that find the same words are told as well.
    """
    from crawler.batch.ads_file import read_ads
    from model.reading.negation import PatternReader
    from model.taxonomy.check import MOST_SHARE, TaxonomyCheck
    from model.taxonomy.loader import load_taxonomy

    place = folder or settings.taxonomy
    found = load_taxonomy(place)
    check = TaxonomyCheck(found, place, PatternReader(found).read)
    faults, overlaps, ads = list(check.sentences()), list(check.overlaps()), 0
    if corpus:
        most = dict.fromkeys(MOST_SHARE, share) if share else MOST_SHARE
        texts = (ad for file in corpus for ad in read_ads(file, seen_at=now(), ignore_unknown=True))
        with progress("ads read") as on_read:
            ads, common = check.corpus(texts, most, seen=on_read)
        faults += common
    summary = {
        "version": found.version,
        "indicators": len(found.indicators),
        "families": sorted({key.partition(".")[0] for key in found.indicators}),
        "patterns": sum(len(signs.patterns) for each in found.indicators.values() for signs in each.languages.values()),
        "languages": sorted({language for each in found.indicators.values() for language in each.languages}),
        "rules": len(found.rules),
        "sources": len(found.sources),
    }
    if as_json:
        told = {"faults": list(map(str, faults)), "overlaps": list(map(str, overlaps)), "ads": ads}
        say_json(summary | told)
    else:
        for each in overlaps:
            click.echo(f"note: {each}")
        for each in faults:
            click.echo(str(each))
        click.echo(_taxonomy_line(summary))
        read = f", {ads} ads read" if corpus else ""
        click.echo(f"{len(faults)} faults, {len(overlaps)} overlaps{read}")
    ctx.exit(1 if faults else 0)


@taxonomy.command("coverage")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@obj
def show_coverage(settings: Settings, folder: Path | None) -> None:
    """Print which indicators are read in which languages, and how surely, as a page in Markdown."""
    from model.taxonomy.check import coverage_page
    from model.taxonomy.loader import load_taxonomy

    click.echo(coverage_page(load_taxonomy(folder or settings.taxonomy)), nl=False)


def _taxonomy_line(summary: dict[str, Any]) -> str:
    return (
        f"taxonomy {summary['version']}: {summary['indicators']} indicators in {len(summary['families'])} families, "
        f"{summary['patterns']} patterns, {summary['rules']} rules, {summary['sources']} sources, "
        f"languages {', '.join(summary['languages'])}"
    )
