"""Records of licence claims and look-ups, and their JSON Lines."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from crawler.batch.ad_json import from_plain
from crawler.files import dumps_line

__all__ = [
    "RESULTS", "Claim", "Holder", "LicenceFact", "LicenceLookup", "LookedIn", "Result", "lookup_from_line",
    "lookup_line", "lookup_to_record",
]  # fmt: skip

Result = Literal[
    "lapsed", "other_work_or_country", "contact_differs", "not_found", "licensed", "nothing_claimed"
]  # fmt: skip
RESULTS: Final[tuple[Result, ...]] = (
    "lapsed", "other_work_or_country", "contact_differs", "not_found", "licensed", "nothing_claimed",
)  # fmt: skip
"""What a look-up can come to, the most important first: of several facts it is the ad's.

``licensed``: listed as licensed and active. ``other_work_or_country``: licensed, but not for this work or country.
``lapsed``: listed as expired, suspended or cancelled. ``contact_differs``: number or name is listed, the contact is
not, as on pages that copy an agency's. ``not_found``: not listed, which proves nothing. ``nothing_claimed``: the ad
names no licence and offers no work abroad that a register here could speak of.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the ad says."""

    kind: Literal["number", "name", "words"]
    said: str
    """As the ad writes it."""

    field: str
    """Field of the ad; ``getattr(ad, field)[start:end]`` is what was said."""

    start: int
    end: int
    looked_up: str
    """What was looked for: a number in its plain form, the distinctive words of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedIn:
    """A register's version, as a fact names it."""

    name: str
    title: str
    publisher: str
    address: str
    as_of: date
    good_for_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The line of the register that a claim met."""

    row: int
    name: str
    numbers: tuple[str, ...]
    status: str
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFact:
    """One claim, or several of one agency, and what the registers say of it."""

    result: Result
    claims: tuple[Claim, ...]
    looked_in: tuple[LookedIn, ...]
    score: float | None = None
    """How alike the names are, 0 to 100; None where the number alone was looked up."""

    holder: Holder | None = None
    notes: tuple[str, ...] = ()
    """More that was seen on the way, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLookup:
    """All that looking up one ad came to."""

    ad_id: str
    result: Result
    facts: tuple[LicenceFact, ...]
    unanswered: tuple[str, ...]
    """Claims that no register here can speak of, a sentence each."""

    looked_at: datetime


def lookup_to_record(lookup: LicenceLookup) -> dict[str, Any]:
    """The look-up as JSON knows it: days and moments as ISO 8601 writes them."""
    return dict(_plain(asdict(lookup)))


def lookup_line(lookup: LicenceLookup) -> str:
    """The look-up as one line."""
    return dumps_line(lookup_to_record(lookup))


def lookup_from_line(line: str) -> LicenceLookup:
    """The look-up that was written so."""
    return from_plain(LicenceLookup, json.loads(line))


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
