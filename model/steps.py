"""Numbers of a classifier in whole steps, two bytes each: of hundreds of thousands more lie close to the processor than
of floats. A step is a power of two, so they are rounded once, where a model is fitted, and never again."""

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["RARITY_STEPS", "WEIGHT_STEPS", "Floats", "Steps", "from_steps", "in_steps", "stepped"]

Floats = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int16]

RARITY_STEPS: Final = 2048
"""To one. The rarest n-gram of a million texts has 14.8."""

WEIGHT_STEPS: Final = 4096
"""To one. A weight is held within 8; the largest of the shipped model is below 7."""

_MOST: Final = 0x7FFF


def in_steps(values: npt.NDArray[np.floating], steps: int) -> Steps:
    """Numbers in whole steps, of which so many are one."""
    return np.asarray(np.clip(np.rint(values * steps), -_MOST, _MOST), dtype=np.int16)


def stepped(values: npt.NDArray[np.floating], steps: int) -> Floats:
    """The nearest numbers that are whole steps."""
    return from_steps(in_steps(values, steps), steps)


def from_steps(values: Steps, steps: int) -> Floats:
    """The numbers that so many steps are; not rounded, since a step is a power of two."""
    return values.astype(np.float32) / np.float32(steps)
