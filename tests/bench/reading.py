"""Speed of the reading: the pipeline that ads are scored with, loading and memory.

Measured on one core, on texts of 2,000 characters in the mix of the collections on this machine, beside named
references in the same run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from bench.timing import ROOT, rates_in_turn
from crawler.ad import JobAd
from model.datasets.catalogue import find_dataset, read_catalogue, read_dataset
from model.reading.reader import AdReader
from model.taxonomy.loader import load_taxonomy

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TAXONOMY = ROOT / "data" / "taxonomy"
LENGTH = 2_000
TEXTS = 2_000
ROUNDS = 3
ASKED, MEGABYTES, LOAD = 500, 300, 1.5
"""What is asked for: ads a second, memory, seconds."""


def compare_reading() -> None:
    """Measure, and print a line each."""
    ads = sample_ads()
    print(f"reading: {len(ads)} texts of {LENGTH:,} characters, one core, best of {ROUNDS}")
    reader = AdReader.from_taxonomy(load_taxonomy(TAXONOMY))
    of = rates_in_turn({"tokens": tokeniser(ads), "reading": lambda: list(reader.read(ads))}, len(ads), rounds=ROUNDS)
    report("reading", of["reading"], ASKED, "spaCy's tokeniser alone", of["tokens"])
    shown = sum(bool(read.evidence) for read in reader.read(ads)) / len(ads)
    print(f"{shown:.0%} show something")
    with TemporaryDirectory() as cache:
        for name in ("first start", "next start"):
            print(f"{name}: {read_in_a_process(ads, cache)}")


def read_in_a_process(ads: list[JobAd], cache: str) -> str:
    command, environment = (
        [sys.executable, __file__],
        os.environ
        | {"LUREWATCH_CACHE": cache, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support' / 'texts'}"},
    )
    texts = "".join(json.dumps(ad.description) + "\n" for ad in ads)
    done = subprocess.run(command, input=texts, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    return done.stdout.strip()


def sample_ads() -> list[JobAd]:
    """Whole ads of each collection joined and cut, so that all texts are equally long and keep the mix."""
    texts = []
    for card in read_catalogue(ROOT / "data" / "datasets.toml"):
        rows = read_dataset(card, ROOT, seed=1) if find_dataset(card, ROOT) else ()
        texts += joined(f"{row.ad.title}\n{row.ad.description}" for row in rows)
    Random(1).shuffle(texts)
    return [make_ad(text) for text in texts[:TEXTS]]


def make_ad(text: str) -> JobAd:
    return JobAd(ad_id="1", source="bench", seen_at=NOW, title="", description=text)


def joined(texts: Iterable[str]) -> list[str]:
    long, so_far = [], ""
    for text in texts:
        so_far = f"{so_far}\n{text}" if so_far else text
        if len(so_far) >= LENGTH:
            long.append(so_far[: LENGTH - 1])  # and the line end after an empty title
            so_far = ""
    return long


def tokeniser(ads: list[JobAd]) -> Callable[[], object]:
    import spacy

    nlp = spacy.blank("xx")
    return lambda: [nlp.make_doc(ad.description) for ad in ads[: len(ads) // 4] * 4]


def read_alone() -> None:
    """In a process of its own: seconds from nothing to the first ad read, and the most memory that many take."""
    start = time.perf_counter()
    reader = AdReader.from_taxonomy(load_taxonomy(TAXONOMY))
    list(reader.read([make_ad("Passports are kept in the office safe.")]))
    seconds = time.perf_counter() - start
    for _ in reader.read(make_ad(json.loads(line)) for line in sys.stdin):
        pass
    status = Path("/proc/self/status").read_text()  # getrusage would count what the parent had before this process
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"taxonomy and reader in {seconds:.2f} s (asked: {LOAD:g}), {megabytes:.0f} MB (asked: {MEGABYTES})")


def report(name: str, ours: float, asked: float, reference: str, theirs: float) -> None:
    print(f"{name:10} {ours:8,.0f} a second (asked: {asked:,}), {ours / theirs:5.1f} times {reference} ({theirs:,.0f})")


if __name__ == "__main__":  # in the process that ``read_in_a_process`` starts
    read_alone()
