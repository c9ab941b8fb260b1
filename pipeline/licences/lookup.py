"""The records: what an ad claims of a licence, and what looking it up came to."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

__all__ = ["RESULTS", "Claim", "Holder", "LicenceFact", "LicenceLookup", "LookedIn", "Result"]

Result = Literal[
    "lapsed", "other_work_or_country", "contact_differs", "not_found", "licensed", "nothing_claimed"
]  # fmt: skip
RESULTS: Final[tuple[Result, ...]] = (
    "lapsed", "other_work_or_country", "contact_differs", "not_found", "licensed", "nothing_claimed",
)  # fmt: skip
"""What a look-up can come to, the most telling first: of several facts it is the ad's.

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
    """What was looked for: a number in its plain form, the telling words of a name."""


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
