"""Making a model: ``train``."""

from pathlib import Path

import click

from pipeline.commands.options import as_json, obj
from pipeline.settings import Settings
from pipeline.showing import say_json

__all__ = ["train"]


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
@click.option("--put-in-service", is_flag=True, help="Have DIR/current name the new model.")
@as_json
@obj
def train(
    settings: Settings, *, datasets: Path | None, output: Path | None, seed: int, put_in_service: bool, as_json: bool
) -> None:
    """Train a model on labelled ads and measure it on ads whose like it has not seen.

    Collections that are not on this machine are left out and named in the model's card.
    """
    from model.artefact import put_in_service as name_as_current
    from model.training import train as train_model

    folder = train_model(
        datasets or settings.home / "data" / "datasets.toml",
        settings.taxonomy,
        output or settings.local_models,
        seed=seed,
        root=settings.home,
    )
    if put_in_service:
        name_as_current(folder)
    if as_json:
        say_json({"model": str(folder), "in_service": put_in_service})
        return
    click.echo(f"trained {folder}; its card and metrics are in it")
    click.echo("it is in service" if put_in_service else f"{folder.parent / 'current'} names the model in service")
