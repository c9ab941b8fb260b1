"""The garbage collector, told what it need not look at. Standard library only."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collect_later", "collect_seldom"]

_YOUNG, _OLDER = 50_000, 20


def collect_seldom() -> None:
    """Let the collector pass over all that is there now, and begin later: what a process has loaded stays until it
    ends, and a page or an ad leaves few cycles behind."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER)
    gc.enable()


@contextmanager
def collect_later() -> Iterator[None]:
    """Nothing is collected inside, and seldom afterwards: what a start imports and loads all stays, and the collector
    would go through it again and again, a tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        collect_seldom()
