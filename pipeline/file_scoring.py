"""Has the model read the ads of a file, on as many cores as are given.

Each worker imports this module before it reads anything: what opens the store has no place here.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.ad import JobAd
from crawler.whole_file import whole_file
from pipeline.errors import WorkerLost
from pipeline.in_service import read_assessor
from pipeline.scored_file import assessment_line

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["score_ads", "usable_cores"]

_CHUNK: Final = 256
"""Ads that are read at a time: as many as the model looks at together, so that the last ones are soon done."""

_FEW: Final = 3
"""Chunks that are read sooner than another process has begun."""

_AHEAD: Final = 8
"""Chunks that may be under way for each worker. Lines are written in order: with few ahead, the other workers would
wait for a chunk of long ads."""

_HELD: Final = 16_000_000
"""Characters of ads that may be under way, however few the chunks: a file of endless ads must not fill the memory."""

Progress = Callable[[int], None]
Places = tuple[Path, Path]


def score_ads(
    ads: Iterable[JobAd],
    output: str | Path,
    *,
    assessor: "Assessor",
    places: Places,
    workers: int,
    now: datetime,
    progress: Progress,
) -> int:
    """How many ads were scored: one assessment a line, in the order of the ads, in a file that is there whole or not
    at all. However long the input, only a few chunks of it are held.

    ``places`` are the folders of the assessor's model and taxonomy: with more than one worker, and many ads, each loads
    its own.
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


def _together(places: Places, chunks: Iterable[list[JobAd]], now: datetime, workers: int) -> Iterator[list[str]]:
    # Spawned, not forked: a forked worker would inherit locks that threads of numerical libraries hold.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    waiting: deque[tuple[Future[list[str]], int]] = deque()
    held = 0
    try:
        for chunk in chunks:
            size = sum(len(ad.title) + len(ad.description) for ad in chunk)
            waiting.append((pool.submit(_read_chunk, places, chunk, now), size))
            held += size
            # The executor itself would take in the whole file before the first line is written.
            while len(waiting) > _AHEAD * workers or (held > _HELD and len(waiting) > workers):
                lines, size = waiting.popleft()
                held -= size
                yield lines.result()
        while waiting:
            yield waiting.popleft()[0].result()
    except BrokenProcessPool as err:
        raise WorkerLost(
            "a process that read ads was ended from outside (is memory short?); expected it to finish. "
            "Nothing was written; --workers 1 needs least"
        ) from err
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(ads: Iterable[JobAd]) -> Iterator[list[JobAd]]:
    source = iter(ads)
    while chunk := list(islice(source, _CHUNK)):
        yield chunk


def _read_chunk(places: Places, chunk: list[JobAd], now: datetime) -> list[str]:
    return [assessment_line(each) for each in _assessor(*places).assess(chunk, assessed_at=now)]


_assessor = cache(read_assessor)
