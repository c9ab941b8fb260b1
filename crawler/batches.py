"""One run of one source on disk: written under a hidden name, renamed when whole, never changed afterwards."""

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.ad import JobAd
from crawler.ad_record import ad_to_record
from crawler.ads_file import read_ads
from crawler.errors import BadBatch
from crawler.json_line import json_line
from crawler.ledger import NAMED_AT_MOST, OUTCOMES, Ledger
from crawler.warc import WarcFile

if TYPE_CHECKING:
    from crawler.extract.raw import RawAd

__all__ = ["Batch", "BatchSummary", "BatchWriter", "find_batches", "free_run", "read_batch"]

ADS, RAW, LEDGER, PAGES, SUMMARY = "ads.jsonl", "raw.jsonl.gz", "ledger.jsonl.gz", "pages.warc.gz", "summary.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSummary:
    """What one run came to. ``outcomes`` add up to ``addresses``."""

    source: str
    run: str
    """The start in UTC, sortable, such as ``20261124T020000Z``; also the folder's name."""

    started_at: datetime
    ended_at: datetime
    finished: bool
    """True only when the batch is whole: every address that was seen has its outcome."""

    outcomes: Mapping[str, int]
    addresses: int
    ads: int
    healthy: bool
    """True where nothing speaks against taking the batch in."""

    problems: tuple[str, ...]
    """Why the batch is not healthy."""

    addresses_by_outcome: Mapping[str, tuple[str, ...]]
    """The addresses behind the counts, but those of ads; the ledger has them all, with details."""

    named_at_most: int = NAMED_AT_MOST
    """How many addresses are named for one outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A finished batch that adds up."""

    folder: Path
    summary: BatchSummary

    def ads(self) -> Iterator[JobAd]:
        """The batch's ads in the order of collection, read as they are asked for."""
        return read_ads(self.folder / ADS, seen_at=self.summary.started_at)


class BatchWriter:
    """A batch being written, under a hidden name until it is finished."""

    def __init__(self, folder: Path, *, source: str, started_at: datetime, software: str) -> None:
        """Reserve the batch that will be ``folder``; raises ``BadBatch`` where it exists already."""
        self._final = folder
        self._partial = folder.with_name(f".{folder.name}.partial")
        self._source, self._started_at = source, started_at
        self.ads = 0
        if folder.exists() or self._partial.exists():
            raise BadBatch(f"{folder}: expected a run's name that is free, found a batch of that name")
        self._partial.mkdir(parents=True)
        self._ads = (self._partial / ADS).open("x", encoding="utf-8", newline="\n")
        self._raw = gzip.open(self._partial / RAW, "xt", 6, encoding="utf-8", newline="\n")  # noqa: SIM115
        self._ledger = gzip.open(self._partial / LEDGER, "xt", 6, encoding="utf-8", newline="\n")  # noqa: SIM115
        self.ledger = Ledger(self._ledger)
        self.warc = WarcFile(self._partial / PAGES, software=software, at=started_at)

    def add(self, ad: JobAd, raw: "RawAd") -> None:
        """Write one ad and its raw twin."""
        self._ads.write(json_line(ad_to_record(ad)))
        self._raw.write(json_line({"ad_id": ad.ad_id, "raw": _raw_record(raw)}))
        self.ads += 1

    def close(self) -> None:
        """End the files and leave the batch unfinished."""
        for file in (self._ads, self._raw, self._ledger, self.warc):
            file.close()

    def finish(self, *, ended_at: datetime, problems: tuple[str, ...]) -> BatchSummary:
        """The summary, after the batch has taken its name. Every address must have its outcome by now."""
        summary = BatchSummary(
            source=self._source,
            run=self._final.name,
            started_at=self._started_at,
            ended_at=ended_at,
            finished=True,
            outcomes=self.ledger.outcomes,
            addresses=len(self.ledger),
            ads=self.ads,
            healthy=not problems,
            problems=problems,
            addresses_by_outcome=self.ledger.addresses_by_outcome,
        )
        self.close()
        _write_summary(summary, self._partial / SUMMARY)
        for file in self._partial.iterdir():
            _settle_on_disk(file)
        self._partial.rename(self._final)
        _settle_on_disk(self._final.parent)
        return summary


def _raw_record(raw: "RawAd") -> dict[str, object]:
    record = {name: value for name in raw.__dataclass_fields__ if (value := getattr(raw, name)) is not None}
    return record | ({"base_salary": asdict(raw.base_salary)} if raw.base_salary else {})


def free_run(folder: Path, at: datetime) -> str:
    """A run's name that nothing has in a source's folder: the moment in UTC, with a number where it is taken."""
    name = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    run, number = name, 1
    while (folder / run).exists() or (folder / f".{run}.partial").exists():
        number += 1
        run = f"{name}-{number}"
    return run


def find_batches(output: Path) -> tuple[Path, ...]:
    """The folders of the finished batches below ``DIR``, oldest run first within each source."""
    return tuple(sorted(file.parent for file in output.glob(f"[!.]*/[!.]*/{SUMMARY}")))


def read_batch(folder: str | Path) -> Batch:
    """The batch in a folder; raises ``BadBatch`` where it is unfinished or does not add up."""
    folder = Path(folder)
    if not folder.is_dir():
        raise BadBatch(f"{folder}: expected a batch folder, found none")
    if folder.name.startswith("."):
        raise BadBatch(f"{folder}: unfinished: its crawl was stopped before the batch was whole")
    for name in (SUMMARY, ADS, RAW, LEDGER, PAGES):
        if not (folder / name).is_file():
            raise BadBatch(f"{folder}: expected {name}, found none")
    summary = _read_summary(folder / SUMMARY)
    _check_sums(summary, folder)
    return Batch(folder=folder, summary=summary)


def _check_sums(summary: BatchSummary, folder: Path) -> None:
    if not summary.finished:
        raise BadBatch(f'{folder}: unfinished: {SUMMARY} says "finished" is false')
    if summary.run != folder.name:
        raise BadBatch(f'{folder}: {SUMMARY} says "run" is {summary.run!r}, expected the folder\'s name')
    total = sum(summary.outcomes.values())
    if total != summary.addresses:
        raise BadBatch(f"{folder}: {SUMMARY}: outcomes add up to {total}, expected addresses, {summary.addresses}")
    with (folder / ADS).open("rb") as file:
        lines = sum(1 for _ in file)
    if lines != summary.ads:
        raise BadBatch(f"{folder}: {ADS} holds {lines} ads, {SUMMARY} says {summary.ads}")


def _write_summary(summary: BatchSummary, path: Path) -> None:
    record = asdict(summary) | {"started_at": summary.started_at.isoformat(), "ended_at": summary.ended_at.isoformat()}
    path.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _read_summary(path: Path) -> BatchSummary:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        missing = [f.name for f in fields(BatchSummary) if f.name not in record]
        if missing:
            raise BadBatch(f'{path}: expected the key "{missing[0]}", found none')
        if not {str(outcome) for outcome in record["outcomes"]} <= set(OUTCOMES):
            raise BadBatch(f'{path}: key "outcomes": expected {", ".join(OUTCOMES)}, found {list(record["outcomes"])}')
        record["problems"] = tuple(record["problems"])
        record["addresses_by_outcome"] = {k: tuple(v) for k, v in record["addresses_by_outcome"].items()}
        for key in ("started_at", "ended_at"):
            record[key] = datetime.fromisoformat(record[key])
        return BatchSummary(**record)
    except (ValueError, TypeError, AttributeError) as err:
        raise BadBatch(f"{path}: expected a batch summary, found something else ({err})") from err


def _settle_on_disk(path: Path) -> None:
    """Make sure that a power cut cannot take back what the batch's name promises."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
