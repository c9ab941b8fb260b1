"""A crawl of a board on this machine, against Scrapy with its default settings doing the same work.

Measured twice: with eight requests at a time, as Scrapy's defaults have it for one host, and with one at a time, as
every foreign host is crawled. Both obey robots.txt, read the sitemap, stay on the host, read each page's JSON-LD into an ad with required fields and
write JSON Lines. Ours also throttles, normalises, and keeps archive, ledger and raw twins, as every crawl of ours does.
Measured is the processor time (user and system) of the crawling process and its children; the board's own is not in.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.timing import ROOT

PAGES = 5_000
ROUNDS = 3
HERE = Path(__file__).parent

OURS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.run.runner import crawl_sources
from crawler.sources.loader import source_from_card
card = {"name": "bench", "title": "Bench board", "kind": "sitemap", "start": [sys.argv[1]], "local": True,
        "politeness": {"delay": 0, "concurrency": int(sys.argv[3])}, "budget": {"pages": 1_000_000}}
(summary,) = crawl_sources([source_from_card(card, where="bench.toml")], Path(sys.argv[2]), contact=None,
                           now=datetime(2026, 11, 2, tzinfo=UTC))
assert summary.healthy, summary.problems
"""


def compare_crawl() -> None:
    """Pages per second of processor time, ours and Scrapy's, in turns so that a busy machine slows both."""
    pages = int(os.environ.get("BENCH_PAGES", PAGES))
    rounds = int(os.environ.get("BENCH_ROUNDS", ROUNDS))
    costs: dict[str, list[float]] = {"8 at a time": [], "1 at a time": [], "Scrapy": [], "the same": []}
    with board(pages) as start, tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            costs["8 at a time"].append(ours(start, Path(folder), pages, f"8-{number}", concurrency=8))
            costs["1 at a time"].append(ours(start, Path(folder), pages, f"1-{number}", concurrency=1))
            costs["Scrapy"].append(theirs(start, Path(folder), pages, f"{number}"))
            costs["the same"].append(theirs(start, Path(folder), pages, f"same-{number}", archives=True))
    references = {
        "Scrapy's defaults": costs.pop("Scrapy"), "Scrapy with the same fields and a WARC": costs.pop("the same")
    }  # fmt: skip
    for name, ours_each in costs.items():
        for whose, reference in references.items():
            ratios = [theirs_once / ours_once for ours_once, theirs_once in zip(ours_each, reference, strict=True)]
            print(
                f"crawl    {pages / median(ours_each):9,.0f} pages a processor second, {median(ratios):5.2f} times {whose} "
                f"({pages / median(reference):,.0f}), {name}; {pages:,} pages, {rounds} rounds from "
                f"{min(ratios):.2f} to {max(ratios):.2f} times"
            )


@contextmanager
def board(pages: int) -> Iterator[str]:
    """The address of the board's sitemap, while it is served by a process of its own."""
    command = [sys.executable, str(HERE / "board_server.py"), str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"{server.stdout.readline().removeprefix('serving ').strip()}/sitemap.xml"
        assert server.stdin is not None
        server.stdin.close()


def ours(start: str, folder: Path, pages: int, name: str, *, concurrency: int) -> float:
    """Processor seconds of one run of ours."""
    output = folder / f"ours-{name}"
    cost = cost_of([sys.executable, "-c", OURS, start, str(output), str(concurrency)])
    (ads,) = output.glob("*/*/ads.jsonl")
    check_lines(ads, pages)
    return cost


def theirs(start: str, folder: Path, pages: int, name: str, *, archives: bool = False) -> float:
    """Processor seconds of one run of Scrapy's; ``archives`` where it writes a WARC and reads the text as well."""
    output = folder / f"theirs-{name}.jsonl"
    script = str(HERE / "scrapy_reference.py")
    words = ["-a", f"warc={output.with_suffix('.warc.gz')}"] if archives else []
    command = [sys.executable, "-m", "scrapy", "runspider", script, "-a", f"start={start}", "-O", str(output)]
    cost = cost_of(command + words)
    check_lines(output, pages)
    return cost


def cost_of(command: list[str]) -> float:
    """Processor seconds, user and system, of a command and all that it started."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command[:4]} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def check_lines(path: Path, pages: int) -> None:
    """A run that lost an ad is no measurement."""
    with path.open("rb") as file:
        found = sum(1 for _ in file)
    if found != pages:
        raise RuntimeError(f"{path.name}: expected {pages} ads, found {found}")
