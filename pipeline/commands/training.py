"""Making a model: ``train``."""

from pathlib import Path

import click

from pipeline.commands.options import as_json, now, obj
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
@as_json
@obj
def train(settings: Settings, datasets: Path | None, output: Path | None, as_json: bool) -> None:
    """Train a model and measure it. It is put in service by naming it in DIR/current."""
    from model.training import train_model

    folder = train_model(
        datasets or settings.home / "data" / "datasets.toml",
        output or settings.local_models,
        taxonomy=settings.taxonomy,
        now=now(),
    )
    if as_json:
        say_json({"model": str(folder)})
    else:
        click.echo(f"trained {folder}; its card and metrics lie beside it")
