"""Labelled tables of one's own: CSV or JSON Lines with any columns, read by the map that their catalogue entry has.

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

__all__ = ["COLUMNS", "KIND_NAMES", "TableMap", "read_mapped"]

COLUMNS: Final = ("text", "title", "kind", "language", "id", "group", "source")

KIND_NAMES: Final[Mapping[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment", "job_fraud": "job_fraud", "legitimate": "legitimate",
    "not_an_ad": "not_an_ad", "left_out": None,
}  # fmt: skip
"""What a value of the kind column can stand for; rows of the last are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMap:
    columns: Mapping[str, str]
    """Of ``COLUMNS``, each with the name that its column has in the file."""

    kinds: Mapping[str, Kind | None] = field(default_factory=lambda: KIND_NAMES)
    labels: Path | None = None
    """A CSV of ``id`` and ``label``, instead of a kind column. Rows that it does not name are left out."""

    language: str = ""
    genre: Genre = "chat"


def read_mapped(path: Path, dataset: str, shape: TableMap) -> Iterator[LabelledAd]:
    """The labelled rows of a table. A row without an id is named by its number, a value that stands for no kind is
    named with its row."""
    labels = _read_labels(shape.labels) if shape.labels else None
    seen = set[str]()
    for number, row in enumerate(read_any(path, set(shape.columns.values())), 1):

        def cell(name: str, row: Record = row) -> str:
            return row.value(shape.columns[name]) if name in shape.columns else ""

        key = cell("id") or str(number)
        if key in seen:
            raise BadDataset(f"{row.where}: id {key!r} stands there twice")
        seen.add(key)
        value = cell("kind") if labels is None else labels.get(key)
        kind = None if value is None else _kind(value, shape, row.where)
        if kind is None:
            continue
        title, text = cell("title"), cell("text")
        yield LabelledAd(
            ad=text_ad(dataset, key, title=title, description=text, language=cell("language") or shape.language),
            kind=kind,
            dataset=dataset,
            sort=value or kind,
            genre=shape.genre,
            group=f"{dataset}:{cell('group') or near_duplicate_key(title + text)}",
            source=f"{dataset}: {cell('source')}" if cell("source") else "",
        )
    if labels and (unknown := labels.keys() - seen):
        raise BadDataset(f"{shape.labels}: {len(unknown)} ids are not in {path.name}, {min(unknown)!r} among them")


def _kind(value: str, shape: TableMap, where: str) -> Kind | None:
    if value not in shape.kinds:
        raise BadDataset(
            f"{where}: {value!r} stands for no kind; the entry knows {', '.join(map(repr, sorted(shape.kinds)))}, "
            f"each as one of {', '.join(KIND_NAMES)}"
        )
    return shape.kinds[value]


def _read_labels(path: Path) -> dict[str, str]:
    labels = dict[str, str]()
    for row in read_any(path, {"id", "label"}):
        if row.value("id") in labels:
            raise BadDataset(f"{row.where}: id {row.value('id')!r} stands there twice")
        labels[row.value("id")] = row.value("label")
    return labels
