"""Runner of sources, each in a worker process of its own.

A failure, a leak or a slow host stays with its source. A ``Job`` goes to the worker as one JSON object on its standard
input.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Timer
from uuid import uuid4

import structlog

from crawler.batch.ad_json import from_plain
from crawler.batch.batch import BatchSummary, free_run, read_batch
from crawler.batch.journal import find_unfinished
from crawler.errors import OUTCOMES, BadBatch, CrawlerError, InUse
from crawler.fetch.settings import check_browser, check_contact
from crawler.history.crawl_state import Holding
from crawler.history.shared_frontier import check_frontier
from crawler.language.disk_cache import cache_folder
from crawler.processes import hold, usable_cores
from crawler.sources.card import KINDS, Source
from crawler.sources.loader import check_switched_on

log = structlog.get_logger()

PROGRESS = "collecting"
"""The message of a worker's progress lines."""

LEVELS = {"info", "warning", "error"}
"""Of a worker's lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of one source."""

    source: Source
    folder: Path
    """The batch's folder; its last part is the run's name."""

    started_at: datetime
    contact: str | None
    """Not on the command line, which every user of the machine can read."""

    holding: Holding | None = None
    """What the store holds of the source; None where nobody asked it."""

    frontier: str | None = None
    """The Redis where several machines share the frontier of this source."""

    workers: int = 1
    """Processes that read the rows of a file."""


def dump_job(job: Job) -> str:
    """The job as JSON."""
    return json.dumps(asdict(job), default=str)


def card_digest(source: Source) -> str:
    """Equal for equal cards: an unfinished batch is resumed under the card that it was begun with, or not at all."""
    return hashlib.sha256(json.dumps(asdict(source), default=str, sort_keys=True).encode()).hexdigest()


def load_job(text: str) -> Job:
    """The job that ``dump_job`` wrote."""
    return from_plain(Job, json.loads(text))


AT_ONCE = 4
"""Sources read at the same time. A worker is idle most of the time, for politeness."""

HOST_WAIT = 30.0
"""Seconds to wait for a host: the child of a crawl that was killed ends within a few."""


def crawl_sources(
    sources: Iterable[Source],
    output: Path,
    *,
    contact: str | None,
    now: datetime,
    on_progress: Callable[[int], None] = lambda addresses: None,
    holdings: Mapping[str, Holding] | None = None,
    frontier: str | None = None,
    workers: int | None = None,
) -> tuple[BatchSummary, ...]:
    """A summary for each source in the order given; the batches lie at ``output/<source>/<run>``.

    ``on_progress`` is told how many more addresses were found. ``now`` names the runs. A run that was killed within the
    last three days is resumed under its own name, if its source's card is still the same; its batch then holds all that
    was collected before. Nothing starts where a source is switched off (``SwitchedOff``) or unreviewed
    (``UnreviewedSource``), or a foreign host would be asked without the operator's contact (``NoContact``). A source
    whose process fails has a summary that is not finished and says why. Sources that share a host take turns, and a
    host that another process of this user reads is left alone, so that no host sees two requests at once.

    With a ``frontier``, the address of a Redis, other machines may run the same sources at the same time: each address
    is read by one of them, hosts see one request at a time from all of them together, and each batch holds a part.
    Sources that read files are not shared. So many ``workers`` read the rows of a file; as many as there are cores
    where it is not given.
    """
    wanted = tuple(sources)
    _check(wanted, contact, frontier)
    children: set[subprocess.Popen[str]] = set()
    is_stopped = Event()
    locks = (cache_folder() or Path(output)) / ".hosts"  # all crawls of this user share them
    started_at = now.astimezone(UTC)

    def read(source: Source) -> BatchSummary:
        is_shared = frontier is not None and not source.reads_files
        hosts = []
        with ExitStack() as held:
            try:
                for site in () if is_shared else sorted(source.sites):
                    lock = locks / f"{hashlib.sha256(site.encode()).hexdigest()[:16]}.lock"
                    hosts.append(held.enter_context(hold(lock, doing=f"reading {site}", at=now, wait=HOST_WAIT)))
            except InUse as err:
                log.error("source not read", source=source.name, problem=str(err))  # noqa: TRY400 - it says all
                return _unfinished(source, f"{started_at:%Y%m%dT%H%M%SZ}", started_at, str(err))
            job = Job(
                source=source,
                folder=_folder_of_run(source, Path(output), now, is_shared=is_shared),
                started_at=started_at,
                contact=contact,
                holding=(holdings or {}).get(source.name),
                frontier=frontier if is_shared else None,
                workers=workers or usable_cores(),
            )
            return _run(job, hosts, on_progress, children)

    def read_in_turn(group: tuple[Source, ...]) -> list[BatchSummary]:
        return [read(source) for source in group if not is_stopped.is_set()]

    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        futures = [threads.submit(read_in_turn, group) for group in _groups_without_shared_hosts(wanted)]
        try:
            summaries = {summary.source: summary for future in futures for summary in future.result()}
        except KeyboardInterrupt:  # or one would wait for hours until all is read
            is_stopped.set()
            for child in tuple(children):
                child.terminate()
            raise
    return tuple(summaries[source.name] for source in wanted)


def _check(sources: Sequence[Source], contact: str | None, frontier: str | None) -> None:
    for name, times in Counter(source.name for source in sources).items():
        if times > 1:
            raise CrawlerError(f"source {name}: expected once in a crawl, found {times} times")
    for source in sources:
        check_switched_on(source)
        check_contact(contact, source)
        check_browser(source)
    if frontier:
        check_frontier(frontier)


def _folder_of_run(source: Source, output: Path, now: datetime, *, is_shared: bool) -> Path:
    """The folder of the run that is to be taken up, or of a new one."""
    home = output.absolute() / source.name
    # What a killed worker had taken from the others is theirs by now.
    card = "" if KINDS[source.kind].starts_anew or is_shared else card_digest(source)
    unfinished = find_unfinished(home, card=card, now=now)
    if unfinished:
        log.info("run resumed", source=source.name, run=unfinished.name)
        return unfinished
    run = free_run(home, now)
    # The parts of one crawl are made on machines that do not know of each other.
    return home / (f"{run}-{uuid4().int % 10**9}" if is_shared else run)


def _groups_without_shared_hosts(sources: Iterable[Source]) -> list[tuple[Source, ...]]:
    """The sources in groups that have no host in common."""
    groups: list[list[Source]] = []
    for source in sources:
        near = [group for group in groups if any(not source.sites.isdisjoint(other.sites) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(member for group in near for member in group), source])
    return [tuple(group) for group in groups]


def _run(
    job: Job,
    hosts: Sequence[int],
    on_progress: Callable[[int], None],
    children: set[subprocess.Popen[str]],
) -> BatchSummary:
    log.info("source started", source=job.source.name, run=job.folder.name)
    reason, addresses = "", 0
    with _start(job, hosts) as child:
        children.add(child)
        # It may outlive its budget for the requests under way and the last pause.
        deadline = Timer(job.source.budget.minutes * 60 + job.source.delay + 900.0, child.kill)
        deadline.daemon = True
        deadline.start()
        for line in child.stdout or ():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not isinstance(event, dict):
                continue
            if event.get("event") == PROGRESS:
                on_progress(event["addresses"] - addresses)
                addresses = event["addresses"]
            else:
                reason = str(event.get("reason") or reason)
                level = event.pop("level", "info")
                getattr(log, level if level in LEVELS else "info")(str(event.pop("event", "")), **event)
        child.wait()
        children.discard(child)
        deadline.cancel()
    try:
        if child.returncode == 0:
            return read_batch(job.folder).summary
        problem = f"the crawl ended before its batch was whole ({reason or f'exit code {child.returncode}'})"
    except BadBatch as err:
        problem = str(err)
    log.error("source failed", source=job.source.name, run=job.folder.name, problem=problem)
    return _unfinished(job.source, job.folder.name, job.started_at, problem)


def _start(job: Job, hosts: Sequence[int]) -> subprocess.Popen[str]:
    home = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))
    child = subprocess.Popen(
        # -P: a folder that happens to be the working directory has no say in what is imported.
        # -c: processes that read rows would import a main module, and Scrapy with it, again.
        [sys.executable, "-P", "-c", "import sys, crawler.run.worker; sys.exit(crawler.run.worker.main())"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        pass_fds=hosts,  # held on where this process is killed and the child still reads
        # OpenBLAS starts a thread for each processor, which the one array product a page does not use.
        env={"OPENBLAS_NUM_THREADS": "1"} | os.environ | {"PYTHONPATH": path},
    )
    assert child.stdin is not None  # asked for above
    with child.stdin, suppress(BrokenPipeError):
        child.stdin.write(dump_job(job))
    return child


def _unfinished(source: Source, run: str, started_at: datetime, problem: str) -> BatchSummary:
    return BatchSummary(
        source=source.name,
        run=run,
        started_at=started_at,
        ended_at=datetime.now(UTC),
        finished=False,
        outcomes=dict.fromkeys(OUTCOMES, 0),
        addresses=0,
        ads=0,
        healthy=False,
        problems=(problem,),
        addresses_by_outcome={},
    )
