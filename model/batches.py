"""Batches of a stream."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_Item = TypeVar("_Item")


def in_batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """The items in their order, so many at a time; no more of the stream is held."""
    waiting = iter(items)
    while batch := list(islice(waiting, size)):
        yield batch
