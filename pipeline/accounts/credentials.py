"""Credentials: password hashes, second factors, an installation's secret key."""

import base64
import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from pyotp import TOTP

from crawler.files import read_word_list, whole_bytes
from pipeline.accounts.analysts import Analyst
from pipeline.errors import BadAnalyst, BadSettings
from pipeline.settings.loader import refuse_if_others_may_read
from pipeline.settings.messages import mark

MIN_PASSWORD = 12
MAX_PASSWORD = 256
"""Characters; a longer one would only cost time to hash."""

LEAST_DIFFERENT = 5
"""Different characters in a password: ``aaaaaaaaaaaa`` is long, and the first that is tried."""

AT_ONCE: Final = 2
"""Hashes that are worked out at the same time: each takes 64 MB, and signing in is open to everybody."""

_turn = BoundedSemaphore(AT_ONCE)
_HASHER: Final = PasswordHasher()


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
    # Imported late: its lists of common passwords take a sixth of a second, and only a new password needs them.
    from zxcvbn import zxcvbn

    # What guessing would come to soon: common passwords and words, names, dates, rows of keys, repeats, and what stands
    # for letters in them; the account's name and words of our own region count as the first to be tried. zxcvbn takes
    # 72 characters. Below 3 million million guesses stood passwords of a common word, a year and a sign.
    first_tried = [name, *read_word_list("common_passwords")["words"]]
    if zxcvbn(password[:72], user_inputs=first_tried)["guesses_log10"] < 12.5:
        raise BadAnalyst(mark("password that is soon guessed: expected several words that do not belong together"))
    with _turn:
        return _HASHER.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether this password made that hash. One that cannot be read matches nothing, and neither does none, which takes
    as long."""
    password_hash = password_hash or _no_hash()
    try:
        with _turn:
            return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than those in use now."""
    return _HASHER.check_needs_rehash(password_hash)


def generate_password() -> str:
    """Four groups that can be read aloud and typed, 79 random bits."""
    return _groups(4)


def nobodys_hash() -> str:
    """A hash that no password matches, since nobody has seen the one that it was made of. It takes as long to compare
    with as any other, so that an account without a password, or none at all, cannot be told from a wrong one."""
    return hash_password(generate_password())


_no_hash = cache(nobodys_hash)


def is_missing(analyst: Analyst, policy: str) -> bool:
    """Whether this account must get a second factor before it shows anything. Whoever signs in by the provider alone
    has theirs there; the demo's account shows invented ads."""
    if analyst.has_second_factor or analyst.by_provider or analyst.is_demo:
        return False
    return policy == "everyone" or (policy == "administrators" and analyst.role == "administrator")


def matching_step(secret: str, typed: str, *, at: datetime, after: int) -> int | None:
    """The step of time that this code is for; None where it is none of now, or not later than ``after``: a code that
    was used, by whoever saw it typed, is good no more."""
    totp, code = TOTP(secret), "".join(typed.split())
    now = totp.timecode(at)
    for step in (now - 1, now, now + 1):  # a telephone's clock may be half a minute ahead or behind
        if step > after and secrets.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def make_recovery_codes() -> tuple[str, ...]:
    """Ten codes for whoever has lost their telephone, each good once, of 59 random bits."""
    return tuple(_groups(3) for _ in range(10))


def _groups(count: int) -> str:
    """Groups of four letters and digits that nobody takes for each other, 20 random bits each."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(count))


class FactorKey:
    """What secrets of second factors are sealed and recovery codes hashed with, derived from the page's own key: a copy
    of the database without that key opens nothing."""

    def __init__(self, key: bytes) -> None:
        self._for_hashes = derived_key(key, b"lurewatch recovery code")
        self._fernet = Fernet(base64.urlsafe_b64encode(derived_key(key, b"lurewatch second factor")))

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str | None:
        """The secret again; None where another key sealed it."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def hash_of(self, recovery_code: str) -> str:
        """The same for a code however it is spaced and cased."""
        plain = "".join(sign for sign in recovery_code.casefold() if sign.isalnum())
        return hmac.new(self._for_hashes, plain.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def derived_key(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()


def attempt_key(key: bytes, name: str) -> str:
    """What stands for a name among the failed tries: people type passwords into the wrong field."""
    return hashlib.blake2b(name.casefold().encode("utf-8", "replace"), key=key[:64], digest_size=16).hexdigest()


KEY_LENGTH = 32
"""Bytes; the length of the HMAC-SHA-256 key behind a session's signature."""


def read_secret_key(path: Path) -> bytes:
    """The key in this file, which is made where it is missing. Two servers starting at once agree on one key.

    Raises ``BadSettings`` where others may read the file, or it holds something else.
    """
    if not path.exists():
        # A full disk or a kill leaves no half of a key: it gets its name when it is on disk, and the first one stays.
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
        try:
            with whole_bytes(draft, private=True) as file:
                file.write(secrets.token_bytes(KEY_LENGTH))
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
    refuse_if_others_may_read(path)
    key = path.read_bytes()
    if len(key) < KEY_LENGTH:
        raise BadSettings(
            f"{path}: expected a key of {KEY_LENGTH} bytes, found {len(key)}. Put it back from where you store it"
        )
    return key
