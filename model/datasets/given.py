"""Labelled ads of what somebody named on the command line: a catalogue, or one file in a known format."""

from pathlib import Path

from model.datasets.catalogue import FORMATS, find_dataset, read_catalogue, read_datasets
from model.datasets.labels import LabelledAd, acts
from model.datasets.near_copies import group_near_copies
from model.errors import BadDataset

__all__ = ["read_given"]


def read_given(path: Path, *, format_name: str, root: Path, seed: int) -> tuple[LabelledAd, ...]:
    """All collections of a catalogue (``.toml``) that are on this machine, or one file in the format of that name.

    Raises where they do not hold both ads to act on and others: then there is nothing to order or to doubt.
    """
    if path.suffix == ".toml":
        cards = [card for card in read_catalogue(path) if find_dataset(card, root)]
        rows = tuple(read_datasets(cards, root, seed=seed))
    else:
        given = FORMATS[format_name](path, "given")
        rows = tuple(group_near_copies([row for row in given if row.ad.title or row.ad.description]))
    if len(set(acts(rows))) < 2:
        raise BadDataset(f"{path}: expected ads to act on and others, found {len(rows)} rows of one sort")
    return rows
