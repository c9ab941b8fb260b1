"""The lines that make a head's logits honest odds, fitted on rows that the head was not fitted on (Platt's scaling)."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from model.assessment import KINDS
from model.classifier.heads import HEADS, Doubles, HeadName
from model.datasets.labels import LabelledAd, acts

__all__ = ["calibration_lines"]


def calibration_lines(
    logits: Mapping[HeadName, Doubles], rows: Sequence[LabelledAd]
) -> dict[HeadName, tuple[float, float]]:
    """For each head the slope and offset that make its logits, of rows it was not fitted on, honest odds (Platt).

    No slope is below nothing: of a head that orders unseen rows the wrong way round all that is honest is how many of
    them there are, and not its opposite, which it did not learn.
    """
    from sklearn.linear_model import LogisticRegression

    act = np.array(acts(rows))
    kind = np.array([KINDS.index(row.kind) for row in rows])
    asked = {
        "act": (np.ones(len(rows), dtype=bool), act),
        "trafficking": (act, kind == 0),
        "legitimate": (~act, kind == 2),
    }
    lines: dict[HeadName, tuple[float, float]] = {}
    for name in HEADS:
        where, truth = asked[name]
        if len(set(truth[where].tolist())) < 2:
            lines[name] = (1.0, 0.0)
            continue
        line = LogisticRegression(C=1e6).fit(logits[name][where, None], truth[where])
        slope, share = float(line.coef_[0, 0]), float(truth[where].mean())
        lines[name] = (slope, float(line.intercept_[0])) if slope > 0 else (0.0, math.log(share / (1 - share)))
    return lines
