"""Second factor: time-based one-time codes (RFC 6238) and recovery codes."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from pyotp import TOTP, random_base32

from pipeline.accounts.analysts import Analyst

__all__ = [
    "FactorKey", "is_missing", "key_address", "make_recovery_codes", "matching_step", "new_secret",
]  # fmt: skip

CLOCKS_DIFFER: Final = 1
"""Steps of half a minute by which a telephone's clock may be ahead or behind."""

RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def is_missing(analyst: Analyst, policy: str) -> bool:
    """Whether this account must get a second factor before it shows anything. Whoever signs in by the provider alone
    has theirs there; the demo's account shows invented ads."""
    if analyst.has_second_factor or analyst.by_provider or analyst.is_demo:
        return False
    return policy == "everyone" or (policy == "administrators" and analyst.role == "administrator")


def new_secret() -> str:
    """160 random bits, as an application for codes takes them."""
    return random_base32()


def key_address(secret: str, name: str) -> str:
    """What the picture for an application holds."""
    return TOTP(secret, name=name, issuer="lurewatch").provisioning_uri()


def matching_step(secret: str, typed: str, *, at: datetime, after: int) -> int | None:
    """The step of time that this code is for; None where it is none of now, or not later than ``after``: a code that
    was used, by whoever saw it typed, is good no more."""
    totp, code = TOTP(secret), "".join(typed.split())
    now = totp.timecode(at)
    for step in range(now - CLOCKS_DIFFER, now + CLOCKS_DIFFER + 1):
        if step > after and secrets.compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def make_recovery_codes() -> tuple[str, ...]:
    """Codes for whoever has lost their telephone, each good once, of 59 random bits."""
    return tuple(
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    )


class FactorKey:
    """What secrets of second factors are sealed and recovery codes hashed with, derived from the page's own key: a copy
    of the database without that key opens nothing."""

    def __init__(self, key: bytes) -> None:
        self._for_hashes = hmac.new(key, b"lurewatch recovery code", hashlib.sha256).digest()
        self._fernet = Fernet(
            base64.urlsafe_b64encode(hmac.new(key, b"lurewatch second factor", hashlib.sha256).digest())
        )

    def seal(self, secret: str) -> str:
        """The secret, encrypted."""
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
