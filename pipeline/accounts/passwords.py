"""Passwords: rules for new ones, and argon2id hashes."""

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
LEAST_GUESSES_LOG10 = 12.5
"""Guesses as zxcvbn counts them, 3 million million: below it stood passwords of a common word, a year and a sign."""
LONGEST_RATED = 72
"""Characters that are rated; zxcvbn takes no more."""

AT_ONCE: Final = 2
"""Hashes that are worked out at the same time: each takes 64 MB, and signing in is open to everybody."""
_turn = BoundedSemaphore(AT_ONCE)


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
        raise BadAnalyst(mark("password that is soon guessed: expected several words that do not belong together"))
    with _turn:
        return _hasher().hash(password)


def is_foreseeable(password: str, name: str = "") -> bool:
    """Whether guessing would come to it soon: by common passwords and words, names, dates, rows of keys, repeats, and
    what stands for letters in them; the account's name and words of our own region count as the first to be tried."""
    # Imported late: its lists of common passwords take a sixth of a second, and only a new password needs them.
    from zxcvbn import zxcvbn

    guesses = zxcvbn(password[:LONGEST_RATED], user_inputs=[name, *_local_words()])["guesses_log10"]
    return float(guesses) < LEAST_GUESSES_LOG10


@cache
def _local_words() -> tuple[str, ...]:
    return tuple(read_word_list("common_passwords")["words"])


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
