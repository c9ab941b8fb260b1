"""Work of a cluster run on one partition: the same readers and the same model as on one machine."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, Final, Literal

from fsspec.core import url_to_fs

from crawler.ad import JobAd
from crawler.archive.job_pages import JobPages
from crawler.batch.ad_json import BadField, ad_from_record, ad_to_record
from crawler.batch.ads_file import OUTSIDE_SOURCE, read_ads
from crawler.errors import BadAdsFile, WorkerLost
from model.assessment import Assessment
from model.batches import in_batches
from pipeline.exports.cluster.inputs import Partition, open_partition, parquet_rows, reading
from pipeline.exports.cluster.output import Output, schema_of
from pipeline.linking.campaigns import SignedAd, sign_ads
from pipeline.review.model_in_service import read_assessor
from pipeline.store.ads.assessment_json import assessment_to_record

__all__ = ["Command", "Done", "Job", "run_partition"]

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
    """What came of a partition."""

    rows: int
    pages: Mapping[str, int]
    problems: tuple[str, ...]
    seconds: float


_ONE_AT_A_TIME: Final = Lock()
"""A worker may have several threads; the model is read by one."""

_MOST_PROBLEMS: Final = 20


def run_partition(job: Job, number: int, partition: Partition) -> Done:
    """Reads a partition, writes what came of it, and counts."""
    with _ONE_AT_A_TIME:
        begun = perf_counter()
        pages = JobPages(now=job.started_at, every_page=job.every_page)
        read = _pages_of if job.command == "extract" else _ads_of
        make, record = _MAKERS[job.command]
        rows = Output(job.output).write(number, schema_of(record), make(job, read(job, partition, pages)))
        problems = tuple(pages.problems[:_MOST_PROBLEMS])
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
            except BadField as err:
                raise BadAdsFile(f"{partition.address} row {row}: {err}") from err
    else:
        counted = f" (counted from byte {partition.start:,})" if partition.start else ""
        try:
            with reading(partition.address), open_partition(partition) as file:
                yield from read_ads(
                    partition.address, seen_at=job.started_at, ignore_unknown=job.ignore_unknown, columns=job.columns,
                    file=file,
                )  # fmt: skip
        except BadAdsFile as err:
            raise BadAdsFile(f"{err}{counted}") from err


def _pages_of(job: Job, partition: Partition, pages: JobPages) -> Iterator[JobAd]:
    if partition.kind == "archive":
        with reading(partition.address), open_partition(partition) as file:
            yield from pages.read_warc(file, partition.address)
        return
    for rows in in_batches(_rows_of(partition), _AT_ONCE):
        if "html" in rows[0]:
            for row in rows:
                yield from pages.read_html(
                    str(row["html"]).encode("utf-8", "replace"), url=str(row["url"]), seen_at=job.started_at
                )
        else:
            yield from _indexed(job, rows, partition, pages)


_AT_ONCE: Final = 64
"""Records that are asked for together: stores that answer over a network are slow in answering, not in sending."""


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


def _score(job: Job, ads: Iterable[JobAd]) -> Iterator[dict[str, Any]]:
    assert job.model is not None
    assert job.taxonomy is not None
    assessor = _assessor(job.model, job.taxonomy)
    found = assessor.model_version, assessor.taxonomy_version
    if found != (expected := (job.model.name, job.taxonomy_version)):
        raise WorkerLost(f"a worker reads with model and taxonomy {found}; expected {expected} as here")
    for assessment in assessor.assess(ads, assessed_at=job.started_at):
        yield assessment_to_record(assessment) | {"assessed_at": assessment.assessed_at}


def _extract(_job: Job, ads: Iterable[JobAd]) -> Iterator[dict[str, Any]]:
    for ad in ads:
        moments = {"seen_at": ad.seen_at, "date_posted": ad.date_posted, "valid_through": ad.valid_through}
        yield ad_to_record(ad) | moments


def _sign(_job: Job, ads: Iterable[JobAd]) -> Iterator[dict[str, Any]]:
    return map(asdict, sign_ads(ads))


_MAKERS: Final[Mapping[Command, tuple[Any, type]]] = {
    "score": (_score, Assessment),
    "extract": (_extract, JobAd),
    "campaigns": (_sign, SignedAd),
}
