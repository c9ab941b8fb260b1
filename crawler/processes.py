"""Processes: workers for chunks of ads, and locks that one process holds."""

import fcntl
import json
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from multiprocessing.connection import Connection
from pathlib import Path
from threading import local
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from crawler.errors import InUse, WorkerLost

_FEW: Final = 3
"""Chunks that are done here sooner than workers have begun."""

_AHEAD: Final = 16
"""Chunks that may be under way for each worker. Results come in order: with few ahead, the other workers would wait for
a chunk of long ads."""

_HELD: Final = 16_000_000
"""Characters of chunks that may be under way, however few they are: a file of endless ads must not fill the memory."""

_ENDED: Final = (
    "a process that read ads was ended from outside (is memory short?); expected it to finish; "
    "one worker (--workers 1, score.workers = 1) needs least"
)

_Chunk = TypeVar("_Chunk")
_Result = TypeVar("_Result")


def usable_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_no_threads() -> None:
    """Keep OpenBLAS, which comes with NumPy and SciPy, from starting a thread a core when it is imported: a tenth of
    the start, and nothing that reads ads has work for them."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def map_in_order(
    work: Callable[[_Chunk], _Result],
    chunks: Iterable[_Chunk],
    *,
    workers: int,
    size_of: Callable[[_Chunk], int],
    imported: Sequence[str],
    here: Callable[[_Chunk], _Result] | None = None,
) -> Iterator[tuple[_Chunk, _Result]]:
    """Each chunk with what ``work`` makes of it, in the order of the chunks, on so many cores. However long the input,
    only a few chunks of it are held; the caller's own work on a result goes on beside the workers.

    ``work`` and what it gives are pickled. A few chunks, or all with one worker, are done in this process, by ``here``
    where it is given. ``imported`` are the modules that ``work`` needs. Raises ``WorkerLost``.
    """
    waiting = iter(chunks)
    first = list(islice(waiting, _FEW + 1))
    waiting = chain(first, waiting)
    if workers == 1 or len(first) <= _FEW:
        yield from ((chunk, (here or work)(chunk)) for chunk in waiting)
        return
    processes = _Processes(imported)
    pool = ThreadPoolExecutor(workers, initializer=processes.start)
    under_way: deque[tuple[_Chunk, Future[_Result], int]] = deque()
    held = 0
    try:
        for chunk in waiting:
            size = size_of(chunk)
            under_way.append((chunk, pool.submit(processes.ask, work, chunk), size))
            held += size
            # The executor itself would take in the whole input before the first result is used.
            while len(under_way) > _AHEAD * workers or (held > _HELD and len(under_way) > workers):
                done, result, size = under_way.popleft()
                held -= size
                yield done, result.result()
        while under_way:
            done, result, _ = under_way.popleft()
            yield done, result.result()
    except BrokenExecutor as err:
        raise WorkerLost(_ENDED) from err
    finally:
        pool.shutdown(cancel_futures=True)
        processes.close()


class _Processes:
    """A process for each thread of a pool, each with a pipe of its own.

    They are forked from one server that has imported ``imported`` and done nothing else: what it imports is shared, two
    thirds of what a worker needs to begin. Forked from this process, they would inherit locks that a progress bar's
    thread may hold.

    ``ProcessPoolExecutor`` has one pipe for all: of a process that is killed in the middle of its result it reads the
    rest for ever. Here the pipe ends with the process.
    """

    def __init__(self, imported: Sequence[str]) -> None:
        start_no_threads()
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([*imported])
        self._mine = local()
        self._connections: list[Connection] = []

    def start(self) -> None:
        """Start the calling thread's process."""
        self._mine.connection, there = self._context.Pipe()
        self._connections.append(self._mine.connection)
        self._context.Process(target=_serve, args=(there,), daemon=True).start()
        there.close()

    def ask(self, work: Callable[[_Chunk], _Result], chunk: _Chunk) -> _Result:
        """What the calling thread's process makes of the chunk. Raises what ``work`` raises, and ``WorkerLost``."""
        try:
            self._mine.connection.send((work, chunk))
            answer: tuple[_Result, Exception | None] = self._mine.connection.recv()
        except (EOFError, OSError) as err:
            raise WorkerLost(_ENDED) from err
        result, error = answer
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """End the processes; one whose parent is killed ends as well."""
        for connection in self._connections:
            connection.close()


def _serve(connection: Connection) -> None:
    # Whoever stops a command from the keyboard stops its parent, which ends the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            work, chunk = connection.recv()
        except (EOFError, OSError):
            return
        answer: tuple[Any, Exception | None]
        try:
            answer = (work(chunk), None)
        except Exception as err:  # noqa: BLE001 - raised again where the result is awaited
            answer = (None, err)
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return


EVERY = 0.2
"""Seconds between two tries."""


@contextmanager
def hold(path: Path, *, doing: str, at: datetime, wait: float = 0.0) -> Iterator[int]:
    """The handle of a lock that is held inside; a child that inherits it holds the lock too, until both have ended.

    Raises ``InUse``, which says who holds it and since when, where it is not free within ``wait`` seconds. The kernel
    releases it however a process ends, so that nobody has to remove a lock by hand.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = monotonic() + wait
        while not _take(handle):
            if monotonic() >= deadline:
                raise InUse(f"{doing}: {_words(path)}")
            sleep(EVERY)
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "since": at.isoformat(), "doing": doing}).encode(), 0)
        yield handle
    finally:
        os.close(handle)


def holder_of(path: Path) -> str | None:
    """Who holds the lock, in words; None where nobody does."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _take(handle) else _words(path)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _words(path: Path) -> str:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        since = f"{datetime.fromisoformat(record['since']):%Y-%m-%d %H:%M} UTC"
        return f"another process has been at it since {since} (pid {record['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process is at it"  # it has only just begun
