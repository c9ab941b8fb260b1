"""Has the model read ads: those of the store that it has not read, or those of a file."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import datetime
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.ad import JobAd
from crawler.whole_file import whole_file
from pipeline.ad_facts import FactCounter
from pipeline.review_queue import ReviewQueue
from pipeline.scored_file import assessment_line

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["assess_pending", "score_ads", "usable_cores"]

CHUNK = 128
"""Ads that are read at a time: enough to keep the model busy, few enough that a crash loses seconds."""

_FEW: Final = 6
"""Chunks that are read sooner than another process has begun."""

Progress = Callable[[int], None]


def assess_pending(queue: ReviewQueue, assessor: "Assessor", *, now: datetime, progress: Progress) -> int:
    """How many ads of the store were assessed; each chunk is kept as soon as it is read."""
    count, counter = 0, FactCounter(queue, at=now)
    for chunk in queue.pending_ads(assessor.model_version, assessor.taxonomy_version, chunk=CHUNK):
        versions = {pending.version_id: pending.ad.ad_id for pending in chunk}
        facts = counter.count(versions) if assessor.reads_facts else {}
        assessments = list(assessor.assess((pending.ad for pending in chunk), assessed_at=now, facts=facts))
        with queue.atomic():
            for pending, assessment in zip(chunk, assessments, strict=True):
                queue.add_assessment(pending.version_id, assessment)
        count += len(chunk)
        progress(len(chunk))
    return count


def score_ads(
    ads: Iterable[JobAd],
    output: str | Path,
    *,
    assessor: "Assessor",
    places: tuple[Path, Path, str],
    workers: int,
    now: datetime,
    progress: Progress,
) -> int:
    """How many ads were scored: one assessment a line, in the order of the ads, in a file that is there whole or not
    at all. However long the input, only a few chunks of it are held.

    ``places`` are the folders of the assessor's model and taxonomy and what it embeds with: with more than one worker,
    and many ads, each loads its own.
    """
    count = 0
    chunks = _chunks(ads)
    first = list(islice(chunks, _FEW + 1))
    chunks = chain(first, chunks)
    if workers == 1 or len(first) <= _FEW:
        read = _alone(assessor, chunks, now)
    else:
        # What the first start on a machine makes and keeps is made here once, not by each worker.
        read = chain(_alone(assessor, islice(chunks, 1), now), _together(places, chunks, now, workers))
    with whole_file(output) as file:
        for lines in read:
            file.writelines(lines)
            count += len(lines)
            progress(len(lines))
    return count


def usable_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _alone(assessor: "Assessor", chunks: Iterable[list[JobAd]], now: datetime) -> Iterator[list[str]]:
    for chunk in chunks:
        yield [assessment_line(each) for each in assessor.assess(chunk, assessed_at=now)]


def _together(
    places: tuple[Path, Path, str], chunks: Iterable[list[JobAd]], now: datetime, workers: int
) -> Iterator[list[str]]:
    # Spawned, not forked: a forked worker would inherit locks that threads of numerical libraries hold.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    waiting: deque[Future[list[str]]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_read_chunk, places, chunk, now))
            # The executor itself would take in the whole file before the first line is written.
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(ads: Iterable[JobAd]) -> Iterator[list[JobAd]]:
    source = iter(ads)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _read_chunk(places: tuple[Path, Path, str], chunk: list[JobAd], now: datetime) -> list[str]:
    return [assessment_line(each) for each in _assessor(*places).assess(chunk, assessed_at=now)]


@cache
def _assessor(model: Path, taxonomy: Path, embedding: str) -> "Assessor":
    from model.assessor import Assessor

    # Each worker has a core: an embedder that takes them all would only stand in the others' way.
    return Assessor.load(model, taxonomy, embedding, threads=1)
