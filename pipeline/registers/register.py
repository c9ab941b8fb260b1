"""The records: one line of a register, and one version of a register as it was imported."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from pipeline.registers.register_map import RegisterMap

__all__ = ["STATUSES", "Listed", "Register", "RegisterVersion", "Status", "is_stale"]

Status = Literal["active", "expired", "suspended", "cancelled"]
STATUSES: Final[tuple[Status, ...]] = ("active", "expired", "suspended", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a register: an agency with its licence, or a job order that was approved for one."""

    row: int
    """Where it stands in the file, from 1."""

    names: tuple[str, ...]
    """The agency's name as registered, then others that the register gives it."""

    numbers: tuple[str, ...] = ()
    """Numbers in their plain form, as ``NumberFormat`` writes them."""

    status: Status = "active"
    valid_until: date | None = None
    countries: tuple[str, ...] = ()
    """Countries that the line names, ISO 3166-1 alpha-2; empty where it names none, which limits nothing."""

    work: tuple[str, ...] = ()
    """``land``, ``sea``; empty where it names none, which limits nothing."""

    positions: tuple[str, ...] = ()
    """Work that a job order was approved for, as written."""

    phones: tuple[str, ...] = ()
    """E.164."""

    emails: tuple[str, ...] = ()
    webs: tuple[str, ...] = ()
    """Host names without ``www.``."""

    has_unread_contacts: bool = False
    """Whether a telephone, mail or web cell held something that could not be read: then nothing follows from a contact
    that is not among the others."""

    def is_valid_on(self, day: date) -> bool:
        """Whether the line says that the licence stood on that day."""
        return self.status == "active" and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterVersion:
    """What is known of one import, without its lines."""

    name: str
    title: str
    country: str
    publisher: str
    address: str
    """Where the publisher shows the list."""

    as_of: date
    """The day of the list itself, as the publisher dates it."""

    good_for_days: int
    """After so many days the list is old."""

    imported_at: datetime
    file: str
    """The file's name."""

    digest: str
    """SHA-256 of the file and its map: the same file under the same map is the same version."""

    rows: int
    passed_over: tuple[int, ...]
    """Rows that hold a single cell or nothing in the needed columns, such as headings and sums."""

    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One version with its map and its lines."""

    version: RegisterVersion
    map: "RegisterMap"
    lines: tuple[Listed, ...]


def is_stale(as_of: date, good_for_days: int, on: date) -> bool:
    """Whether a list of that day is too old to lean on."""
    return on - as_of > timedelta(days=good_for_days)
