"""Starts nights for tests that disturb them: each a process of its own, forked from one that has imported everything.

``python tests/support/crawl/night_server.py MODEL TAXONOMY`` takes orders on standard input, one a line. A night is
``lurewatch nightly`` as it is; what disturbs it comes from the kernel, SQLite, or the clock that it is given.
"""

import ctypes
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[3]
BEFOREHAND = ("pipeline.commands.collect", "pipeline.nightly.night", "pipeline.commands.maintain", "rensa", "openpyxl",
              "crawler.run.runner", "pipeline.nightly.notifications", "pipeline.review.figures",
              "sqlite_utils")  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR
ON_FILES = ("os.rename", "os.remove", "os.mkdir", "os.link", "os.truncate", "os.rmdir")
PR_SYSCALL_CAPSET = {"x86_64": 126, "aarch64": 91}
OVERRIDES = (1 << 1) | (1 << 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: by these root writes what nobody may write."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """One night, and what disturbs it."""

    home: str
    at: str
    """What the clock shows when it begins; it stands still."""

    words: tuple[str, ...] = ("nightly",)
    die_at: int = 0
    """Killed before its so-manieth step: a statement of SQL, or an act on a file of its home."""

    die_in: str = ""
    """Killed when this stage begins."""

    largest_file: int = 0
    """No file may grow beyond so many bytes, as on a full disk."""

    most_pages: int = 0
    """The database may have so many pages: SQLite then says that the disk is full."""

    impatient: bool = False
    """It does not wait for whoever else holds the database."""

    clock_steps: float = 0.0
    """Hours by which the clock jumps each time that it is read."""

    clock_turns_in: str = ""
    """It jumps once, as this stage begins, instead."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a night ended: its exit code (negative: the signal), what it printed, and its steps."""

    code: int
    output: str
    steps: int


class NightServer:
    """The other end."""

    def __init__(self, model: Path, taxonomy: Path) -> None:
        command = [sys.executable, __file__, str(model), str(taxonomy)]
        self._server = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()

    def start(self, order: Order) -> int:
        """The id of the process."""
        return int(self._ask({"start": asdict(order)}))

    def wait(self, pid: int, order: Order) -> Ended:
        code = int(self._ask({"wait": pid}))
        told, steps = (Path(order.home) / f"{pid}.{name}" for name in ("out", "steps"))
        ended = Ended(code=code, output=told.read_text(), steps=int(steps.read_text()) if steps.exists() else 0)
        told.unlink()
        steps.unlink(missing_ok=True)
        return ended

    def run(self, home: Path, at: datetime, *words: str, **disturbed: Any) -> Ended:
        order = Order(home=str(home), at=at.isoformat(), words=words or ("nightly",), **disturbed)
        return self.wait(self.start(order), order)

    def _ask(self, words: dict[str, Any]) -> str:
        self._server.stdin.write(json.dumps(words) + "\n")
        self._server.stdin.flush()
        return self._server.stdout.readline()


class _Steps:
    """Counts what a process does, and kills it before one of these."""

    def __init__(self, home: str, die_at: int, most_pages: int) -> None:
        self.count, self._home, self._die_at, self._most_pages = 0, home, die_at, most_pages

    def step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, connect: Callable[..., sqlite3.Connection]) -> Callable[..., sqlite3.Connection]:
        """The function that connects, with each statement a step."""

        def connect_and_count(*given: Any, **more: Any) -> sqlite3.Connection:
            connection = connect(*given, **more)
            if self._most_pages:
                connection.execute(f"PRAGMA max_page_count = {self._most_pages}")
            connection.set_trace_callback(self.step)
            return connection

        return connect_and_count

    def hear(self, event: str, given: tuple[Any, ...]) -> None:
        is_act = event in ON_FILES or (event == "open" and given[2] & WRITING)
        if is_act and str(given[0]).startswith(self._home):
            self.step()


def _serve() -> None:
    for name in BEFOREHAND:
        import_module(name)
    from crawler.extract.fields.countries import country_in_place
    from pipeline.linking.redaction import hide_contacts
    from pipeline.nightly import night

    # What every night would do anew: the model is read once, as are patterns and tables.
    night.read_assessor = cache(night.read_assessor)
    night.read_assessor(Path(sys.argv[1]), Path(sys.argv[2]))
    hide_contacts("Call +855 11 000 777")
    country_in_place("Hue")
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            pid = os.fork()
            if pid == 0:
                _night(Order(**asked["start"]))
            print(pid, flush=True)
        else:
            print(os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1]), flush=True)


def _night(order: Order) -> None:
    """Runs in the child, and ends it."""
    os.setsid()
    out = os.open(f"{order.home}/{os.getpid()}.out", os.O_CREAT | os.O_WRONLY, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ["LUREWATCH_HOME"] = order.home
    step = timedelta(hours=order.clock_steps)
    clock = _clock(datetime.fromisoformat(order.at), timedelta(0) if order.clock_turns_in else step)
    for module in ("pipeline.nightly.night", "pipeline.commands.options"):
        import_module(module).datetime = clock
    if order.clock_turns_in:
        _before_stage(order.clock_turns_in, lambda: setattr(clock, "shows", clock.shows + step))
    drop_overrides()
    steps = _Steps(f"{order.home}/data/local", order.die_at, order.most_pages)
    import_module("pipeline.store.store").SYNCHRONOUS = "OFF"  # a night is killed here, the power is not cut
    if order.impatient:
        import_module("pipeline.nightly.night").PATIENCE = 0.0
        import_module("pipeline.store.store").BUSY_SECONDS = 0.05
    if order.die_in:
        _die_in(order.die_in)
    if order.largest_file:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest_file, order.largest_file))
    from pipeline.cli import cli

    sqlite3.connect = steps.watch(sqlite3.connect)
    sys.addaudithook(steps.hear)
    code = 1
    try:
        cli([*order.words], standalone_mode=True)
    except SystemExit as err:
        code = int(err.code or 0)
    finally:
        sys.stdout.flush()
        if not order.largest_file:
            Path(f"{order.home}/{os.getpid()}.steps").write_text(str(steps.count))
        os._exit(code)


def _clock(at: datetime, step: timedelta) -> type[datetime]:
    class Clock(datetime):
        shows = at

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            shown = Clock.shows
            Clock.shows += step
            return shown

    return Clock


def _die_in(stage: str) -> None:
    """Have the process killed as a stage begins; ``written`` and ``measured`` are after the report and the metrics."""
    from pipeline.nightly import night

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def after(act: Callable[..., None]) -> Callable[..., None]:
        def act_and_die(*given: Any) -> None:
            act(*given)
            die()

        return act_and_die

    _before_stage(stage, die)
    if stage == "written":
        night.write_report = after(night.write_report)
    if stage == "measured":
        night.write_metrics = after(night.write_metrics)


def _before_stage(stage: str, act: Callable[[], None]) -> None:
    from pipeline.nightly import night

    begin = night._Stages.begin

    def begin_after(self: Any, name: str) -> None:
        if name == stage:
            act()
        begin(self, name)

    night._Stages.begin = begin_after


def drop_overrides() -> None:
    """Let root, too, write only what the rights of a file allow."""
    if os.geteuid():
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    held = (ctypes.c_uint32 * 6)()
    number = PR_SYSCALL_CAPSET[os.uname().machine]
    libc.syscall(number - 1, header, held)  # capget stands before capset
    held[0], held[1] = held[0] & ~OVERRIDES, held[1] & ~OVERRIDES  # effective and permitted
    if libc.syscall(number, header, held):
        raise OSError(ctypes.get_errno(), "capset")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()
