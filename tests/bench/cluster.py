"""``lurewatch score`` by a local cluster of two workers beside the same command in one process: equal, and how fast.

And what one core does with a partition: pages of archives extracted, ads scored, ads signed for campaigns.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from warc_making import Archive, ad_page

from bench.campaign_sets import invented
from bench.scoring import run_command
from bench.timing import ROOT, rate
from crawler.ad import JobAd
from crawler.archive.captures import JobPages
from crawler.batch.ads_file import write_ads
from model.taxonomy.loader import load_taxonomy
from pipeline.exports.cluster_files import Partition
from pipeline.exports.cluster_run import Job, run_partition
from pipeline.settings.loader import load_settings

SIZE, AT_ONCE, PAGES, PARTITION, WORDS = 100_000, 50_000, 1_000, 2_000, 3_000
SETTINGS = load_settings(ROOT)


def compare_cluster() -> None:
    """Measure, and print a line each. ``BENCH_ADS`` is how many generated ads are scored, such as 1000000."""
    size = int(os.environ.get("BENCH_ADS", SIZE))
    with TemporaryDirectory() as folder:
        measure_archives(Path(folder))
        measure_partitions(Path(folder))
        ads, here, there = (Path(folder) / name for name in ("ads.jsonl", "here.jsonl", "there"))
        write_ads(generated(size), ads)
        command = [sys.executable, "-m", "pipeline.cli", "score", str(ads), "--output"]
        for name, words in (
            ("one process", [str(here), "--workers", "1"]),
            ("two workers", [str(there), "--cluster", "local[2]"]),
        ):
            run = run_command([*command, *words], dict(os.environ) | {"LUREWATCH_HOME": str(ROOT)})
            print(
                f"cluster    {name}: {size:,} ads in {run.wall:.0f} s, {size / run.wall:,.0f} a second; "
                f"{run.processor:.0f} s of processor time, {run.megabytes:,.0f} MB; load {os.getloadavg()[0]:.1f}"
            )
        with here.open(encoding="utf-8") as lines:
            for number, (line, row) in enumerate(zip(lines, rows(there), strict=True), 1):
                assert plain(json.loads(line)) == plain(row), f"ad {number} differs"
        print(f"cluster    {number:,} assessments by the two workers equal those of the one process")


def generated(size: int) -> Iterator[JobAd]:
    """Ads by a grammar, some thousands at a time."""
    for seed in range(0, size, AT_ONCE):
        for ad, _ in invented(min(AT_ONCE, size - seed), seed=seed + 1):
            yield replace(ad, ad_id=f"{seed}:{ad.ad_id}")


def rows(folder: Path) -> Iterator[dict[str, Any]]:
    for part in sorted(folder.glob("part-*.parquet")):
        for batch in pq.ParquetFile(part).iter_batches(1_024):
            yield from batch.to_pylist()


def plain(value: Any) -> Any:
    """Without what is absent, and when it was made."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if each is not None and key != "assessed_at"}
    return [plain(each) for each in value] if isinstance(value, list) else value


def measure_archives(folder: Path) -> None:
    """Pages of a core a second, of archives in which no page, one in twenty, and every page has an ad."""
    for pages, every, parsed in ((PAGES, 0, False), (PAGES, 20, False), (PAGES, 1, False), (PAGES // 20, 0, True)):
        path, size = write_archive(folder / f"{every}.warc.gz", pages, every)
        speed = rate(partial(read_archive, path, pages // every if every else 0, every_page=parsed), pages)
        share = f"one page in {every} has an ad" if every else "no page has an ad"
        packed = path.stat().st_size / pages / 1024
        print(
            f"extract    {share}{', every page parsed' * parsed}, {size / pages / 1024:.0f} KB a page, {packed:.0f} packed: "
            f"{speed:,.0f} pages a second of a core"
        )


def read_archive(path: Path, ads: int, *, every_page: bool) -> None:
    pages = JobPages(now=datetime.now(UTC), every_page=every_page)
    with path.open("rb") as file:
        assert sum(1 for _ in pages.read_warc(file, path.name)) == ads


def measure_partitions(folder: Path) -> None:
    """Ads of a core a second, read and written, and bytes of an ad before and after."""
    ads = folder / "partition.jsonl"
    write_ads(generated(PARTITION), ads)
    version = load_taxonomy(SETTINGS.taxonomy).version
    for command, done in (("score", "scored"), ("campaigns", "signed")):
        output = folder / command
        job = Job(
            command=command, output=str(output), started_at=datetime.now(UTC), columns={},
            model=SETTINGS.model_folder(), taxonomy=SETTINGS.taxonomy, taxonomy_version=version,
        )  # fmt: skip
        speed = rate(partial(run_partition, job, 0, Partition(address=str(ads), kind="lines")), PARTITION)
        size = (output / "part-00000.parquet").stat().st_size
        print(
            f"partition  {speed:,.0f} ads {done} a second of a core; {ads.stat().st_size / PARTITION:,.0f} bytes an ad, "
            f"{size / PARTITION:,.0f} of Parquet"
        )


def write_archive(path: Path, pages: int, every: int) -> tuple[Path, int]:
    """An archive as crawlers write it, each page with its request and its metadata, and the bytes of its pages."""
    chance, size = random.Random(1), 0
    words = ["".join(chance.choices("aeioubdklmnrst", k=chance.randint(2, 9))) for _ in range(WORDS)]
    archive = Archive(path)
    for number in range(pages):
        url = f"https://board{number % 50}.example/{number}"
        text = "".join(
            f'<div class="row"><p>{" ".join(chance.choices(words, k=30))}</p><a href="/{number}/{part}">more</a></div>'
            for part in range(chance.randint(50, 350))
        )
        page = f"<html><head><title>{number}</title></head><body>{text}</body></html>".encode()
        if every and number % every == 0:
            page = ad_page(f"Net mender {number}").replace(b"</body>", text.encode() + b"</body>")
        archive.add(url, kind="request")
        archive.add(url, page)
        archive.add(url, b"fetchTimeMs: 12\r\n", kind="metadata", mime="application/warc-fields")
        size += len(page)
    return archive.close(), size
