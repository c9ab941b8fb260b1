"""Campaigns and clusters: how many pairs are found and how many are right, and speed beside plain rensa and datasketch."""

import os
import resource
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from datasketch import MinHash, MinHashLSH
from rapidfuzz import fuzz
from rensa import RMinHash, RMinHashLSH

from bench.campaign_sets import EMSCAD, NOW, Known, agreement, emscad, invented
from bench.timing import report
from crawler.ad import JobAd
from model.datasets.near_copies import PASSAGE_LEVEL, NearCopies
from pipeline.linking.campaigns import METHOD, Campaigns, whole_text
from pipeline.nightly.pending import gather_campaigns
from pipeline.store.store import Store

SIZE, SPEED_SIZE, ROUNDS, LOT = 100_000, 5_000, 5, 50_000


def compare_campaigns() -> None:
    """Measure, and print a line each. ``BENCH_ADS`` is how many invented ads there are, ``BENCH_KEPT`` how many are kept
    when a night of a hundredth comes."""
    judge("invented", invented(int(os.environ.get("BENCH_ADS", SIZE))))
    if EMSCAD.is_file():
        judge("emscad", emscad())
        judge_clusters("clusters", emscad())
    compare_speed()
    if kept := int(os.environ.get("BENCH_KEPT", "0")):
        measure_night(kept)


def judge(name: str, known: Known) -> None:
    """How campaigns agree with what is known, pair by pair."""
    start = time.process_time()
    placed = Campaigns().add(ad for ad, _ in known).placed
    took = time.process_time() - start
    print_agreement(name, [group for _, group in known], [one.campaign_id for one in placed], took)


def judge_clusters(name: str, known: Known) -> None:
    """How clusters do, which are wider: ``dup_group`` is one of these."""
    start = time.process_time()
    found = NearCopies(whole_text(ad) for ad, _ in known).clusters(PASSAGE_LEVEL)
    print_agreement(name, [group for _, group in known], found, time.process_time() - start)


def print_agreement(name: str, known: list[str], found: Sequence[Hashable], took: float) -> None:
    recall, precision, rand = agreement(known, found)
    print(
        f"{name:10} {len(known):,} ads in {took:.0f} s: recall {recall:.3f} (asked: 0.98), "
        f"precision {precision:.3f} (0.97), adjusted Rand index {rand:.3f} (0.9)"
    )


def compare_speed() -> None:
    """Ads a second beside plain rensa with a check of its candidates, and beside datasketch without one: the best of
    rounds in which each has its turn, since other work on the machine comes and goes."""
    ads = [ad for ad, _ in invented(SPEED_SIZE)]
    ways = (lambda: Campaigns().add(ads), lambda: with_rensa(ads), lambda: with_datasketch(ads))
    rounds = [[seconds(way) for way in ways] for _ in range(ROUNDS)]
    ours, rensa, datasketch = (SPEED_SIZE / min(times) for times in zip(*rounds, strict=True))
    report("campaigns", "rensa on 8-letter shingles and rapidfuzz (asked: 1)", ours, rensa)
    report("campaigns", "datasketch on the same (asked: 5)", ours, datasketch)


def seconds(way: Callable[[], object]) -> float:
    start = time.process_time()
    way()
    return time.process_time() - start


def with_rensa(ads: list[JobAd]) -> int:
    index, texts, found = RMinHashLSH(threshold=0.5, num_perm=256, num_bands=64), [], 0
    for at, ad in enumerate(ads):
        text = plain(ad)
        signature = RMinHash(num_perm=256, seed=1)
        signature.update(shingles(text))
        found += sum(fuzz.ratio(text, texts[other]) >= 70 for other in index.query(signature))
        index.insert(at, signature)
        texts.append(text)
    return found


def with_datasketch(ads: list[JobAd]) -> int:
    index, found = MinHashLSH(num_perm=256, params=(64, 4)), 0
    for at, ad in enumerate(ads):
        signature = MinHash(num_perm=256, seed=1)
        signature.update_batch([each.encode() for each in shingles(plain(ad))])
        found += len(index.query(signature))
        index.insert(at, signature)
    return found


def plain(ad: JobAd) -> str:
    return " ".join(f"{ad.title} {ad.description}".casefold().split())


def shingles(text: str) -> list[str]:
    return list({text[at : at + 8] for at in range(max(1, len(text) - 7))})


def measure_night(kept: int) -> None:
    """Processor seconds and memory for a night's ads, a hundredth of so many kept texts, with all that the store reads."""
    lots, size = max(1, kept // LOT), min(kept, LOT)
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "bench.db", create=True) as store:
        with store.atomic():
            store.campaigns.set_method(METHOD)
        for seed in range(lots):
            campaigns = Campaigns()
            campaigns.add(replace(ad, ad_id=f"{seed}:{ad.ad_id}") for ad, _ in invented(size, seed=seed + 10))
            with store.atomic():
                for texts in campaigns.since(0):
                    store.campaigns.add_texts(texts)
        del campaigns
        with store.atomic():
            for ad, _ in invented(kept // 100, seed=2):
                store.ads.record(ad, batch_id=None)
        held, start, began = memory(), time.process_time(), time.perf_counter()
        gathered = gather_campaigns(store, at=NOW)
        took, wall = time.process_time() - start, time.perf_counter() - began
    print(
        f"night      {gathered.versions:,} ads to {lots * size:,} kept in {took:.1f} s of processor time, {wall:.1f} s by "
        f"the clock (asked: 30); the process held {memory():.1f} GB at most (asked: 4), {held:.1f} before"
    )


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
