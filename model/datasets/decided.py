"""Exported decisions: what analysts of an installation decided, as ``lurewatch labels export`` writes it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from model.ad_facts import AdFacts, facts_from_record
from model.assessment import Kind
from model.datasets.labels import LabelledAd, near_duplicate_key
from model.datasets.records import Record, read_json_lines, text_ad
from model.errors import BadDataset

__all__ = ["DECIDED_FIELDS", "read_decided"]

DECIDED_FIELDS: Final = (
    "ad_id", "source", "language", "title", "description", "verdict", "confirmed", "rejected", "reason", "decided_at",
    "fingerprint",
)  # fmt: skip
"""Fields of a line, in the order in which they are written; ``facts`` follow where they are known."""

_KINDS: Final[dict[str, Kind | None]] = {
    "trafficking_recruitment": "trafficking_recruitment",
    "job_fraud": "job_fraud",
    # A reviewer acts on it; of the two kinds that are acted on it is the nearer one.
    "irregular_recruitment": "job_fraud",
    "legitimate": "legitimate",
    "not_an_ad": "not_an_ad",
    "cannot_tell": None,
}


def read_decided(path: Path, dataset: str) -> Iterator[LabelledAd]:
    """Decided ads; those that nobody could tell are passed over."""
    for row in read_json_lines(path, frozenset(DECIDED_FIELDS), {"facts"}):
        kind = row.one_of("verdict", _KINDS)
        if kind is not None:
            title, description = row.text("title"), row.text("description")
            yield LabelledAd(
                ad=text_ad(
                    dataset, row.text("ad_id"), title=title, description=description, language=row.text("language")
                ),
                kind=kind,
                dataset=dataset,
                sort=row.text("verdict"),
                genre="board",
                group=f"{dataset}:{near_duplicate_key(title + description)}",
                dated=_moment(row),
                facts=_facts(row),
            )


def _facts(row: Record) -> AdFacts | None:
    record = row.fields.get("facts")
    return None if record is None else facts_from_record(record, row.where)


def _moment(row: Record) -> datetime:
    text = row.text("decided_at")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise BadDataset(f"{row.where}: decided_at is {text!r}, expected a date and time as ISO 8601") from err
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
