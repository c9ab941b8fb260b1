"""Accounts of analysts: rights of each role, lockout after failed tries.

The page asks here for every view and every act; nothing else decides it.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, get_args

from pipeline.errors import BadAnalyst
from pipeline.settings.messages import mark

__all__ = ["FREE_TRIES", "LONGEST_PAUSE", "ROLES", "Analyst", "Right", "Role", "check_name", "may", "pause_after"]

Role = Literal["analyst", "supervisor", "researcher", "administrator"]
"""What each may do stands in ``rights``."""

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


def check_name(name: str) -> str:
    """The name, if it can be one: it is written in logs and exports, so it is short and plain."""
    if not re.fullmatch(r"[\w.@-]{1,64}", name):
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
    """Whether someone of this role may do that."""
    return right in _GRANTED[role]


FREE_TRIES: Final = 5
"""Failed tries in a row before a name must wait."""

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
"""The pause doubles up to here: some 30 guesses a day for one name, and whoever was locked out by a stranger works on
within the hour."""


def pause_after(failed: int) -> timedelta:
    """The wait after so many failed tries in a row."""
    if failed < FREE_TRIES:
        return timedelta()
    doublings = min(failed - FREE_TRIES, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
