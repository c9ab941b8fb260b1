"""Starts the crawls of tests in which a crawl is a means: each a process of its own, forked from one that has imported
everything, which takes 0.2 s of the 1.1 s that a start takes.

A crawl has its own environment, folder, pipes and locks, as ``crawler.run.runner`` gives them to the process that it
starts; how that starts one is tested in ``tests/crawler/run``.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Self, TextIO

from fork_server import BEFOREHAND

from crawler.run.runner import Job, dump_job

ROOT = Path(__file__).parents[3]
ALONE = {"OPENBLAS_NUM_THREADS": "1"}


class ForkedCrawl:
    """What the runner knows of a process: its output, its end, and how to end it."""

    def __init__(self, stdout: TextIO, status: TextIO) -> None:
        self.stdout, self._status = stdout, status
        self.pid = int(status.readline())
        self.returncode: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stdout.close()
        self.wait()
        self._status.close()

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._status.readline())
        return self.returncode

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class CrawlServer:
    """The other end; it begins with the first crawl."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._here, self._there = socket.socketpair()
        self._turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._here.close()
        self._there.close()
        if self._server:
            self._server.wait()

    def start(self, job: Job, hosts: Sequence[int]) -> ForkedCrawl:
        """In place of the runner's own start."""
        order = json.dumps({"environment": ALONE | os.environ, "folder": str(Path.cwd())}).encode()
        words, told, status = os.pipe(), os.pipe(), os.pipe()
        given = [words[0], told[1], 2, status[1], *hosts]
        with self._turn:  # crawls are started by several threads
            self._begin()
            socket.send_fds(self._here, [f"{len(order):08}".encode()], given)
            self._here.sendall(order)
        for handle in (words[0], told[1], status[1]):
            os.close(handle)
        child = ForkedCrawl(os.fdopen(told[0], encoding="utf-8"), os.fdopen(status[0], encoding="utf-8"))
        with suppress(BrokenPipeError), os.fdopen(words[1], "w", encoding="utf-8") as stdin:
            stdin.write(dump_job(job))
        return child

    def _begin(self) -> None:
        if self._server is None:
            command = [sys.executable, __file__, str(self._there.fileno())]
            environment = ALONE | os.environ | {"PYTHONPATH": str(ROOT)}
            self._server = subprocess.Popen(command, pass_fds=[self._there.fileno()], env=environment, cwd=ROOT)


def _serve(orders: socket.socket) -> None:
    import_module("crawler.run.worker")
    for name in BEFOREHAND:
        import_module(name)
    while True:
        length, given, _, _ = socket.recv_fds(orders, 8, 64)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG if length else 0)[0]:
                pass
        if not length:
            return
        order = json.loads(_whole(orders, int(length)))
        if os.fork() == 0:
            orders.close()
            _attend(order, given)
        for handle in given:
            os.close(handle)


def _whole(orders: socket.socket, length: int) -> bytes:
    read = b""
    while len(read) < length:
        read += orders.recv(length - len(read))
    return read


def _attend(order: dict[str, object], given: list[int]) -> None:
    """Has one crawl, says its id, waits for it, and says how it ended."""
    status = given[3]
    pid = os.fork()
    if pid == 0:
        os.close(status)
        _crawl(order, given)
    for handle in (*given[:3], *given[4:]):
        os.close(handle)
    os.write(status, f"{pid}\n".encode())
    os.write(status, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
    os._exit(0)


def _crawl(order: dict[str, object], given: list[int]) -> None:
    for number, handle in enumerate(given[:3]):
        os.dup2(handle, number)
        os.close(handle)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w", buffering=1)
    sys.modules["__main__"] = ModuleType("__main__")  # or processes that read rows would import this
    code = 1
    try:
        code = sys.modules["crawler.run.worker"].main()
    except BaseException:  # noqa: BLE001 - printed, as an interpreter does it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
