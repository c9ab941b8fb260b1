"""Calibration of a classifier's heads on rows that were held out."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.base import BaseEstimator, clone

from model.classifier.kinds import HeadName, fit_lines, kind_probabilities
from model.datasets.labels import LabelledAd, acts
from model.evaluation.cross_validation import log_odds
from model.evaluation.metrics import Doubles

__all__ = ["Lines", "calibrated", "held_out_lines", "takes_lines", "with_lines"]

Lines = dict[str, tuple[float, float]]
"""Slope and offset of each head."""

_ENOUGH: Final = 100
"""Real texts of each sort from which on a calibration is theirs: an invented text says more than a real one, and a
probability that is honest on it promises too much."""


def held_out_lines(kinds: Doubles, rows: Sequence[LabelledAd]) -> Lines:
    """The lines that make probabilities of held-out rows honest: of real ones where there are enough, else of all.

    Two numbers a head, fitted on thousands of rows, know nothing of any of these: figures of the same rows may use
    them.
    """
    seen = ~np.isnan(kinds).any(axis=1)
    real = seen & np.array([row.real for row in rows], dtype=np.bool_)
    truth = np.array(acts(rows), dtype=np.bool_)
    where = real if min((real & truth).sum(), (real & ~truth).sum()) >= _ENOUGH else seen
    names = [rows[place].kind for place in np.flatnonzero(where).tolist()]
    return fit_lines(_logits(kinds[where]), names)


def calibrated(kinds: Doubles, lines: Lines) -> Doubles:
    """The probabilities with each head on its line; not a number stays so."""
    logits = {
        name: slope * values + offset
        for name, values in _logits(kinds).items()
        for slope, offset in [lines.get(name, (1.0, 0.0))]
    }
    return kind_probabilities(logits)


def with_lines(estimator: BaseEstimator, lines: Lines) -> BaseEstimator:
    """A copy of the estimator, not yet fitted, whose last step is calibrated so; as it is where that has no lines."""
    copy: Any = clone(estimator)
    last = copy.steps[-1][1] if hasattr(copy, "steps") else copy
    if takes_lines(estimator):
        last.set_params(lines=lines)
    return copy


def takes_lines(estimator: BaseEstimator) -> bool:
    """Whether the estimator, or the last step of a pipeline, can be put on lines."""
    steps = getattr(estimator, "steps", None)
    return "lines" in (steps[-1][1] if steps else estimator).get_params(deep=False)


def _logits(kinds: Doubles) -> dict[HeadName, Doubles]:
    """The log-odds of the three heads that the probabilities were made of."""
    first, second, third, fourth = (kinds[:, [place]] for place in range(4))
    nothing = np.zeros_like(first)
    return {
        "act": log_odds(kinds),
        "trafficking": log_odds(np.hstack([first, nothing, second, nothing])),
        "legitimate": log_odds(np.hstack([third, nothing, fourth, nothing])),
    }
