"""The retraining loop: labels and collections in, a model out, held against the one in service, put in its place."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.commands.options import FILE, MODEL_FOLDER, as_json, now, obj
from pipeline.review.terminal_text import in_one_line
from pipeline.settings.console import Advance, progress, say_json
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from model.evaluation.compare import Checks, Comparison
    from model.training.train import Progress

__all__ = ["compare", "evaluate", "promote", "rollback", "train"]


@click.command()
@click.option(
    "--datasets",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="What to learn from; unless given data/datasets.toml and data/local/datasets.toml, the installation's own.",
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
@click.option("--put-in-service", is_flag=True, help="Put it in service without comparing; DIR/current names it.")
@as_json
@obj
def train(
    settings: Settings,
    *,
    datasets: Path | None,
    output: Path | None,
    seed: int,
    put_in_service: bool,
    as_json: bool,
) -> None:
    """Train a model on labelled ads and measure it on real texts whose like, or whose source, it has not seen.

    The plain recipe is trained and measured beside it. How long it will take is said at the start.
    Collections that are not on this machine are left out and named in the model's card.
    """
    from model.training.train import train as train_model

    catalogue, *further = (datasets,) if datasets else settings.catalogues
    with progress("training, in per cent", total=100) as advance:
        folder = train_model(
            catalogue,
            settings.taxonomy,
            output or settings.local_models,
            seed=seed,
            root=settings.home,
            further=further,
            on_progress=_Shown(advance),
        )
    if put_in_service:
        _put_in_service(settings, folder)
    if as_json:
        say_json({"model": str(folder), "in_service": put_in_service})
        return
    click.echo(f"trained {folder}; its card and metrics are in it")
    click.echo("it is in service" if put_in_service else _not_in_service(settings, folder))


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


def _put_in_service(settings: Settings, folder: Path) -> None:
    """Here with an entry in the history, so that a rollback knows of it; elsewhere by the folder's own ``current``."""
    from model.classifier.artefact import put_in_service as name_as_current
    from pipeline.review.promotion import promote as put_in_service

    if folder.parent.resolve() == settings.local_models.resolve():
        put_in_service(settings, folder, at=now(), reason="trained with --put-in-service")
    else:
        name_as_current(folder)


def _not_in_service(settings: Settings, folder: Path) -> str:
    from pipeline.review.promotion import in_service

    current = in_service(settings)
    still = f"{current} is" if current else "no model is"
    return f"{still} in service; `lurewatch promote {folder}` compares the new one and puts it there"


CHECKS = click.option(
    "--checks",
    metavar="FILE",
    type=FILE,
    help="Catalogue of what to measure on alone; unless given the invented checks and all real collections at hand.",
)
SEED = click.option("--seed", metavar="N", type=int, default=1, show_default=True, help="Of the drawn intervals.")


@click.command()
@click.option("--model", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@CHECKS
@click.option("--output", metavar="FILE", type=FILE, help="Where to write all figures, as JSON.")
@SEED
@as_json
@obj
def evaluate(
    settings: Settings, *, model: Path | None, checks: Path | None, output: Path | None, seed: int, as_json: bool
) -> None:
    """Measure a model on texts that it did not learn from, at its own thresholds: real texts first, with intervals.

    What it has learnt from is passed over. The card in its folder has the figures of training, which held much more
    real texts out.
    """
    from crawler.files import whole_file
    from model.evaluation.compare import evaluate_saved

    metrics = evaluate_saved(model or settings.model_folder(), _checks(settings, checks, seed), seed=seed)
    if output:
        with whole_file(output) as file:
            json.dump(metrics, file, indent=1, ensure_ascii=False, sort_keys=True)
    if as_json:
        say_json(metrics)
    else:
        _show_figures(metrics)


@click.command()
@click.argument("candidate", metavar="FOLDER", type=MODEL_FOLDER)
@click.option("--against", metavar="FOLDER", type=MODEL_FOLDER, help="The model in service unless given.")
@CHECKS
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
    checks: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Hold a model against the one in service on the same texts, from which neither learnt: real texts first.

    Each difference comes with its 95 % interval; the ads whose rank changed most are named. Exit code 1 when a figure
    on real texts is worse beyond its interval or, where there are none, a figure on invented ones clearly so.
    """
    found = _compared(settings, against or settings.model_folder(), candidate, checks=checks, seed=seed)
    if as_json:
        say_json(
            {"before": found.before, "after": found.after, "real_texts": found.real_texts, "real": found.real,
             "invented": found.invented, "worse": found.worse, "moved": found.moved}
        )  # fmt: skip
    else:
        _show_comparison(found)
    ctx.exit(1 if found.worse else 0)


@click.command()
@click.argument("folder", metavar="FOLDER", type=MODEL_FOLDER)
@click.option("--anyway", "reason", metavar="REASON", help="Put it in service though it is worse; the reason is kept.")
@CHECKS
@SEED
@obj
@click.pass_context
def promote(
    ctx: click.Context, settings: Settings, *, folder: Path, reason: str | None, checks: Path | None, seed: int
) -> None:
    """Put a model in service here, unless it is worse on real texts than the one in service, beyond the interval.

    Without real texts that neither learnt from it says so, and refuses what is clearly worse on invented ones. Exit
    code 1 when it is refused.
    """
    from pipeline.errors import CannotPromote
    from pipeline.review.promotion import promote as put_in_service

    found = _compared(settings, settings.model_folder(), folder, checks=checks, seed=seed)
    try:
        change = put_in_service(settings, folder, at=now(), worse=found.worse, reason=reason)
    except CannotPromote as refused:
        _show_comparison(found)
        click.echo(str(refused))
        ctx.exit(1)
    if not found.real_texts:
        click.echo(NO_REAL_TEXTS)
    click.echo(f"{change.after} is in service; before it {change.before or 'none was'}")


@click.command()
@click.option("--reason", metavar="REASON", help="Why; it is kept.")
@obj
def rollback(settings: Settings, *, reason: str | None) -> None:
    """Put the model in service again that was there before; again, the one before that.

    A model that was rolled back is not returned to: promote it to have it back.
    """
    from pipeline.review.promotion import roll_back

    change = roll_back(settings, at=now(), reason=reason)
    click.echo(f"{change.after} is in service again; {change.before} is not")


NO_REAL_TEXTS = "no real texts at hand that neither model learnt from: compared on invented ones alone, as a diagnosis"


def _checks(settings: Settings, catalogue: Path | None, seed: int) -> "Checks":
    """The catalogue that was named alone; else the invented checks with the real collections of all catalogues."""
    from model.evaluation.compare import read_checks

    if catalogue:
        return read_checks([catalogue], [], settings.home, seed=seed)
    # An installation may hold labels back for checking alone, which none of its models learns from.
    own = settings.local / "checks.toml"
    checks = [settings.home / "data" / "invented_checks.toml", *([own] if own.is_file() else [])]
    return read_checks(checks, settings.catalogues, settings.home, seed=seed)


def _compared(settings: Settings, before: Path, after: Path, *, checks: Path | None, seed: int) -> "Comparison":
    from model.evaluation.compare import compare as compare_models

    return compare_models(before, after, _checks(settings, checks, seed), seed=seed)


def _show_figures(metrics: dict[str, Any]) -> None:
    from model.evaluation.figures import AT
    from model.evaluation.real_slices import SLICES

    passed_over = metrics["learnt_from_and_passed_over"]
    click.echo(
        f"{metrics['model_version']} on {metrics['rows']} texts; {passed_over} that it learnt from are passed over"
    )
    if real := metrics["real"]:
        asked = {one.key for one in SLICES if one.is_found}
        found = {key: one for key, one in real["slices"].items() if key in asked}
        others = {key: one for key, one in real["slices"].items() if key not in asked}
        boards = {f"ordinary ads of {name}": one for name, one in real["boards"].items()}
        click.echo(f"real texts, at the threshold for {100 * AT:g} in 100 ordinary ads")
        _show_shares("found, the higher the better:", found, f"{AT:g}")
        _show_shares("flagged, the lower the better:", others | boards, f"{AT:g}")
        click.echo("ranked, the higher the better:")
        for name, one in real["auc"].items():
            click.echo(f"  {_in_words(f'auc_{name}'):48} {one['value']:6.3f}  {one['low']:.3f} to {one['high']:.3f}")
    else:
        click.echo("no real texts at hand that it did not learn from; on invented ones, as a diagnosis:")
    for name, pairs in metrics["invented"]["pairs"].items():
        click.echo(f"  {f'invented pairs won, {name}'.replace('_', ' '):48} {pairs['won']} of {pairs['of']}")
    for name, one in metrics["invented"]["by_family"].items():
        figures = ", ".join(f"{key} {one[key]:.3f}" for key in ("auc", "found", "flagged") if one.get(key) is not None)
        click.echo(f"  {f'invented, {name}':48} {figures}")


def _show_shares(heading: str, slices: dict[str, Any], at: str) -> None:
    click.echo(heading)
    for name, shares in slices.items():
        if one := shares.get(at):
            counts = f"{one['found']} of {one['of']}"
            click.echo(f"  {_in_words(name):48} {one['value']:6.3f}  {one['low']:.3f} to {one['high']:.3f}  {counts}")


def _in_words(figure: str) -> str:
    from model.evaluation.figures import name_of

    pair = figure.removeprefix("auc_")
    return name_of(figure) if pair == figure else f"AUC {pair.replace('_', ' ')}"


def _show_comparison(found: "Comparison") -> None:
    click.echo(f"{found.before} -> {found.after}")
    click.echo(f"{found.real_texts} real texts that neither learnt from" if found.real_texts else NO_REAL_TEXTS)
    for sort, figures in (("", found.real), ("invented ", found.invented)):
        for name, one in figures.items():
            mark = "  worse" if sort + name in found.worse else ""
            words = _in_words(name) if not sort else sort + name.replace("_", " ")
            spread = f"difference {one['low']:+.3f} to {one['high']:+.3f}"
            click.echo(f"{words:48} {one['before']:6.3f} -> {one['after']:6.3f}  {spread}{mark}")
    click.echo("moved most in the ranking:")
    for ad in found.moved:
        click.echo(f"  {in_one_line(ad['ad_id'])} ({ad['kind']}): place {ad['place_before']} -> {ad['place_after']}")
