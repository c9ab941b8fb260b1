"""The key that signs the review page's sessions: made at first start, readable by its owner alone."""

import os
import secrets
import stat
from pathlib import Path

from pipeline.errors import BadSettings

__all__ = ["read_secret_key", "refuse_if_others_may_read"]

LENGTH = 32
"""Bytes; the length of the HMAC-SHA-256 key behind a session's signature."""


def read_secret_key(path: Path) -> bytes:
    """The key in this file, which is made where it is missing. Two servers starting at once agree on one key.

    Raises ``BadSettings`` where others may read the file, or it holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
    return _read(path)


def refuse_if_others_may_read(path: Path) -> None:
    """Let nothing be done with a secret that others than its owner may read."""
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & 0o077:
        raise BadSettings(f"{path}: others may read this key (rights {rights:o}); expected 600")


def _read(path: Path) -> bytes:
    refuse_if_others_may_read(path)
    key = path.read_bytes()
    if len(key) < LENGTH:
        raise BadSettings(f"{path}: expected a key of {LENGTH} bytes, found {len(key)}; remove it to have one made")
    return key
