"""A run on a Dask cluster: what is left of its partitions, done by workers, and a report."""

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from time import perf_counter
from typing import Final, Self
from uuid import uuid4

from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from crawler.errors import WorkerLost
from pipeline.errors import NotInstalled
from pipeline.exports.cluster.inputs import Partition, cut, find_files
from pipeline.exports.cluster.job import Done, Job, run_partition
from pipeline.exports.cluster.output import Output
from pipeline.settings.console import Advance

__all__ = ["ClusterRun", "Report"]

_LOCAL: Final = re.compile(r"local\[([1-9]\d{0,2})\]")
_PATIENCE: Final = "30s"
"""How long an address is tried."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a run."""

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
        """Count a partition."""
        self.rows += done.rows
        self.pages = dict(Counter(self.pages) + Counter(done.pages))
        self.problems.extend(done.problems)
        self.worker_seconds += done.seconds

    def lines(self) -> Iterator[str]:
        """The report for a person."""
        earlier = f", {self.found:,} of them finished by an earlier run" if self.found else ""
        rate = f", {self.rows / self.seconds:,.0f} ads a second" if self.rows else ""
        yield f"{self.partitions:,} partitions{earlier}; {self.seconds:,.1f} s{rate}"
        if self.pages:
            counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.pages.items())
            yield f"pages: {counts}"
        yield from (f"problem: {problem}" for problem in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRun:
    """A run that has begun, or goes on with one that was broken off."""

    job: Job
    partitions: tuple[Partition, ...]
    waiting: Mapping[int, Partition]
    """By number, what is still to be done."""

    @classmethod
    def begin(cls, job: Job, address: str) -> Self:
        """Looks at the input and at what lies in the output. Raises ``BadAdsFile`` and ``BadOutput``."""
        files = find_files(address)
        partitions, output = tuple(cut(files)), Output(job.output)
        settings = asdict(job)
        versions = {"model": job.model and job.model.name, "taxonomy": settings.pop("taxonomy_version")}
        for name in ("output", "model", "taxonomy"):  # where a folder lies changes nothing
            del settings[name]
        begun = output.begin({"format": 1, **versions, **settings, "inputs": [asdict(file) for file in files]})
        finished = output.finished()
        waiting = {number: each for number, each in enumerate(partitions) if number not in finished}
        return cls(job=replace(job, started_at=begun), partitions=partitions, waiting=waiting)

    def work(self, cluster: str, advance: Advance) -> Report:
        """Has the workers of ``local[N]`` or of a scheduler's address do what is waiting. What a lost worker had is
        done by another; after an error the partitions that are finished stay. Raises ``WorkerLost``."""
        begun, found = perf_counter(), len(self.partitions) - len(self.waiting)
        report = Report(output=self.job.output, partitions=len(self.partitions), found=found)
        if self.waiting:
            with _connected(cluster) as client:
                for done in self._results(client):
                    report.add(done)
                    advance(1, doing=f"{report.rows:,} ads")
        Output(self.job.output).end()
        report.seconds = perf_counter() - begun
        return report

    def _results(self, client: Client) -> Iterator[Done]:
        token = uuid4().hex[:8]  # results of another run, that a scheduler may still hold, are not this one's
        futures = [
            client.submit(run_partition, self.job, number, partition, key=f"{self.job.command}-{token}-{number}")
            for number, partition in self.waiting.items()
        ]
        try:
            for batch in as_completed(futures, with_results=True).batches():
                for future, done in batch:
                    future.release()
                    yield done
        except KilledWorker as err:
            lost = self.partitions[int(str(err.task).rpartition("-")[2])]
            raise WorkerLost(
                f"{lost.address} from {lost.start:,}: ended several workers (is memory short?); what is finished stays"
            ) from err
        except ModuleNotFoundError as err:
            raise NotInstalled(
                f"a worker has no {err.name}; expected this program, in this version, there too"
            ) from err
        finally:
            client.cancel(futures)


@contextmanager
def _connected(cluster: str) -> Iterator[Client]:
    if workers := _LOCAL.fullmatch(cluster):
        with (
            LocalCluster(
                n_workers=int(workers[1]), threads_per_worker=1, dashboard_address=None, silence_logs=logging.ERROR
            ) as local,
            Client(local) as client,
        ):
            yield client
        return
    try:
        client = Client(cluster, timeout=_PATIENCE)
    except (OSError, ValueError) as err:
        raise WorkerLost(f"{cluster}: no Dask scheduler answers ({err}); expected local[N] or its address") from err
    with client:
        yield client
