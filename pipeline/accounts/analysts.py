"""Analysts: rights of roles, lockout after failed tries, reading limits.

The page asks here for every view and every act; nothing else decides it. Reading limits count what somebody was exposed
to, for them alone, never what they achieve.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from pipeline.errors import BadAnalyst
from pipeline.settings.messages import mark
from pipeline.settings.records import CareSettings

Role = Literal["analyst", "supervisor", "researcher", "administrator"]
"""``may`` says what each may do."""

ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyst:
    """One person who signs in. Never removed: their decisions keep naming them."""

    name: str
    role: Role
    password_hash: str
    active: bool = True
    session_version: int = 1
    """Grows when the password changes, the account is disabled or everything is signed out: sessions of an older
    version are over."""

    must_change: bool = False
    """Somebody else knows the password: the page asks for a new one before it shows anything."""

    language: str | None = None
    """In which the page is shown to them; None until they choose one."""

    by_provider: bool = False
    """They sign in by the OpenID provider alone: nobody knows the password that the hash was made of."""

    single_keys: bool = True
    """Whether keys of one sign act on the page. Whoever speaks to their machine, or slips easily, turns them off."""

    has_second_factor: bool = False
    """They show a code from their telephone, too, when they sign in with the password."""

    is_demo: bool = False
    """Made by `lurewatch demo` for invented ads: no second factor is asked of it."""


_MARKS: Final = "".join(sign for sign in map(chr, range(0x0900, 0x1800)) if unicodedata.category(sign)[0] == "M")
"""Vowels and tones of scripts from Devanagari to Khmer, which Python takes for no parts of a word."""

NAME: Final = rf"(?:[\w.@-][{_MARKS}]{{,4}}){{1,64}}"
"""A pattern for an account's name."""


def check_name(name: str) -> str:
    """The name, if it can be one: it is written in logs and exports, so it is short and plain."""
    if len(name) > 64 or not re.fullmatch(NAME, name):
        raise BadAnalyst(mark("analyst name %(name)r: expected 1 to 64 letters, digits, or any of . _ @ -"), name=name)
    return name


Right = Literal[
    "read", "see_contacts", "decide", "adjudicate", "export_cases", "export_contacts", "export_labels", "read_audit",
    "manage_accounts",
]  # fmt: skip
"""``read`` is to see cases without contacts; ``adjudicate`` is to settle what two analysts saw differently;
``export_cases`` is to make referral packages, ``export_contacts`` to make them with contacts."""

_ANALYST: Final[frozenset[Right]] = frozenset({"read", "see_contacts", "decide", "export_cases"})
_SUPERVISOR: Final[frozenset[Right]] = _ANALYST | {"adjudicate", "export_contacts", "export_labels", "read_audit"}

_GRANTED: Final[dict[Role, frozenset[Right]]] = {
    "analyst": _ANALYST,
    "supervisor": _SUPERVISOR,
    # Contacts are personal data that research on texts does not need.
    "researcher": frozenset({"read", "export_labels"}),
    # Whoever sets passwords can become anybody: withholding a right from this role would only look safe.
    "administrator": _SUPERVISOR | {"manage_accounts"},
}


def may(role: Role, right: Right) -> bool:
    return right in _GRANTED[role]


FREE_TRIES: Final = 5
"""Failed tries in a row before a name must wait."""

LONGEST_PAUSE: Final = timedelta(hours=1)
"""The pause doubles from a minute up to here: some 30 guesses a day for one name, and whoever was locked out by a
stranger works on within the hour."""


def pause_after(failed: int) -> timedelta:
    """The wait after so many failed tries in a row."""
    if failed < FREE_TRIES:
        return timedelta()
    return min(timedelta(minutes=2 ** min(failed - FREE_TRIES, 10)), LONGEST_PAUSE)


WINDOW: Final = timedelta(hours=14)
"""What counts as today: a working day and the night's beginning. It moves with the clock, so that nobody's day starts
anew in the middle of their shift, wherever on earth they sit."""

PAUSE: Final = timedelta(minutes=10)
"""So long without opening or deciding a case is a pause."""

LEAST_BREAK: Final = 5
"""Minutes after which a break may be suggested at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAct:
    act: Literal["saw", "decided"]
    case_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What one person has read today."""

    case_ids: tuple[int, ...]
    """Cases that were opened, each once, the one opened last at the end."""

    minutes: int
    """Since the last pause; 0 in one."""

    care: CareSettings
    """The limits that hold for this person."""

    def is_enough_for(self, case_id: int) -> bool:
        """Whether this case is to wait: the limit is reached, and it was not opened before."""
        return len(self.case_ids) >= self.care.daily_most and case_id not in self.case_ids

    @property
    def wants_break(self) -> bool:
        return self.minutes >= self.care.break_minutes


def measure_dose(acts: Sequence[ReadingAct], care: CareSettings, *, now: datetime) -> Dose:
    """The dose from what was done today, the oldest first."""
    began = last = now
    for moment in sorted((each.at for each in acts), reverse=True):
        if last - moment >= PAUSE:
            break
        began = last = moment
    latest = {each.case_id: number for number, each in enumerate(acts) if each.act == "saw"}
    return Dose(
        case_ids=tuple(sorted(latest, key=lambda case_id: latest[case_id])),
        minutes=int((now - began).total_seconds() // 60),
        care=care,
    )
