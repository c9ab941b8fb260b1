"""Counted texts: hashed n-grams and signs of texts that may not be stored (docs/decisions/0112)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from model.datasets.records import Record
from model.errors import BadDataset

BUCKETS: Final = 1 << 22
"""Of n-grams: what the classifier hashes to, unless it is told otherwise."""

_SIGNS: Final[Mapping[str, type]] = {
    "indicators": list, "denied": int, "attributed": int, "quoted": float, "rule": str, "warning": bool, "ngrams": list,
}  # fmt: skip
FIELDS: Final = frozenset({"id", "language", "kind", "sort", "genre", "group", "source", *_SIGNS})
"""Of a line of the file. ``ngrams``: the steps from each n-gram's bucket to the next one, ascending, the first from
0; an n-gram that stands twice is a step of 0."""


@dataclass(frozen=True, slots=True, eq=False)
class CountedText:
    """What a classifier needs of a text: n-grams by their buckets, and what the reading found. It holds no word."""

    ngrams: npt.NDArray[np.int32]
    signs: Mapping[str, Any]

    @classmethod
    def read(cls, row: Record) -> Self:
        """Of a line of the file. Raises ``BadDataset`` for anything that ``record`` does not write."""
        for name, expected in _SIGNS.items():
            value = row.fields[name]
            if type(value) is not expected and not (expected is float and type(value) is int):
                raise BadDataset(f"{row.where}: {name} is {value!r}, expected {expected.__name__}")
        signs: dict[str, Any] = {name: value for name, value in row.fields.items() if name in _SIGNS}
        steps = signs.pop("ngrams")
        if not all(type(step) is int and step >= 0 for step in steps) or sum(steps) >= BUCKETS:
            raise BadDataset(f"{row.where}: ngrams: expected steps from 0 on, {BUCKETS - 1} together at most")
        if not all(isinstance(key, str) for key in signs["indicators"]):
            raise BadDataset(f"{row.where}: indicators: expected keys of indicators")
        return cls(np.fromiter(accumulate(steps), dtype=np.int32, count=len(steps)), signs)

    def record(self) -> dict[str, Any]:
        """The fields of the file that are not the label's."""
        return {**self.signs, "ngrams": np.diff(self.ngrams, prepend=0).tolist()}
