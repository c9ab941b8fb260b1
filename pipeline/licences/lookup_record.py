"""Look-ups as lines of JSON, and back. docs/formats.md has the format."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from crawler.whole_file import dumps_line
from pipeline.licences.lookup import Claim, Holder, LicenceFact, LicenceLookup, LookedIn

__all__ = ["lookup_from_line", "lookup_line", "lookup_to_record"]


def lookup_to_record(lookup: LicenceLookup) -> dict[str, Any]:
    """The look-up as JSON knows it: days and moments as ISO 8601 writes them."""
    return dict(_plain(asdict(lookup)))


def lookup_line(lookup: LicenceLookup) -> str:
    """The look-up as one line."""
    return dumps_line(lookup_to_record(lookup))


def lookup_from_line(line: str) -> LicenceLookup:
    """The look-up that was written so."""
    record = json.loads(line)
    return LicenceLookup(
        ad_id=record["ad_id"],
        result=record["result"],
        facts=tuple(_fact(fact) for fact in record["facts"]),
        unanswered=tuple(record["unanswered"]),
        looked_at=datetime.fromisoformat(record["looked_at"]),
    )


def _fact(record: dict[str, Any]) -> LicenceFact:
    return LicenceFact(
        result=record["result"],
        claims=tuple(Claim(**claim) for claim in record["claims"]),
        looked_in=tuple(LookedIn(**{**one, "as_of": date.fromisoformat(one["as_of"])}) for one in record["looked_in"]),
        score=record["score"],
        holder=_holder(record["holder"]) if record["holder"] else None,
        notes=tuple(record["notes"]),
    )


def _holder(record: dict[str, Any]) -> Holder:
    until = record["valid_until"]
    days = {"valid_until": date.fromisoformat(until) if until else None}
    return Holder(**{**record, **days, "numbers": tuple(record["numbers"])})


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case date():  # a datetime is one too
            return value.isoformat()
        case _:
            return value
