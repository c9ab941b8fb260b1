"""The classifier: three logistic regressions over one reading of an ad, built and fitted in one place.

The first says whether a reviewer would act; its logit, calibrated by a straight line, is the score's, so the score
stays a sum of what each word and each indicator adds. The other two divide what it says among the kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from model.features import GramCounts

__all__ = ["HEADS", "LIMIT", "Classifier", "Head", "HeadName", "kind_probabilities", "sigmoid"]

HeadName = Literal["act", "trafficking", "legitimate"]
HEADS: Final[tuple[HeadName, ...]] = ("act", "trafficking", "legitimate")
"""Would a reviewer act; if so, is it trafficking rather than fraud; if not, is it a lawful ad rather than no ad."""

LIMIT: Final = 20.0
"""Logits are held within it: nothing is surer than one in half a thousand million."""

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One logistic regression, with the line that calibrates it."""

    intercept: float
    signs: npt.NDArray[np.float32]
    """A weight for each sign, in the order of the classifier's ``sign_names``."""

    grams: npt.NDArray[np.float16]
    """A weight for each bucket."""

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
    rarity: npt.NDArray[np.float16]
    """How rare each bucket was in training (inverse document frequency)."""

    heads: Mapping[HeadName, Head]

    def weigh(self, counts: GramCounts, ads: int) -> Doubles:
        """The value of each cell: rare n-grams count for more, repeats for little more than once, long texts for no
        more than short ones."""
        value = (1.0 + np.log(counts.count)) * self.rarity[counts.bucket].astype(np.float64)
        length = np.sqrt(np.bincount(counts.ad, weights=value * value, minlength=ads))
        return np.asarray(value / length[counts.ad])

    def logit(self, name: HeadName, counts: GramCounts, value: Doubles, signs: npt.NDArray[np.float32]) -> Doubles:
        """The head's calibrated logit for each ad, before it is held within the limit."""
        head = self.heads[name]
        words = np.bincount(counts.ad, weights=value * head.grams[counts.bucket], minlength=len(signs))
        shown = signs.astype(np.float64) @ head.signs.astype(np.float64)
        return np.asarray(head.base + head.slope * (words + shown))

    def calibrated(self, lines: Mapping[HeadName, tuple[float, float]]) -> "Classifier":
        """The same classifier with each head on its line, ``slope * logit + offset``."""
        heads = {name: replace(head, slope=lines[name][0], offset=lines[name][1]) for name, head in self.heads.items()}
        return replace(self, heads=heads)


def kind_probabilities(logits: Mapping[HeadName, Doubles]) -> Doubles:
    """Ads by kinds, in the order of ``KINDS``; each row sums to 1, and its first two to the score."""
    act, trafficking, legitimate = (sigmoid(logits[name]) for name in HEADS)
    rest = sigmoid(-np.asarray(logits["act"]))
    return np.stack([act * trafficking, act * (1 - trafficking), rest * legitimate, rest * (1 - legitimate)], axis=1)


def sigmoid(logits: Doubles) -> Doubles:
    """Probabilities of logits, held within the limit."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -LIMIT, LIMIT))))
