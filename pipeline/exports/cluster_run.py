"""Runs on a Dask cluster, with the readers and the model of one machine."""

import csv
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, Final, Literal
from uuid import uuid4

from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker
from fsspec.core import url_to_fs

from crawler.ad import JobAd
from crawler.archive.captures import JobPages
from crawler.batch.ad_json import BadField, UnknownField, ad_from_record, ad_to_record
from crawler.batch.ads_file import OUTSIDE_SOURCE, read_ads
from crawler.errors import BadAdsFile, WorkerLost
from model.assessment import Assessment, assessment_to_record
from model.batches import in_batches
from pipeline.errors import NotInstalled
from pipeline.exports.cluster_files import Output, Partition, cut, find_files, open_partition, parquet_rows, reading
from pipeline.linking.campaigns import Campaigns, Found, Placed, SignedAd, sign_ads
from pipeline.review.model_in_service import read_assessor
from pipeline.settings.console import counted, progress

Command = Literal["score", "extract", "campaigns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done with every partition."""

    command: Command
    output: str
    started_at: datetime
    """The moment of all assessments, and of ads that name none: a partition done again is the same."""

    model: Path | None = None
    taxonomy: Path | None = None
    """Folders that every worker can read; None where nothing is scored."""

    taxonomy_version: str = ""
    columns: Mapping[str, str]
    """Which column of the input is which field."""

    ignore_unknown: bool = False
    every_page: bool = False
    base: str = ""
    """Where the WARC files lie that an index names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    rows: int
    pages: Mapping[str, int]
    problems: tuple[str, ...]
    seconds: float


_ONE_AT_A_TIME: Final = Lock()
"""A worker may have several threads; the model is read by one."""


def run_partition(job: Job, number: int, partition: Partition) -> Done:
    """Reads a partition, writes what came of it, and counts."""
    with _ONE_AT_A_TIME:
        begun = perf_counter()
        pages = JobPages(now=job.started_at, every_page=job.every_page)
        read = _pages_of if job.command == "extract" else _ads_of
        ads = read(job, partition, pages)
        record: type
        records: Iterable[Mapping[str, Any]]
        match job.command:
            case "score":
                assert job.model is not None
                assert job.taxonomy is not None
                assessor = _assessor(job.model, job.taxonomy)
                found = assessor.model_version, assessor.taxonomy_version
                if found != (expected := (job.model.name, job.taxonomy_version)):
                    raise WorkerLost(f"a worker reads with model and taxonomy {found}; expected {expected} as here")
                record = Assessment
                records = (
                    assessment_to_record(each) | {"assessed_at": each.assessed_at}
                    for each in assessor.assess(ads, assessed_at=job.started_at)
                )
            case "extract":
                moments = ("seen_at", "date_posted", "valid_through")
                record = JobAd
                records = (ad_to_record(ad) | {name: getattr(ad, name) for name in moments} for ad in ads)
            case "campaigns":
                record, records = SignedAd, map(asdict, sign_ads(ads))
        rows = Output(job.output).write(number, record, records)
        problems = tuple(pages.problems[:20])
        return Done(rows=rows, pages=dict(pages.counts), problems=problems, seconds=perf_counter() - begun)


def _ads_of(job: Job, partition: Partition, pages: JobPages) -> Iterator[JobAd]:
    if partition.kind == "archive":
        yield from _pages_of(job, partition, pages)
    elif partition.kind == "parquet":
        names = {column: field for field, column in job.columns.items()}
        for row, record in enumerate(_rows_of(partition), partition.start + 1):
            renamed = {names.get(name, name): value for name, value in record.items()}
            try:
                yield ad_from_record(
                    renamed, source=OUTSIDE_SOURCE, seen_at=job.started_at, ignore_unknown=job.ignore_unknown
                )
            except UnknownField as err:
                raise BadAdsFile(f"{partition.address} row {row}: {err} (--ignore-unknown passes over it)") from err
            except BadField as err:
                raise BadAdsFile(f"{partition.address} row {row}: {err}") from err
    else:
        begins = f" (counted from byte {partition.start:,})" if partition.start else ""
        try:
            with reading(partition.address), open_partition(partition) as file:
                yield from read_ads(
                    partition.address, seen_at=job.started_at, ignore_unknown=job.ignore_unknown, columns=job.columns,
                    file=file,
                )  # fmt: skip
        except BadAdsFile as err:
            raise BadAdsFile(f"{err}{begins}") from err


def _pages_of(job: Job, partition: Partition, pages: JobPages) -> Iterator[JobAd]:
    if partition.kind == "archive":
        with reading(partition.address), open_partition(partition) as file:
            yield from pages.read_warc(file, partition.address)
        return
    # Asked for together: stores that answer over a network are slow in answering, not in sending.
    for rows in in_batches(_rows_of(partition), 64):
        if "html" in rows[0]:
            for row in rows:
                yield from pages.read_html(
                    str(row["html"]).encode("utf-8", "replace"), url=str(row["url"]), seen_at=job.started_at
                )
        else:
            yield from _indexed(job, rows, partition, pages)


def _indexed(job: Job, rows: list[dict[str, Any]], partition: Partition, pages: JobPages) -> Iterator[JobAd]:
    """The records that rows of an index name, as Common Crawl's two indexes call their columns."""
    try:
        places = [
            (str(row.get("warc_filename") or row["filename"]), int(row.get("warc_record_offset") or row["offset"]),
             int(row.get("warc_record_length") or row["length"]))
            for row in rows
        ]  # fmt: skip
    except KeyError as err:
        raise BadAdsFile(
            f"{partition.address}: no column {err}; expected url and html, or filename, offset and length of an index"
        ) from err
    with reading(job.base):
        files, base = url_to_fs(job.base)
        found = files.cat_ranges(
            [f"{base.rstrip('/')}/{name}" for name, _, _ in places], [start for _, start, _ in places],
            [start + length for _, start, length in places], on_error="return",
        )  # fmt: skip
    for (name, start, _), data in zip(places, found, strict=True):
        if isinstance(data, bytes):
            yield from pages.read_warc(BytesIO(data), name, at=start)
        else:
            pages.counts["unreachable"] += 1
            pages.problems.append(f"{name} at byte {start}: {data}")


def _rows_of(partition: Partition) -> Iterator[dict[str, Any]]:
    with reading(partition.address), open_partition(partition) as file:
        if partition.kind == "parquet":
            yield from parquet_rows(file, partition)
        elif partition.kind == "lines":
            yield from (json.loads(line) for line in file if line.strip())
        else:
            yield from csv.DictReader(TextIOWrapper(file, "utf-8-sig"))


_assessor = cache(read_assessor)
"""Loaded once a worker."""


_LOCAL: Final = re.compile(r"local\[([1-9]\d{0,2})\]")


@dataclass(slots=True, kw_only=True)
class Report:
    output: str
    partitions: int
    found: int
    """Partitions that an earlier run had finished."""

    rows: int = 0
    """Ads in the partitions of this run."""

    pages: Mapping[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    worker_seconds: float = 0.0
    seconds: float = 0.0

    def add(self, done: Done) -> None:
        self.rows += done.rows
        self.pages = dict(Counter(self.pages) + Counter(done.pages))
        self.problems.extend(done.problems)
        self.worker_seconds += done.seconds

    def join_signed(self, *, threshold: float, progress: Callable[[int], None]) -> Found:
        """Campaigns of the ads that workers have signed, written into ``campaigns/part-00000.parquet`` of the output,
        in the order of the ads.

        Signing a text takes ten times as long as joining it, so the signatures alone are worth other machines; joining
        needs some 1.5 KB of memory a text here, and as much of the disk.
        """
        signed = (SignedAd(**row) for row in counted(Output(self.output).read(), progress))
        placed = Campaigns(threshold=threshold).add_signed(signed).placed
        Output(f"{self.output.rstrip('/')}/campaigns").write(0, Placed, map(asdict, placed))
        return Found.of(placed)

    def lines(self) -> Iterator[str]:
        earlier = f", {self.found:,} of them finished by an earlier run" if self.found else ""
        rate = f", {self.rows / self.seconds:,.0f} ads a second" if self.rows else ""
        yield f"partitions: {self.partitions:,}{earlier}; {self.seconds:,.1f} s{rate}"
        if self.pages:
            counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.pages.items())
            yield f"pages: {counts}"
        yield from (f"problem: {problem}" for problem in self.problems)


def run_on(cluster: str, job: Job, address: str) -> Report:
    """Has the workers of ``local[N]`` or of a scheduler's address do what no earlier run of this job has finished.

    What a lost worker had is done by another; after an error the partitions that are finished stay. Raises
    ``BadAdsFile``, ``BadOutput`` and ``WorkerLost``.
    """
    files, output = find_files(address), Output(job.output)
    partitions = tuple(cut(files))
    settings = asdict(job)
    versions = {"model": job.model and job.model.name, "taxonomy": settings.pop("taxonomy_version")}
    for name in ("output", "model", "taxonomy"):  # where a folder lies changes nothing
        del settings[name]
    begun = output.begin({"format": 1, **versions, **settings, "inputs": [asdict(file) for file in files]})
    finished = output.finished()
    waiting = {number: each for number, each in enumerate(partitions) if number not in finished}
    report = Report(output=job.output, partitions=len(partitions), found=len(partitions) - len(waiting))
    started = perf_counter()
    with progress("partitions", total=len(waiting)) as advance:
        for done in _results(cluster, replace(job, started_at=begun), waiting) if waiting else ():
            report.add(done)
            advance(1, doing=f"{report.rows:,} ads")
    output.end()
    report.seconds = perf_counter() - started
    return report


def _results(cluster: str, job: Job, waiting: Mapping[int, Partition]) -> Iterator[Done]:
    with ExitStack() as stack:
        place: Any = cluster
        if local := _LOCAL.fullmatch(cluster):
            cores, quiet = int(local[1]), logging.ERROR
            place = LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None, silence_logs=quiet)
            stack.enter_context(place)
        try:
            client = stack.enter_context(Client(place, timeout="30s"))
        except (OSError, ValueError) as err:
            raise WorkerLost(f"{cluster}: no Dask scheduler answers ({err}); expected local[N] or its address") from err
        token = uuid4().hex[:8]  # results of another run, that a scheduler may still hold, are not this one's
        futures = [
            client.submit(run_partition, job, number, partition, key=f"{job.command}-{token}-{number}")
            for number, partition in waiting.items()
        ]
        try:
            for batch in as_completed(futures, with_results=True).batches():
                for future, done in batch:
                    future.release()
                    yield done
        except KilledWorker as err:
            lost = waiting[int(str(err.task).rpartition("-")[2])]
            raise WorkerLost(
                f"{lost.address} from {lost.start:,}: ended several workers (is memory short?); what is finished stays"
            ) from err
        except ModuleNotFoundError as err:
            raise NotInstalled(
                f"a worker has no {err.name}; expected this program, in this version, there too"
            ) from err
        finally:
            client.cancel(futures)
