"""A JobAd as the database keeps it."""

import json
from typing import Any

from crawler.ad import JobAd
from crawler.ad_record import ad_from_record
from pipeline.store import to_moment

__all__ = ["read_ad", "storable"]


def read_ad(record: str) -> JobAd:
    """The ad that was stored as this line."""
    values: dict[str, Any] = json.loads(record)
    return ad_from_record(values, source=values["source"], seen_at=to_moment(values["seen_at"]))


def storable(text: str | None) -> str | None:
    """The text as SQLite takes it, which speaks UTF-8 alone; the record, which is JSON, keeps what was really there."""
    return text if text is None else text.encode("utf-8", "replace").decode()
