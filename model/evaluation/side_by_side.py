"""The same work on several things at once, on all cores; the answers keep their order."""

from collections.abc import Callable, Iterable
from typing import TypeVar

__all__ = ["side_by_side"]

_Thing = TypeVar("_Thing")
_Answer = TypeVar("_Answer")


def side_by_side(work: Callable[[_Thing], _Answer], things: Iterable[_Thing], *, is_long: bool) -> list[_Answer]:
    """What ``work`` says of each thing, in their order; the first error is raised.

    Processes, because scikit-learn's liblinear holds the interpreter while it counts (tried with threads: no faster).
    Short work is done here: starting processes takes seconds.
    """
    if not is_long:
        return [work(thing) for thing in things]
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=-1)(delayed(work)(thing) for thing in things))
