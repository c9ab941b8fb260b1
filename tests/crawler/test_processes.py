"""Worker processes for chunks: what becomes of them when their parent is killed, and of it when one of them is."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.errors import WorkerLost
from crawler.processes import map_in_order

READING = """
import itertools, multiprocessing, time
from crawler.processes import map_in_order

for _ in map_in_order(time.sleep, itertools.repeat(0.01), workers=2, size_of=lambda _: 1, imported=["time"]):
    if children := multiprocessing.active_children():
        print(*(child.pid for child in children), flush=True)
"""


def test_workers_end_with_a_parent_that_is_killed():
    parent = subprocess.Popen([sys.executable, "-c", READING], stdout=subprocess.PIPE, text=True)
    workers = []
    while len(workers) < 2:
        workers = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 30
    while any(map(is_there, workers)):
        assert time.monotonic() < deadline, "workers that nobody waits for"
        time.sleep(0.05)


def test_a_command_that_is_stopped_from_the_keyboard_prints_nothing_of_its_workers():
    command = [sys.executable, "-c", READING]
    parent = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while len(parent.stdout.readline().split()) < 2:
        pass
    os.killpg(parent.pid, signal.SIGINT)
    _, errors = parent.communicate(timeout=30)
    assert errors.count("Traceback") == 1  # the parent's own
    assert "_serve" not in errors


def is_there(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_worker_that_is_killed_in_the_middle_of_its_result_is_not_waited_for():
    results = map_in_order(
        bytes, [5_000_000] * 40, workers=2, size_of=lambda _: 1, imported=["time"]
    )  # far more than a pipe holds
    assert len(next(results)[1]) == 5_000_000
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(WorkerLost, match="ended from outside"):
        list(results)


def test_what_the_work_raises_comes_back_as_it_is():
    results = map_in_order(int, ["1"] * 20 + ["two"], workers=2, size_of=len, imported=["time"])
    with pytest.raises(ValueError, match="two"):
        list(results)
