"""Labels for training (``labels``) and replayed queues (``simulate``)."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.files import check_output, dumps_line, whole_file
from pipeline.commands.options import (
    LABELLED,
    LABELLED_FORMAT,
    MODEL_FOLDER,
    as_json,
    database,
    is_json,
    now,
    obj,
    open_store,
    say,
)  # fmt: skip
from pipeline.settings.console import in_one_line
from pipeline.settings.records import Settings, TriageSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model.training.label_errors import Doubt
    from model.training.simulation import Strategy

__all__ = ["labels", "simulate"]

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
def export_decisions(settings: Settings, *, output: str | None, without_contacts: bool) -> None:
    """Write the last decision of each case, with the text that was judged and the indicators confirmed and rejected.

    Names of analysts and notes are not in it. A catalogue of datasets reads it as format "decisions".
    """
    from pipeline.review.labels import export_labels

    path = output or str(settings.local / "labels" / "labels.jsonl")
    check_output(path, settings.database)
    with open_store(settings.database) as store:
        count = export_labels(store, path, contacts=not without_contacts)
        store.audit.record("exported", "labels", by=None, at=now(), labels=count, contacts=not without_contacts)
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
    seed: int,
) -> None:
    """List labels that deserve a second look: suspected errors, near-duplicates and decisions that disagree.

    INPUT is a catalogue (.toml) or a labelled file; unless given, the decisions of this installation. Whether a label
    is wrong is for a person to say.
    """
    if output:
        check_output(output, given or settings.database)
    found = _doubts(settings, given, format_name, model, seed=seed)
    records = [asdict(doubt) for doubt in found]
    if output:
        with whole_file(output) as file:
            file.writelines(dumps_line(record) for record in records)
    if is_json() or output != "-":
        say(records, _doubt_lines(found))


def _doubts(
    settings: Settings, given: Path | None, format_name: str, model: Path | None, *, seed: int
) -> "list[Doubt]":
    from model.datasets.catalogue import read_given
    from model.training.label_errors import doubtful_labels
    from pipeline.review.labels import disagreements, export_labels

    if given:
        rows = read_given(given, format_name=format_name, root=settings.home, seed=seed)
        between: tuple[Doubt, ...] = ()
    else:
        with open_store(settings.database) as store, tempfile.TemporaryDirectory() as scratch:
            export_labels(store, path := Path(scratch) / "labels.jsonl")
            between = disagreements(store.decisions)
            rows = read_given(path, format_name="decisions", root=settings.home, seed=seed)
    return [
        *between,
        *doubtful_labels(rows, model=model, taxonomy_folder=settings.taxonomy, seed=seed),
    ]


def _doubt_lines(found: "Sequence[Doubt]") -> Iterator[str]:
    for doubt in found[:_SHOWN]:
        yield f"{doubt.why:26} {doubt.label:24} {doubt.instead:24} {doubt.certainty:4.2f}  {in_one_line(doubt.ad_id)}"
    more = f"; {len(found) - _SHOWN} of them are not shown" if len(found) > _SHOWN else ""
    yield f"{len(found)} labels deserve a second look{more}"


# Of model.training.simulation.STRATEGIES; a test holds the two together.
STRATEGIES: tuple["Strategy", ...] = ("risk", "uncertain", "diverse", "random", "mix")


@click.command()
@click.argument("given", metavar="INPUT", type=LABELLED)
@click.option(
    "--output", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), required=True,
    help="Where simulation.json and recall.svg go.",
)  # fmt: skip
@LABELLED_FORMAT
@click.option("--model", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@click.option("--cold", is_flag=True, help="Begin without a model, at random; needs --retrain-every.")
@click.option("--retrain-every", metavar="N", type=click.IntRange(1), help="Train anew after every N that were read.")
@click.option("--capacity", metavar="N", type=click.IntRange(1), default=100, show_default=True, help="Read a night.")
@click.option("--strategy", "strategies", type=click.Choice(STRATEGIES), multiple=True, help="All unless given.")
@click.option("--seeds", metavar="N", type=click.IntRange(1), default=3, show_default=True, help="Replays of each.")
@as_json
@obj
def simulate(
    settings: Settings,
    *,
    given: Path,
    output: Path,
    format_name: str,
    model: Path | None,
    cold: bool,
    retrain_every: int | None,
    capacity: int,
    strategies: tuple["Strategy", ...],
    seeds: int,
) -> None:
    """Replay a labelled set as if analysts worked through the queue, in several orders.

    INPUT is a catalogue (.toml) or one labelled file, such as exported decisions. Give labels that the model did not
    learn from: what it has learnt it finds at once.
    """
    from model.datasets.catalogue import read_given
    from model.training.label_errors import simulate_with
    from model.training.simulation import Plan, draw_recall

    if cold and (model or retrain_every is None):
        raise click.UsageError("--cold begins without a model: it needs --retrain-every and takes no --model")
    folder = None if cold else model or settings.model_folder()
    plan = Plan(
        capacity=capacity,
        retrain_every=retrain_every,
        shares=shares_in_service(settings.triage),
        strategies=strategies or STRATEGIES,
        seeds=tuple(range(1, seeds + 1)),
    )
    rows = read_given(given, format_name=format_name, root=settings.home, seed=1)
    found = {
        "input": given.name,
        **simulate_with(rows, plan, model=folder, taxonomy_folder=settings.taxonomy),
    }
    output.mkdir(parents=True, exist_ok=True)
    with whole_file(output / "simulation.json") as file:
        json.dump(found, file, indent=1, ensure_ascii=False, sort_keys=True)
    with whole_file(output / "recall.svg") as file:
        file.write(draw_recall(found).svg)
    say(found, _replay_lines(found, output))


def shares_in_service(triage: TriageSettings) -> "Mapping[Strategy, float]":
    """The mix that the queue of this installation has: risk takes what random audit and learning leave."""
    left = 1 - triage.uncertain_share - triage.audit_share
    return {"risk": round(left, 6), "uncertain": triage.uncertain_share, "random": triage.audit_share}


COLUMNS = {
    "saved_work_at_0.95": "WSS@95", "found_after_0.1": "RRF@10", "time_to_discovery": "ATD", "precision_at_50": "P@50",
    "recall_at_100": "R@100", "nights_until_0.95": "nights",
}  # fmt: skip


def _replay_lines(found: dict[str, Any], output: Path) -> Iterator[str]:
    model = found["model_version"] or "no model at first"
    yield f"{found['rows']} texts, {found['acted_on']} to act on, {found['capacity']} read a night; {model}"
    yield f"{'':10}" + "".join(f"{words:>9}" for words in COLUMNS.values())
    for name, strategy in found["strategies"].items():
        values = (strategy["figures"][key]["value"] for key in COLUMNS)
        yield f"{name:10}" + "".join(f"{value:9.3f}" if value < 10 else f"{value:9.1f}" for value in values)
    yield f"written to {output}: simulation.json, recall.svg"
