"""Analysts: who may sign in, as what, and how their passwords are kept (argon2id, never the password itself)."""

import re
import secrets
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.errors import BadAnalyst
from pipeline.messages import mark

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = [
    "ROLES", "Analyst", "Role", "check_name", "generate_password", "hash_password", "is_outdated", "nobodys_hash",
    "verify_password",
]  # fmt: skip

Role = Literal["analyst", "supervisor", "researcher", "administrator"]
"""What each may do stands in ``rights``."""
ROLES: tuple[Role, ...] = get_args(Role)

MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""Characters; a longer one would only cost time to hash."""
LEAST_DIFFERENT = 5
"""Different characters in a password: ``aaaaaaaaaaaa`` is long, and the first that is tried."""


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


def check_name(name: str) -> str:
    """The name, if it can be one: it is written in logs and exports, so it is short and plain."""
    if not re.fullmatch(r"[\w.@-]{1,64}", name):
        raise BadAnalyst(mark("analyst name %(name)r: expected 1 to 64 letters, digits, or any of . _ @ -"), name=name)
    return name


def hash_password(password: str) -> str:
    """An argon2id hash with its own salt and parameters in it."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadAnalyst(
            mark("password of %(length)s characters: expected %(least)s or more, %(most)s at most"),
            length=len(password), least=MIN_PASSWORD, most=MAX_PASSWORD,
        )  # fmt: skip
    if len(set(password)) < LEAST_DIFFERENT:
        raise BadAnalyst(
            mark("password of few different characters: expected %(least)s different ones or more"),
            least=LEAST_DIFFERENT,
        )
    return _hasher().hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether this password made that hash; a hash that cannot be read matches nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than those in use now."""
    return _hasher().check_needs_rehash(password_hash)


def generate_password() -> str:
    """Four groups that can be read aloud and typed, 79 random bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def nobodys_hash() -> str:
    """A hash that no password matches, since nobody has seen the one that it was made of. It takes as long to compare
    with as any other, so that an account without a password, or none at all, cannot be told from a wrong one."""
    return hash_password(generate_password())


@cache
def _hasher() -> "PasswordHasher":
    # Imported late: it loads a C library that only signing in needs.
    from argon2 import PasswordHasher

    return PasswordHasher()
