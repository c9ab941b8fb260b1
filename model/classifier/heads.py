"""The classifier: three logistic regressions over one reading of an ad, built and fitted in one place.

The first says whether a reviewer would act; its logit, calibrated by a straight line, is the score's, so the score
stays a sum of what each word and each indicator adds. The other two divide what it says among the kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["HEADS", "LIMIT", "Classifier", "Head", "HeadName", "kind_probabilities", "sigmoid"]

HeadName = Literal["act", "trafficking", "legitimate"]
HEADS: Final[tuple[HeadName, ...]] = ("act", "trafficking", "legitimate")
"""Would a reviewer act; if so, is it trafficking rather than fraud; if not, is it a lawful ad rather than no ad."""

LIMIT: Final = 20.0
"""Logits are held within it: nothing is surer than one in half a thousand million."""

Doubles = npt.NDArray[np.float64]
Buckets = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One logistic regression, with the line that calibrates it."""

    intercept: float
    signs: npt.NDArray[np.float32]
    """A weight for each sign, in the order of the classifier's ``sign_names``."""

    grams: npt.NDArray[np.float32]
    """A weight for each bucket, in whole ``WEIGHT_STEPS``: so it is saved."""

    slope: float = 1.0
    offset: float = 0.0

    @property
    def base(self) -> float:
        """The calibrated logit of an ad that shows and says nothing."""
        return self.slope * self.intercept + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """All that a trained model knows."""

    sign_names: tuple[str, ...]
    rarity: npt.NDArray[np.float32]
    """How rare each bucket was in training (inverse document frequency), in whole ``RARITY_STEPS``."""

    heads: Mapping[HeadName, Head]

    def weigh(self, bucket: Buckets, count: Buckets) -> Doubles:
        """What each occurrence of an n-gram is worth before any head weighs it.

        Rare n-grams count for more, repeats together for little more than once, and long texts for no more than short.
        """
        value = (1.0 + np.log(count)) * self.rarity[bucket]
        length = np.sqrt(np.sum(value * value / count)) or 1.0
        return np.asarray(value / (count * length))

    def logits(self, words: Doubles, signs: npt.NDArray[np.float32]) -> dict[HeadName, Doubles]:
        """Each head's calibrated logits, before they are held within the limit; ``words`` has a row for each ad with
        what its words add to each head, ``signs`` one with its signs."""
        shown = signs.astype(np.float64)
        return {
            name: np.asarray(head.base + head.slope * (words[:, place] + shown @ head.signs))
            for place, (name, head) in enumerate((name, self.heads[name]) for name in HEADS)
        }

    def calibrated(self, lines: Mapping[HeadName, tuple[float, float]]) -> "Classifier":
        """The same classifier with each head on its line, ``slope * logit + offset``."""
        heads = {name: replace(head, slope=lines[name][0], offset=lines[name][1]) for name, head in self.heads.items()}
        return replace(self, heads=heads)


def kind_probabilities(logits: Mapping[HeadName, Doubles]) -> Doubles:
    """Probabilities in the order of ``KINDS`` along the last axis; they sum to 1, and the first two to the score."""
    act, trafficking, legitimate = (sigmoid(logits[name]) for name in HEADS)
    rest = sigmoid(-np.asarray(logits["act"]))
    return np.stack([act * trafficking, act * (1 - trafficking), rest * legitimate, rest * (1 - legitimate)], axis=-1)


def sigmoid(logits: Doubles) -> Doubles:
    """Probabilities of logits, held within the limit."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -LIMIT, LIMIT))))
