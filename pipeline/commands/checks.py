"""Checks on data that people edit: ``sources check`` and ``taxonomy check``."""

from pathlib import Path

import click

from crawler.batch.ads_file import read_ads
from crawler.sources.card import Source
from crawler.sources.loader import read_source, read_sources
from model.taxonomy.check import MOST_SHARE, TaxonomyCheck, coverage_page
from model.taxonomy.loader import load_taxonomy
from pipeline.commands.options import FOLDER, FiniteRange, as_json, leave, now, obj, say
from pipeline.settings.console import progress
from pipeline.settings.records import Settings

__all__ = ["sources", "taxonomy"]


@click.group()
def sources() -> None:
    """Look after source cards."""


@sources.command("check")
@click.argument("place", metavar="[DIR or CARD]", required=False, type=click.Path(path_type=Path))
@as_json
@obj
def check_sources(settings: Settings, place: Path | None) -> None:
    """Read source cards and say which can be crawled. Nothing is asked for.

    Exit code 2 when a card breaks the format; 1 when one is not reviewed yet, which leaves it switched off. A card that
    was switched off is named, and is no reason for 1.
    """
    place = place or settings.sources
    found = [read_source(place, reviewed=False)] if place.is_file() else read_sources(place, reviewed=False)
    waiting = sum(not each.is_reviewed and not each.switched_off for each in found)
    off = sum(each.switched_off for each in found)
    lines = [f"{each.name}: {each.kind}, {_state(each)}" for each in found]
    counts = [f"{len(found)} source cards can be read"]
    counts += [f"{waiting} not reviewed, and so switched off"] * bool(waiting) + [f"{off} switched off"] * bool(off)
    records = [
        {"name": each.name, "kind": each.kind, "reviewed": each.is_reviewed, "switched_off": each.is_switched_off}
        for each in found
    ]
    say(records, [*lines, "; ".join(counts)])
    leave(1 if waiting else 0)


def _state(source: Source) -> str:
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
def check_taxonomy(settings: Settings, folder: Path | None, corpus: tuple[str, ...], share: float | None) -> None:
    """Read the taxonomy, try every pattern on its own sentences, and say what it holds.

    Exit code 2 when it breaks its rules; 1 when a pattern finds none of its own sentences, a sentence is misread, or a
    pattern is found in too many ordinary ads. Patterns of two indicators that find the same words are told as well.
    """
    from model.reading.negation import PatternReader

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
    families = sorted({key.partition(".")[0] for key in found.indicators})
    languages = sorted({language for each in found.indicators.values() for language in each.languages})
    patterns = sum(len(signs.patterns) for each in found.indicators.values() for signs in each.languages.values())
    read = f", {ads} ads read" if corpus else ""
    say(
        {
            "version": found.version, "indicators": len(found.indicators), "families": families, "patterns": patterns,
            "languages": languages, "rules": len(found.rules), "sources": len(found.sources),
            "faults": list(map(str, faults)), "overlaps": list(map(str, overlaps)), "ads": ads,
        },
        [
            *(f"note: {each}" for each in overlaps),
            *map(str, faults),
            (
                f"taxonomy {found.version}: {len(found.indicators)} indicators in {len(families)} families, {patterns} "
                f"patterns, {len(found.rules)} rules, {len(found.sources)} sources, languages {', '.join(languages)}"
            ),
            f"{len(faults)} faults, {len(overlaps)} overlaps{read}",
        ],
    )  # fmt: skip
    leave(1 if faults else 0)


@taxonomy.command("coverage")
@click.argument("folder", metavar="[DIR]", required=False, type=FOLDER)
@obj
def show_coverage(settings: Settings, folder: Path | None) -> None:
    """Print which indicators are read in which languages, and how surely, as a page in Markdown."""
    click.echo(coverage_page(load_taxonomy(folder or settings.taxonomy)), nl=False)
