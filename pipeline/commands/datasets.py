"""Labelled texts: ``datasets``, ``labels``, and replayed queues (``simulate``)."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from crawler.files import STANDARD_OUTPUT, check_output, dumps_line, whole_file, write_whole
from model.assessment import Kind
from model.datasets.catalogue import (
    FORMATS,
    TABLE,
    entry_of,
    find_dataset,
    has_text,
    read_catalogue,
    read_dataset,
    read_datasets,
    read_given,
    read_labelled,
)
from model.datasets.labels import KIND_NAMES
from model.datasets.readers import DatasetCard
from model.errors import BadDataset
from model.training.simulation import STRATEGIES, Plan, draw_recall
from pipeline.commands.options import (
    FILE,
    MODEL_FOLDER,
    as_json,
    database,
    is_json,
    leave,
    not_blank,
    now,
    open_store,
    reports,
    say,
)
from pipeline.review.decisions import disagreements, export_labels
from pipeline.settings.console import in_one_line
from pipeline.settings.records import Settings

LABELLED = click.Path(exists=True, dir_okay=False, path_type=Path)
LABELLED_FORMAT = click.option(
    "--format",
    "format_name",
    type=click.Choice([*FORMATS]),
    default="decisions",
    show_default=True,
    help="Of INPUT, where it is one labelled file and no catalogue (.toml).",
)
CATALOGUE = click.option(
    "--datasets",
    "catalogue",
    metavar="FILE",
    type=FILE,
    help="The catalogue; unless given data/datasets.toml and data/local/datasets.toml, the installation's own.",
)


@click.group()
def datasets() -> None:
    """Look after labelled collections."""


@datasets.command("list")
@CATALOGUE
@reports
def list_datasets(settings: Settings, *, catalogue: Path | None) -> None:
    """Say what each collection is, under which licence, and whether it is on this machine."""
    found = [
        {"name": card.name, "title": card.title, "format": card.format, "real": card.real, "licence": card.licence,
         "notes": card.notes, "path": card.path, "here": here}
        for card, here in _collections(settings, catalogue)
    ]  # fmt: skip
    say(
        found,
        (
            f"{each['name']}: {each['title']} ({each['format']}, {'real' if each['real'] else 'invented'}; "
            f"{each['licence']}){'' if each['here'] else '; not on this machine'}"
            for each in found
        ),
    )


@datasets.command("verify")
@CATALOGUE
@click.pass_obj
def verify_datasets(settings: Settings, *, catalogue: Path | None) -> None:
    """Read every collection that is here in the format that the catalogue says.

    Exit code 2 at the first that is not as it says; 1 when one is not on this machine.
    """
    absent = 0
    for card, here in _collections(settings, catalogue):
        if not here:
            absent += 1
            click.echo(f"{card.name}: not on this machine")
            continue
        kinds = Counter(row.kind for row in read_dataset(card, settings.home, seed=1))
        click.echo(f"{card.name}: {_counted(kinds)}")
    leave(1 if absent else 0)


@datasets.command("add")
@click.argument("path", metavar="FILE", type=LABELLED)
@click.option("--format", "format_name", type=click.Choice([TABLE, *FORMATS]), default="csv",
              show_default=True,
              help="csv: CSV or JSON Lines, any columns; the others: docs/researchers/datasets.md.")  # fmt: skip
@click.option("--name", metavar="NAME", callback=not_blank, help="In the catalogue; the file's name unless given.")
@click.option("--title", metavar="TEXT", help="What it is, in a line.")
@click.option("--text-column", metavar="COLUMN", help="Where the text stands; csv needs it.")
@click.option("--kind-column", metavar="COLUMN", help="Where the kind stands; csv needs it, or --labels.")
@click.option("--title-column", metavar="COLUMN", help="Where an ad's title stands.")
@click.option("--language-column", metavar="COLUMN", help="Where the language stands (BCP 47).")
@click.option("--id-column", metavar="COLUMN", help="A name for each row; its number unless given.")
@click.option("--group-column", metavar="COLUMN", help="Equal for rows that are to be held out together.")
@click.option("--source-column", metavar="COLUMN", help="The channel or board that each row is from.")
@click.option("--map", "kinds", metavar="VALUE=KIND", multiple=True,
              help="What a value of the kind column stands for: trafficking_recruitment, job_fraud, legitimate, "
                   "not_an_ad or left_out. Without any, the column holds these words.")  # fmt: skip
@click.option("--labels", metavar="FILE", type=LABELLED, help="A CSV of id and label, instead of a kind column.")
@click.option("--language", metavar="TAG", help="Of every row, where no column says it.")
@click.option(
    "--genre", type=click.Choice(["chat", "board", "social", "news"]), help="How the texts came; chat unless given."
)
@click.option("--licence", metavar="TEXT", default="The installation's own; not redistributed", show_default=True,
              callback=not_blank, help="Under which terms it may be used.")  # fmt: skip
@click.option("--notes", metavar="TEXT", help="What a reader of the model's card should know of it.")
@click.option("--real", is_flag=True, help="People sent or posted these texts; they were not invented.")
@click.option("--ordinary", is_flag=True, help="They are ordinary ads, of which a threshold may flag a share.")
@reports
def add_dataset(settings: Settings, /, path: Path, **given: Any) -> None:
    """Have `train` learn from FILE too: writes an entry into data/local/datasets.toml.

    The file stays where it is and is read whole first; nothing is written where a row is not as the options say.
    """
    columns = {
        name.removesuffix("_column"): column for name, column in given.items() if name.endswith("_column") and column
    }
    mapped: dict[str, str] = {}
    for pair in given["kinds"]:
        value, equals, kind = pair.rpartition("=")
        if not equals or kind not in KIND_NAMES or mapped.setdefault(value, kind) != kind:
            expected = f"expected VALUE=KIND, one for each VALUE, KIND one of {', '.join(KIND_NAMES)}"
            raise click.UsageError(f"--map {pair}: {expected}")
    if given["format_name"] != "csv":
        if any((columns, mapped, given["labels"], given["language"], given["genre"])):
            raise click.UsageError("columns, --map, --labels, --language and --genre are for --format csv alone")
    elif "text" not in columns or ("id" if given["labels"] else "kind") not in columns:
        raise click.UsageError("--format csv needs --text-column, and --kind-column or --labels with --id-column")
    name = given["name"] or re.sub(r"\W+", "-", path.name.partition(".")[0].lower()).strip("-")
    if not name:
        raise click.UsageError(f"{path.name} gives the collection no name; expected --name")
    card = DatasetCard(
        name=name, title=given["title"] or name, path=_from_home(settings, path), format=given["format_name"],
        licence=given["licence"], columns=columns, kinds=mapped, notes=given["notes"] or f"Added from {path.name}.",
        real=given["real"], ordinary=given["ordinary"],
        labels=_from_home(settings, given["labels"]) if given["labels"] else "",
        language=given["language"] or "", genre=given["genre"] or "chat",
    )  # fmt: skip

    rows = list(read_labelled(card, settings.home))
    texts = [row for row in rows if has_text(row)]
    kinds = Counter(row.kind for row in texts)
    if not kinds:
        raise BadDataset(f"{path.name}: expected rows with a text and a kind, found none")
    kinds_of: dict[tuple[str, str, bytes], set[Kind]] = {}
    for row in texts:
        counted = row.counted.ngrams.tobytes() if row.counted else b""
        kinds_of.setdefault((row.ad.title, row.ad.description, counted), set()).add(row.kind)
    found = {
        "without_text": len(rows) - len(texts),
        "repeated": len(texts) - len(kinds_of),
        "of_several_kinds": sum(len(each) > 1 for each in kinds_of.values()),
    }
    own = settings.own_catalogue
    present = [file for file in settings.catalogues if file.is_file()]
    others = {each.name: each.path for each in read_catalogue(*present)}
    if card.name in others:
        raise click.UsageError(
            f"a collection named {card.name} is there already: `train` reads {others[card.name]} as it is then; for "
            "another file --name gives another name"
        )
    before = own.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if own.is_file() else ""
    write_whole(own.resolve(), before + entry_of(card))
    say(
        {"name": card.name, "catalogue": str(own), "kinds": dict(sorted(kinds.items())), **found},
        [
            f"{card.name}: {_counted(kinds)}",
            *(f"note: {NOTES[name]}: {count}" for name, count in found.items() if count),
            *(
                f"note: {other} is the same file: its rows are learnt from twice"
                for other, at in others.items()
                if at == card.path
            ),
            f"its entry stands in {own}; `lurewatch train` reads it",
        ],
    )


@datasets.command("count")
@click.argument("name", metavar="NAME")
@click.option("--output", required=True, metavar="FILE", type=FILE, help="JSON Lines; compressed where it ends in .gz.")
@CATALOGUE
@click.pass_obj
def count_dataset(settings: Settings, *, name: str, output: Path, catalogue: Path | None) -> None:
    """Write the texts of the collection NAME as counts, from which `train` learns where texts may not be kept."""
    from model.training.counting import count_texts

    card = next((card for card, here in _collections(settings, catalogue) if card.name == name and here), None)
    if card is None:
        raise click.UsageError(f"no collection named {name} is on this machine; `lurewatch datasets list` names them")
    check_output(output, settings.home / card.path)
    rows = read_datasets([card], settings.home, seed=1)
    lines = map(dumps_line, count_texts(rows, settings.model_folder(), settings.taxonomy))
    with whole_file(output) as file:
        file.writelines(lines)


NOTES = {
    "without_text": "rows without a text, which are left out",
    "repeated": "rows with the text of an earlier one, which are learnt from and held out with it",
    "of_several_kinds": "texts that have more than one kind, of which a person should say which is right",
}


def _from_home(settings: Settings, path: Path) -> str:
    """The path as a catalogue has it: from the home folder on, where it lies in there."""
    whole, home = path.resolve(), settings.home.resolve()
    if not whole.is_file() or re.search(r"[\ud800-\udfff]", str(whole)):
        raise click.UsageError(f"{str(path)!r}: expected a file that stays where it is, under a name in UTF-8")
    return str(whole.relative_to(home) if whole.is_relative_to(home) else whole)


def _counted(kinds: Counter[Kind]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _collections(settings: Settings, catalogue: Path | None) -> Iterator[tuple[DatasetCard, bool]]:
    """The catalogues' collections, each with whether it is on this machine."""
    for card in read_catalogue(*((catalogue,) if catalogue else settings.catalogues)):
        yield card, find_dataset(card, settings.home) is not None


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
def export_decisions(settings: Settings, *, output: str | None, without_contacts: bool) -> None:
    """Write the last decision of each case, with the text that was judged and the indicators confirmed and rejected.

    Names of analysts and notes are not in it. A catalogue of datasets reads it as format "decisions".
    """
    path = output or str(settings.local / "labels" / "labels.jsonl")
    check_output(path, settings.database)
    with open_store(settings.database) as store:
        count = export_labels(store, path, contacts=not without_contacts)
        store.audit.record("exported", "labels", by=None, at=now(), labels=count, contacts=not without_contacts)
    click.echo(f"{count} labels written to {path}", err=path in STANDARD_OUTPUT)


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
def list_doubts(
    settings: Settings, /, *, given: Path | None, output: str | None, model: Path | None, **reading: Any
) -> None:
    """List labels that deserve a second look: suspected errors, near-duplicates and decisions that disagree.

    INPUT is a catalogue (.toml) or a labelled file; unless given, the decisions of this installation. Whether a label
    is wrong is for a person to say.
    """
    from model.training.label_errors import Doubt, doubtful_labels

    if output:
        check_output(output, given or settings.database)
    between: tuple[Doubt, ...] = ()
    if given:
        rows = read_given(given, root=settings.home, **reading)
    else:
        with open_store(settings.database) as store, tempfile.TemporaryDirectory() as scratch:
            export_labels(store, path := Path(scratch) / "labels.jsonl")
            between = tuple(
                Doubt(
                    ad_id=f"case {last.case_id}", why="decisions_disagree", label=last.verdict,
                    instead=others[-1].verdict, certainty=0.5,
                    others=tuple(decision.decided_at.isoformat() for decision in others),
                )
                for last, others in disagreements(store.decisions)
            )  # fmt: skip
            rows = read_given(path, root=settings.home, **reading | {"format_name": "decisions"})
    doubts = doubtful_labels(rows, model=model, taxonomy_folder=settings.taxonomy, seed=reading["seed"])
    found = [*between, *doubts]
    records = [asdict(doubt) for doubt in found]
    if output:
        with whole_file(output) as file:
            file.writelines(dumps_line(record) for record in records)
    if is_json() or output not in STANDARD_OUTPUT:
        lines = [
            f"{each.why:26} {each.label:24} {each.instead:24} {each.certainty:4.2f}  {in_one_line(each.ad_id)}"
            for each in found[:_SHOWN]
        ]
        more = f"; {len(found) - _SHOWN} of them are not shown" if len(found) > _SHOWN else ""
        say(records, [*lines, f"{len(found)} labels deserve a second look{more}"])


FIGURES = {
    "saved_work_at_0.95": "WSS@95", "found_after_0.1": "RRF@10", "time_to_discovery": "ATD", "precision_at_50": "P@50",
    "recall_at_100": "R@100", "nights_until_0.95": "nights",
}  # fmt: skip


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
@reports
def simulate(
    settings: Settings, /, *, given: Path, format_name: str, output: Path, model: Path | None, **replay: Any
) -> None:
    """Replay a labelled set as if analysts worked through the queue, in several orders.

    INPUT is a catalogue (.toml) or one labelled file, such as exported decisions. Give labels that the model did not
    learn from: what it has learnt it finds at once.
    """
    from model.training.label_errors import simulate_with

    if replay["cold"] and (model or replay["retrain_every"] is None):
        raise click.UsageError("--cold begins without a model: it needs --retrain-every and takes no --model")
    folder = None if replay["cold"] else model or settings.model_folder()
    triage = settings.triage
    # The mix that the queue of this installation has: risk takes what random audit and learning leave.
    risk = round(1 - triage.uncertain_share - triage.audit_share, 6)
    plan = Plan(
        capacity=replay["capacity"],
        retrain_every=replay["retrain_every"],
        shares={"risk": risk, "uncertain": triage.uncertain_share, "random": triage.audit_share},
        strategies=replay["strategies"] or STRATEGIES,
        seeds=tuple(range(1, replay["seeds"] + 1)),
    )
    rows = read_given(given, format_name=format_name, root=settings.home, seed=1)
    found = {"input": given.name, **simulate_with(rows, plan, model=folder, taxonomy_folder=settings.taxonomy)}
    write_whole(output / "simulation.json", json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True))
    write_whole(output / "recall.svg", draw_recall(found).svg)
    version = found["model_version"] or "no model at first"
    lines = [
        f"{found['rows']} texts, {found['acted_on']} to act on, {found['capacity']} read a night; {version}",
        f"{'':10}" + "".join(f"{words:>9}" for words in FIGURES.values()),
    ]
    if learnt := found["learnt_before"]:
        lines.insert(1, f"note: {learnt} of them the model had learnt before: what is said of these is too good")
    for name, strategy in found["strategies"].items():
        values = (strategy["figures"][key]["value"] for key in FIGURES)
        lines.append(f"{name:10}" + "".join(f"{value:9.3f}" if value < 10 else f"{value:9.1f}" for value in values))
    say(found, [*lines, f"written to {output}: simulation.json, recall.svg"])
