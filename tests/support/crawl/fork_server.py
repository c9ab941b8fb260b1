"""Starts crawls for tests that kill them: each a process of its own, forked from one that has imported everything.

``python tests/support/crawl/fork_server.py`` takes jobs on standard input, one a line, and answers each with the
process's id and, when it has ended, with its exit code (negative: the signal). It runs ``crawler.run.worker.main``.
"""

import io
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Self

BEFOREHAND = (
    "crawler.fetch.middlewares",
    "crawler.fetch.politeness",
    "crawler.spiders.archive",
    "crawler.spiders.web",
    "crawler.spiders.drop",
    "crawler.run.pipelines",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.engine",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.redirect",
    "scrapy.downloadermiddlewares.retry",
    "scrapy.extensions.throttle",
    "scrapy.squeues",
)
"""What a crawl imports on its way; without its start-up, more moments lie in what it does."""

ROOT = Path(__file__).parents[3]


class ForkServer:
    """The other end: one crawl at a time."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, encoding="utf-8"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait()

    def start(self, job: str, *, largest_file: int | None = None, dies_reading: str | None = None) -> int:
        """The id of a process that does a job. It may write no file larger than so many bytes, which is how a full disk
        looks to it; and it kills itself when it has begun to read a certain address."""
        order = {"job": job, "largest_file": largest_file, "dies_reading": dies_reading}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def wait(self) -> int:
        """The exit code of the process that was started last."""
        return int(self._server.stdout.readline())


def _serve() -> None:
    import crawler.run.worker

    for name in BEFOREHAND:
        import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            sys.stdin, sys.stdout = io.StringIO(order["job"]), io.StringIO()
            if order["largest_file"]:
                resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
            if order["dies_reading"]:
                _die_reading(order["dies_reading"])
            code = 1
            with suppress(BaseException):
                code = crawler.run.worker.main()
            os._exit(code)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _die_reading(address: str) -> None:
    """Have the extraction of one page kill the process, as one does that eats all the memory."""
    from crawler.spiders import base

    read_page = base.read_page

    def deadly(body: bytes, *, url: str, **more: object) -> object:
        if url == address:
            os.kill(os.getpid(), signal.SIGKILL)
        return read_page(body, url=url, **more)

    base.read_page = deadly


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    _serve()
