"""A real Dask scheduler with two worker processes, and ads that they read."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tiny_model import LAWFUL, LURE

ROOT = Path(__file__).parents[3]


class Cluster:
    """Processes of one scheduler and two workers, without nannies: a worker that ends stays ended."""

    def __init__(self, folder):
        self._folder = folder
        self._scheduler = self._start(
            "dask_scheduler", "--port", "0", "--no-show", "--no-dashboard", "--host", "127.0.0.1"
        )
        self.workers = [self._start("dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)]

    def _start(self, program, *words):
        command = [
            sys.executable,
            "-m",
            f"distributed.cli.{program}",
            "--scheduler-file",
            str(self._folder / "at.json"),
        ]
        with (self._folder / "log.txt").open("a") as log:
            return subprocess.Popen([*command, *words], cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))

    @property
    def address(self):
        """Where the scheduler listens, once it does."""
        from distributed import Client

        with Client(scheduler_file=str(self._folder / "at.json"), timeout="60s") as client:
            client.wait_for_workers(2, timeout="60s")
            return client.scheduler.address

    def end(self):
        for process in (*self.workers, self._scheduler):
            process.kill()
            process.wait()


@contextmanager
def started(folder):
    cluster = Cluster(folder)
    try:
        yield cluster
    finally:
        cluster.end()


def rows(count, first=0):
    """Invented ads, none like another."""
    return [
        {
            "ad_id": f"a{number}", "title": f"Post {number}", "url": f"https://quay.example/{number}",
            "description": f"{LURE if number % 3 == 0 else LAWFUL} Ask for hut {number}.",
            "contacts": [{"kind": "telegram", "value": f"hut{number}"}], "base_salary": {"raw": f"{number} coins"},
        }
        for number in range(first, first + count)
    ]  # fmt: skip


def write_lines(path, ads):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(ad) + "\n" for ad in ads))
    return path
