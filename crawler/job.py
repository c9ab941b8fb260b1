"""Job: what a child process is told, as one JSON object on its standard input."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from crawler.plain_record import from_plain
from crawler.source import Source

__all__ = ["PROGRESS", "Job", "card_digest", "dump_job", "load_job"]

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


def card_digest(source: Source) -> str:
    """Equal for equal cards: an unfinished batch is taken up under the card that it was begun with, or not at all."""
    return hashlib.sha256(json.dumps(asdict(source), default=str, sort_keys=True).encode()).hexdigest()


def load_job(text: str) -> Job:
    """The job that ``dump_job`` wrote."""
    return from_plain(Job, json.loads(text))
