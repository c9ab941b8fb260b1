"""Hosts that hang or drip: the run ends soon, and its batch is held back with or without an expectation."""

import socket
import subprocess
import sys
import threading
import time

import pytest

from builders import NOON
from crawler.batch.batch import read_batch
from crawler.run.runner import Job, dump_job
from crawling import few_pages, source
from loopback_site import Answer, Site

CHILD = (
    "import crawler.fetch.settings as s; s.TIMEOUT = 0.3; from crawler.run.worker import main; raise SystemExit(main())"
)


def slow():
    time.sleep(1.0)
    return Answer(body="late")


class Sluggish:
    """A server that takes connections and never gives a whole answer; with ``drip`` a byte now and then."""

    def __init__(self, port, *, drip):
        self._drip, self._socket = drip, socket.create_server(("127.0.0.1", port))
        self._ends = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while not self._ends.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        with connection:
            asked = connection.recv(4096)
            if b"robots.txt" in asked:
                connection.sendall(b"HTTP/1.1 404 None\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" if self._drip else b"")
            while not self._ends.wait(0.1):
                try:
                    connection.sendall(b"x" if self._drip else b"")
                except OSError:
                    return

    def close(self):
        self._ends.set()
        self._socket.close()


def crawl_once(quay, folder, nights):
    job = Job(source=quay, folder=folder, started_at=NOON.replace(day=2 + nights), contact=None)
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", CHILD], input=dump_job(job), text=True, stdout=subprocess.DEVNULL, check=True)
    return read_batch(folder).summary, time.monotonic() - started


@pytest.mark.parametrize("drip", [False, True])
def test_a_host_that_hangs_ends_in_a_few_time_outs_and_is_held_back(tmp_path, drip):
    with Site(few_pages(40)) as site:
        port = int(site.url.rpartition(":")[2])
        quay = source(f"{site.url}/sitemap.xml", name="quay", revisit={"days": 0})
        first, _ = crawl_once(quay, tmp_path / "quay" / "20261102T120000Z", 0)
    assert (first.healthy, first.shown) == (True, 40)
    server = Sluggish(port, drip=drip)
    try:
        second, seconds = crawl_once(quay, tmp_path / "quay" / "20261103T120000Z", 1)
    finally:
        server.close()
    assert not second.healthy
    assert seconds < 30, "not forty pages, three times each"


def test_pages_that_hang_after_a_good_listing_leave_the_rest_alone(tmp_path):
    with Site(few_pages(40)) as site:
        quay = source(f"{site.url}/sitemap.xml", name="quay")
        first, _ = crawl_once(quay, tmp_path / "quay" / "20261102T120000Z", 0)
        for path in list(site.pages):
            if path != "/sitemap.xml":
                site.pages[path] = slow
        second, _ = crawl_once(quay, tmp_path / "quay" / "20261112T120000Z", 10)
    assert (first.healthy, first.shown) == (True, 40)
    assert any("5 times in a row" in problem for problem in second.problems)
    assert any("no ad was found and" in problem for problem in second.problems)
    assert second.outcomes["not_inspected"] > 30
