"""Encryption of backups by age: identity files, recipients, sealed files."""

import os
from pathlib import Path
from typing import Any

import pyrage
from pyrage import x25519

from pipeline.errors import BadBackup, BadSettings
from pipeline.settings.loader import refuse_if_others_may_read

__all__ = ["SEALED", "new_identity", "open_sealed", "read_identity", "read_recipient", "seal"]

SEALED = ".age"


def new_identity(path: Path) -> str:
    """The public key to encrypt for, of a new identity that is written into this file, as `age-keygen` writes it."""
    made = x25519.Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"# public key: {made.to_public()}\n{made}\n")
    except FileExistsError as err:
        raise BadBackup(f"{path}: is there already; expected the name of a file that is not") from err
    return str(made.to_public())


def read_recipient(text: str) -> Any:
    """The public key of an identity. Raises ``BadSettings``."""
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError as err:
        raise BadSettings(f"backup.recipient: expected a public key of age, as age1..., found {text!r}") from err


def read_identity(path: Path) -> Any:
    """The identity in this file, which nobody else may read. Raises ``BadBackup`` where it holds none."""
    refuse_if_others_may_read(path)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    try:
        return x25519.Identity.from_str(next(line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except (StopIteration, pyrage.IdentityError) as err:
        raise BadBackup(f"{path}: holds no identity of age; expected a line AGE-SECRET-KEY-...") from err


def seal(file: Path, recipient: Any) -> None:
    """Encrypt the file under its name with an ending; the plain one is gone."""
    pyrage.encrypt_file(str(file), f"{file}{SEALED}", [recipient])
    file.unlink()


def open_sealed(file: Path, target: Path, identity: Any) -> None:
    """Write what the file holds into the target. Raises ``BadBackup`` where it is another's, or was changed."""
    try:
        pyrage.decrypt_file(str(file), str(target), [identity])
    except pyrage.DecryptError as err:
        raise BadBackup(f"{file}: cannot be opened by this identity ({err})") from err
