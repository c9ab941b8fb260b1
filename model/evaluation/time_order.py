"""How a model does on what came later than all it learnt from, where texts have dates."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from model.evaluation.evaluate import LookAway, logits_away, measure_away
from model.classifier.fitting import Design, Recipe
from model.datasets.labels import acts

__all__ = ["measure_later"]

_PARTS: Final = (0.5, 0.75)
_ENOUGH: Final = 40
"""Dated texts below which nothing is said."""


def measure_later(
    design: Design,
    recipe: Recipe,
    emphasis: Mapping[str, float],
    ordinary: frozenset[str],
    *,
    seed: int,
    look: LookAway | None = None,
) -> list[dict[str, Any]]:
    """Figures on the later half and quarter of the dated texts, from models that saw only earlier and undated ones."""
    dates = [row.dated for row in design.rows]
    truth = np.array(acts(design.rows))
    known = sorted(date for date in dates if date is not None)
    found = []
    for part in _PARTS if len(known) >= _ENOUGH else ():
        since = known[int(part * len(known))]
        later = np.array([date is not None and date >= since for date in dates])
        if len(set(truth[later].tolist())) == len(set(truth[~later].tolist())) == 2:
            logit = logits_away(design, later, recipe, emphasis, seed=seed)
            figures = measure_away(design.rows, later, logit, ordinary, seed=seed, look=look)
            found.append({"since": since.isoformat(), **figures})
    return found
