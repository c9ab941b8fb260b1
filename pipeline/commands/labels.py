"""Decisions as labels: ``labels export``, and ``labels doubts`` for a second look."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.commands.options import (
    LABELLED,
    LABELLED_FORMAT,
    MODEL_FOLDER,
    as_json,
    database,
    database_of,
    now,
    obj,
)
from pipeline.settings import Settings
from pipeline.showing import say_json
from pipeline.terminal_text import in_one_line

if TYPE_CHECKING:
    from model.training.label_errors import Doubt

__all__ = ["labels"]

_SHOWN = 40
"""Rows of the table; the file has them all."""


@click.group()
def labels() -> None:
    """Decisions as labels for training."""


@labels.command("export")
@click.option(
    "--output", metavar="FILE", help="JSON Lines; data/local/labels/labels.jsonl unless given; - is standard output."
)
@click.option(
    "--without-contacts", is_flag=True, help="Bullets for contacts in the texts, and other ids: for people elsewhere."
)
@database
@obj
def export_decisions(settings: Settings, *, output: str | None, without_contacts: bool, database: Path | None) -> None:
    """Write the last decision of each case, with the text that was judged and the indicators confirmed and rejected.

    Names of analysts and notes are not in it. A catalogue of datasets reads it as format "decisions".
    """
    from pipeline.labels import export_labels
    from pipeline.review_queue import ReviewQueue

    path = output or str(settings.local / "labels" / "labels.jsonl")
    with ReviewQueue.open(database_of(settings, database)) as queue:
        count = export_labels(queue, path, contacts=not without_contacts)
        queue.record("exported", "labels", by=None, at=now(), labels=count, contacts=not without_contacts)
    click.echo(f"{count} labels written to {path}", err=path == "-")


@labels.command("doubts")
@click.argument("given", metavar="[INPUT]", type=LABELLED, required=False)
@LABELLED_FORMAT
@click.option("--output", metavar="FILE", help="Where to write all of them, as JSON Lines; - is standard output.")
@click.option(
    "--model",
    metavar="FOLDER",
    type=MODEL_FOLDER,
    help="Doubt with this model, which did not learn these labels; unless given, with models held out from each group.",
)
@database
@click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="Of the folds.")
@as_json
@obj
def list_doubts(
    settings: Settings,
    *,
    given: Path | None,
    format_name: str,
    output: str | None,
    model: Path | None,
    database: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """List labels that deserve a second look: suspected errors, near-duplicates and decisions that disagree.

    INPUT is a catalogue (.toml) or a labelled file; unless given, the decisions of this installation. Whether a label
    is wrong is for a person to say.
    """
    found = _doubts(settings, given, format_name, model, database=database, seed=seed)
    records = [asdict(doubt) for doubt in found]
    if output:
        from crawler.whole_file import dumps_line, whole_file

        with whole_file(output) as file:
            file.writelines(dumps_line(record) for record in records)
    if as_json:
        say_json(list(records))
    elif output != "-":
        _show_doubts(found)


def _doubts(
    settings: Settings, given: Path | None, format_name: str, model: Path | None, *, database: Path | None, seed: int
) -> "list[Doubt]":
    from model.datasets.catalogue import read_given
    from model.training.label_errors import doubtful_labels
    from pipeline.labels import disagreements, export_labels
    from pipeline.review_queue import ReviewQueue

    if given:
        rows = read_given(given, format_name=format_name, root=settings.home, seed=seed)
        between: tuple[Doubt, ...] = ()
    else:
        with ReviewQueue.open(database_of(settings, database)) as queue, tempfile.TemporaryDirectory() as scratch:
            export_labels(queue, path := Path(scratch) / "labels.jsonl")
            between = disagreements(queue)
            rows = read_given(path, format_name="decisions", root=settings.home, seed=seed)
    return [
        *between,
        *doubtful_labels(rows, model=model, taxonomy_folder=settings.taxonomy, seed=seed),
    ]


def _show_doubts(found: "Sequence[Doubt]") -> None:
    for doubt in found[:_SHOWN]:
        click.echo(
            f"{doubt.why:26} {doubt.label:24} {doubt.instead:24} {doubt.certainty:4.2f}  {in_one_line(doubt.ad_id)}"
        )
    more = f"; {len(found) - _SHOWN} of them are not shown" if len(found) > _SHOWN else ""
    click.echo(f"{len(found)} labels deserve a second look{more}")
