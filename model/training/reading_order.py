"""Figures of an order of reading: recall, work saved over sampling, time to discovery."""

import numpy as np

from model.evaluation.metrics import Doubles, Flags

__all__ = ["discovery", "found_after", "recall_among", "recall_curve", "saved_work"]


def recall_among(truth: Flags, first: int) -> float | None:
    """The share of the true rows that stand among the ``first`` rows of the order."""
    return None if not truth.any() else float(truth[:first].sum() / truth.sum())


def saved_work(truth: Flags, recall: float = 0.95) -> float | None:
    """Work saved over sampling (WSS): how much less must be read to find ``recall`` of the true rows than at random.

    Cohen, Hersh, Peterson and Yen, JAMIA 13 (2006) 206-219.
    """
    if not truth.any():
        return None
    found = np.cumsum(truth)
    read = int(np.searchsorted(found, np.ceil(recall * truth.sum() - 1e-9))) + 1
    return float(1 - read / len(truth) - (1 - recall))


def recall_curve(truth: Flags) -> Doubles:
    """The share of the true rows found once the first, the first two, ... rows of the order have been read."""
    return np.asarray(np.cumsum(truth) / truth.sum())


def found_after(truth: Flags, share: float = 0.1) -> float | None:
    """Relevant records found (RRF): the share of the true rows found once ``share`` of all rows has been read."""
    return recall_among(truth, round(share * len(truth)))


def discovery(truth: Flags) -> float | None:
    """Average time to discovery (ATD): the mean share of all rows read until a true row is found.

    Ferdinands and others, Systematic Reviews 12 (2023) 100. ASReview Insights gives the same mean as a number of rows
    (``average_time_to_discovery``); a share can be held against that of another set.
    """
    return None if not truth.any() else float((np.flatnonzero(truth) + 1).mean() / len(truth))
