"""Starts the worker processes of crawls for tests: each forked from one that has imported everything.

To import it takes longer than most crawls of tests. ``python tests/support/crawl/forked_workers.py DOOR`` takes orders
at a socket, each with the pipes of a worker that is to be started, and runs ``crawler.run.worker.main``.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Self

from fork_server import BEFOREHAND

from crawler.run import runner
from crawler.run.runner import Job, dump_job

ROOT = Path(__file__).parents[3]
START_ANEW = runner._start
"""As the runner starts a worker by itself, for tests of just that."""


class Worker:
    """What the runner needs of a process that it has started."""

    def __init__(self, stdout: int, ends: int) -> None:
        self.stdout = os.fdopen(stdout, encoding="utf-8")
        self._ends = os.fdopen(ends, encoding="ascii")
        self.pid = int(self._ends.readline())
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stdout.close()
        self.wait()

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._ends.readline())
            self._ends.close()
        return self.returncode

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.kill(signal.SIGTERM)


class ForkedWorkers:
    """In place of the function by which the runner starts a worker. The process that it forks from starts at the first
    crawl and ends with this one."""

    def __init__(self) -> None:
        # Made at once: a test that interrupts its first crawl would leave half of a pair behind.
        self._door, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server: subprocess.Popen[bytes] | None = None
        atexit.register(self._close)

    def __call__(self, job: Job, hosts: Sequence[int]) -> Worker:
        taken, given = os.pipe()
        told, tells = os.pipe()
        heard, ends = os.pipe()
        order = {"environment": dict(os.environ), "folder": str(Path.cwd())}
        theirs = (taken, tells, 2, ends, *hosts)
        socket.send_fds(self._open_door(), [json.dumps(order).encode()], theirs)
        for end in (taken, tells, ends):
            os.close(end)
        with os.fdopen(given, "w", encoding="utf-8") as stdin:
            stdin.write(dump_job(job))
        return Worker(told, heard)

    def _open_door(self) -> socket.socket:
        if self._server is None:
            paths = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
            self._server = subprocess.Popen(
                [sys.executable, __file__, str(self._theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                pass_fds=[self._theirs.fileno()], env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": paths},
            )  # fmt: skip
        return self._door

    def _close(self) -> None:
        self._door.close()
        self._theirs.close()
        if self._server:
            self._server.wait()


def _serve(door: socket.socket) -> None:
    for name in ("crawler.run.worker", *BEFOREHAND):
        import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, *_ = socket.recv_fds(door, 1_000_000, 100)
        if not message:
            return
        if os.fork() == 0:
            door.close()
            _watch(json.loads(message), files)
        for file in files:
            os.close(file)


def _watch(order: dict[str, object], files: Sequence[int]) -> NoReturn:
    """Start a worker, and tell its number and, when it has ended, how."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, ends = files[:4]
    pid = os.fork()
    if pid == 0:
        os.close(ends)
        _work(order, streams)
    for file in (*streams, *files[4:]):
        os.close(file)
    os.write(ends, b"%d\n" % pid)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(ends, b"%d\n" % code)
    os._exit(0)


def _work(order: dict[str, object], streams: Sequence[int]) -> NoReturn:
    for number, file in enumerate(streams):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    vars(sys.modules["__main__"]).pop("__file__")  # or processes that read rows would import it again
    code = 1
    try:
        code = import_module("crawler.run.worker").main()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - printed, as the interpreter does
        traceback.print_exc()
    os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
