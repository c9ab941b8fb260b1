"""MinHash signatures: a text of any length in a kilobyte, from which its likeness to any other can be told."""

from collections.abc import Sequence
from struct import Struct
from typing import Final

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from pipeline.shingles import Hashes

__all__ = ["BANDS", "SIGNED_BY", "SLOTS", "Keys", "Signatures", "band_keys", "sign"]

SLOTS: Final = 256
"""The standard error of a likeness near 0.5 is 0.03; with half as many it would be 0.04."""

BANDS: Final = 64
"""Texts meet when all slots of one band agree: of pairs that are alike by 0.5 all but 2 in 100, by 0.1 one in 150."""

_ROWS: Final = SLOTS // BANDS
_SEED: Final = 20261127
_ROW: Final = Struct(f"={SLOTS}I")

SIGNED_BY: Final = f"rensa {RMinHash.ALGORITHM_VERSION}, {SLOTS} slots, seed {_SEED}"

Signatures = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint32]


def sign(texts: Sequence[Hashes]) -> Signatures:
    """A signature a text. Those of two versions of rensa's algorithm must not be mixed: keep them with its version."""
    if not texts:
        return np.empty((0, SLOTS), dtype=np.uint32)
    ends = np.cumsum([0, *(len(text) for text in texts)], dtype=np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(texts), ends, SLOTS, _SEED)
    # rensa gives lists of lists; packed row by row they are an array in a third of the time that numpy takes.
    packed = b"".join([_ROW.pack(*row) for row in matrix.to_rows()])
    return np.frombuffer(packed, dtype=np.uint32).reshape(-1, SLOTS)


def band_keys(signatures: Signatures) -> Keys:
    """For each signature a number a band, equal where all of the band's slots are."""
    slots = signatures.reshape(len(signatures), BANDS, _ROWS)
    keys = np.zeros((len(signatures), BANDS), dtype=np.uint64)
    for row in range(_ROWS):
        keys = (keys ^ slots[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(32)
    return keys.astype(np.uint32)
