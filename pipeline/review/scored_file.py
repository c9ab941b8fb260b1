"""Has the model read the ads of a file, on as many cores as are given.

Each worker imports this module before it reads anything: what opens the store has no place here.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.ad import JobAd
from crawler.files import whole_file
from pipeline.errors import WorkerLost
from pipeline.review.current_model import read_assessor, start_no_threads
from pipeline.store.ads.assessment_json import assessment_line

if TYPE_CHECKING:
    from model.assessor import Assessor

__all__ = ["Scored", "score_ads", "usable_cores"]

_CHUNK: Final = 256
"""Ads that a worker is given at a time: few enough that the last ones are soon done."""

_FEW: Final = 3
"""Chunks that are read sooner than workers have begun."""

_AHEAD: Final = 8
"""Chunks that may be under way for each worker. Lines are written in order: with few ahead, the other workers would
wait for a chunk of long ads."""

_HELD: Final = 16_000_000
"""Characters of ads that may be under way, however few the chunks: a file of endless ads must not fill the memory."""

_IMPORTED: Final = ["model.assessor", "pipeline.review.scored_file"]
"""What the workers share: two thirds of what one needs to begin, of its memory and its time."""

Progress = Callable[[int], None]
Places = tuple[Path, Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What read the ads."""

    model: str
    taxonomy: str
    is_taxonomy_edited: bool

    @classmethod
    def of(cls, assessor: "Assessor") -> "Versions":
        return cls(
            model=assessor.model_version,
            taxonomy=assessor.taxonomy_version,
            is_taxonomy_edited=assessor.is_taxonomy_edited,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What came of a file."""

    ads: int
    by: Versions


def score_ads(
    ads: Iterable[JobAd], output: str | Path, *, places: Places, workers: int, now: datetime, progress: Progress
) -> Scored:
    """One assessment a line, in the order of the ads, in a file that is there whole or not at all. However long the
    input, only a few chunks of it are held.

    ``places`` are the folders of the model and the taxonomy. Few ads are read here; of more, each worker loads its own,
    and this process none.
    """
    chunks = _chunks(ads)
    first = list(islice(chunks, _FEW + 1))
    chunks = chain(first, chunks)
    is_short = workers == 1 or len(first) <= _FEW
    read = _here(places, chunks, now) if is_short else _in_workers(places, chunks, now, workers)
    with whole_file(output) as file:
        count = 0
        for lines, versions in read:
            file.writelines(lines)
            count += len(lines)
            progress(len(lines))
            by = versions
    return Scored(ads=count, by=by)


def usable_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _here(places: Places, chunks: Iterable[list[JobAd]], now: datetime) -> Iterator[tuple[list[str], Versions]]:
    assessor = read_assessor(*places)
    by = Versions.of(assessor)
    yield [], by  # what would have read the ads of an empty file
    for chunk in chunks:
        yield _lines(assessor, chunk, now), by


def _in_workers(
    places: Places, chunks: Iterable[list[JobAd]], now: datetime, workers: int
) -> Iterator[tuple[list[str], Versions]]:
    pool = ProcessPoolExecutor(workers, mp_context=_context())
    waiting: deque[tuple[Future[tuple[list[str], Versions]], int]] = deque()
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


def _context() -> multiprocessing.context.BaseContext:
    """Workers are forked from a server that has imported the model and done nothing else: forked from this process they
    would inherit locks that a progress bar's thread may hold."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    start_no_threads()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


def _read_chunk(places: Places, chunk: list[JobAd], now: datetime) -> tuple[list[str], Versions]:
    assessor = _assessor(*places)
    return _lines(assessor, chunk, now), Versions.of(assessor)


def _lines(assessor: "Assessor", chunk: list[JobAd], now: datetime) -> list[str]:
    return [assessment_line(each) for each in assessor.assess(chunk, assessed_at=now)]


_assessor = cache(read_assessor)
