"""Labelled collections: ``datasets list``, ``verify``, ``add``."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.files import whole_file
from model.datasets.table import KIND_NAMES
from pipeline.commands.options import FILE, LABELLED, LABELLED_FORMATS, as_json, leave, obj, say
from pipeline.settings.records import Settings

if TYPE_CHECKING:
    from model.assessment import Kind
    from model.datasets.catalogue import DatasetCard

__all__ = ["datasets"]

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
@as_json
@obj
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
@obj
def verify_datasets(settings: Settings, *, catalogue: Path | None) -> None:
    """Read every collection that is here in the format that the catalogue says.

    Exit code 2 at the first that is not as it says; 1 when one is not on this machine.
    """
    from model.datasets.catalogue import read_dataset

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
@click.option("--format", "format_name", type=click.Choice(["csv", *LABELLED_FORMATS]), default="csv",
              show_default=True,
              help="csv: CSV or JSON Lines, any columns; the others: docs/researchers/datasets.md.")  # fmt: skip
@click.option("--name", metavar="NAME", help="In the catalogue; the file's name unless given.")
@click.option("--title", metavar="TEXT", help="What it is, in a line.")
@click.option("--text-column", "text", metavar="COLUMN", help="Where the text stands; csv needs it.")
@click.option("--kind-column", "kind", metavar="COLUMN", help="Where the kind stands; csv needs it, or --labels.")
@click.option("--title-column", "head", metavar="COLUMN", help="Where an ad's title stands.")
@click.option("--language-column", "language_in", metavar="COLUMN", help="Where the language stands (BCP 47).")
@click.option("--id-column", "key", metavar="COLUMN", help="A name for each row; its number unless given.")
@click.option("--group-column", "group", metavar="COLUMN", help="Equal for rows that are to be held out together.")
@click.option("--source-column", "source", metavar="COLUMN", help="The channel or board that each row is from.")
@click.option("--map", "kinds", metavar="VALUE=KIND", multiple=True,
              help="What a value of the kind column stands for: trafficking_recruitment, job_fraud, legitimate, "
                   "not_an_ad or left_out. Without any, the column holds these words.")  # fmt: skip
@click.option("--labels", metavar="FILE", type=LABELLED, help="A CSV of id and label, instead of a kind column.")
@click.option("--language", metavar="TAG", help="Of every row, where no column says it.")
@click.option("--genre", type=click.Choice(["chat", "board", "social", "news"]), help="How the texts came; chat.")
@click.option("--licence", metavar="TEXT", default="The installation's own; not redistributed", show_default=True,
              help="Under which terms it may be used.")  # fmt: skip
@click.option("--notes", metavar="TEXT", help="What a reader of the model's card should know of it.")
@click.option("--real", is_flag=True, help="People sent or posted these texts; they were not invented.")
@click.option("--ordinary", is_flag=True, help="They are ordinary ads, of which a threshold may flag a share.")
@as_json
@obj
def add_dataset(settings: Settings, /, path: Path, **given: Any) -> None:
    """Have `train` learn from FILE too: writes an entry into data/local/datasets.toml.

    The file stays where it is and is read whole first; nothing is written where a row is not as the options say.
    """
    from model.datasets.catalogue import read_dataset

    card = _card(settings, path, given)
    kinds = Counter(row.kind for row in read_dataset(card, settings.home, seed=1))
    if not kinds:
        raise click.UsageError(f"{path}: no row has a text and a kind")
    _write_entry(settings, card)
    say(
        {"name": card.name, "catalogue": str(settings.own_catalogue), "kinds": dict(sorted(kinds.items()))},
        [f"{card.name}: {_counted(kinds)}",
         f"its entry stands in {settings.own_catalogue}; `lurewatch train` reads it"],
    )  # fmt: skip


def _card(settings: Settings, path: Path, given: Mapping[str, Any]) -> "DatasetCard":
    """The entry that the options say, or a usage error."""
    from model.datasets.catalogue import TABLE, DatasetCard

    named = {
        "text": given["text"], "title": given["head"], "kind": given["kind"], "language": given["language_in"],
        "id": given["key"], "group": given["group"], "source": given["source"],
    }  # fmt: skip
    columns = {name: column for name, column in named.items() if column}
    kinds = dict(_value_and_kind(pair, KIND_NAMES) for pair in given["kinds"])
    table = {"columns": columns, "kinds": kinds, "labels": given["labels"], "language": given["language"]}
    if given["format_name"] != TABLE:
        if any((*table.values(), given["genre"])):
            raise click.UsageError(f"columns, --map, --labels, --language and --genre are for --format {TABLE} alone")
    elif "text" not in columns or ("id" if given["labels"] else "kind") not in columns:
        raise click.UsageError("--format csv needs --text-column, and --kind-column or --labels with --id-column")
    name = given["name"] or re.sub(r"\W+", "-", path.name.partition(".")[0].lower()).strip("-")
    return DatasetCard(
        name=name,
        title=given["title"] or name,
        path=_from_home(settings, path),
        format=given["format_name"],
        licence=given["licence"],
        notes=given["notes"] or f"Added from {path.name}.",
        real=given["real"],
        ordinary=given["ordinary"],
        columns=columns,
        kinds=kinds,
        labels=_from_home(settings, given["labels"]) if given["labels"] else "",
        language=given["language"] or "",
        genre=given["genre"] or "chat",
    )


def _value_and_kind(pair: str, known: Mapping[str, object]) -> tuple[str, str]:
    value, equals, kind = pair.rpartition("=")
    if not equals or kind not in known:
        raise click.UsageError(f"--map {pair}: expected VALUE=KIND, KIND one of {', '.join(known)}")
    return value, kind


def _from_home(settings: Settings, path: Path) -> str:
    """The path as a catalogue has it: from the home folder on, where it lies in there."""
    whole, home = path.resolve(), settings.home.resolve()
    return str(whole.relative_to(home) if whole.is_relative_to(home) else whole)


def _write_entry(settings: Settings, card: "DatasetCard") -> None:
    from model.datasets.catalogue import entry_of, read_catalogue

    own = settings.own_catalogue
    if card.name in {each.name for file in settings.catalogues if file.is_file() for each in read_catalogue(file)}:
        raise click.UsageError(f"a collection named {card.name} is there already; --name gives another name")
    before = own.read_text(encoding="utf-8").rstrip("\n") + "\n\n" if own.is_file() else ""
    with whole_file(own.resolve()) as file:
        file.write(before + entry_of(card))


def _counted(kinds: Counter["Kind"]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _collections(settings: Settings, catalogue: Path | None) -> Iterator[tuple["DatasetCard", bool]]:
    """The catalogues' collections, each with whether it is on this machine."""
    from model.datasets.catalogue import find_dataset, read_catalogue

    for card in read_catalogue(*((catalogue,) if catalogue else settings.catalogues)):
        yield card, find_dataset(card, settings.home) is not None
