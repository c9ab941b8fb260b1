"""Job: what a child process is told, as one JSON object on its standard input."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from crawler.source import Budget, Expect, Revisit, Source

__all__ = ["PROGRESS", "Job", "dump_job", "load_job"]

PROGRESS = "collecting"
"""The message of a child's progress lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of one source."""

    source: Source
    folder: Path
    """The batch's folder; its last part is the run's name."""

    started_at: datetime
    contact: str | None
    """Not on the command line, which every user of the machine can read."""


def dump_job(job: Job) -> str:
    """The job as JSON."""
    return json.dumps(asdict(job), default=str)


def load_job(text: str) -> Job:
    """The job that ``dump_job`` wrote."""
    record: dict[str, Any] = json.loads(text)
    return Job(
        source=_source(record["source"]),
        folder=Path(record["folder"]),
        started_at=datetime.fromisoformat(record["started_at"]),
        contact=record["contact"],
    )


def _source(record: dict[str, Any]) -> Source:
    ads = record["expect"]["ads"]
    return Source(
        **record
        | {
            "start": tuple(record["start"]),
            "hosts": tuple(record["hosts"]),
            "reviewed_on": date.fromisoformat(record["reviewed_on"]) if record["reviewed_on"] else None,
            "budget": Budget(**record["budget"]),
            "expect": Expect(ads=tuple(ads) if ads else None, fields=record["expect"]["fields"]),
            "revisit": Revisit(**record["revisit"]),
            "select": {name: tuple(tried) for name, tried in record["select"].items()},
            "columns": {name: tuple(tried) for name, tried in record["columns"].items()},
        }
    )
