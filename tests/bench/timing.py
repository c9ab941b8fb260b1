"""What every measurement shares: the best of some rounds, and the line that is printed."""

import time
from collections.abc import Callable, Mapping
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


def rates_in_turn(works: Mapping[str, Callable[[], object]], count: int, *, rounds: int) -> dict[str, float]:
    """How many a second of each, in the best of some rounds in which every one has its turn.

    What else a shared machine does then meets all of them alike, and hardly all rounds of one.
    """
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = time.process_time()
            work()
            best[name] = min(best[name], time.process_time() - start)
    return {name: count / seconds for name, seconds in best.items()}


def report(name: str, reference: str, ours: float, theirs: float) -> None:
    """Print one measurement as a ratio."""
    print(f"{name:8} {ours:9,.0f} a second, {ours / theirs:5.1f} times {reference} ({theirs:,.0f})")
