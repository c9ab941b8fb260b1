"""Speed of the reading: which ads deserve it (the cheap pass), the reading itself, loading and memory.

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
from model.reading.reader import EvidenceReader
from model.taxonomy.loader import Taxonomy, load_taxonomy
from model.taxonomy.patterns import Slot

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TAXONOMY = ROOT / "data" / "taxonomy"
LENGTH = 2_000
TEXTS = 2_000
ROUNDS = 9
CHEAP, WHOLE, MEGABYTES, LOAD = 15_000, 2_500, 300, 1.0
"""What is asked for: ads a second of both passes, memory, seconds."""


def compare_reading() -> None:
    """Measure, and print a line each."""
    ads = sample_ads()
    print(f"reading: {len(ads)} texts of {LENGTH:,} characters, one core, best of {ROUNDS}")
    taxonomy = load_taxonomy(TAXONOMY)
    reader = EvidenceReader(taxonomy)
    works = {
        "words": word_search(taxonomy, ads),
        "tokens": tokeniser(ads),
        "cheap": lambda: list(reader.may_show_each(ads)),
        "bound": lambda: list(reader.could_show(ads)),
        "whole": lambda: list(reader.read(ads)),
    }
    of = rates_in_turn(works, len(ads), rounds=ROUNDS)
    report("cheap pass", of["cheap"], CHEAP, "pyahocorasick with the same words, text in small letters", of["words"])
    bound = f"{of['bound']:8,.0f} a second, {of['bound'] / of['tokens']:5.1f} times spaCy's tokeniser alone"
    print(f"what could be shown, by indicator: {bound}")
    report("reading", of["whole"], WHOLE, "spaCy's tokeniser alone", of["tokens"])
    passed = sum(reader.may_show_each(ads)) / len(ads)
    shown = sum(map(bool, reader.read(ads))) / len(ads)
    print(f"the cheap pass lets {passed:.0%} through; {shown:.0%} show something")
    with TemporaryDirectory() as kept:
        for name in ("first start", "next start"):
            print(f"{name}: {read_in_a_process(ads, kept)}")


def read_in_a_process(ads: list[JobAd], kept: str) -> str:
    command, environment = (
        [sys.executable, __file__],
        os.environ | {"LUREWATCH_CACHE": kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
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


def word_search(taxonomy: Taxonomy, ads: list[JobAd]) -> Callable[[], object]:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for indicator in taxonomy.indicators.values():
        sequences = [one for signs in indicator.languages.values() for its in signs.patterns for one in its.sequences]
        for slot in (place for one in sequences for place in one.places if isinstance(place, Slot)):
            for literal in slot.literals:
                automaton.add_word(literal.key, literal.key)
    automaton.make_automaton()
    return lambda: [sum(1 for _ in automaton.iter(ad.description.lower())) for ad in ads]


def tokeniser(ads: list[JobAd]) -> Callable[[], object]:
    import spacy

    nlp = spacy.blank("xx")
    return lambda: [nlp.make_doc(ad.description) for ad in ads[: len(ads) // 4] * 4]


def read_alone() -> None:
    """In a process of its own: seconds from nothing to the first ad read, and the most memory that many take."""
    start = time.perf_counter()
    reader = EvidenceReader(load_taxonomy(TAXONOMY))
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
