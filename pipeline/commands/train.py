"""Retraining loop: train, evaluate, compare, promote, roll back."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.files import check_output, write_whole
from model.classifier import artefact
from model.errors import UnreadableModel
from model.evaluation.figures import AT, name_of
from model.evaluation.real_slices import SLICES
from pipeline.commands.options import FILE, FOLDER, MODEL_FOLDER, SEEDS, leave, not_blank, now, reports, say
from pipeline.errors import BadSettings, CannotPromote
from pipeline.nightly.triage import threshold_of
from pipeline.review.model_in_service import in_service, load_assessor, roll_back
from pipeline.review.model_in_service import promote as promote_model
from pipeline.settings.console import Advance, in_one_line, progress
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from model.evaluation.compare import Comparison
    from model.training.train import Progress


@click.command()
@click.option(
    "--datasets",
    metavar="FILE",
    type=FILE,
    help="What to learn from; unless given data/datasets.toml and data/local/datasets.toml, the installation's own.",
)
@click.option(
    "--output",
    metavar="DIR",
    type=FOLDER,
    help="The folder that the model's own folder is made in; data/local/models unless given.",
)
@click.option(
    "--seed", metavar="N", type=SEEDS, default=1, show_default=True, help="The same data and seed give the same model."
)
@click.option("--put-in-service", is_flag=True, help="Put it in service without comparing; DIR/current names it.")
@reports
def train(settings: Settings, *, datasets: Path | None, output: Path | None, seed: int, put_in_service: bool) -> None:
    """Train a model on labelled ads and measure it on real texts held out by source and by near-copies.

    The plain recipe is trained and measured beside it. How long it will take is said at the start.
    Collections that are not on this machine are left out and named in the model's card.
    """
    from model.training.train import train as train_model

    check_output((place := output or settings.local_models) / "model")
    catalogue, *further = (datasets,) if datasets else settings.catalogues
    with progress("training, in per cent", total=100) as advance:
        folder = train_model(
            catalogue,
            settings.taxonomy,
            place,
            seed=seed,
            root=settings.home,
            further=further,
            on_progress=_Shown(advance),
        )
    if put_in_service:
        threshold_of(settings.triage, load_assessor(settings, folder))  # raises where no night could choose by it
    if put_in_service and folder.parent.resolve() == settings.local_models.resolve():
        # With an entry in the history, so that a rollback knows of it.
        promote_model(settings, folder, at=now(), reason="trained with --put-in-service")
    elif put_in_service:
        artefact.put_in_service(folder)
    current = in_service(settings)  # the installation's own, whatever DIR/current of another folder names
    say(
        {"model": str(folder), "in_service": current == folder.name},
        [f"trained {folder}; its card and metrics are in it",
         "it is in service" if current == folder.name else
         f"{current or 'no model'} is in service; `lurewatch promote {folder}` compares the two"],
    )  # fmt: skip


class _Shown:
    """Says at the start how long a run will take, then how far it is."""

    def __init__(self, advance: Advance) -> None:
        self._advance, self._done = advance, -1

    def __call__(self, now_at: "Progress") -> None:
        if self._done < 0:
            self._done = 0
            minutes = max(1, round(now_at.seconds / 60))
            click.echo(f"{now_at.rows} texts; about {minutes} min with the free cores of this machine", err=True)
        percent = int(100 * now_at.share)
        self._advance(percent - self._done, doing=now_at.doing)
        self._done = percent


CHECKS = click.option(
    "--checks",
    metavar="FILE",
    type=FILE,
    help="Catalogue of what to measure on alone; unless given the invented checks and all real collections at hand.",
)
SEED = click.option("--seed", metavar="N", type=SEEDS, default=1, show_default=True, help="Of the drawn intervals.")


@click.command()
@click.option("--model", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@CHECKS
@click.option("--output", metavar="FILE", type=FILE, help="Where to write all figures, as JSON.")
@SEED
@reports
def evaluate(settings: Settings, *, model: Path | None, checks: Path | None, output: Path | None, seed: int) -> None:
    """Measure a model on texts that it did not learn from, at its own thresholds: real texts first, with intervals.

    What it has learnt from is passed over. The card in its folder has the figures of training, which held out many
    more real texts.
    """
    from model.evaluation.compare import evaluate_saved, read_checks

    if output:
        check_output(output, *([checks] if checks else []))
    texts = read_checks(*_check_files(settings, checks), settings.home, seed=seed)
    metrics = evaluate_saved(model or settings.model_folder(), texts, seed=seed)
    if output:
        write_whole(output, json.dumps(metrics, indent=1, ensure_ascii=False, sort_keys=True))

    # The same in words: real texts first.
    passed_over = metrics["learnt_from_and_passed_over"]
    lines = [
        f"{metrics['model_version']} on {metrics['rows']} texts; {passed_over} that it learnt from are passed over"
    ]
    if real := metrics["real"]:
        asked = {piece.key for piece in SLICES if piece.is_found}
        found = {key: shares for key, shares in real["slices"].items() if key in asked}
        others = {key: shares for key, shares in real["slices"].items() if key not in asked}
        boards = {f"ordinary ads of {name}": shares for name, shares in real["boards"].items()}
        lines.append(f"real texts, at the threshold for {100 * AT:g} in 100 ordinary ads")
        lines += _share_lines("found, the higher the better:", found, f"{AT:g}")
        lines += _share_lines("flagged, the lower the better:", others | boards, f"{AT:g}")
        lines.append("ranked, the higher the better:")
        for name, auc in real["auc"].items():
            interval = f"{auc['low']:.3f} to {auc['high']:.3f}"
            lines.append(f"  {_in_words(f'auc_{name}'):48} {auc['value']:6.3f}  {interval}")
    else:
        lines.append("no real texts at hand that it did not learn from")
    if metrics["invented"]["rows"]:
        lines.append("invented texts, as a diagnosis: dangerous twins above the lawful one, and each collection")
    for name, pairs in metrics["invented"]["pairs"].items():
        lines.append(f"  {f'twins, {name}'.replace('_', ' '):48} {pairs['won']} of {pairs['of']}")
    for name, family in metrics["invented"]["by_family"].items():
        shown = (f"{key} {family[key]:.3f}" for key in ("auc", "found", "flagged") if family.get(key) is not None)
        lines.append(f"  {name:48} {', '.join(shown)}")
    say(metrics, lines)


@click.command()
@click.argument("candidate", metavar="FOLDER", type=MODEL_FOLDER)
@click.option("--against", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@CHECKS
@SEED
@reports
def compare(settings: Settings, *, candidate: Path, against: Path | None, checks: Path | None, seed: int) -> None:
    """Hold a model against the one in service on the same texts, from which neither learnt: real texts first.

    Each difference comes with its 95 % interval; the ads whose rank changed most are named. Exit code 1 when a figure
    on real texts is worse beyond its interval or, where there are none, a figure on invented ones clearly so.
    """
    found = _compared(settings, against or settings.model_folder(), candidate, checks=checks, seed=seed)
    say(asdict(found) | {"worse": found.worse}, _comparison_lines(found))
    leave(1 if found.worse else 0)


@click.command()
@click.argument("folder", metavar="FOLDER", type=MODEL_FOLDER)
@click.option(
    "--anyway",
    "reason",
    metavar="REASON",
    help="Put it in service though it is worse, or the one in service cannot be read; the reason is kept.",
)
@CHECKS
@SEED
@click.pass_obj
def promote(settings: Settings, *, folder: Path, reason: str | None, checks: Path | None, seed: int) -> None:
    """Put a model in service here, unless it is worse on real texts than the one in service, beyond the interval.

    Without real texts that neither learnt from it says so, and refuses what is clearly worse on invented ones. Exit
    code 1 when it is refused.
    """
    # Raises for a model that can be measured and scores no ads, or by whose thresholds no night could choose.
    threshold_of(settings.triage, load_assessor(settings, folder))
    try:
        found = _compared(settings, settings.model_folder(), folder, checks=checks, seed=seed)
        change = promote_model(settings, folder, at=now(), worse=found.worse, reason=reason)
    except CannotPromote as refused:
        for line in (*_comparison_lines(found), str(refused)):
            click.echo(line)
        leave(1)
    except (BadSettings, UnreadableModel) as err:  # of the one in service: this one has just been read
        if not reason:
            raise CannotPromote(f"{err}; --anyway REASON puts {folder.name} in service without comparing them") from err
        click.echo(f"not compared: {err}")
        change = promote_model(settings, folder, at=now(), reason=reason)
    else:
        if not found.real_texts:
            click.echo(NO_REAL_TEXTS)
    click.echo(f"{change.after} is in service; before it {change.before or 'none was'}")


@click.command()
@click.option("--reason", metavar="REASON", callback=not_blank, help="Why; it is kept.")
@click.pass_obj
def rollback(settings: Settings, *, reason: str | None) -> None:
    """Put the previous model in service again; a second time, the one before it.

    A model that was rolled back is not returned to: promote it to have it back.
    """
    change = roll_back(settings, at=now(), reason=reason)
    click.echo(f"{change.after} is in service again; {change.before} is not")


NO_REAL_TEXTS = "no real texts at hand that neither model learnt from: compared on invented ones alone, as a diagnosis"


def _check_files(settings: Settings, catalogue: Path | None) -> tuple[Sequence[Path], Sequence[Path]]:
    """The catalogue that was named alone; else the invented checks, and the catalogues whose real collections count."""
    if catalogue:
        return [catalogue], []
    # An installation may hold labels back for checking alone, which none of its models learns from.
    own = settings.local / "checks.toml"
    return [settings.home / "data" / "invented_checks.toml", *([own] if own.is_file() else [])], settings.catalogues


def _compared(settings: Settings, before: Path, after: Path, *, checks: Path | None, seed: int) -> "Comparison":
    from model.evaluation.compare import compare, read_checks

    texts = read_checks(*_check_files(settings, checks), settings.home, seed=seed)
    return compare(before, after, texts, seed=seed)


def _share_lines(heading: str, slices: dict[str, Any], at: str) -> Iterator[str]:
    yield heading
    for name, shares in slices.items():
        if share := shares.get(at):
            counts = f"{share['found']} of {share['of']}"
            yield f"  {_in_words(name):48} {share['value']:6.3f}  {share['low']:.3f} to {share['high']:.3f}  {counts}"


def _in_words(figure: str) -> str:
    pair = figure.removeprefix("auc_")
    return name_of(figure) if pair == figure else f"AUC {pair.replace('_', ' ')}"


def _comparison_lines(found: "Comparison") -> Iterator[str]:
    yield f"{found.before} -> {found.after}"
    yield f"{found.real_texts} real texts that neither learnt from" if found.real_texts else NO_REAL_TEXTS
    for texts, compared in (("", found.real), ("invented ", found.invented)):
        for name, figure in compared.items():
            mark = "  worse" if texts + name in found.worse else ""
            words = texts + name.replace("_", " ") if texts else _in_words(name)
            spread = f"difference {figure['low']:+.3f} to {figure['high']:+.3f}"
            yield f"{words:48} {figure['before']:6.3f} -> {figure['after']:6.3f}  {spread}{mark}"
    yield "moved most in the ranking:"
    for ad in found.moved:
        yield f"  {in_one_line(ad['ad_id'])} ({ad['kind']}): place {ad['place_before']} -> {ad['place_after']}"
