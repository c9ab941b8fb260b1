"""What analysts meet: nights of mostly ordinary ads, of which they read so many from the top."""

from typing import Final

import numpy as np
import numpy.typing as npt

from model.evaluation.metrics import precision_among, recall_among

__all__ = ["measure_nights"]

ADS: Final = 2_000
TO_ACT_ON: Final = 50
"""One in forty is more than a board holds and enough for a share to be worth a number."""

NIGHTS: Final = 200
READ_FIRST: Final = 50
CAPACITY: Final = 100

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def measure_nights(
    truth: Flags, score: Doubles, groups: list[str], *, seed: int
) -> dict[str, int | dict[str, float]] | None:
    """Precision among the first 50 and recall among the first 100 of drawn nights, with the middle 95 % of nights.

    A night draws groups with replacement and one row of each, so that a template sent a hundred times is one ad.
    None where one sort of rows is missing.
    """
    generator = np.random.default_rng(seed)
    pools = [_by_group(flags, groups) for flags in (truth, ~truth)]
    if not all(pools):
        return None
    drawn: dict[str, list[float]] = {"precision_at_50": [], "recall_at_100": []}
    night = np.arange(ADS) < TO_ACT_ON
    for _ in range(NIGHTS):
        said = np.concatenate(
            [
                score[_draw(pool, size, generator)]
                for pool, size in zip(pools, (TO_ACT_ON, ADS - TO_ACT_ON), strict=True)
            ]
        )
        order = generator.permutation(ADS)  # equal scores come in any order
        drawn["precision_at_50"].append(precision_among(night[order], said[order], READ_FIRST) or 0.0)
        drawn["recall_at_100"].append(recall_among(night[order], said[order], CAPACITY) or 0.0)
    return {"ads": ADS, "to_act_on": TO_ACT_ON, "nights": NIGHTS} | {
        name: {
            "value": float(np.mean(values)),
            "low": float(np.quantile(values, 0.025)),
            "high": float(np.quantile(values, 0.975)),
        }
        for name, values in drawn.items()
    }


def _by_group(flags: Flags, groups: list[str]) -> list[npt.NDArray[np.int64]]:
    places: dict[str, list[int]] = {}
    for place in np.flatnonzero(flags).tolist():
        places.setdefault(groups[place], []).append(place)
    return [np.array(some) for some in places.values()]


def _draw(pool: list[npt.NDArray[np.int64]], size: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    which = generator.integers(0, len(pool), size)
    within = generator.random(size)
    return np.array([pool[group][int(at * len(pool[group]))] for group, at in zip(which, within, strict=True)])
