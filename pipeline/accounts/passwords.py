"""Passwords: which may be chosen, and how they are kept (argon2id, never the password itself)."""

import re
import secrets
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from crawler.files import read_word_list
from pipeline.errors import BadAnalyst
from pipeline.settings.messages import mark

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["generate_password", "hash_password", "is_outdated", "nobodys_hash", "verify_password"]

MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""Characters; a longer one would only cost time to hash."""
LEAST_DIFFERENT = 5
"""Different characters in a password: ``aaaaaaaaaaaa`` is long, and the first that is tried."""
LEAST_UNFORESEEN = 6
"""Characters that are left of a password without its common parts."""
SHORTEST_RUN = 4
"""Signs of one row of keys, or of a name, that count as such a part."""

AT_ONCE: Final = 2
"""Hashes that are worked out at the same time: each takes 64 MB, and signing in is open to everybody."""
_turn = BoundedSemaphore(AT_ONCE)

_LOOKS_LIKE: Final = str.maketrans("0134578@$!+", "oleastbasit")


def hash_password(password: str, *, name: str = "") -> str:
    """An argon2id hash with its own salt and parameters in it. A password that guessing begins with is refused, and so
    is one that is hardly more than the ``name`` of its account."""
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
    if is_foreseeable(password, name):
        raise BadAnalyst(mark("password that is among the first to be tried: expected no common one, and not the name"))
    with _turn:
        return _hasher().hash(password)


def is_foreseeable(password: str, name: str = "") -> bool:
    """Whether it is a common one, a row of keys, the account's name or the same few signs again, with little beside."""
    written = password.casefold()
    return any(_is_common(form) or _is_little_beside(form, name.casefold()) for form in (written, _in_letters(written)))


def _is_common(written: str) -> bool:
    word = re.sub(r"^[^a-z]+|[^a-z]+$", "", written)
    return word in _common() or _in_letters(word) in _common()


def _is_little_beside(written: str, name: str) -> bool:
    left = written.replace(name, "") if len(name) >= SHORTEST_RUN - 1 else written
    for length in range(len(left) // 2, 0, -1):  # the same again: abc1abc1abc1
        left = re.sub(rf"(.{{{length}}})\1+", r"\1", left)
    for run in _runs():
        left = left.replace(run, "")
    return len(left) < LEAST_UNFORESEEN


def _in_letters(written: str) -> str:
    return written.translate(_LOOKS_LIKE)


@cache
def _common() -> frozenset[str]:
    words = read_word_list("common_passwords")["words"]
    return frozenset(words) | frozenset(map(_in_letters, words))


@cache
def _runs() -> tuple[str, ...]:
    """Every stretch of a row of keys, forwards and back, the longest first."""
    rows = [row for each in read_word_list("common_passwords")["rows"] for row in (each, each[::-1])]
    found = {
        row[start:end] for row in rows for start in range(len(row)) for end in range(start + SHORTEST_RUN, len(row) + 1)
    }
    return tuple(sorted(found, key=len, reverse=True))


def verify_password(password_hash: str, password: str) -> bool:
    """Whether this password made that hash; a hash that cannot be read matches nothing."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        with _turn:
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
