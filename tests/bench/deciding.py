"""Twenty analysts who decide at once while a night writes; and a hundred cases by keys alone.

They read each case for two seconds or so, which nobody does, and then without any pause, which shows where it ends.

What is measured is what each of them waits for, from the night's beginning to its end, and the server's processor
time. Machines are shared: the same is measured without the night, and the load of the machine stands beside it.
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from bench.desk_store import desk_store
from bench.served_desk import Analyst, Served, serve_desk
from browsing import browser_path, enter, open_browser
from builders import NOON
from pipeline.accounts import analysts
from pipeline.accounts.audit_log import follow_chain
from pipeline.accounts.credentials import hash_password
from pipeline.store.store import Store
from web_acts import PASSWORD

ANALYSTS = 20
SECONDS = 20
READING = 2.0
"""Seconds, on the mean, that each of them reads a case."""

PAUSE = 0.5
"""While the model reads what is written together next."""

BY_KEYS = 100
NAMES = tuple(f"bench-{number:02}" for number in range(ANALYSTS))
VERDICTS = ("legitimate", "cannot_tell", "irregular_recruitment", "job_fraud")


def compare_deciding() -> None:
    """Print a line for each: alone, with the night, by keys."""
    count = int(os.environ.get("LUREWATCH_BENCH_CASES", "20000"))
    with tempfile.TemporaryDirectory() as folder:
        database = Path(shutil.copy(desk_store(count), Path(folder) / "desk.db"))
        _add_analysts(database)
        _night(database, 1, pause=0.0)  # the first one gathers all that was there before
        with serve_desk(Path(folder), database) as served:
            people = [Analyst(served, name, at=at) for at, name in enumerate(NAMES)]
            print(
                f"deciding {count:,} cases, {ANALYSTS} analysts, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            )
            held: list[str] = []
            nights = iter(range(2, 9))

            def night() -> None:
                held.extend(_night(database, next(nights)))

            for reading, pace in ((READING, "at two seconds a case"), (0.0, "without a pause")):
                _measure(pace, served, people, database, reading=reading)
                _measure(f"{pace}, while a night writes", served, people, database, reading=reading, night=night)
            print(f"deciding the night's acts took, campaigns mostly without holding the store: {_worst(held)}")
            if browser_path():
                _by_keys(served, people[0].reads)


def _add_analysts(database: Path) -> None:
    with Store.open(database) as store:
        made = hash_password(PASSWORD)
        for name in NAMES:
            store.accounts.add(analysts.Analyst(name=name, role="analyst", password_hash=made), at=NOON)


def _measure(
    what: str,
    served: Served,
    people: list[Analyst],
    database: Path,
    *,
    reading: float,
    night: Callable[[], None] | None = None,
) -> None:
    before, busy, start = _decisions(database), served.busy(), time.monotonic()
    is_over = threading.Event()
    with ThreadPoolExecutor(ANALYSTS) as pool:
        working = [pool.submit(lambda who: list(_work(who, is_over, reading)), who) for who in people]
        try:
            night() if night else time.sleep(SECONDS)
        finally:
            is_over.set()
        said = [each.result() for each in working]
    used, seconds = served.busy() - busy, time.monotonic() - start
    decided = [(case, name) for name, each in zip(NAMES, said, strict=True) for case, *_ in each]
    made = _decisions(database) - before
    assert made == Counter(decided), "a decision was lost or doubled"
    assert max(made.values()) == 1, "one decided the same case twice"
    posts, both = ([row[at] for each in said for row in each] for at in (1, 2))
    print(
        f"deciding {what}: {len(decided) / seconds:5.0f} a second, none lost, none doubled; a decision "
        f"{_quantiles(posts)}, until the next case stands there {_quantiles(both)}; "
        f"{1000 * used / len(decided):.1f} ms of the server each; load {os.getloadavg()[0]:.1f}"
    )


def _work(who: Analyst, is_over: threading.Event, reading: float) -> Iterator[tuple[int, float, float]]:
    """Each case that was decided, with the seconds until it was and until the next one stood there."""
    number, chance = 0, Random(who.reads)
    assert who.get(who.reads) == 200
    while not is_over.wait(reading * chance.uniform(0.5, 1.5)):
        path, start = who.reads, time.perf_counter()
        status, leads_to = who.decide(path, VERDICTS[number % len(VERDICTS)])
        assert status == 302, f"{path}: {status}"
        decided = time.perf_counter() - start
        assert who.get(leads_to) == 200
        yield int(path.partition("?")[0].rsplit("/", 1)[1]), decided, time.perf_counter() - start
        who.reads, number = leads_to, number + 1


def _night(database: Path, number: int, pause: float = PAUSE) -> list[str]:
    """What a whole night says."""
    script = Path(__file__).with_name("desk_night.py")
    command = [sys.executable, str(script), str(database), str(number), str(pause)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _worst(lines: list[str]) -> str:
    took: dict[str, list[int]] = {}
    for act, milliseconds in (line.split() for line in lines):
        took.setdefault(act, []).append(int(milliseconds))
    return ", ".join(f"{act} {max(times)} ms at most of {len(times)}" for act, times in took.items())


def _decisions(database: Path) -> Counter[tuple[int, str]]:
    with sqlite3.connect(database) as db:
        found = Counter(db.execute("SELECT case_id, analyst FROM decisions WHERE analyst LIKE 'bench-%'"))
        met = db.execute(_MET).fetchall()
    db.close()
    assert met == [], "two decided the same case, and no second opinion was asked for"
    with Store.open(database) as store:
        assert follow_chain(store.audit.chain()) == store.audit.head(), "the audit log is whole"
    return found


_MET = """SELECT case_id FROM decisions d WHERE analyst LIKE 'bench-%'
    AND NOT EXISTS (SELECT 1 FROM second_opinions o WHERE o.case_id = d.case_id)
    GROUP BY case_id HAVING count(*) > 1"""


def _quantiles(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"{1000 * cuts[49]:.0f} ms, 95 % within {1000 * cuts[94]:.0f} ms"


def _by_keys(served: Served, first: str) -> None:
    """A browser decides by keys alone; nothing is clicked."""
    with open_browser() as browser:
        page = browser.new_page(base_url=served.address)
        enter(page, NAMES[0])
        page.goto(first)
        busy = served.busy()
        for number in range(BY_KEYS):
            before = page.url
            page.keyboard.press(str(3 + number % 2))
            page.wait_for_url(lambda url, before=before: url != before)
        used = served.busy() - busy
        page.close()
    print(f"deciding {BY_KEYS} cases by keys alone: {10_000 * used / BY_KEYS:.0f} ms of the server for ten cases")
