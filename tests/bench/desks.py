"""Several desks on one file: what a store in WAL mode carries, with and without a night that writes.

Each desk is a process with a connection of its own, as ``lurewatch review`` on another port would be; a desk decides
without a pause, a reader opens the first page of the queue without a pause. ``LUREWATCH_BENCH_CASES`` is how many cases
there are.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.timing import ROOT

SECONDS = 8.0
DESKS = (1, 2, 4, 8)
STRIDE = 600
"""Cases between the first ones of two desks."""
PATHS = os.pathsep.join(map(str, (ROOT, ROOT / "tests", *(ROOT / "tests" / "support").iterdir())))


def compare_desks() -> None:
    """Print a line for each number of desks, alone and beside a night."""
    from bench.deciding import _night
    from bench.desk_store import desk_store

    count = int(os.environ.get("LUREWATCH_BENCH_CASES", "20000"))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(shutil.copy(desk_store(count), Path(folder) / "desk.db"))
        _night(database, 1, pause=0.0)  # the first one gathers all that was there before
        first = 1
        for number, (is_night, desks) in enumerate(
            ((with_night, desks) for with_night in (False, True) for desks in DESKS), 2
        ):
            night = _start_night(database, number) if is_night else None
            decided, read = _measure(database, desks, first)
            first += desks * STRIDE
            if night:
                night.communicate()
            print(
                f"desks    {desks} that decide and {desks} that read{', a night writes' if is_night else '':17}: "
                f"{_line(decided, 'decisions')}, {_line(read, 'pages')}; load {os.getloadavg()[0]:.1f}"
            )


def _line(times: list[float], what: str) -> str:
    cuts = statistics.quantiles(times, n=100)
    return (
        f"{len(times) / SECONDS:6,.0f} {what} a second, half within {1000 * cuts[49]:.1f} ms, 95 % within "
        f"{1000 * cuts[94]:.0f} ms, all within {1000 * max(times):.0f} ms"
    )


def _measure(database: Path, desks: int, first: int) -> tuple[list[float], list[float]]:
    """What each decision and each page took, in seconds."""
    roles = [("decide", first + STRIDE * number) for number in range(desks)] + [("read", 0)] * desks
    children = [
        subprocess.Popen(
            [sys.executable, __file__, role, str(database), str(begin)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=os.environ | {"PYTHONPATH": PATHS},
        )
        for role, begin in roles
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # all are ready before any begins
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    took: dict[str, list[float]] = {"decide": [], "read": []}
    for (role, _), child in zip(roles, children, strict=True):
        took[role] += map(float, child.communicate()[0].split())
        assert child.returncode == 0
    return took["decide"], took["read"]


def _start_night(database: Path, number: int) -> "subprocess.Popen[str]":
    script = Path(__file__).with_name("desk_night.py")
    return subprocess.Popen(
        [sys.executable, str(script), str(database), str(number), "0.05"], stdout=subprocess.PIPE, text=True
    )


def work(role: str, database: Path, first: int) -> None:
    """In a process of its own: a time a line, for so many seconds from the moment that the parent says so."""
    from builders import NOON
    from pipeline.store.queue.case_filter import CaseFilter
    from pipeline.store.store import Store
    from store_builders import decide

    filters, times, case = CaseFilter.of({}), list[float](), first
    count = int(os.environ.get("LUREWATCH_BENCH_CASES", "20000"))
    with Store.open(database, patience=60.0) as store:
        store.queue.page(filters)
        print("ready", flush=True)
        sys.stdin.readline()
        end = time.perf_counter() + SECONDS
        while (start := time.perf_counter()) < end:
            if role == "read":
                store.queue.page(filters)
            else:
                decide(store, case, at=NOON)
                case = case % count + 1
            times.append(time.perf_counter() - start)
    print("\n".join(map(str, times)))


if __name__ == "__main__":  # in a process that ``compare_desks`` starts
    work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
