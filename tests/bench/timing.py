"""What every measurement shares: the best of some rounds, and the line that is printed."""

import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 3


def rate(work: Callable[[], object], count: int) -> float:
    """How many a second in the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count / best


def report(name: str, reference: str, ours: float, theirs: float) -> None:
    """Print one measurement as a ratio."""
    print(f"{name:8} {ours:9,.0f} a second, {ours / theirs:5.1f} times {reference} ({theirs:,.0f})")
