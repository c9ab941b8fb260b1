"""Reader of labelled tables, CSV or JSON Lines, by a map of their columns.

Only the text and the kind must be there. Labels may lie in a file of their own, a CSV of ``id`` and ``label``, where
the texts may not be shared and the labels may.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from model.assessment import Kind
from model.datasets.labels import Genre, LabelledAd, near_duplicate_key
from model.datasets.records import Record, read_any, text_ad
from model.errors import BadDataset

__all__ = ["COLUMNS", "KIND_NAMES", "DatasetCard", "read_mapped"]

COLUMNS: Final = ("text", "title", "kind", "language", "id", "group", "source")

KIND_NAMES: Final[Mapping[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment", "job_fraud": "job_fraud", "legitimate": "legitimate",
    "not_an_ad": "not_an_ad", "left_out": None,
}  # fmt: skip
"""What a value of the kind column can stand for; rows of the last are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetCard:
    """One collection as its entry in the catalogue describes it."""

    name: str
    title: str
    path: str
    """From the project's root; a collection that is not there is left out of training, and the card says so."""

    format: str
    licence: str
    notes: str
    real: bool = False
    """Whether people sent or posted these texts; False for texts invented for lurewatch."""

    rows: int | None = None
    emphasis: float = 1.0
    """How much more a row of it counts in training than its number alone would make it."""

    family: str = ""
    """Collections of one family are left out of training together; the name where it stands alone."""

    alone: bool = False
    """Whether it is also left out by itself, while others of its family are learnt from."""

    ordinary: bool = False
    """Whether these are ordinary ads: operating points are shares of them."""

    columns: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    labels: str = ""
    language: str = ""
    """Of a table, this and the three before: what is read from which column, what each value of its kind column or its
    labels stands for, a CSV of ``id`` and ``label`` instead of a kind column, the language where no column says it."""

    genre: Genre = "chat"


def read_mapped(card: DatasetCard, root: Path) -> Iterator[LabelledAd]:
    """The labelled rows of a table. A row without an id is named by its number, a value that stands for no kind is
    named with its row."""
    path = root / card.path
    labels = _read_labels(root / card.labels) if card.labels else None
    kinds = {value: KIND_NAMES[name] for value, name in card.kinds.items()} or KIND_NAMES
    seen = set[str]()
    for number, row in enumerate(read_any(path, set(card.columns.values())), 1):

        def cell(name: str, row: Record = row) -> str:
            return row.value(card.columns[name]) if name in card.columns else ""

        key = cell("id") or str(number)
        if key in seen:
            raise BadDataset(f"{row.where}: id {key!r} stands there twice")
        seen.add(key)
        value = cell("kind") if labels is None else labels.get(key)
        kind = None if value is None else _kind(value, kinds, row.where)
        if kind is None:
            continue
        title, text = cell("title"), cell("text")
        yield LabelledAd(
            ad=text_ad(card.name, key, title=title, description=text, language=cell("language") or card.language),
            kind=kind, dataset=card.name, sort=value or kind, genre=card.genre,
            group=f"{card.name}:{cell('group') or near_duplicate_key(title + text)}",
            source=f"{card.name}: {cell('source')}" if cell("source") else "",
        )  # fmt: skip
    if labels and (unknown := labels.keys() - seen):
        raise BadDataset(f"{card.labels}: {len(unknown)} ids are not in {path.name}, {min(unknown)!r} among them")


def _kind(value: str, kinds: Mapping[str, Kind | None], where: str) -> Kind | None:
    if value not in kinds:
        raise BadDataset(
            f"{where}: {value!r} stands for no kind; the entry knows {', '.join(map(repr, sorted(kinds)))}, "
            f"each as one of {', '.join(KIND_NAMES)}"
        )
    return kinds[value]


def _read_labels(path: Path) -> dict[str, str]:
    labels = dict[str, str]()
    for row in read_any(path, {"id", "label"}):
        if row.value("id") in labels:
            raise BadDataset(f"{row.where}: id {row.value('id')!r} stands there twice")
        labels[row.value("id")] = row.value("label")
    return labels
