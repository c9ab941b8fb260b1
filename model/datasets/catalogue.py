"""The catalogue of labelled collections, ``data/datasets.toml``: where each lies, its format, checksum and licence."""

import hashlib
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from model.training.groups import in_blocks
from model.datasets.collected import read_collected
from model.datasets.decided import read_decided
from model.datasets.emscad import read_emscad
from model.datasets.invented import read_contrast, read_held_out, read_texts
from model.datasets.quoted import read_quoted
from model.errors import BadDataset
from model.datasets.labels import LabelledAd

__all__ = ["FORMATS", "DatasetCard", "file_digest", "find_dataset", "read_catalogue", "read_dataset", "read_datasets"]

FORMATS: Final[dict[str, Callable[[Path, str], Iterator[LabelledAd]]]] = {
    "collected": read_collected,
    "contrast": read_contrast,
    "decisions": read_decided,
    "emscad": read_emscad,
    "held_out": read_held_out,
    "quoted": read_quoted,
    "texts": read_texts,
}
_KEYS: Final[dict[str, type]] = {
    "name": str, "title": str, "path": str, "format": str, "licence": str, "notes": str, "sha256": str, "rows": int,
    "emphasis": float, "ordinary": bool, "family": str, "alone": bool,
}  # fmt: skip
_NEEDED: Final = ("name", "title", "path", "format", "licence", "notes")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """What the catalogue says of one collection."""

    name: str
    title: str
    path: str
    """From the project's root; a collection that is not there is left out of training, and the card says so."""

    format: str
    licence: str
    notes: str
    sha256: str | None = None
    """Of the file; left out only for files that the project itself tracks."""

    rows: int | None = None
    """How many rows to draw; None for all."""

    emphasis: float = 1.0
    """How much more a row of it counts in training than its number alone would make it."""

    family: str = ""
    """Collections of one family are left out of training together; the name where it stands alone."""

    alone: bool = False
    """Whether it is also left out by itself, while others of its family are learnt from."""

    ordinary: bool = False
    """Whether these are ordinary ads: operating points are shares of them."""


def read_catalogue(path: Path) -> tuple[DatasetCard, ...]:
    """The collections in the catalogue's order; a fault names the file, the dataset, the key and what was expected."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as err:
        raise BadDataset(f"{path}: no such file; expected the catalogue of datasets") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise BadDataset(f"{path}: {err}; expected TOML") from err
    tables = content.pop("dataset", None)
    if content or not isinstance(tables, list):
        raise BadDataset(f"{path}: expected [[dataset]] tables and nothing else, found {sorted(content) or 'none'}")
    cards = tuple(_read_card(table, f"{path}, dataset {number}") for number, table in enumerate(tables, 1))
    names = [card.name for card in cards]
    for name in names:
        if names.count(name) > 1:
            raise BadDataset(f"{path}: dataset {name!r} stands there twice")
    return cards


def find_dataset(card: DatasetCard, root: Path) -> Path | None:
    """The collection's file, or None where it is not on this machine."""
    path = root / card.path
    return path if path.is_file() else None


def read_dataset(card: DatasetCard, root: Path, *, seed: int) -> tuple[LabelledAd, ...]:
    """The collection's labelled ads, or the sample of them that the catalogue asks for, in the file's order."""
    path = root / card.path
    if card.sha256 is not None:
        found = file_digest(path)
        if found != card.sha256:
            raise BadDataset(f"{card.name}: {card.path} has sha256 {found}; the catalogue expects {card.sha256}")
    rows = tuple(row for row in FORMATS[card.format](path, card.name) if row.ad.title or row.ad.description)
    if card.rows is None or card.rows >= len(rows):
        return rows
    # A sample of every dataset is drawn apart, so that adding one leaves the others as they were.
    drawn = random.Random(f"{seed}:{card.name}").sample(range(len(rows)), card.rows)  # noqa: S311 -- no secret
    return tuple(rows[number] for number in sorted(drawn))


def read_datasets(cards: Iterable[DatasetCard], root: Path, *, seed: int) -> list[LabelledAd]:
    """The labelled ads of several collections, one after another, each with the block that it is held out with."""
    return in_blocks([row for card in cards for row in read_dataset(card, root, seed=seed)])


def file_digest(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_card(table: object, where: str) -> DatasetCard:
    if not isinstance(table, dict):
        raise BadDataset(f"{where}: expected a table")
    where = f"{where} ({table.get('name', 'without a name')})"
    for key, value in table.items():
        if key not in _KEYS:
            raise BadDataset(f"{where}: unknown key {key!r}; expected {', '.join(_KEYS)}")
        if type(value) is not _KEYS[key] or value == "":
            raise BadDataset(f"{where}: {key} is {value!r}; expected {_KEYS[key].__name__}")
    for key in _NEEDED:
        if key not in table:
            raise BadDataset(f"{where}: {key} is missing")
    if table["format"] not in FORMATS:
        raise BadDataset(f"{where}: format is {table['format']!r}; expected {', '.join(FORMATS)}")
    if "sha256" not in table and table["path"].startswith(".."):
        raise BadDataset(f"{where}: sha256 is missing; only the project's own files go without")
    return DatasetCard(**{"family": table["name"], **table})
