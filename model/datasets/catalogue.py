"""Catalogue of labelled collections: place, format and licence of each."""

import json
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final

from crawler.files import load_toml
from model.datasets import readers
from model.datasets.labels import KIND_NAMES, LabelledAd, acts
from model.datasets.near_copies import group_near_copies
from model.datasets.readers import MAPPED, DatasetCard, read_mapped
from model.errors import BadDataset

FORMATS: Final[dict[str, Callable[[Path, str], Iterator[LabelledAd]]]] = {
    "collected": readers.read_collected, "contrast": readers.read_contrast, "counted": readers.read_counted,
    "decisions": readers.read_decided, "emscad": readers.read_emscad, "held_out": readers.read_held_out,
    "quoted": readers.read_quoted, "real": readers.read_real, "texts": readers.read_texts,
}  # fmt: skip
"""Formats whose columns are known; ``TABLE`` is the one whose columns the entry names."""

TABLE: Final = "csv"
_quoted: Final = partial(json.dumps, ensure_ascii=False)

_KEYS: Final[dict[str, type]] = {
    "name": str, "title": str, "path": str, "format": str, "licence": str, "notes": str, "real": bool, "rows": int,
    "emphasis": float, "prevalence": float, "ordinary": bool, "family": str, "alone": bool, "columns": dict,
    "kinds": dict, "labels": str, "language": str, "genre": str,
}  # fmt: skip
_ABOVE_ZERO: Final = {"rows": "", "emphasis": "", "prevalence": " and below 1"}
_NEEDED: Final = ("name", "title", "path", "format", "licence", "notes")
_OF_TABLES: Final = ("columns", "kinds", "labels", "language", "genre")


def read_catalogue(path: Path, *further: Path) -> tuple[DatasetCard, ...]:
    """The collections in the catalogue's order, then those of further catalogues, such as an installation's own; a
    fault names the file, the dataset, the key and what was expected."""
    cards: dict[str, DatasetCard] = {}
    for file in (path, *further):
        try:
            content = load_toml(file.read_text(encoding="utf-8"))
        except FileNotFoundError as err:
            raise BadDataset(f"{file}: no such file; expected the catalogue of datasets") from err
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
            raise BadDataset(f"{file}: {err}; expected TOML") from err
        tables = content.pop("dataset", [])  # none, once the last entry was taken out
        if content or not isinstance(tables, list):
            found = ", ".join(content) or f"dataset = {tables!r}"
            raise BadDataset(f"{file}: expected [[dataset]] tables and nothing else, found {found}")
        for number, table in enumerate(tables, 1):
            card = _read_card(table, f"{file}, dataset {number}")
            if card.name in cards:
                raise BadDataset(f"{file}: dataset {card.name!r} stands there twice")
            cards[card.name] = card
    return tuple(cards.values())


def entry_of(card: DatasetCard) -> str:
    """The card as a ``[[dataset]]`` table of a catalogue; what is as by default is not written."""
    lines = ["[[dataset]]"]
    for each in fields(card):
        value = getattr(card, each.name)
        if each.name in _NEEDED or value not in (each.default, {}):
            if isinstance(value, Mapping):
                written = "{" + ", ".join(f"{_quoted(name)} = {_quoted(text)}" for name, text in value.items()) + "}"
            else:
                written = _quoted(value)
            lines.append(f"{each.name} = {written}")
    return "\n".join(lines).replace("\x7f", "\\u007f") + "\n"  # JSON lets it stand, TOML does not


def find_dataset(card: DatasetCard, root: Path) -> Path | None:
    """The collection's file; None where it is not on this machine."""
    path = root / card.path
    return path if path.is_file() else None


def read_labelled(card: DatasetCard, root: Path) -> Iterator[LabelledAd]:
    """The labelled rows of the collection's file, as it has them: those without a text too."""
    return read_mapped(card, root) if card.format == TABLE else FORMATS[card.format](root / card.path, card.name)


def has_text(row: LabelledAd) -> bool:
    """Whether there is anything to learn from; no row without it is ever learnt or measured."""
    return bool(row.counted or row.ad.title.strip() or row.ad.description.strip())


def read_dataset(card: DatasetCard, root: Path, *, seed: int) -> tuple[LabelledAd, ...]:
    """The collection's labelled ads, or the sample of them that the catalogue asks for, in the file's order."""
    texts = (row for row in read_labelled(card, root) if has_text(row))
    rows = tuple(replace(row, source=row.source or card.name, real=card.real) for row in texts)
    if card.rows is None or card.rows >= len(rows):
        return rows
    # A sample of every dataset is drawn apart, so that adding one leaves the others as they were.
    drawn = random.Random(f"{seed}:{card.name}").sample(range(len(rows)), card.rows)  # noqa: S311 -- no secret
    return tuple(rows[number] for number in sorted(drawn))


def read_datasets(cards: Iterable[DatasetCard], root: Path, *, seed: int) -> list[LabelledAd]:
    """The labelled ads of several collections, one after another, each with the cluster that it is held out with."""
    return group_near_copies([row for card in cards for row in read_dataset(card, root, seed=seed)])


def _read_card(table: object, where: str) -> DatasetCard:
    if not isinstance(table, dict):
        raise BadDataset(f"{where}: expected a table")
    where = f"{where} ({table.get('name', 'without a name')})"
    for key, value in table.items():
        if key not in _KEYS:
            raise BadDataset(f"{where}: unknown key {key!r}; expected {', '.join(_KEYS)}")
        if _KEYS[key] is float and type(value) is int:
            table[key] = float(value)
        elif type(value) is not _KEYS[key] or value == "":
            raise BadDataset(f"{where}: {key} is {value!r}; expected {_KEYS[key].__name__}")
        if key in _ABOVE_ZERO and not 0 < value < (1 if key == "prevalence" else inf):
            raise BadDataset(f"{where}: {key} is {value!r}; expected a number above 0{_ABOVE_ZERO[key]}")
    for key in _NEEDED:
        if key not in table:
            raise BadDataset(f"{where}: {key} is missing")
    if table["format"] not in (*FORMATS, TABLE):
        raise BadDataset(f"{where}: format is {table['format']!r}; expected {', '.join(sorted((*FORMATS, TABLE)))}")
    _check_table(table, where)
    return DatasetCard(**{"family": table["name"], **table})


def _check_table(table: Mapping[str, Any], where: str) -> None:
    """Whether the keys that map a table's columns are there for a table, and for nothing else."""
    if table["format"] != TABLE:
        if named := [key for key in _OF_TABLES if key in table]:
            raise BadDataset(f"{where}: {named[0]} is for format {TABLE!r} alone; this is {table['format']!r}")
        return
    columns, kinds = table.get("columns", {}), table.get("kinds", {})
    if unknown := columns.keys() - set(MAPPED):
        raise BadDataset(f"{where}: columns has {min(unknown)!r}; expected {', '.join(MAPPED)}")
    needed = ("text", "id") if "labels" in table else ("text", "kind")
    for name in needed:
        if not isinstance(columns.get(name), str):
            raise BadDataset(f"{where}: columns does not say which column is {name}")
    for value, kind in kinds.items():
        if kind not in KIND_NAMES:
            raise BadDataset(f"{where}: kinds has {value!r} = {kind!r}; expected {', '.join(KIND_NAMES)}")
    if table.get("genre", "chat") not in readers.GENRES:
        raise BadDataset(f"{where}: genre is {table['genre']!r}; expected {', '.join(readers.GENRES)}")


def read_given(path: Path, *, format_name: str, root: Path, seed: int) -> tuple[LabelledAd, ...]:
    """All texts of a catalogue (``.toml``) that are on this machine, or of one file in the format of that name.

    Raises where they do not hold both ads to act on and others: then there is nothing to order or to doubt.
    """
    if path.suffix == ".toml":
        cards = [card for card in read_catalogue(path) if find_dataset(card, root)]
        rows = tuple(row for row in read_datasets(cards, root, seed=seed) if row.counted is None)
    else:
        rows = tuple(group_near_copies([*filter(has_text, FORMATS[format_name](path, "given"))]))
    if len(set(acts(rows))) < 2:
        raise BadDataset(f"{path}: expected ads to act on and others, found {len(rows)} rows of one sort")
    return rows
